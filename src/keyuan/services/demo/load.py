"""Loading the demo into an organisation: through the pipeline like everything else, as the product itself, with the
authors and times of the story.

The whole demo is one operation, written in several transactions. The operation's row remembers how far it has come, so
that loading that was killed goes on where it stopped, and a demo that is there is left alone."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from psycopg.types.json import Jsonb

from ...access import system_principal
from ...kernel import clock
from ...kernel.ids import new_id
from ...records import pipeline
from ...records.hooks import Change
from ...records.runtime import Runtime
from ...records.unit_of_work import UnitOfWork, run
from ...storage.pool import autocommit
from ...storage.sql import quoted
from .generate import Batch, generate

log = logging.getLogger("keyuan.demo")

KIND = "demo"
_UNIT = 2_000
"""About as many records are written in one transaction."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a demo is; see `generate`."""

    seed: int = 20240601
    customers: int = 600
    opportunities: int = 2_000
    leads: int = 400
    follow_ups: float = 3.0


@dataclass(slots=True)
class _State:
    """What the operation's row remembers: what is being loaded, and how many of the story's batches are in."""

    operation: str
    size: Size
    now: datetime
    known: dict[str, str]
    batches: int = 0
    done: bool = False

    def detail(self) -> dict[str, Any]:
        return {"size": asdict(self.size), "now": self.now.isoformat(), "known": self.known, "batches": self.batches,
                "done": self.done}  # fmt: skip


async def fill(runtime: Runtime, slug: str) -> Sequence[str]:
    """Load the usual demo into an organisation made for it; a line about it if there is news."""
    started = monotonic()
    count = await load(
        runtime, slug, Size(), lambda done: log.info("Making the demo: %s records …", f"{done:,}")
    )
    if not count:
        return []
    log.info("The demo is there: %s records in %.0f s.", f"{count:,}", monotonic() - started)
    return [f"The organisation holds an invented company: {count:,} records."]


async def load(runtime: Runtime, slug: str, size: Size, progress: Progress | None = None) -> int:
    """Load a demo into an organisation that has no records yet, or go on with one that was interrupted (whose size holds
    then). Answers how many records were written, 0 where there was nothing to do."""

    async def begin(uow: UnitOfWork) -> _State | None:
        return await _begin(uow, size)

    state = await run(runtime, system_principal(slug), begin, kind=KIND, trusted=True)
    if state is None:
        return 0
    written = 0
    async for unit in _units(state):
        written += await _write(runtime, slug, state, unit)
        if progress:
            progress(written)
        if state.batches == len(unit):
            await _analyse(runtime, slug)
    state.done = True
    await _write(runtime, slug, state, [])
    await _analyse(runtime, slug)
    return written


async def _begin(uow: UnitOfWork, size: Size) -> _State | None:
    rows = await uow.fetch(
        f"select id, detail from {uow.table_name('operation')} where kind = %(kind)s and undone_by is null"  # noqa: S608
        " order by at desc limit 1",
        {"kind": KIND},
    )
    if rows:
        operation, detail = rows[0]
        if detail["done"]:
            return None
        begun = datetime.fromisoformat(detail["now"])
        return _State(str(operation), Size(**detail["size"]), begun, detail["known"], detail["batches"])
    for object_key in ("customer", "lead", "opportunity"):
        if await uow.fetch(f"select 1 from {uow.table_name(object_key)} limit 1"):  # noqa: S608
            return None
    return _State(new_id(), size, clock.now(), await _known(uow))


async def _known(uow: UnitOfWork) -> dict[str, str]:
    """What the organisation has already that the story takes up: roles, pipelines, stages."""
    known: dict[str, str] = {}
    roles, pipelines, stages = (uow.table_name(key) for key in ("role", "pipeline", "stage"))
    for statement in (
        f"select 'role:' || key, id from {roles} where key is not null and deleted_at is null",  # noqa: S608
        f"select 'pipeline:' || name, id from {pipelines} where deleted_at is null",  # noqa: S608
        f"select 'stage:' || p.name || '/' || s.name, s.id from {stages} s join {pipelines} p on p.id = s.pipeline"  # noqa: S608
        " where s.deleted_at is null and p.deleted_at is null",
    ):
        known |= {str(name): str(record) for name, record in await uow.fetch(statement)}
    return known


async def _units(state: _State) -> AsyncIterator[list[Batch]]:
    """The story's batches that are still to be written, by the transaction."""
    size, unit, count = state.size, list[Batch](), 0
    story = generate(
        size.seed, size.customers, size.opportunities, leads=size.leads, follow_ups=size.follow_ups, planned=False,
        now=state.now, known=state.known,
    )  # fmt: skip
    for number, batch in enumerate(story):
        if number < state.batches:
            continue
        unit.append(batch)
        count += len(batch[1])
        if count >= _UNIT:
            yield unit
            unit, count = [], 0
    if unit:
        yield unit


async def _write(runtime: Runtime, slug: str, state: _State, unit: list[Batch]) -> int:
    """Write some batches in one transaction, and that they are written."""

    async def work(uow: UnitOfWork) -> int:
        count = 0
        for object_key, rows in unit:
            if _are_changes(rows):
                changes = [Change(r["id"], {k: v for k, v in r.items() if k != "id"}) for r in rows]
                await pipeline.update(uow, object_key, changes)
            else:
                await pipeline.create(uow, object_key, rows)
                count += len(rows)
            if object_key == "stage_history":
                await _join_trails(uow, rows)
        remembered = {**state.detail(), "batches": state.batches + len(unit)}
        await uow.execute(
            f"update {uow.table_name('operation')} set detail = %(detail)s where id = %(id)s",  # noqa: S608
            {"detail": Jsonb(remembered), "id": state.operation},
        )
        return count

    written = await run(
        runtime,
        system_principal(slug),
        work,
        kind=KIND,
        detail=state.detail(),
        operation=state.operation,
        trusted=True,
    )
    state.batches += len(unit)
    return written


def _are_changes(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the rows change one field of records that are there, rather than being new ones."""
    return all(len(row) == 2 and "id" in row for row in rows)


async def _join_trails(uow: UnitOfWork, stays: Sequence[Mapping[str, Any]]) -> None:
    """Tell the present stays, which were made with the opportunities, which stage came before them."""
    last = {stay["opportunity"]: stay["stage"] for stay in stays}
    rows = await uow.fetch(
        f"select id, opportunity from {uow.table_name('stage_history')}"  # noqa: S608
        " where opportunity = any(%(ids)s::uuid[]) and left_at is null and deleted_at is null",
        {"ids": sorted(last)},
    )
    changes = [Change(str(r[0]), {"from_stage": last[str(r[1])]}) for r in rows]
    await pipeline.update(uow, "stage_history", changes)


async def _analyse(runtime: Runtime, slug: str) -> None:
    """Let PostgreSQL look at what was loaded, so that it plans well before its own time."""
    async with autocommit(runtime.pool) as connection:
        organisation = await runtime.organisations.get(connection, slug)
        for tables in organisation.registry.tables.values():
            name = f"{quoted(organisation.registry.schema)}.{quoted(tables.main.name)}"
            await connection.execute(f"analyze {name}".encode())
