"""Statements as psycopg gets them."""

from __future__ import annotations

from psycopg.types.json import Jsonb
from sqlalchemy import (
    BigInteger,
    Column,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.schema import CreateTable

from keyuan.storage.sql import compile, ddl, quoted

T = Table(
    "t", MetaData(),
    Column("id", Uuid(as_uuid=False), primary_key=True), Column("a", ARRAY(Text(collation="C"))),
    Column("b", Text(collation="C")), Column("c", Numeric(18, 2)), Column("j", JSONB), Column("n", BigInteger),
    schema="org_x",
)  # fmt: skip


def test_lists_are_expanded_and_open_parameters_stay_open() -> None:
    made = compile(
        select(T.c.id).where(
            T.c.id.in_(["u", "v"]),
            T.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid(as_uuid=False)))),
            T.c.n == bindparam("n"),
        )
    )
    assert "in (%(id_1_1)s::uuid, %(id_1_2)s::uuid)" in made.text.lower()
    assert "any(%(ids)s::uuid[])" in made.text.lower()
    assert made.params == {"id_1_1": "u", "id_1_2": "v"}
    assert made.bind({"ids": ["u"]}, n=3) == {"id_1_1": "u", "id_1_2": "v", "ids": ["u"], "n": 3}


def test_an_empty_list_finds_nothing() -> None:
    made = compile(select(T.c.id).where(T.c.id.in_([])))
    assert "1 != 1" in made.text
    assert made.params == {}


def test_pairs_are_expanded() -> None:
    made = compile(select(T.c.id).where(tuple_(T.c.n, T.c.b).in_([(1, "x"), (2, "y")])))
    assert sorted(map(str, made.params.values())) == ["1", "2", "x", "y"]


def test_percent_signs_are_doubled() -> None:
    made = compile(select(T.c.c % 2).where(T.c.b.like("a%")))
    assert "%%" in made.text
    assert "a%" in made.params.values()


def test_json_is_wrapped_and_none_is_null() -> None:
    made = compile(insert(T).values(id="u", j={"k": 1}))
    assert isinstance(made.params["j"], Jsonb)
    assert compile(insert(T).values(id="u", j=None)).params["j"] is None
    again = made.bind(j={"k": 2})
    assert isinstance(again["j"], Jsonb)
    assert again["j"].obj == {"k": 2}
    assert made.bind(j=None)["j"] is None


def test_several_rows() -> None:
    made = compile(insert(T).values([{"id": "u", "j": {}}, {"id": "v", "j": None}]))
    assert made.params["id_m1"] == "v"
    assert isinstance(made.params["j_m0"], Jsonb)
    assert made.params["j_m1"] is None


def test_ddl_and_quoting() -> None:
    assert 'b TEXT COLLATE "C"' in ddl(CreateTable(T))
    assert quoted('a"b') == '"a""b"'
