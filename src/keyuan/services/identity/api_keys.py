"""API keys: how programs prove who they act for. A key is shown once, when it is made; only its hash is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ...kernel import clock
from ...kernel.errors import FieldError, Invalid, NotFound
from ...kernel.ids import is_id, new_id
from ...storage.pool import Connection
from ..statements import Statement
from .tokens import new_key

_CREATE = Statement(
    """insert into {org}.api_key (id, token_hash, "user", name, created_at, expires_at)
    values (%(id)s, %(hash)s, %(user)s, %(name)s, %(now)s, %(expires)s)"""
)
_LIST = Statement(
    """select k.id::text, k.name, k."user"::text, u.name, k.created_at, k.expires_at, k.used_at
    from {org}.api_key k join {org}."user" u on u.id = k."user"
    where k.revoked_at is null and (%(user)s::uuid is null or k."user" = %(user)s) order by k.created_at desc"""
)
_REVOKE = Statement(
    """update {org}.api_key set revoked_at = %(now)s
    where id = %(id)s and revoked_at is null and (%(user)s::uuid is null or "user" = %(user)s)"""
)
_USED = Statement(
    """update {org}.api_key set used_at = %(now)s
    where token_hash = %(hash)s and (used_at is null or used_at < %(before)s)"""
)

USED_EVERY = timedelta(minutes=1)
MOST_NAME = 100


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; `text` is never shown again."""

    id: str
    text: str
    name: str
    created_at: datetime
    expires_at: datetime | None


async def create(
    connection: Connection, slug: str, user: str, name: str = "", expires_at: datetime | None = None
) -> NewKey:
    """Make a key that acts as the user. Raises `Invalid` for a name that is too long or an end that is past."""
    now, token, id_ = clock.now(), new_key(slug), new_id()
    name = name.strip()
    if len(name) > MOST_NAME:
        raise Invalid(errors=[FieldError("name", "too_long", {"limit": MOST_NAME})])
    if "\0" in name or any("\ud800" <= c <= "\udfff" for c in name):
        raise Invalid(errors=[FieldError("name", "characters")])
    if expires_at is not None and expires_at <= now:
        raise Invalid(errors=[FieldError("expires_at", "in_the_past")])
    values = {"id": id_, "hash": token.hash, "user": user, "name": name, "now": now, "expires": expires_at}
    await connection.execute(_CREATE.of(slug), values)
    return NewKey(id_, token.text, name, now, expires_at)


async def list_(connection: Connection, slug: str, user: str | None) -> list[dict[str, Any]]:
    """The keys of a user, or of everybody (None), that were not revoked, the newest first."""
    cursor = await connection.execute(_LIST.of(slug), {"user": user})
    return [
        {
            "id": id_,
            "name": name,
            "user": {"id": owner, "name": owner_name},
            "created_at": created_at.isoformat(),
            "expires_at": expires_at and expires_at.isoformat(),
            "used_at": used_at and used_at.isoformat(),
        }
        for id_, name, owner, owner_name, created_at, expires_at, used_at in await cursor.fetchall()
    ]


async def revoke(connection: Connection, slug: str, id_: str, user: str | None) -> None:
    """End a key of a user, or of anybody (None). Raises `NotFound`."""
    if not is_id(id_):
        raise NotFound()
    cursor = await connection.execute(_REVOKE.of(slug), {"id": id_, "user": user, "now": clock.now()})
    if cursor.rowcount == 0:
        raise NotFound()


async def used(connection: Connection, slug: str, token_hash: bytes) -> None:
    """Note that the key was used now, unless that was noted less than a minute ago."""
    now = clock.now()
    await connection.execute(_USED.of(slug), {"hash": token_hash, "now": now, "before": now - USED_EVERY})
