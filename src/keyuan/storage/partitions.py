"""Partitions by month of the tables that only grow: history of records, log of changes.

Every such table has a DEFAULT partition, so that no write fails for want of one. What lands there (imports of old times,
months nobody prepared) is moved when its month gets a partition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from psycopg import errors as pg

from ..kernel import clock
from ..schema.registry import organisation_schema
from . import catalogue
from .catalogue import ActualTable
from .locks import partition_lock_key
from .pool import Connection
from .sql import quoted

MONTHS_AHEAD = 2


def month_of(moment: datetime) -> datetime:
    """The first moment of the month, in UTC."""
    moment = moment.astimezone(UTC)
    return datetime(moment.year, moment.month, 1, tzinfo=UTC)


def next_month(month: datetime) -> datetime:
    """The first moment of the month after."""
    return datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)


def months(first: datetime, count: int) -> Iterator[datetime]:
    """So many months from the one of a moment."""
    month = month_of(first)
    for _ in range(count):
        yield month
        month = next_month(month)


def partition_name(table: str, month: datetime) -> str:
    """The name of the partition of a month."""
    return f"{table}__{month:%Y%m}"


def default_name(table: str) -> str:
    """The name of the default partition."""
    return f"{table}__other"


def new_table_statements(schema: str, table: str, wanted: Iterable[datetime]) -> list[str]:
    """The partitions of a table that was just made: these months and the default one."""
    parent = f"{quoted(schema)}.{quoted(table)}"
    made = [f"create table {quoted(schema)}.{quoted(default_name(table))} partition of {parent} default"]
    for month in wanted:
        name = f"{quoted(schema)}.{quoted(partition_name(table, month))}"
        made.append(f"create table {name} partition of {parent} {_bounds(month)}")
    return made


def _bounds(month: datetime) -> str:
    return f"for values from ('{month.isoformat()}') to ('{next_month(month).isoformat()}')"


def missing(table: ActualTable, wanted: Iterable[datetime]) -> list[datetime]:
    """The months for which a table has no partition."""
    there = {p.lower for p in table.partitions.values()}
    return [month for month in wanted if month not in there]


async def ensure_partitions(
    connection: Connection,
    slug: str,
    *,
    months_ahead: int = MONTHS_AHEAD,
    since: datetime | None = None,
) -> list[str]:
    """See that all partitioned tables of an organisation have partitions from the present month, or from that of `since`,
    to so many months ahead, and a default one. Rows of those months that lie in the default partition are moved. Each
    table is a transaction of its own, waits for locks only briefly and is left for next time if it has to. The
    connection is in no transaction. Answers the names made."""
    now = month_of(clock.now())
    first = month_of(since) if since else now
    count = (now.year - first.year) * 12 + now.month - first.month + 1 + months_ahead
    wanted = list(months(first, count))
    made: list[str] = []
    for table in await _partitioned(connection, slug):
        made += await _ensure(connection, slug, table, wanted)
    return made


async def spread(connection: Connection, slug: str) -> list[str]:
    """Give every month that has rows in a default partition a partition of its own, and move them there. As
    `ensure_partitions` in all else."""
    made: list[str] = []
    for table in await _partitioned(connection, slug):
        default = default_name(table.name)
        if default not in table.partitions:
            continue
        async with connection.transaction():
            cursor = await connection.execute(
                f"select distinct date_trunc('month', {quoted(_column(table))}) from "  # noqa: S608
                f"{quoted(organisation_schema(slug))}.{quoted(default)}".encode(),
                prepare=False,
            )
            wanted = sorted(row[0] for row in await cursor.fetchall())
        made += await _ensure(connection, slug, table, wanted)
    return made


async def _partitioned(connection: Connection, slug: str) -> list[ActualTable]:
    async with connection.transaction():
        actual = await catalogue.read(connection, organisation_schema(slug))
    return [table for table in actual.tables.values() if table.partitioned_by]


def _column(table: ActualTable) -> str:
    return table.partitioned_by.partition("(")[2].rstrip(")").replace('"', "").strip()


async def _ensure(
    connection: Connection, slug: str, table: ActualTable, wanted: Iterable[datetime]
) -> list[str]:
    wanted = list(wanted)
    if default_name(table.name) in table.partitions and not missing(table, wanted):
        return []
    schema = organisation_schema(slug)
    try:
        async with connection.transaction():
            await connection.execute(
                "select pg_advisory_xact_lock(%s)", [partition_lock_key(slug)], prepare=False
            )
            # read again under the lock: another process may have been first
            again = (await catalogue.read(connection, schema, [table.name])).tables[table.name]
            return await _make(connection, schema, again, wanted)
    except pg.LockNotAvailable:
        return []


async def _make(
    connection: Connection, schema: str, table: ActualTable, wanted: Iterable[datetime]
) -> list[str]:
    made: list[str] = []
    parent, column = f"{quoted(schema)}.{quoted(table.name)}", quoted(_column(table))
    default = default_name(table.name)
    full_default = f"{quoted(schema)}.{quoted(default)}"
    columns = ", ".join(quoted(name) for name in table.columns)

    async def run(statement: str, params: list[datetime] | None = None) -> None:
        await connection.execute(statement.encode(), params, prepare=False)

    if default not in table.partitions:
        await run(f"create table {full_default} partition of {parent} default")
        made.append(default)
    for month in missing(table, wanted):
        new = partition_name(table.name, month)
        full_new = f"{quoted(schema)}.{quoted(new)}"
        # made apart and attached: writers of the other months go on meanwhile
        await run(f"create table {full_new} (like {parent} including defaults)")
        await run(f"lock table {full_default} in access exclusive mode")
        await run(
            f"with moved as (delete from {full_default} where {column} >= %s and {column} < %s returning {columns})"  # noqa: S608
            f" insert into {full_new} ({columns}) select {columns} from moved",
            [month, next_month(month)],
        )
        await run(f"alter table {parent} attach partition {full_new} {_bounds(month)}")
        made.append(new)
    return made
