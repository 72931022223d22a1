"""PostgreSQL takes every token and every query, and finds what the evaluation in Python finds."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from keyuan.schema.text.test_tokens import anything, finds, names
from keyuan.schema.text.tokens import document_tokens, query_tokens, tsvector_text

NASTY = [
    "'",
    "\\",
    "a'b\\c",
    "'); drop table x; --",
    "a & b | !c <-> (d:*)",
    "\0",
    "\ud800",
    "😀",
    "a:b",
    "%s",
]


@pytest.fixture(scope="module")
def connection(module_database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(module_database_url, autocommit=True) as opened:
        yield opened


def found(connection: psycopg.Connection, tokens: list[str], query: str) -> bool:
    row = connection.execute(
        "select array_to_tsvector(%s::text[]) @@ %s::tsquery", (tokens, query)
    ).fetchone()
    assert row is not None
    return bool(row[0])


relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@relaxed
@given(text=anything, q=anything, start=st.booleans())
@example(text="x" * 5000, q="y" * 5000, start=False)
@example(text="".join(NASTY), q="".join(NASTY), start=True)
def test_postgresql_takes_any_text_and_query(connection, text, q, start):
    values = [(kind, text, tag) for kind in ("text", "html", "phone", "email", "code") for tag in (None, "t")]
    tokens = document_tokens(values)
    found(connection, tokens, query_tokens(q, {"": "text", "t": "code", "u": "phone", "v": "email"}, start))
    row = connection.execute(
        "select %s::tsvector = array_to_tsvector(%s::text[])", (tsvector_text(tokens), tokens)
    ).fetchone()
    assert row == (True,)


@relaxed
@given(name=names, data=st.data())
def test_it_finds_what_python_finds(connection, name, data):
    other = data.draw(names)
    q = data.draw(st.sampled_from([name[:2], name[-3:], other[:2], "zs", "hua", "z", "li"]))
    assert found(connection, document_tokens([("text", name, None)]), query_tokens(q)) == finds(q, name)


@pytest.mark.parametrize("nasty", NASTY)
def test_quotes_and_operators_are_only_text(connection, nasty):
    tokens = document_tokens([("text", "华为 " + nasty + " 技术", None)])
    assert found(connection, tokens, query_tokens("华为 " + nasty + " 技术"))
    assert not found(connection, tokens, query_tokens("联想 " + nasty))


def test_tags_decide_what_is_found(connection):
    tokens = document_tokens([("text", "张三", None), ("phone", "13812345678", "mobile")])
    assert not found(connection, tokens, query_tokens("张三 5678"))
    assert found(connection, tokens, query_tokens("张三 5678", {"": "text", "mobile": "phone"}))
    assert found(connection, tokens, query_tokens("567", {"mobile": "phone"}))
    assert not found(connection, tokens, query_tokens("5678", {"": "text", "email": "email"}))
