"""Requests that read: one connection in autocommit, the query that says who calls, then what the request is for.

Definitions may change between the two. A statement that meets a column no longer there is then not wrong but late, and
everything is done again under the new definitions; so it is when the database closes the connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import psycopg
from litestar import Request
from psycopg import errors as pg

from ..access import Principal
from ..services.identity.principals import Caller
from ..storage.organisations import Organisation
from ..storage.pool import Connection, autocommit
from .callers import identify
from .exchange import exchange_of

T = TypeVar("T")

ATTEMPTS: Final = 4
LATE = (pg.UndefinedColumn, pg.UndefinedTable, pg.FeatureNotSupported)
"""What statements made under earlier definitions raise (the last one: a prepared statement whose table changed)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A connection to read with on behalf of someone."""

    connection: Connection
    caller: Caller

    @property
    def organisation(self) -> Organisation:
        """The organisation, at the version the caller was identified under."""
        return self.caller.organisation

    @property
    def principal(self) -> Principal:
        """Who reads."""
        return self.caller.principal


async def reading(
    request: Request[Any, Any, Any],
    work: Callable[[Reader], Awaitable[T]],
    *,
    must_change: bool = False,
) -> T:
    """Find out who calls and do `work`, again if the definitions changed meanwhile. Raises what `identify` raises."""
    pool = exchange_of(request).app.runtime.pool
    for attempt in range(ATTEMPTS):
        last = attempt == ATTEMPTS - 1
        async with autocommit(pool) as connection:
            try:
                caller = await identify(request, connection, must_change=must_change)
                return await work(Reader(connection, caller))
            except LATE:
                if last:
                    raise
            except psycopg.OperationalError:
                # the server closed the connection: reading can be done again on another
                if last or not connection.closed:
                    raise
    raise AssertionError("unreachable")


async def caller_of(request: Request[Any, Any, Any], *, must_change: bool = False) -> Caller:
    """Who makes a request, where that is all to be read. Raises what `identify` raises."""

    async def only(reader: Reader) -> Caller:
        return reader.caller

    return await reading(request, only, must_change=must_change)
