"""The tables in which an organisation keeps its definitions and the work that follows from them: what the migrator and the
changes of definitions read and write there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Table

from ..kernel import clock
from ..kernel.ids import new_id
from ..schema.overlay import Row
from . import partitions
from .pool import Connection
from .sql import quoted


async def definition_rows(connection: Connection, schema: str) -> tuple[Row, ...]:
    """The definition rows of an organisation."""
    cursor = await connection.execute(
        f"select kind, object, field, body, position from {quoted(schema)}.definition".encode(),  # noqa: S608
        prepare=False,
    )
    return tuple(Row(*row) for row in await cursor.fetchall())


async def retired_columns(connection: Connection, schema: str) -> tuple[tuple[str, str], ...]:
    """Tables and columns that stay although no definition asks for them. A retired object's tables have an empty column."""
    cursor = await connection.execute(
        f'select object, "column" from {quoted(schema)}.retired_column where dropped_at is null'.encode(),  # noqa: S608
        prepare=False,
    )
    names = ("{}", "{}__history", "{}__search")
    return tuple((name.format(row[0]), row[1]) for row in await cursor.fetchall() for name in names)


async def add_partitions(connection: Connection, table: Table, wanted: Iterable[datetime] = ()) -> None:
    """The first partitions of a table that was just made."""
    months = list(wanted) or list(partitions.months(clock.now(), partitions.MONTHS_AHEAD + 1))
    for statement in partitions.new_table_statements(str(table.schema), table.name, months):
        await connection.execute(statement.encode(), prepare=False)


async def add_job(
    connection: Connection, schema: str, kind: str, object_key: str, field: str, body: Mapping[str, Any]
) -> str:
    """Note work that is to follow the transaction; its id."""
    job = new_id()
    await connection.execute(
        f"insert into {quoted(schema)}.definition_job (id, kind, object, field, body)"  # noqa: S608
        " values (%s, %s, %s, %s, %s)".encode(),
        [job, kind, object_key, field, Jsonb(body)],
        prepare=False,
    )
    return job
