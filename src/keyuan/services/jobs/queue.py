"""The job queue: Procrastinate, in a schema of its own in the platform's database."""

from __future__ import annotations

from importlib import resources

import procrastinate
from psycopg import errors as pg

from ...storage.locks import queue_lock_key
from ...storage.pool import Pool, autocommit

SCHEMA = "procrastinate"


def connector(url: str, size: int = 4) -> procrastinate.PsycopgConnector:
    """Connections for the queue; its tables are found by the search path."""
    return procrastinate.PsycopgConnector(
        conninfo=url,
        kwargs={"options": f"-c search_path={SCHEMA} -c timezone=UTC", "application_name": "keyuan queue"},
        min_size=1,
        max_size=size,
    )


def _scripts() -> list[tuple[str, str]]:
    """The library's migrations by name, in their order."""
    folder = resources.files("procrastinate.sql.migrations")
    found = sorted(f.name for f in folder.iterdir() if f.name.endswith(".sql"))
    return [(name, folder.joinpath(name).read_text("utf-8")) for name in found]


async def prepare(pool: Pool) -> None:
    """Make the queue's tables, or bring them to the version of the library. One query where they are there already."""
    scripts = _scripts()
    newest = scripts[-1][0]
    async with autocommit(pool) as connection:
        try:
            row = await (
                await connection.execute("select script from procrastinate.keyuan_layout")
            ).fetchone()
        except (pg.UndefinedTable, pg.InvalidSchemaName):
            row = None
        if row is not None and row[0] == newest:
            return
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(%s)", [queue_lock_key()])
            await connection.execute(f"create schema if not exists {SCHEMA}")
            await connection.execute(f"set local search_path to {SCHEMA}")
            await connection.execute("create table if not exists keyuan_layout (script text not null)")
            row = await (await connection.execute("select script from keyuan_layout")).fetchone()
            if row is None:
                todo = [resources.files("procrastinate.sql").joinpath("schema.sql").read_text("utf-8")]
                await connection.execute("insert into keyuan_layout values (%s)", [newest])
            else:
                todo = [text for name, text in scripts if name > str(row[0])]
                await connection.execute("update keyuan_layout set script = %s", [newest])
            for text in todo:
                await connection.execute(text.encode())
