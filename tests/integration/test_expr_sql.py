"""PostgreSQL and the Python evaluator give the same for every expression and row."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import expr_random as world
import psycopg
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb
from sqlalchemy import select
from sqlalchemy.schema import CreateTable

from keyuan.expr import python, sql
from keyuan.expr.ast import Call, Case, Expr, Path
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
EXAMPLES = int(os.environ.get("KEYUAN_EXPR_EXAMPLES", "60"))
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
TYPES = [Type.BOOLEAN, Type.TEXT, Type.NUMBER, Type.INTEGER, Type.DATE, Type.DATETIME, Type.DURATION]


@pytest.fixture(scope="module")
def connection(module_database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(module_database_url, autocommit=True) as opened:
        adapt(opened)
        opened.execute("set timezone to 'America/St_Johns'")  # nothing may depend on it
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


def in_postgres(
    connection: psycopg.Connection[Any], tree: Expr, twin: Expr, environment: Environment
) -> list[Any]:
    """The value of each row, by a statement compiled for a twin of the tree."""
    statement = (
        select(sql.value(twin, SCOPE).label("value")).select_from(world.FROM).order_by(world.ROWS.c.id)
    )
    compiled = compile(statement)
    return [row[0] for row in connection.execute(compiled.text, compiled.bind(sql.binds(tree, environment)))]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("type", TYPES)
@given(data=st.data())
def test_sql_is_python(connection: psycopg.Connection[Any], type: Type, data: st.DataObject) -> None:
    raw = data.draw(world.expressions(type))
    environment = data.draw(st.sampled_from(ENVIRONMENTS))
    try:
        tree = check(raw, SCOPE, type)
    except ExprError as error:
        if error.reason in ("expr_too_costly", "expr_too_large"):
            reject()
        raise
    twin = world.with_other_literals(tree, random.Random(0))
    assert shape(twin) == shape(tree)
    expected = [shown(python.evaluate(tree, record, environment), type) for record in RECORDS]
    found = [shown(value, type) for value in in_postgres(connection, tree, twin, environment)]
    for row, (one, other) in enumerate(zip(found, expected, strict=True), 1):
        assert one == other, f"row {row} of {to_text(tree)}"
    if type is Type.BOOLEAN:
        assert None not in found or isinstance(tree, Path | Case | Call)
        statement = select(world.ROWS.c.id).select_from(world.FROM).where(sql.condition(twin, SCOPE))
        compiled = compile(statement)
        met = {
            row[0] for row in connection.execute(compiled.text, compiled.bind(sql.binds(tree, environment)))
        }
        assert met == {number for number, value in enumerate(expected, 1) if value is True}, to_text(tree)
