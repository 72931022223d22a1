"""The job that drops columns and tables which have been out of use for long enough."""

from __future__ import annotations

from ...kernel import clock
from ...schema.registry import Place
from ...storage import migrate
from ...storage.pool import Connection
from ...storage.sql import quoted
from .jobs import Run
from .trace import current_version, log


async def drop(one: Run) -> None:
    """Drop what of the job's object is due. The names stay known as used."""

    async def work(connection: Connection) -> None:
        cursor = await connection.execute(
            f'select "column", field from {one.schema}.retired_column'  # noqa: S608
            " where object = %s and dropped_at is null and drop_after <= %s".encode(),
            [one.job.object, clock.now()],
            prepare=False,
        )
        gone = await cursor.fetchall()
        if any(column == "" for column, _ in gone):
            await _drop_object(one, connection)
        elif gone:
            await _drop_columns(one, connection, [column for column, _ in gone], {field for _, field in gone})

    await migrate.exclusively(one.runtime.pool, one.slug, work, attempts=60)


async def _drop_columns(one: Run, connection: Connection, columns: list[str], fields: set[str]) -> None:
    dropped = ", ".join(f"drop column if exists {quoted(column)}" for column in columns)
    for table in (one.job.object, f"{one.job.object}__history"):
        await connection.execute(
            f"alter table if exists {one.schema}.{quoted(table)} {dropped}".encode(), prepare=False
        )
    await _note(one, connection, columns)
    version = await current_version(connection, one.schema)
    for field in sorted(fields):
        await log(connection, one.schema, one.job.id, Place(one.job.object, field), version, None)


async def _drop_object(one: Run, connection: Connection) -> None:
    """The tables, and what hangs on their records elsewhere."""
    key = one.job.object
    for table in (f"{key}__search", f"{key}__history", key):
        await connection.execute(f"drop table if exists {one.schema}.{quoted(table)}".encode(), prepare=False)
    for statement in (
        f"delete from {one.schema}.grants where object = %s",  # noqa: S608
        f"delete from {one.schema}.counter where object = %s",  # noqa: S608
        # without a record they are drafts, which are cleared away
        f"update {one.schema}.file set object = null, record = null, field = null where object = %s",  # noqa: S608
        f"update {one.schema}.retired_column set dropped_at = now() where object = %s and dropped_at is null",  # noqa: S608
    ):
        await connection.execute(statement.encode(), [key], prepare=False)
    await log(
        connection,
        one.schema,
        one.job.id,
        Place(key, ""),
        await current_version(connection, one.schema),
        None,
    )


async def _note(one: Run, connection: Connection, columns: list[str]) -> None:
    await connection.execute(
        f'update {one.schema}.retired_column set dropped_at = now() where object = %s and "column" = any(%s)'.encode(),  # noqa: S608
        [one.job.object, columns],
        prepare=False,
    )
