"""The unit of work: one connection, one transaction, one operation. Application code never commits; this does.

The unit takes the organisation's lock shared, which a change of definitions takes exclusively, and then reads which
version holds: the work sees one version from its first look at a definition to its commit. If the database chose it as
the victim of a deadlock, the whole work is done again from the start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
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
from ..kernel.errors import Unavailable
from ..kernel.ids import new_id
from ..schema.field_types import Context
from ..schema.field_types.datetime import iso
from ..schema.registry import Registry
from ..storage.locks import organisation_lock_key
from ..storage.organisations import Organisation
from ..storage.pool import Connection, autocommit
from ..storage.sql import Compiled
from .runtime import Runtime

T = TypeVar("T")

ATTEMPTS = 8
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

    @property
    def registry(self) -> Registry:
        """The definitions the work is done under."""
        return self.organisation.registry

    @cached_property
    def moment(self) -> str:
        """`now` in the form that records are stamped with."""
        return iso(self.now)

    @cached_property
    def environment(self) -> Environment:
        """What expressions of this unit know beside the record."""
        return environment(self.principal, self.organisation.settings)

    @cached_property
    def binds(self) -> dict[str, Any]:
        """The parameters of the principal's predicates."""
        return binds(self.principal, self.environment)

    def table_name(self, name: str) -> str:
        """A system table, qualified and quoted."""
        return f'"{self.registry.schema}"."{name}"'

    async def fetch(self, statement: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement and read all its rows."""
        cursor = await self.connection.execute(cast("QueryNoTemplate", statement), params)
        return await cursor.fetchall() if cursor.description else []

    async def select(self, statement: Compiled, **params: Any) -> list[tuple[Any, ...]]:
        """Run a compiled statement and read all its rows."""
        cursor = await self.connection.execute(
            cast("QueryNoTemplate", statement.text), statement.bind(params)
        )
        return await cursor.fetchall()

    async def execute(self, statement: str, params: Mapping[str, Any] | None = None) -> int:
        """Run a statement; the number of rows it concerned."""
        cursor = await self.connection.execute(cast("QueryNoTemplate", statement), params)
        return cursor.rowcount


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
    """Take the organisation's lock shared, then read which definitions hold; while the lock is held they stay. Two
    statements, because one would look at the version before it waits for the lock; sent together, because each wait for
    an answer costs as much as the statement."""
    async with connection.pipeline():
        await connection.execute("select pg_advisory_xact_lock_shared(%s)", [organisation_lock_key(slug)])
        return await runtime.organisations.get(connection, slug)


async def record_operation(uow: UnitOfWork) -> None:
    """Write the operation's row, once, with the first change; work that changes nothing leaves no operation."""
    if not uow.operation_recorded:
        uow.operation_recorded = True
        await uow.execute(
            f"insert into {uow.table_name('operation')} (id, kind, actor, at, detail)"  # noqa: S608
            " values (%(id)s, %(kind)s, %(actor)s, %(at)s, %(detail)s) on conflict (id) do nothing",
            {
                "id": uow.operation,
                "kind": uow.kind,
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
            async with autocommit(runtime.pool) as connection, connection.transaction():
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
                answer = await work(uow)
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
