"""For a demo of a million: the indexes that only lists and searches need are dropped before and built after, which takes
minutes where keeping them takes an hour. Records still go through the pipeline, and what keeps them right (keys, unique
indexes, the indexes that roll-ups and checks go along) stays."""

from __future__ import annotations

from ...records.runtime import Runtime
from ...schema import field_types
from ...schema.registry import Registry
from ...storage import catalogue, migrate
from ...storage.pool import Connection
from ...storage.sql import quoted
from ..definitions.indexes import missing

_LARGE = ("opportunity", "stage_history")


async def drop_indexes(runtime: Runtime, slug: str) -> int:
    """Drop what can be built again of the indexes of the large tables; how many."""

    async def work(connection: Connection) -> int:
        organisation = await runtime.organisations.get(connection, slug)
        registry = organisation.registry
        tables = [
            t.name
            for key in _LARGE
            for t in (registry.tables[key].main, registry.tables[key].search)
            if t is not None
        ]
        actual = await catalogue.read(connection, registry.schema, tables)
        kept = _needed(registry)
        names = [
            index.name
            for table in actual.tables.values()
            for index in table.indexes.values()
            if not (index.unique or index.attached or table.parent or (table.name, index.columns[:1]) in kept)
        ]
        for name in names:
            await connection.execute(
                f"drop index {quoted(registry.schema)}.{quoted(name)}".encode(), prepare=False
            )
        return len(names)

    return await migrate.exclusively(runtime.pool, slug, work)


def _needed(registry: Registry) -> set[tuple[str, tuple[str, ...]]]:
    """The first columns, by table, of the indexes that the pipeline itself goes along: from parents to children."""
    found: set[tuple[str, tuple[str, ...]]] = set()
    for key in _LARGE:
        ways = {registry.objects[key].parent}
        ways |= {
            field_types.get("rollup").settings(registry.fields(o)[f]).via
            for o, f in registry.rollups_over[key]
        }
        found |= {(key, (registry.fields(key)[way].physical,)) for way in ways if way}
    return found


async def build_indexes(runtime: Runtime, slug: str) -> None:
    """Build all indexes that the organisation lacks."""
    async with runtime.pool.connection() as connection:
        organisation = await runtime.organisations.get(connection, slug)
        todo = await missing(connection, organisation)
    schema = organisation.registry.schema

    async def now(connection: Connection) -> None:
        await migrate.apply(connection, todo.now)

    if todo.now:
        await migrate.exclusively(runtime.pool, slug, now)
    async with migrate.job_connection(runtime.pool, slug) as alone:
        await alone.execute(b"set maintenance_work_mem = '512MB'", prepare=False)
        await migrate.apply_alone(alone, schema, todo.later)
