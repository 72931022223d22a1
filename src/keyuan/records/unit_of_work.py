"""The unit of work: one connection, one transaction, one operation. Application code never commits; this does.

The unit takes the organisation's lock shared, which a change of definitions takes exclusively, and then reads which
version holds: the work sees one version from its first look at a definition to its commit. If the database chose it as
the victim of a deadlock, the whole work is done again from the start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import anyio
import psycopg
from psycopg import errors as pg
from psycopg.abc import QueryNoTemplate
from psycopg.types.json import Jsonb

from ..access import Principal, binds, environment
from ..expr.scope import Environment
from ..kernel import clock
from ..kernel.errors import Problem, Unavailable
from ..kernel.ids import new_id
from ..schema.field_types import Context
from ..schema.field_types.datetime import iso
from ..schema.registry import Registry
from ..storage.locks import organisation_lock_key
from ..storage.organisations import Organisation
from ..storage.pool import Connection
from ..storage.sql import Compiled
from .held import Held
from .runtime import Runtime
from .token_process import TokenProcess

T = TypeVar("T")

ATTEMPTS = 8
WAITED = timedelta(minutes=1)
"""Longer than any work waits for a lock."""
_LATE = (pg.UndefinedColumn, pg.UndefinedTable, pg.FeatureNotSupported)
"""What a statement raises that was prepared under earlier definitions."""
_RETRIED = (pg.DeadlockDetected, pg.SerializationFailure, pg.LockNotAvailable)


class Again(Exception):
    """The work found a state that a fresh attempt will see differently, such as a record just made by someone else."""


@dataclass
class UnitOfWork:
    """One transaction of writes on behalf of someone. `trusted` work (set-up, imports of history, hooks) may write fields
    that people cannot; work that is `restoring` an earlier state passes by the hooks and rules that judge new ones."""

    runtime: Runtime
    connection: Connection
    organisation: Organisation
    principal: Principal
    operation: str
    now: datetime
    context: Context
    trusted: bool = False
    restoring: bool = False
    operation_recorded: bool = False
    kind: str = "save"
    detail: dict[str, Any] = field(default_factory=dict)
    token_process: TokenProcess | None = None
    held: Held = field(default_factory=Held)
    _binds: tuple[int, dict[str, Any]] | None = None
    _sent: list[tuple[str, Mapping[str, Any] | None]] = field(default_factory=list)
    _later: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    _under_way: asyncio.Task[Any] | None = None
    _refused: list[Callable[[pg.Error], Problem | None]] = field(default_factory=list)

    @property
    def registry(self) -> Registry:
        """The definitions the work is done under."""
        return self.organisation.registry

    @property
    def moment(self) -> str:
        """`now` in the form that records are stamped with."""
        return iso(self.now)

    def follow(self, version: str) -> None:
        """Let the work be done no earlier than a version that it found was made: it began before, and waited for whoever
        made it. A version from further ahead is one of a clock gone wrong, which is not followed."""
        made = datetime.fromisoformat(version)
        if self.now < made < self.now + WAITED:
            self.now = made

    @cached_property
    def environment(self) -> Environment:
        """What expressions of this unit know beside the record."""
        return environment(self.principal, self.organisation.settings)

    @property
    def binds(self) -> dict[str, Any]:
        """The parameters of the principal's predicates: ask for them after the statement was made, because the filters of
        roles get theirs when a predicate is made of them."""
        met = len(self.principal.policy.late)
        if self._binds is None or self._binds[0] != met:
            self._binds = met, binds(self.principal, self.environment)
        return self._binds[1]

    def table_name(self, name: str) -> str:
        """A system table, qualified and quoted."""
        return f'"{self.registry.schema}"."{name}"'

    async def fetch(self, statement: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement and read all its rows."""
        (cursor,) = await self._run((statement, params))
        return await cursor.fetchall() if cursor.description else []

    async def select(self, statement: Compiled, **params: Any) -> list[tuple[Any, ...]]:
        """Run a compiled statement and read all its rows."""
        (cursor,) = await self._run((statement.text, statement.bind(params)))
        return await cursor.fetchall()

    async def select_each(
        self, statements: Sequence[tuple[Compiled, Mapping[str, Any]]]
    ) -> list[list[tuple[Any, ...]]]:
        """Run several compiled statements, one after the other but in one exchange, and read all their rows."""
        if not statements:
            return []
        cursors = await self._run(*((s.text, s.bind(params)) for s, params in statements))
        return [await cursor.fetchall() for cursor in cursors]

    async def execute(self, statement: str, params: Mapping[str, Any] | None = None) -> int:
        """Run a statement; the number of rows it concerned."""
        (cursor,) = await self._run((statement, params))
        return cursor.rowcount

    def send(
        self,
        statement: str,
        params: Mapping[str, Any],
        refused: Callable[[pg.Error], Problem | None] | None = None,
    ) -> None:
        """Run a statement whose answer nobody needs together with the next whose answer is waited for, and before it:
        each wait costs as much as a small statement. It is run at the latest by `flush`, which whoever sends must
        call before code begins that speaks with the connection itself. `refused` says what an error of PostgreSQL
        means to the caller, None if it is not about this statement."""
        self._sent.append((statement, params))
        if refused is not None:
            self._refused.append(refused)

    def send_later(self, statement: str, params: Mapping[str, Any]) -> None:
        """Run a statement whose effect nothing in the unit looks at while the next batch is prepared (`proceed`); at the
        latest when the unit ends."""
        self._later = (*self._later, (statement, params))

    def proceed(self) -> None:
        """Begin what was to be sent later. Whatever speaks with the database next waits for it."""
        if self._later and self._under_way is None:
            together, self._later = self._later, ()
            self._under_way = asyncio.create_task(self._exchange(together))

    def catch_up(self) -> None:
        """Send what was to be sent later, before what was sent since."""
        self._sent, self._later = [*self._later, *self._sent], ()

    async def flush(self) -> None:
        """Run what was sent, after what is under way."""
        if self._sent or self._under_way is not None:
            await self._run()

    async def settle(self) -> None:
        """Run what was sent and what was to be sent later."""
        self.catch_up()
        await self.flush()

    async def quiet(self) -> None:
        """Wait for what is under way, whatever becomes of it: nobody else may use the connection meanwhile."""
        if self._under_way is not None:
            with anyio.CancelScope(shield=True):
                await asyncio.wait([self._under_way])
            self._under_way.exception()
            self._under_way = None

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the work that is taken back, and nothing else, if the block raises."""
        await self.flush()
        recorded, later = self.operation_recorded, self._later
        try:
            async with self.connection.transaction():
                try:
                    yield
                    await self.flush()
                finally:
                    await self.quiet()
        except BaseException:
            self.operation_recorded, self._later = recorded, later
            self.held = Held()  # locks that were taken in between are gone
            raise
        finally:
            self._sent, self._refused = [], []

    async def _run(
        self, *statements: tuple[str, Mapping[str, Any] | None]
    ) -> list[psycopg.AsyncCursor[tuple[Any, ...]]]:
        """Run what was sent and these statements in one exchange, after what is under way; the cursors of these."""
        if (before := self._under_way) is not None:
            await asyncio.wait([before])
            self._under_way = None
            before.result()
        together = [*self._sent, *statements]
        refused, self._sent, self._refused = self._refused, [], []
        try:
            cursors = await self._exchange(together)
        except pg.Error as error:
            for meaning in refused:
                if (problem := meaning(error)) is not None:
                    raise problem from None
            raise
        return cursors[len(together) - len(statements) :]

    async def _exchange(
        self, together: Sequence[tuple[str, Mapping[str, Any] | None]]
    ) -> list[psycopg.AsyncCursor[tuple[Any, ...]]]:
        if len(together) < 2:
            return [await self._start(one) for one in together]
        async with self.connection.pipeline():
            return [await self._start(one) for one in together]

    async def _start(self, one: tuple[str, Mapping[str, Any] | None]) -> psycopg.AsyncCursor[tuple[Any, ...]]:
        return await self.connection.execute(cast("QueryNoTemplate", one[0]), one[1])


def context_of(organisation: Organisation, principal: Principal, runtime: Runtime) -> Context:
    """What reading values depends on: the person's language and zone, the organisation's money."""
    settings = organisation.settings
    zone = ZoneInfo(principal.time_zone or str(settings["time_zone"]))
    rates = settings.get("exchange_rates") or {}
    assert isinstance(rates, Mapping)
    return Context(
        language=principal.language,
        time_zone=zone,
        currency=str(settings["currency"]),
        rates={code: Decimal(str(rate)) for code, rate in rates.items()},
        today=clock.now().astimezone(zone).date().isoformat(),
        cipher=runtime.cipher,
    )


async def _current(runtime: Runtime, connection: Connection, slug: str) -> Organisation:
    """Begin, take the organisation's lock shared, then read which definitions hold; while the lock is held they stay.
    Two statements, because one would look at the version before it waits for the lock; sent together with the
    beginning, because each wait for an answer costs as much as the statement."""
    async with connection.pipeline():
        await connection.execute("select pg_advisory_xact_lock_shared(%s)", [organisation_lock_key(slug)])
        return await runtime.organisations.get(connection, slug)


async def record_operation(uow: UnitOfWork) -> None:
    """Write the operation's row now, for others that refer to it."""
    if (made := operation_row(uow)) is not None:
        await uow.execute(*made)
    await uow.flush()


