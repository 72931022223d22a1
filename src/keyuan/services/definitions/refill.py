"""Jobs that go through all records of an object, a chunk in each transaction: search tokens, roll-ups."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from sqlalchemy import Select, Text, cast, func, select

from ...access import system_principal
from ...records import rollups, tokens
from ...records.unit_of_work import UnitOfWork
from ...records.unit_of_work import run as unit_of_work
from ...schema import field_types
from ...storage.sql import compile
from .jobs import Run, set_field_state

CHUNK = 500

Work = Callable[[UnitOfWork, list[dict[str, Any]]], Awaitable[None]]


async def in_chunks(
    one: Run,
    query: Callable[[UnitOfWork], Select[Any] | None],
    work: Work,
    key: str = "after",
    chunk: int = CHUNK,
) -> None:
    """Go through the rows of a query over the job's object (its first column is the id) in the order of ids, so many in
    each transaction, locked against other writers. How far it came is kept in `progress[key]`; work done is never
    done again. A query of None is the end."""
    finished = False

    async def step(uow: UnitOfWork) -> bool:
        progress = await one.progress(uow.connection)
        made = query(uow) if one.job.object in uow.registry.objects else None
        if made is None:
            return True
        table = uow.registry.tables[one.job.object].main
        limited = made.order_by(table.c.id).limit(chunk).with_for_update(key_share=True, of=table)
        if progress.get(key):
            limited = limited.where(table.c.id > progress[key])
        rows = await canonical_rows(uow, limited)
        if not rows:
            return True
        await work(uow, rows)
        # read again: the work may have noted something of its own
        progress = await one.progress(uow.connection)
        done = int(progress.get("done", 0)) + len(rows)
        await one.note(uow.connection, {**progress, key: rows[-1]["id"], "done": done})
        return len(rows) < chunk

    while not finished:
        finished = await unit_of_work(one.runtime, system_principal(one.slug), step, trusted=True)


async def canonical_rows(uow: UnitOfWork, query: Select[Any]) -> list[dict[str, Any]]:
    """The rows of a query of canonical values, as JSON shows them."""
    shown = select(cast(func.row_to_json(query.subquery("r").table_valued()), Text))
    return [msgspec.json.decode(row[0]) for row in await uow.select(compile(shown))]


async def refresh_tokens(one: Run) -> None:
    """Make the search tokens of every record of an object anew."""

    def query(uow: UnitOfWork) -> Select[Any] | None:
        tables = uow.registry.tables[one.job.object]
        if tables.search is None:
            return None
        columns = [
            field_types.get(f.type).canonical(f, tables.main).label(f.key)
            for f in tokens.searched_fields(uow.registry, one.job.object)
        ]
        return select(tables.main.c.id, *columns)

    async def work(uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        making = await tokens.begin(uow, one.job.object, ((row["id"], row) for row in rows))
        await tokens.store(uow, making)

    await in_chunks(one, query, work)
    await set_field_state(one, one.job.place, "ready")


async def refresh_rollups(one: Run) -> None:
    """Compute the roll-ups of every record of an object anew."""

    def query(uow: UnitOfWork) -> Select[Any] | None:
        if not any(f.type == "rollup" for f in uow.registry.fields(one.job.object).values()):
            return None
        return select(uow.registry.tables[one.job.object].main.c.id)

    async def work(uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        await rollups.recompute(uow, {one.job.object: {row["id"] for row in rows}})

    await in_chunks(one, query, work)
    await set_field_state(one, one.job.place, "ready")
