"""What must hold when the storm is over: the database is held against the ledger."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg
from serving import command
from sqlalchemy import func, select
from storm_caller import Caller
from storm_client import OPPORTUNITY, VISIT
from storm_ledger import TRACKED, Ledger, Place, Values, is_custom, tracked
from storm_world import SLUG, World

from keyuan.domains.runtime import open_runtime
from keyuan.kernel.settings import Settings
from keyuan.schema import field_types
from keyuan.schema.registry import Registry
from keyuan.schema.tables import stored_fields
from keyuan.storage.sql import compile

SCHEMA = f"org_{SLUG}"
DEFAULT = Decimal(7)
"""The default of the administrator's fields that have one."""
UNKNOWN = object()
"""A value that may be one or another."""


@dataclass(slots=True)
class Line:
    """A line of the change log."""

    operation: str
    place: Place
    kind: str
    version: int


@dataclass(slots=True)
class Model:
    """What every record was in each of its versions, by the ledger and the order of the change log."""

    states: dict[Place, dict[int, Values]] = field(default_factory=lambda: defaultdict(dict))
    deleted: dict[Place, bool] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def fault(self, text: str) -> None:
        """Note something that is not as it should be."""
        self.faults.append(text)


class Audit:
    """The look at everything afterwards. `faults` is what was found."""

    def __init__(self, world: World, ledger: Ledger, chance: random.Random, begun: list[str]) -> None:
        self.world, self.ledger, self.chance = world, ledger, chance
        self.before = set(begun)
        self.model = Model()

    @property
    def faults(self) -> list[str]:
        """What was found."""
        return self.model.faults

    async def run(self, caller: Caller) -> list[str]:
        """All of it."""
        await self.peace()
        async with await psycopg.AsyncConnection.connect(self.world.database_url()) as connection:
            lines = await self._log(connection)
            await self._operations(connection, lines)
            self._replay(lines)
            await self._figures(connection)
            await self._numbers(connection)
            await self._stored(connection)
            for told in (
                f'select "column", field, retired_at, dropped_at, body from {SCHEMA}.retired_column order by retired_at',
                f"select object, field, body from {SCHEMA}.definition where kind = 'field'",
                f"select created_at, updated_at, kind, object, field, state, progress, error from {SCHEMA}.definition_job"
                " order by created_at",
            ):
                for row in await (await connection.execute(told.encode())).fetchall():
                    self.ledger.tell(str(row))
        self._seen()
        await self._search(caller)
        doctor = await asyncio.to_thread(command, "doctor", KEYUAN_DATA_DIR=str(self.world.data))
        if doctor.returncode:
            self.model.fault(f"doctor: {doctor.stdout}{doctor.stderr}")
        return self.faults

    async def peace(self, seconds: float = 150) -> None:
        """Wait until the worker has nothing to do."""
        waiting = (
            f"select (select count(*) from {SCHEMA}.definition_job where state in ('pending', 'running')"
            "  and coalesce((body ->> 'due')::timestamptz, now()) <= now()),"
            " (select count(*) from procrastinate.procrastinate_jobs where status = 'todo' and task_name = 'definitions'),"
            f" (select count(*) from {SCHEMA}.change c, {SCHEMA}.change_reader r"
            "  where r.name = 'relay' and (c.xid, c.seq) > (r.xid, r.seq))"
        )
        url = self.world.database_url()
        async with (
            await psycopg.AsyncConnection.connect(url, autocommit=True) as connection,
            asyncio.timeout(seconds),
        ):
            while (row := await (await connection.execute(waiting.encode())).fetchone()) != (0, 0, 0):
                self.ledger.counts["looks at work left"] += 1
                assert row is not None
                await asyncio.sleep(0.2)

    # -- operations and the change log -------------------------------------------------------------------------------

    async def _log(self, connection: psycopg.AsyncConnection[Any]) -> list[Line]:
        cursor = await connection.execute(
            f"select operation::text, object, record::text, kind, version from {SCHEMA}.change"
            " where kind <> 'definition' order by seq".encode()
        )
        return [Line(o, (b, r), k, v) async for o, b, r, k, v in cursor]

    async def _operations(self, connection: psycopg.AsyncConnection[Any], lines: list[Line]) -> None:
        """Those that were acknowledged are those that are there, and each has its changes."""
        cursor = await connection.execute(
            f"select id::text from {SCHEMA}.operation where kind <> 'definition'".encode()
        )
        there = {row[0] async for row in cursor} - self.before
        told = self.ledger.writes
        own = {line.operation for line in lines if line.place[0].startswith("x_o")}
        for operation in told.keys() - there:
            self.model.fault(f"lost: {told[operation]}")
        for operation in there - told.keys() - own:
            self.model.fault(f"nobody was told of the operation {operation}")
        logged: dict[str, dict[Place, list[int]]] = defaultdict(lambda: defaultdict(list))
        for line in lines:
            logged[line.operation][line.place].append(line.version)
        for operation, write in told.items():
            if not logged[operation] and write.kind not in ("undo",):
                self.model.fault(f"without changes: {write}")
            for place, version in write.versions.items():
                found = logged[operation].get(place)
                # a write of lines alone leaves their parent as it is
                if found is None and write.lines and not (write.sets[place].keys()):
                    continue
                if found is None or version not in found:
                    self.model.fault(f"{write} was told version {version} of {place}, which is {found}")

    def _replay(self, lines: list[Line]) -> None:
        """Go through the change log, doing what was acknowledged."""
        firsts: dict[tuple[str, Place], int] = {}
        effects = Effects()
        parents: dict[Place, str] = {}
        for line in lines:
            firsts.setdefault((line.operation, line.place), line.version)
            write = self.ledger.writes.get(line.operation)
            if line.place[0] not in TRACKED:
                continue
            states = self.model.states[line.place]
            last = max(states, default=0)
            if line.version != last + 1:
                self.model.fault(f"version {line.version} of {line.place} came after {last}: {line}")
            state = dict(states.get(last, {}))
            taken_back = effects.add(line, write.undoes if write is not None else "")
            if write is not None and write.undoes and line.kind == "update":
                # where somebody else changed the record since, its lines alone went back
                before = dict(states.get(firsts[write.undoes, line.place] - 1, {})) if taken_back else state
                state = before | {k: UNKNOWN for k in write.absent if before.get(k) != state.get(k)}
            elif write is not None:
                state |= write.sets.get(line.place, {})
                if line.kind == "create" and line.place not in write.sets:
                    self.model.fault(f"{line} was made by {write}, which did not ask for it")
            states[line.version] = state
            self.model.deleted[line.place] = line.kind == "delete"
            if line.kind == "create" and write is not None and line.place[0] == "opportunity_line":
                parents[line.place] = next(iter(write.lines), "")
        self._lines(lines, parents)

    def _lines(self, lines: list[Line], parents: dict[Place, str]) -> None:
        """After each write of an opportunity's lines there were exactly those that it sent."""
        alive: dict[str, set[str]] = defaultdict(set)
        last: dict[str, int] = {}
        for number, line in enumerate(lines):
            last[line.operation] = number
        for number, line in enumerate(lines):
            if parent := parents.get(line.place):
                name = self.model.states[line.place][line.version].get("name", "")
                (alive[parent].discard if line.kind == "delete" else alive[parent].add)(name)
            write = self.ledger.writes.get(line.operation)
            if write is not None and last[line.operation] == number:
                for parent, sent in write.lines.items():
                    if alive[parent] != sent:
                        self.model.fault(f"{write} sent {sent} and left {alive[parent]}")

    def _seen(self) -> None:
        """Whatever anybody was shown, the record was just that in that version."""
        for seen in self.ledger.seen:
            state = self.model.states.get(seen.place, {}).get(seen.version)
            if state is None:
                self.model.fault(f"never there: {seen}")
            elif differing := self._differing(seen.values, state):
                self.model.fault(f"{differing} of {seen}; it was {state}")
        self.ledger.counts["records shown"] = len(self.ledger.seen)

    def _differing(self, shown: Values, state: Values) -> dict[str, Any]:
        return {
            k: (v, state.get(k)) for k, v in shown.items()
            if v != state.get(k) and state.get(k) is not UNKNOWN and (k in state or (is_custom(k) and v not in (None, DEFAULT)))
        }  # fmt: skip

    # -- the tables --------------------------------------------------------------------------------------------------

    async def _stored(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Records and their history hold what was written."""
        settings = Settings(data_dir=self.world.data, database_url=self.world.database_url())
        async with (
            open_runtime(self.world.database_url(), settings, "cli") as runtime,
            runtime.pool.connection() as own,
        ):
            registry = (await runtime.organisations.get(own, SLUG)).registry
        for object_key in TRACKED:
            tables = registry.tables[object_key]
            rows = await _rows(connection, registry, object_key, tables.main)
            versions: dict[Place, list[int]] = defaultdict(list)
            for row in await _rows(connection, registry, object_key, tables.history):
                place = (object_key, row["id"])
                versions[place].append(row["version"])
                self._holds(place, row, past=True)
            for row in rows:
                place = (object_key, row["id"])
                self._holds(place, row, past=False)
                if sorted(versions[place]) != list(range(1, row["version"])):
                    self.model.fault(
                        f"the history of {place}, version {row['version']}, has {versions[place]}"
                    )
                if bool(row["deleted_at"]) != self.model.deleted.get(place):
                    self.model.fault(f"{place} deleted: {row['deleted_at']}, {self.model.deleted.get(place)}")
            gone = {p for p in self.model.states if p[0] == object_key} - {
                (object_key, r["id"]) for r in rows
            }
            for place in gone:
                self.model.fault(f"{place} is gone")
            self.ledger.counts[f"records: {object_key}"] = len(rows)

    def _holds(self, place: Place, row: Values, *, past: bool) -> None:
        states = self.model.states.get(place)
        if not states or row["version"] not in states:
            self.model.fault(f"nobody wrote version {row['version']} of {place}: {row}")
        elif not past and max(states) != row["version"]:
            self.model.fault(f"{place} is at version {row['version']} and not {max(states)}")
        else:
            values = tracked(place[0], row)
            if past:  # fields that were out of use or not there yet are empty in versions of that time
                values = {k: v for k, v in values.items() if not (is_custom(k) and v is None)}
            if differing := self._differing(values, states[row["version"]]):
                self.model.fault(f"{differing} of version {row['version']} of {place}, past: {past}")

    async def _figures(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Roll-ups are what their lines come to."""
        for statement in (
            f"select p.id, p.lines_amount, coalesce(sum(round(l.price__base * l.quantity * (100 - coalesce(l.discount, 0)) / 100, 2)), 0)"
            f" from {SCHEMA}.opportunity p left join {SCHEMA}.opportunity_line l on l.opportunity = p.id and l.deleted_at is null"
            " group by p.id",
            f"select p.id, p.contacts_count, count(c.id) from {SCHEMA}.customer p"
            f" left join {SCHEMA}.contact c on c.customer = p.id and c.deleted_at is null group by p.id",
            f"select p.id, p.open_opportunities, count(c.id) from {SCHEMA}.customer p left join {SCHEMA}.opportunity c"
            " on c.customer = p.id and c.deleted_at is null and c.outcome = 'open' group by p.id",
            f"select p.id, p.open_amount, coalesce(sum(c.amount__base), 0) from {SCHEMA}.customer p"
            f" left join {SCHEMA}.opportunity c on c.customer = p.id and c.deleted_at is null and c.outcome = 'open'"
            " group by p.id",
        ):
            for record, stored, fresh in await (await connection.execute(statement.encode())).fetchall():
                if stored != fresh:
                    self.model.fault(f"{record} has a figure of {stored}, should have {fresh}: {statement}")

    async def _numbers(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Numbers without gaps have none, and none is there twice; codes of others are there once."""
        for statement in (
            f"select x_number from {SCHEMA}.{VISIT} order by 1",
            f"select code from {SCHEMA}.customer",
            f"select code from {SCHEMA}.{OPPORTUNITY}",
        ):
            found = [row[0] for row in await (await connection.execute(statement.encode())).fetchall()]
            if len(set(found)) < len(found):
                self.model.fault(f"twice: {statement}")
            if "x_number" in statement:
                wanted = [f"V{n:05}" for n in range(1, len(found) + 1)]
                if found != wanted:
                    self.model.fault(f"gaps: {sorted(set(wanted) ^ set(found))}")

    # -- search ------------------------------------------------------------------------------------------------------

    async def _search(self, caller: Caller, most: int = 120) -> None:
        """Records are found by their names and not by those they had."""
        alive = [
            p for p in self.model.states
            if not self.model.deleted[p] and p[0] != "opportunity_line" and "name" in self.model.states[p][1]
        ]  # fmt: skip
        for place in self.chance.sample(alive, min(most, len(alive))):
            states = self.model.states[place]
            name, first = states[max(states)]["name"], states[1]["name"]
            for word, there in {name: True, **({first: False} if first != name else {})}.items():
                told = await caller.get("/api/v1/search", q=word, limit=50)
                if (place[1] in {r["id"] for r in told.body["results"]}) != there:
                    self.model.fault(f"{place} by {word}, there: {there}: {told.body}")


class Effects:
    """Which operations' effects there are in each record: an undo takes one away, the undo of it brings it back."""

    def __init__(self) -> None:
        self._now: dict[Place, tuple[str, ...]] = defaultdict(tuple)
        self._made: dict[tuple[str, Place], tuple[str, bool, tuple[str, ...]]] = {}
        self._taken_back: set[tuple[str, Place]] = set()

    def add(self, line: Line, undoes: str) -> bool:
        """Note a line of the change log; whether with it what `undoes` had done there was undone."""
        by, now = (line.operation, line.place), self._now[line.place]
        if by not in self._made:
            effect, there = line.operation, True
            undone = self._made.get((undoes, line.place))
            if undone is not None and undone[2] == now:
                effect, there = undone[0], not undone[1]
                self._taken_back.add(by)
            now = (*now, effect) if there else now[:-1]
            self._now[line.place], self._made[by] = now, (effect, there, now)
        return by in self._taken_back


async def _rows(connection: Any, registry: Registry, object_key: str, table: Any) -> list[Values]:
    """All rows of a table of an object, as canonical values."""
    fields = [f for f in stored_fields(registry.objects[object_key]) if f.state != "retired"]
    columns = [table.c[name] for name in ("id", "version", "deleted_at")]
    columns += [
        field_types.get(f.type).canonical(f, table).label(f.key) for f in fields
        if f.key in TRACKED[object_key] or is_custom(f.key)
    ]  # fmt: skip
    rows = select(*columns).subquery("r")
    statement = compile(select(func.row_to_json(rows.table_valued())))
    cursor = await connection.execute(statement.text.encode(), statement.bind({}), prepare=False)
    return [row[0] for row in await cursor.fetchall()]
