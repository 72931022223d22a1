"""Whether one set of rights goes beyond another: nobody may give rights they lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...access import ACTIONS, LEVELS, Policy, rights
from ...records.unit_of_work import UnitOfWork
from ...schema.registry import Registry

_ANY_OBJECT = "any object to come"
"""No object has this key, so that only what roles say of `"*"` counts."""


def beyond(registry: Registry, theirs: Policy, mine: Policy) -> str | None:
    """Something that the policy `theirs` allows and `mine` does not: an object's key, a capability or
    `administrator`; None if there is nothing."""
    if mine.administrator:
        return None
    return next(_beyond(registry, theirs, mine), None)


def _beyond(registry: Registry, theirs: Policy, mine: Policy) -> Iterator[str]:
    if theirs.administrator:
        yield "administrator"
    yield from sorted(theirs.capabilities - mine.capabilities)
    their_rights, my_rights = rights(registry, theirs), rights(registry, mine)
    objects = {key: obj.administrative for key, obj in registry.objects.items()} | {_ANY_OBJECT: False}
    for key, administrative in objects.items():
        for action in ACTIONS:
            if not theirs.scope(key, action, administrative).within(mine.scope(key, action, administrative)):
                yield "*" if key == _ANY_OBJECT else key
    for key in registry.objects:
        for field in registry.fields(key):
            if LEVELS.index(their_rights.access(key, field)) > LEVELS.index(my_rights.access(key, field)):
                yield f"{key}.{field}"


_KEYS = ("administrator", "permissions", "fields", "capabilities")


async def roles(uow: UnitOfWork, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What the roles of these ids say, by id; for `Policy.from_roles`."""
    rows = await uow.fetch(
        f"""select id::text, administrator, permissions, fields, capabilities
        from {uow.table_name("role")} where id = any(%(ids)s::uuid[])""",  # noqa: S608
        {"ids": sorted(set(ids))},
    )
    return {row[0]: dict(zip(_KEYS, row[1:], strict=True)) for row in rows}


async def roles_of(uow: UnitOfWork, user: str) -> list[dict[str, Any]]:
    """What the roles of a user say."""
    rows = await uow.fetch(
        f"select coalesce(roles, '{{}}')::text[] from {uow.table_name('user')} where id = %(user)s",  # noqa: S608
        {"user": user},
    )
    return list((await roles(uow, rows[0][0] if rows else ())).values())
