"""Sessions of people who signed in: made, listed, ended. A session lives in the organisation's own table under the hash
of its token; it ends after an idle time (from `seen_at`) and at `expires_at` at the latest."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ...kernel import clock
from ...kernel.errors import NotFound
from ...storage.pool import Connection
from ..statements import Statement
from .tokens import new_session

_CREATE = Statement(
    """insert into {org}.session (token_hash, "user", csrf_token, created_at, seen_at, expires_at, address, agent)
    values (%(hash)s, %(user)s, %(csrf)s, %(now)s, %(now)s, %(expires)s, %(address)s, %(agent)s)"""
)
_SEEN = Statement(
    "update {org}.session set seen_at = %(now)s where token_hash = %(hash)s and seen_at < %(before)s"
)
_LIST = Statement(
    """select encode(substring(token_hash for 16), 'hex'), token_hash, created_at, seen_at, expires_at, address, agent
    from {org}.session where "user" = %(user)s and expires_at > %(now)s and seen_at > %(idle)s order by seen_at desc"""
)
_END = Statement("delete from {org}.session where token_hash = %(hash)s")
_END_ONE = Statement(
    """delete from {org}.session where "user" = %(user)s and encode(substring(token_hash for 16), 'hex') = %(id)s"""
)
_END_OTHERS = Statement(
    """delete from {org}.session where "user" = any(%(users)s::uuid[]) and token_hash <> %(kept)s"""
)
_FORGET = Statement("delete from {org}.session where expires_at < %(now)s or seen_at < %(idle)s")

SEEN_EVERY = timedelta(minutes=1)
"""`seen_at` is at most this much behind, so that reading does not write each time."""

_LONGEST_AGENT = 300


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long sessions last: without a request, and altogether."""

    idle: timedelta = timedelta(hours=12)
    absolute: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just made: the cookie's value (shown nowhere else), its CSRF token and its end."""

    cookie: str
    hash: bytes
    csrf_token: str
    expires_at: datetime


async def create(
    connection: Connection, slug: str, user: str, lifetime: Lifetime, *, address: str, agent: str
) -> NewSession:
    """Begin a session of a user. `agent` is what the browser calls itself."""
    token, csrf, now = new_session(slug), secrets.token_urlsafe(32), clock.now()
    expires = now + lifetime.absolute
    await connection.execute(
        _CREATE.of(slug),
        {
            "hash": token.hash,
            "user": user,
            "csrf": csrf,
            "now": now,
            "expires": expires,
            "address": address,
            "agent": agent.replace("\0", "")[:_LONGEST_AGENT],
        },
    )
    return NewSession(token.text, token.hash, csrf, expires)


async def seen(connection: Connection, slug: str, token_hash: bytes) -> None:
    """Note that the session was used now, unless that was noted less than a minute ago."""
    now = clock.now()
    await connection.execute(_SEEN.of(slug), {"hash": token_hash, "now": now, "before": now - SEEN_EVERY})


async def list_(
    connection: Connection, slug: str, user: str, lifetime: Lifetime, current: bytes | None
) -> list[dict[str, Any]]:
    """The sessions of a user that are alive, the last used first. An `id` names a session and is no secret."""
    now = clock.now()
    cursor = await connection.execute(_LIST.of(slug), {"user": user, "now": now, "idle": now - lifetime.idle})
    return [
        {
            "id": id_,
            "current": bytes(token_hash) == current,
            "created_at": created_at.isoformat(),
            "seen_at": seen_at.isoformat(),
            "expires_at": min(expires_at, seen_at + lifetime.idle).isoformat(),
            "address": address,
            "agent": agent,
        }
        for id_, token_hash, created_at, seen_at, expires_at, address, agent in await cursor.fetchall()
    ]


async def end(connection: Connection, slug: str, token_hash: bytes) -> None:
    """End the session of a token; nothing happens if it has ended already."""
    await connection.execute(_END.of(slug), {"hash": token_hash})


async def end_one(connection: Connection, slug: str, user: str, id_: str) -> None:
    """End one of a user's own sessions by its `id`. Raises `NotFound`."""
    cursor = await connection.execute(_END_ONE.of(slug), {"user": user, "id": id_})
    if cursor.rowcount == 0:
        raise NotFound()


async def end_others(
    connection: Connection, slug: str, users: Sequence[str], kept: bytes | None = None
) -> int:
    """End all sessions of users but the one of the hash `kept`; how many."""
    cursor = await connection.execute(_END_OTHERS.of(slug), {"users": list(users), "kept": kept or b""})
    return cursor.rowcount


async def forget(connection: Connection, slug: str, lifetime: Lifetime) -> int:
    """Delete the sessions that are over; how many."""
    now = clock.now()
    cursor = await connection.execute(_FORGET.of(slug), {"now": now, "idle": now - lifetime.idle})
    return cursor.rowcount
