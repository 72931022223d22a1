"""Limits on signing in, counted in PostgreSQL, so that they hold across processes and hosts.

An attempt is counted before the password is looked at and given back when it was right: fifty attempts at once cannot
slip through between a look and a count. The count is a transaction of its own, since a refused request must count."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ...kernel import clock
from ...kernel.errors import TooMany
from ...storage.pool import Connection
from ..statements import Statement

WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Limited:
    """Something attempts are counted for: an account's name or an address, and how many a window may have."""

    key: str
    most: int


_COUNT = Statement(
    """insert into {org}.sign_in_attempt as t (key, window_start, count)
    select k, %(start)s, 1 from unnest(%(keys)s::text[]) k order by k
    on conflict (key, window_start) do update set count = t.count + 1
    returning key, count"""
)
_GIVE_BACK = Statement(
    """update {org}.sign_in_attempt t set count = t.count - 1
    from (select key from {org}.sign_in_attempt where key = any(%(keys)s) and window_start = %(start)s
        order by key for update) locked
    where t.key = locked.key and t.window_start = %(start)s and t.count > 0"""
)
_FORGET = Statement("delete from {org}.sign_in_attempt where window_start < %(before)s")


def account(login: str, most: int) -> Limited:
    """The limit for the account that somebody names, whether it exists or not."""
    return Limited("account:" + _shortened(login.strip().casefold()), most)


def address(address: str, most: int) -> Limited:
    """The limit for the network address that somebody comes from."""
    return Limited("address:" + _shortened(address), most)


async def count(connection: Connection, slug: str, limits: Iterable[Limited]) -> None:
    """Count one attempt for each of `limits` and commit. Raises `TooMany`, with the seconds to wait, if one of them is
    past its limit now; the attempt stays counted. `connection` is in autocommit."""
    by_key = {limit.key: limit.most for limit in limits}
    now = clock.now()
    start = _window(now)
    cursor = await connection.execute(_COUNT.of(slug), {"keys": sorted(by_key), "start": start})
    if any(int(counted) > by_key[str(key)] for key, counted in await cursor.fetchall()):
        raise TooMany("sign_in_limit", extra={"retry_after": int((start + WINDOW - now).total_seconds()) + 1})


async def give_back(connection: Connection, slug: str, limits: Iterable[Limited]) -> None:
    """Take back the attempt counted just before, because it succeeded."""
    await connection.execute(
        _GIVE_BACK.of(slug), {"keys": sorted(limit.key for limit in limits), "start": _window(clock.now())}
    )


async def forget(connection: Connection, slug: str) -> int:
    """Delete the counts of windows that are over; how many."""
    cursor = await connection.execute(_FORGET.of(slug), {"before": _window(clock.now()) - WINDOW})
    return cursor.rowcount


def _window(now: datetime) -> datetime:
    seconds = int(WINDOW.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def _shortened(text: str) -> str:
    # of a fixed length whatever a stranger sends, and no list of who tried to sign in
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
