"""Connections to PostgreSQL: one pool in each process, opened by `open_pool` for what the process does.

Statements are prepared by psycopg after their fifth use on a connection, unless a call says otherwise
(`execute(…, prepare=False)` for lists and aggregates, whose best plan depends on the values, `prepare=True` for reads
by id) or the pool was opened with another `prepare_threshold`.

No statement is shared among processes of the server unless it says so: starting them takes up to 30 ms, also for a part
of a plan that is then never run, and what people wait for are lists, searches and single records. Counts and figures
say so."""

from __future__ import annotations

import select
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, LiteralString

from psycopg import AsyncConnection, OperationalError
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from ..kernel.startup import CannotStart
from .sql import adapt

Connection = AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]
Use = Literal["web", "worker", "cli"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a connection's statement may run, wait for a lock, and leave a transaction open without a word, in
    milliseconds; 0 is without limit."""

    statement: int
    lock: int
    idle_in_transaction: int


LIMITS: dict[Use, Limits] = {
    "web": Limits(statement=30_000, lock=5_000, idle_in_transaction=30_000),
    "worker": Limits(statement=1_800_000, lock=10_000, idle_in_transaction=600_000),
    "cli": Limits(statement=0, lock=30_000, idle_in_transaction=0),
}

# one statement for each new connection; a server's own defaults must not change what the application sees. The usual
# search path begins with the schema named like the role: for a role `keyuan` that would be the platform's
_SETTINGS: LiteralString = """
select set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false),
    set_config('idle_in_transaction_session_timeout', %s, false), set_config('timezone', 'UTC', false),
    set_config('datestyle', 'ISO, YMD', false), set_config('intervalstyle', 'postgres', false),
    set_config('jit', 'off', false), set_config('default_transaction_isolation', 'read committed', false),
    set_config('client_min_messages', 'warning', false), set_config('search_path', 'public', false),
    set_config('max_parallel_workers_per_gather', '0', false),
    set_config('synchronous_commit', coalesce(nullif(%s, ''), current_setting('synchronous_commit')), false)
"""


@asynccontextmanager
async def open_pool(
    url: str,
    use: Use,
    *,
    size: int = 8,
    min_size: int | None = None,
    prepare_threshold: int | None = 5,
    max_lifetime: float = 1800.0,
    wait: float = 60.0,
    limits: Limits | None = None,
    durable: bool = True,
) -> AsyncIterator[Pool]:
    """A pool of at most `size` connections, of which `min_size` (default: one) stay open, for as long as the block
    lasts. Connections are replaced after `max_lifetime` seconds, and checked for having been closed by the server when
    they are lent, at the cost of one system call.

    Opening waits up to `wait` seconds for a database that starts or restarts, then raises `CannotStart`. While the
    block lasts, lost connections are made again with back-off; a request that finds none within 30 s gets
    `psycopg_pool.PoolTimeout`. `prepare_threshold=None` never prepares (for poolers between us and the server).

    A commit that is not `durable` does not wait for the disk. Should the machine fail, the last ones may be gone, and with
    them whatever was committed later on any connection, for the log is written in order: what a durable commit was
    built on is never missing."""
    pool: Pool = AsyncConnectionPool(
        url,
        connection_class=AsyncConnection[TupleRow],
        kwargs=_connection_arguments(use, prepare_threshold),
        min_size=min(size, 1) if min_size is None else min_size,
        max_size=size,
        max_lifetime=max_lifetime,
        max_idle=300.0,
        timeout=30.0,
        reconnect_timeout=60.0,
        name=f"keyuan-{use}",
        configure=_configurer(limits or LIMITS[use], durable),
        check=_check,
        open=False,
    )
    try:
        try:
            await pool.open(wait=True, timeout=wait)
        except PoolTimeout as error:
            raise CannotStart(
                f"The database did not answer within {wait:.0f} s: see that it runs and that KEYUAN_DATABASE_URL is right."
            ) from error
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def connect(
    url: str, use: Use, *, autocommit: bool = False, limits: Limits | None = None
) -> AsyncIterator[Connection]:
    """One connection of its own, for LISTEN, locks held long and statements that must run alone, set up as those of
    a pool. Raises `psycopg.OperationalError`."""
    connection = await AsyncConnection.connect(url, autocommit=autocommit, **_connection_arguments(use, 5))
    async with connection:
        await _configurer(limits or LIMITS[use])(connection)
        yield connection


@asynccontextmanager
async def autocommit(pool: Pool) -> AsyncIterator[Connection]:
    """A connection of the pool on which each statement is a transaction of its own, without BEGIN and COMMIT around it:
    for reading, and for single statements that must be kept whatever follows."""
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        try:
            yield connection
        finally:
            if not connection.closed:
                await connection.set_autocommit(False)


def _connection_arguments(use: Use, prepare_threshold: int | None) -> dict[str, Any]:
    return {
        "application_name": f"keyuan {use}",
        "prepare_threshold": prepare_threshold,
        "client_encoding": "UTF8",
        "connect_timeout": 10,
        # a server that vanishes without a word is noticed after about half a minute
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }


def _configurer(limits: Limits, durable: bool = True) -> Callable[[Connection], Awaitable[None]]:
    values = [str(limits.statement), str(limits.lock), str(limits.idle_in_transaction)]
    values.append("" if durable else "off")

    async def configure(connection: Connection) -> None:
        adapt(connection)
        cursor = await connection.execute(_SETTINGS, values, prepare=False)
        await cursor.fetchone()
        if not connection.autocommit:
            await connection.commit()

    return configure


async def _check(connection: Connection) -> None:
    """Refuse a connection that the server has closed. An idle connection has nothing to read; if it has, either the
    server said good-bye or there is some notice to take in, and a question tells which."""
    if connection.closed:
        raise OperationalError("the connection is closed")
    if _readable(connection.fileno()):
        await AsyncConnectionPool.check_connection(connection)


if sys.platform == "win32":

    def _readable(file: int) -> bool:
        return bool(select.select([file], [], [], 0)[0])

else:

    def _readable(file: int) -> bool:
        waiting = select.poll()
        waiting.register(file, select.POLLIN | select.POLLHUP | select.POLLERR)
        return bool(waiting.poll(0))
