"""Requests that are done once: what was answered to them, under the keys that their callers gave them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from psycopg.types.json import Jsonb

from ..kernel import clock
from ..kernel.errors import Invalid
from ..storage.pool import Connection
from .statements import Statement

LONGEST_KEY: Final = 200
KEPT_FOR: Final = timedelta(days=1)

# Inserting waits for a transaction that is about to insert the same key, so that one does the work and the other reads
# what it answered.
_TAKE = Statement(
    """insert into {org}.idempotency ("user", key, request_hash, status, headers, body, at)
    values (%(user)s, %(key)s, %(hash)s, 0, '{}', '', %(now)s) on conflict ("user", key) do nothing"""
)
_KEPT = Statement(
    """select request_hash, status, headers, body from {org}.idempotency where "user" = %(user)s and key = %(key)s"""
)
_KEEP = Statement(
    """update {org}.idempotency set status = %(status)s, headers = %(headers)s, body = %(body)s
    where "user" = %(user)s and key = %(key)s"""
)
_FORGET = Statement("delete from {org}.idempotency where at < %(before)s")


class IdempotencyReused(Invalid):
    """The key came before with another request."""

    code = "idempotency_reused"


@dataclass(frozen=True, slots=True)
class Request:
    """A request: whose it is, its key, and a hash of what it asks for."""

    user: str
    key: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def take(connection: Connection, slug: str, request: Request) -> Kept | None:
    """Take the key for the transaction of `connection`; the answer if the request was done before. Raises
    `IdempotencyReused`."""
    values = {"user": request.user, "key": request.key}
    cursor = await connection.execute(_TAKE.of(slug), {**values, "hash": request.hash, "now": clock.now()})
    if cursor.rowcount == 1:
        return None
    row: Any = await (await connection.execute(_KEPT.of(slug), values)).fetchone()
    if row is None or bytes(row[0]) != request.hash:
        raise IdempotencyReused()
    return Kept(row[1], row[2], bytes(row[3]))


async def keep(connection: Connection, slug: str, request: Request, answer: Kept) -> None:
    """Keep the answer to a request whose key was taken in this transaction."""
    await connection.execute(
        _KEEP.of(slug),
        {
            "user": request.user,
            "key": request.key,
            "status": answer.status,
            "headers": Jsonb(dict(answer.headers)),
            "body": answer.body,
        },
    )


async def forget(connection: Connection, slug: str) -> int:
    """Delete the keys that are older than a day; how many."""
    cursor = await connection.execute(_FORGET.of(slug), {"before": clock.now() - KEPT_FOR})
    return cursor.rowcount
