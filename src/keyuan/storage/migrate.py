"""Running plans: the steps of one transaction, and those that run alone.

Whatever needs a table to itself waits for it only briefly and then lets go and tries again: while a change of definition
waits for a lock, everybody who comes after it waits too."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio
from psycopg import OperationalError
from psycopg import errors as pg

from ..kernel.errors import Unavailable
from .ddl import Step
from .locks import definition_job_lock_key, organisation_lock_key
from .pool import Connection, Limits, Pool, connect
from .sql import quoted

T = TypeVar("T")

LOCK_WAIT = 600
"""Milliseconds that a change waits for one lock. Below PostgreSQL's `deadlock_timeout` of a second, so that in a
deadlock with a reader the change gives way and not the reader."""

ATTEMPTS = 10

_HELD_UP = (pg.LockNotAvailable, pg.DeadlockDetected, pg.QueryCanceled)


class Busy(Exception):
    """Another session works on the organisation's definition jobs."""


def _twice(error: pg.UniqueViolation) -> str:
    """The values that stand twice, out of `Key (name)=(甲) is duplicated.`"""
    return (error.diag.message_detail or "").partition("=(")[2].rpartition(")")[0]


class NotUnique(Exception):
    """A unique index cannot be built: rows have the same values. `index` is its name, `detail` what PostgreSQL says."""

    def __init__(self, table: str, index: str, detail: str) -> None:
        super().__init__(table, index, detail)
        self.table, self.index, self.detail = table, index, detail


async def exclusively(
    pool: Pool,
    slug: str,
    work: Callable[[Connection], Awaitable[T]],
    *,
    attempts: int = ATTEMPTS,
    lock_wait: int = LOCK_WAIT,
) -> T:
    """Do `work` in one transaction that holds the organisation's lock exclusively, so that nobody writes records
    meanwhile. It is done again from the start while locks cannot be had; after so many attempts `Unavailable` (with
    `retry_after` in seconds) is raised and nothing is changed."""
    for attempt in range(attempts):
        committing = False
        try:
            async with pool.connection() as connection:
                async with connection.transaction():
                    await connection.execute(
                        f"set local lock_timeout = {int(lock_wait)}".encode(), prepare=False
                    )
                    await connection.execute(
                        "select pg_advisory_xact_lock(%s)", [organisation_lock_key(slug)], prepare=False
                    )
                    answer = await work(connection)
                    committing = True
                return answer
        except _HELD_UP:
            if attempt + 1 == attempts:
                raise Unavailable("definitions_busy", extra={"retry_after": 5}) from None
        except OperationalError:
            # the server closed the connection; what became of a commit under way nobody knows, so the caller is told
            if committing or attempt + 1 == attempts:
                raise
        await anyio.sleep(_pause(attempt))
    raise AssertionError("unreachable")


def _pause(attempt: int) -> float:
    """Seconds before the next attempt: longer each time, and never the same for two who wait for each other."""
    return min(0.05 * 2.0**attempt, 1.0) * random.uniform(0.5, 1.5)  # noqa: S311


async def apply(connection: Connection, steps: Iterable[Step]) -> None:
    """Run steps in the connection's transaction. Raises `NotUnique` where rows stand against a unique index."""
    for step in steps:
        try:
            for statement in step.statements:
                await connection.execute(statement.encode(), prepare=False)
        except pg.UniqueViolation as e:
            raise NotUnique(step.table, step.name, _twice(e)) from None


@asynccontextmanager
async def job_connection(pool: Pool, slug: str) -> AsyncIterator[Connection]:
    """A connection of its own, in no transaction, for steps that run alone. Only one session at a time has it for an
    organisation; others get `Busy`. The lock ends with the session, however that ends."""
    limits = Limits(statement=0, lock=LOCK_WAIT, idle_in_transaction=0)
    address = pool.conninfo
    assert isinstance(address, str), "the pool was opened with an address"
    async with connect(address, "worker", autocommit=True, limits=limits) as connection:
        cursor = await connection.execute(
            "select pg_try_advisory_lock(%s)", [definition_job_lock_key(slug)], prepare=False
        )
        row = await cursor.fetchone()
        if row is None or not row[0]:
            raise Busy(slug)
        yield connection


async def apply_alone(
    connection: Connection, schema: str, steps: Iterable[Step], *, attempts: int = 60
) -> None:
    """Run `later` steps, one statement at a time, each again while it is held up. Raises `NotUnique`, having removed what
    is left of the index, and `Unavailable` when a lock cannot be had in so many attempts."""
    for step in steps:
        for statement in step.statements:
            await _alone(connection, schema, step, statement, attempts)


async def _alone(connection: Connection, schema: str, step: Step, statement: str, attempts: int) -> None:
    # These let everybody else go on while they wait, so they may wait for as long as it takes.
    patient = "CONCURRENTLY" in statement or "VALIDATE CONSTRAINT" in statement
    for attempt in range(attempts):
        try:
            await connection.execute(
                f"set lock_timeout = {0 if patient else LOCK_WAIT}".encode(), prepare=False
            )
            await connection.execute(statement.encode(), prepare=False)
            return
        except pg.UniqueViolation as e:
            await _reap(connection, schema, step)
            raise NotUnique(step.table, step.name, _twice(e)) from None
        except _HELD_UP:
            await _reap(connection, schema, step)
            if attempt + 1 == attempts:
                raise Unavailable("definitions_busy", extra={"retry_after": 60}) from None
            await anyio.sleep(_pause(attempt))


async def _reap(connection: Connection, schema: str, step: Step) -> None:
    """Remove what a concurrent build that failed has left behind."""
    if step.kind == "index":
        await connection.execute("set lock_timeout = 0", prepare=False)
        name = f"{quoted(schema)}.{quoted(step.name)}"
        await connection.execute(f"drop index concurrently if exists {name}".encode(), prepare=False)
