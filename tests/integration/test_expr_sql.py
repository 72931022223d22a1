"""PostgreSQL and the Python evaluator give the same for every expression and row."""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import expr_random as world
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb
from sqlalchemy import select
from sqlalchemy.schema import CreateTable

from keyuan.expr import python, sql
from keyuan.expr.ast import Expr, Not
from keyuan.expr.errors import ExprError
from keyuan.expr.scope import Environment
from keyuan.expr.shape import shape
from keyuan.expr.text import to_text
from keyuan.expr.types import Type
from keyuan.expr.typing import check
from keyuan.storage.sql import adapt, compile, ddl

ROWS = world.random_rows(40)
RECORDS = [world.record(row, ROWS) for row in ROWS]
SCOPE = world.TableScope()
EXAMPLES = int(os.environ.get("KEYUAN_EXPR_EXAMPLES", "30"))
ENVIRONMENTS = [
    Environment(
        now=datetime(2026, 1, 31, 16, 30, tzinfo=UTC),
        time_zone="Asia/Shanghai",
        fiscal_year_start=4,
        me=world.IDS[0],
        my_department=world.IDS[1],
        my_departments=(world.IDS[1], world.IDS[2]),
    ),
    Environment(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "Europe/London", 1),
    Environment(datetime(2026, 10, 25, 12, 0, tzinfo=UTC), "America/New_York", 7, world.IDS[3]),
]
SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck))
FIND = [Phase.explicit, Phase.reuse, Phase.generate]
"""Without making the smallest example: many small ones at once are small already, and it takes minutes."""
TYPES = [Type.BOOLEAN, Type.TEXT, Type.NUMBER, Type.INTEGER, Type.DATE, Type.DATETIME, Type.DURATION]


@pytest.fixture(scope="module")
def database(server: Any) -> Iterator[str]:
    """A database whose own collation is another than "C", if the server has one: nothing may depend on it."""
    name = f"expr_{secrets.token_hex(6)}"
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        for locale in ("en_US.UTF-8", "zh_CN.UTF-8", "C.UTF-8", "C"):
            try:
                admin.execute(f"create database {name} template template0 encoding 'UTF8' locale '{locale}'")
                break
            except psycopg.errors.WrongObjectType:
                continue
    yield make_conninfo(server.admin_url, dbname=name)
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database, autocommit=True) as opened:
        adapt(opened)
        opened.execute("set timezone to 'America/St_Johns'")  # nor on this
        for table, rows in ((world.ROWS, ROWS), (world.KIDS, [kid for row in ROWS for kid in row["kids"]])):
            opened.execute(ddl(CreateTable(table)))
            names = [column.name for column in table.columns]
            marks = ", ".join(f"%({name})s" for name in names)
            for row in rows:
                values = {name: row[name] for name in names}
                if values.get("j1") is not None:
                    values["j1"] = Jsonb(values["j1"])
                opened.execute(f"insert into {table.name} ({', '.join(names)}) values ({marks})", values)
        yield opened


def shown(value: Any, type: Type | None) -> Any:
    """A result in a form that can be compared."""
    match value:
        case Decimal():
            return value
        case datetime():
            return value.astimezone(UTC)
        case list():
            return tuple(value)
        case bool():
            return value
        case int() if type is not Type.BOOLEAN:
            return Decimal(value)
    return value


def checked(raw: Expr, type: Type) -> Expr:
    """The typed tree; trees that are too large are left out."""
    try:
        return check(raw, SCOPE, type)
    except ExprError as error:
        if error.reason in ("expr_too_costly", "expr_too_large"):
            reject()
        raise


def compare(connection: psycopg.Connection[Any], trees: list[Expr], environment: Environment) -> None:
    """Each tree gives the same in PostgreSQL and in Python, for every row; the statement is compiled for twins of the
    trees, of the same shapes with other values."""
    columns, values = [], {}
    for i, tree in enumerate(trees):
        twin = world.with_other_literals(tree, random.Random(i))
        assert shape(twin) == shape(tree)
        columns.append(sql.value(twin, SCOPE, f"c{i}_"))
        values |= sql.binds(tree, environment, f"c{i}_")
    compiled = compile(select(*columns).select_from(world.FROM).order_by(world.ROWS.c.id))
    rows = connection.execute(compiled.text, compiled.bind(values)).fetchall()
    for record, row in zip(RECORDS, rows, strict=True):
        for tree, found in zip(trees, row, strict=True):
            expected = python.evaluate(tree, record, environment)
            assert shown(found, tree.type) == shown(expected, tree.type), (
                f"row {record['id']} of {to_text(tree)}"
            )


def compare_conditions(connection: psycopg.Connection[Any], tree: Expr, environment: Environment) -> None:
    """The condition finds the rows for which Python says true, and its negation the others."""
    for condition in (tree, Not(tree, type=Type.BOOLEAN)):
        statement = select(world.ROWS.c.id).select_from(world.FROM).where(sql.condition(condition, SCOPE))
        compiled = compile(statement)
        met = {
            row[0]
            for row in connection.execute(compiled.text, compiled.bind(sql.binds(condition, environment)))
        }
        expected = {
            record["id"] for record in RECORDS if python.evaluate(condition, record, environment) is True
        }
        assert met == expected, to_text(condition)


@settings(SETTINGS, max_examples=EXAMPLES, phases=[*FIND, Phase.shrink])
@pytest.mark.parametrize("type", TYPES)
@given(data=st.data())
def test_sql_is_python(connection: psycopg.Connection[Any], type: Type, data: st.DataObject) -> None:
    tree = checked(data.draw(world.expressions(type)), type)
    environment = data.draw(st.sampled_from(ENVIRONMENTS))
    compare(connection, [tree], environment)
    if type is Type.BOOLEAN:
        compare_conditions(connection, tree, environment)


@settings(SETTINGS, max_examples=max(EXAMPLES // 3, 1), phases=FIND)
@pytest.mark.parametrize("type", TYPES)
@given(data=st.data())
def test_every_construct(connection: psycopg.Connection[Any], type: Type, data: st.DataObject) -> None:
    trees = [checked(data.draw(each), type) for each in world.alternatives(type, 2)]
    if type is Type.BOOLEAN:
        trees += [Not(tree, type=Type.BOOLEAN) for tree in trees]
    compare(connection, trees, data.draw(st.sampled_from(ENVIRONMENTS)))
