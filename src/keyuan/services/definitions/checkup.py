"""Whether what the pipeline keeps beside the records is what the records say: search tokens, roll-ups."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import Select, func, select

from ...access import system_principal
from ...records import rollups
from ...records.runtime import Runtime
from ...records.unit_of_work import UnitOfWork
from ...records.unit_of_work import run as unit_of_work
from ...schema.registry import Place
from ...storage.organisations import Organisation
from ...storage.pool import Connection
from ...storage.sql import compile
from .refill import canonical_rows

SAMPLE = 500


async def without_tokens(connection: Connection, organisation: Organisation) -> dict[str, int]:
    """How many live records of each object are in no search, for objects that are searched."""
    found: dict[str, int] = {}
    for key, tables in organisation.registry.tables.items():
        if tables.search is None:
            continue
        main, search = tables.main, tables.search
        there = select(search.c.id).where(search.c.id == main.c.id).exists()
        statement = compile(select(func.count()).select_from(main).where(main.c.deleted_at.is_(None), ~there))
        row = await (await connection.execute(statement.query, statement.bind(), prepare=False)).fetchone()
        if row and row[0]:
            found[key] = int(row[0])
    return found


class _Back(Exception):
    """Takes back what was computed to compare; says how many records were looked at and how many differ by field."""

    def __init__(self, looked: int, differing: dict[str, int]) -> None:
        super().__init__(looked, differing)
        self.looked, self.differing = looked, differing


async def rollups_that_differ(runtime: Runtime, organisation: Organisation) -> list[tuple[Place, int, int]]:
    """For each roll-up that is wrong somewhere: where, in how many of how many records looked at. The newest records and
    some others of each object are looked at; nothing is changed."""
    found: list[tuple[Place, int, int]] = []
    for key in organisation.registry.objects:
        try:
            compare = partial(_compare, key=key)
            await unit_of_work(runtime, system_principal(organisation.slug), compare, trusted=True)
        except _Back as told:
            found.extend((Place(key, name), n, told.looked) for name, n in told.differing.items() if n)
    return found


async def _compare(uow: UnitOfWork, key: str) -> None:
    """Compute the roll-ups of some records and take it back."""
    fields = [f.key for f in uow.registry.fields(key).values() if f.type == "rollup" and f.state == "ready"]
    if not fields:
        return
    ids = await _some(uow, key)
    before = await _figures(uow, key, fields, ids)
    await rollups.recompute(uow, {key: set(ids)})
    after = await _figures(uow, key, fields, ids)
    raise _Back(len(ids), {name: sum(before[i][name] != after[i][name] for i in ids) for name in fields})


async def _some(uow: UnitOfWork, key: str) -> list[str]:
    """The ids of the newest records and of some others."""
    table = uow.registry.tables[key].main
    newest = select(table.c.id).order_by(table.c.id.desc()).limit(SAMPLE)
    others = f"select id from {uow.table_name(key)} tablesample system (1) limit {SAMPLE}"  # noqa: S608
    rows = [*await uow.select(compile(newest)), *await uow.fetch(others)]
    ids = sorted({row[0] for row in rows})
    locked = (
        select(table.c.id).where(table.c.id.in_(ids)).order_by(table.c.id).with_for_update(key_share=True)
    )
    if ids:
        await uow.select(compile(locked))
    return ids


async def _figures(uow: UnitOfWork, key: str, fields: list[str], ids: list[str]) -> dict[str, dict[str, Any]]:
    table = uow.registry.tables[key].main
    columns = [table.c[uow.registry.fields(key)[name].physical].label(name) for name in fields]
    query: Select[Any] = select(table.c.id, *columns).where(table.c.id.in_(ids))
    return {row["id"]: row for row in await canonical_rows(uow, query)}