def operation_row(uow: UnitOfWork) -> tuple[str, dict[str, Any]] | None:
    """The statement that writes the operation's row, with its parameters, for the caller to run with the first change;
    None from then on. Work that changes nothing leaves no operation."""
    if uow.operation_recorded:
        return None
    uow.operation_recorded = True
    return (
        f"insert into {uow.table_name('operation')} (id, kind, actor, at, detail)"  # noqa: S608
        " values (%(operation)s, %(unit_kind)s, %(actor)s, %(at)s, %(detail)s) on conflict (id) do nothing",
        {
            "operation": uow.operation,
            "unit_kind": uow.kind,
            "actor": uow.principal.user,
            "at": uow.now,
            "detail": Jsonb(uow.detail),
        },
    )


async def run(
    runtime: Runtime,
    principal: Principal,
    work: Callable[[UnitOfWork], Awaitable[T]],
    *,
    kind: str = "save",
    detail: dict[str, Any] | None = None,
    operation: str | None = None,
    trusted: bool = False,
) -> T:
    """Do `work` in one transaction and commit it. `work` may be called several times and must have no effect outside the
    unit. `operation` continues an operation begun before (the chunks of an import); otherwise a new one begins."""
    for attempt in range(ATTEMPTS):
        committing = False
        try:
            async with runtime.pool.connection() as connection:
                organisation = await _current(runtime, connection, principal.organisation)
                uow = UnitOfWork(
                    runtime=runtime,
                    connection=connection,
                    organisation=organisation,
                    principal=principal,
                    operation=operation or new_id(),
                    now=clock.now(),
                    context=context_of(organisation, principal, runtime),
                    trusted=trusted,
                    kind=kind,
                    detail=dict(detail or {}),
                )
                try:
                    answer = await work(uow)
                    await uow.settle()
                finally:
                    await uow.quiet()
                committing = True
            return answer
        except (Again, *_RETRIED, *_LATE):
            if attempt == ATTEMPTS - 1:
                raise Unavailable(extra={"retry_after": 1}) from None
            await anyio.sleep(0.01 * 2**attempt)
        except psycopg.OperationalError:
            # A connection that the server closed. Anything before the commit can be done again; what became of a
            # commit that was under way nobody knows, so that is told to the caller.
            if committing or attempt == ATTEMPTS - 1:
                raise
            await anyio.sleep(0.05 * 2**attempt)
    raise AssertionError("unreachable")
