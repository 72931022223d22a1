"""Loading the demo into an organisation: through the pipeline like everything else, as the product itself, with the
authors and times of the story.

The whole demo is one operation, written in several transactions. The operation's row remembers what is being loaded, so
that loading that was killed goes on where it stopped, and a demo that is there is left alone."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from time import monotonic
from typing import Any, TypeVar

import anyio
from psycopg.types.json import Jsonb

from ...access import system_principal
from ...kernel import clock
from ...kernel.ids import new_id
from ...records import pipeline
from ...records.hooks import Change
from ...records.runtime import Runtime
from ...records.unit_of_work import UnitOfWork, run
from ...storage.partitions import spread
from ...storage.pool import autocommit
from ...storage.sql import quoted
from .bulk import build_indexes, drop_indexes
from .changes import Changes, Row
from .generate import Batch, generate

log = logging.getLogger("keyuan.demo")

T = TypeVar("T")

KIND = "demo"
_UNIT = 2_000
"""At least as many records are written in one transaction."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a demo is; see `generate`. A `lean` one leaves out what measuring does not need: products within deals,
    what records were before, groups of companies."""

    seed: int = 20240601
    customers: int = 400
    opportunities: int = 1_200
    leads: int = 250
    follow_ups: float = 3.0
    lean: bool = False


@dataclass(slots=True)
class _State:
    """What the operation's row remembers: what is being loaded, from which moment it looks back, what was there before,
    whether it is complete."""

    operation: str
    size: Size
    now: datetime
    known: dict[str, str]
    resumed: bool = False
    done: bool = False

    def detail(self) -> dict[str, Any]:
        return {
            "size": asdict(self.size),
            "now": self.now.isoformat(),
            "known": self.known,
            "done": self.done,
        }


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
    loader = _Loader(runtime, slug, state, progress)
    units = _units(state)
    await loader.write(next(units))
    await _analyse(runtime, slug)
    lean = state.size.lean
    if lean:
        await drop_indexes(runtime, slug)
    await loader.write_all(units, 2 if lean else 1)
    if lean:
        await build_indexes(runtime, slug)
    async with autocommit(runtime.pool) as connection:
        await spread(connection, slug)
    await loader.finish()
    await _analyse(runtime, slug)
    return loader.written


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
        return _State(str(operation), Size(**detail["size"]), begun, detail["known"], resumed=True)
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


def _units(state: _State) -> Iterator[list[Batch]]:
    """The story by transactions: first the setting, then the customers with what belongs to them. No transaction of a lean
    demo needs records of another but those of the setting."""
    size, unit, count = state.size, list[Batch](), 0
    story = generate(
        size.seed, size.customers, size.opportunities, leads=size.leads, follow_ups=size.follow_ups, planned=False,
        past=not size.lean, now=state.now, known=state.known,
    )  # fmt: skip
    setting = True
    for batch in story:
        begins = batch[0] == "lead" and unit and unit[-1][0] != "lead"
        if begins and (setting or count >= _UNIT):
            yield unit
            unit, count, setting = [], 0, False
        unit.append(_lean(batch) if size.lean else batch)
        count += len(batch[1])
    yield unit


def _lean(batch: Batch) -> Batch:
    object_key, rows = batch
    for row in rows:
        for key in ("lines", "parent") if object_key in ("opportunity", "customer") else ():
            row.pop(key, None)
    return batch


class _Loader:
    """Writes units of the story, some at a time."""

    def __init__(self, runtime: Runtime, slug: str, state: _State, progress: Progress | None) -> None:
        self.runtime, self.slug, self.state, self.progress = runtime, slug, state, progress
        self.written = 0

    async def write_all(self, units: Iterator[list[Batch]], together: int) -> None:
        """Write the units, so many at the same time: while one waits for the database, the other works."""
        lock = anyio.Lock()

        async def work() -> None:
            while True:
                async with lock:
                    unit = next(units, None)
                if unit is None:
                    return
                await self.write(unit)

        async with anyio.create_task_group() as group:
            for _ in range(together):
                group.start_soon(work)

    async def write(self, unit: list[Batch]) -> None:
        """Write the batches of a unit in one transaction, unless they are there."""
        batches = [b for b in unit if b[1]]
        if not batches or (self.state.resumed and await self._is_there(batches)):
            return

        async def work(uow: UnitOfWork) -> int:
            return sum([await _write_batch(uow, key, rows) for key, rows in batches])

        count = await self._run(work)
        self.written += count
        if self.progress:
            self.progress(self.written)

    async def finish(self) -> None:
        """Note that the demo is complete."""
        self.state.done = True

        async def work(uow: UnitOfWork) -> None:
            await uow.execute(
                f"update {uow.table_name('operation')} set detail = %(detail)s where id = %(id)s",  # noqa: S608
                {"detail": Jsonb(self.state.detail()), "id": self.state.operation},
            )

        await self._run(work)

    async def _is_there(self, batches: list[Batch]) -> bool:
        object_key, rows = next(b for b in batches if not isinstance(b[1], Changes))

        async def work(uow: UnitOfWork) -> bool:
            table = uow.table_name(object_key)
            return bool(await uow.fetch(f"select 1 from {table} where id = %(id)s", {"id": rows[0]["id"]}))  # noqa: S608

        return await self._run(work)

    async def _run(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        return await run(
            self.runtime, system_principal(self.slug), work, kind=KIND, detail=self.state.detail(),
            operation=self.state.operation, trusted=True,
        )  # fmt: skip


async def _write_batch(uow: UnitOfWork, object_key: str, rows: list[Row]) -> int:
    """Write a batch; how many records are new."""
    if isinstance(rows, Changes):
        changes = [Change(r["id"], {k: v for k, v in r.items() if k != "id"}) for r in rows]
        await pipeline.update(uow, object_key, changes)
        return 0
    await pipeline.create(uow, object_key, rows)
    return len(rows)


async def _analyse(runtime: Runtime, slug: str) -> None:
    """Let PostgreSQL look at what was loaded, so that it plans well before its own time."""
    async with autocommit(runtime.pool) as connection:
        organisation = await runtime.organisations.get(connection, slug)
        for tables in organisation.registry.tables.values():
            name = f"{quoted(organisation.registry.schema)}.{quoted(tables.main.name)}"
            await connection.execute(f"analyze {name}".encode())
