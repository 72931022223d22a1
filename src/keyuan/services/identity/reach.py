"""Whether one set of rights goes beyond another: nobody may give rights they lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from ...access import ACTIONS, LEVELS, Policy, rights
from ...records.unit_of_work import UnitOfWork
from ...schema.model import CUSTOM_PREFIX
from ...schema.registry import Registry

_TO_COME = "any to come"
"""No object or field has this key, so that only what roles say of `"*"` counts."""


def beyond(registry: Registry, theirs: Policy, mine: Policy) -> str | None:
    """Something that the policy `theirs` allows and `mine` does not: an object's key, a capability or
    `administrator`; None if there is nothing. Objects and fields that are not there count as well: a right to what is made
    or put back into use later is a right."""
    if mine.administrator:
        return None
    return next(_beyond(registry, theirs, mine), None)


def _beyond(registry: Registry, theirs: Policy, mine: Policy) -> Iterator[str]:
    if theirs.administrator:
        yield "administrator"
    yield from sorted(theirs.capabilities - mine.capabilities)
    objects: dict[str, tuple[bool, ...]] = {k: (o.administrative,) for k, o in registry.objects.items()}
    for key in [*sorted(_named(theirs, mine) - objects.keys()), _TO_COME]:
        # only the product adds administrative objects
        objects[key] = (False,) if key.startswith((CUSTOM_PREFIX, _TO_COME)) else (False, True)
    for key, kinds in objects.items():
        for action, administrative in product(ACTIONS, kinds):
            if not theirs.scope(key, action, administrative).within(mine.scope(key, action, administrative)):
                yield "*" if key == _TO_COME else key
    their_rights, my_rights = rights(registry, theirs), rights(registry, mine)
    for key in objects:
        there = registry.fields(key) if key in registry.objects else {}
        for field in there:
            if LEVELS.index(their_rights.access(key, field)) > LEVELS.index(my_rights.access(key, field)):
                yield f"{key}.{field}"
        # An object that is not there (yet, any more) may come to belong to any that is.
        above: tuple[str | None, ...] = (None,) if key in registry.objects else (None, *registry.objects)
        for field, parent in product(sorted(_named_fields(key, theirs, mine) - there.keys()), above):
            their_level = their_rights.to_come(key, field, parent)
            if LEVELS.index(their_level) > LEVELS.index(my_rights.to_come(key, field, parent)):
                yield f"{'*' if key == _TO_COME else key}.{'*' if field == _TO_COME else field}"


def _named(*policies: Policy) -> set[str]:
    """The objects that the roles speak of, those that are not there (any more, or yet) among them."""
    named = {k for p in policies for role in p.roles for k in (*role.permissions, *role.fields)}
    return named - {"*"}


def _named_fields(object_key: str, *policies: Policy) -> set[str]:
    """The fields of an object that the roles speak of, and one that none of them names."""
    rules = [role.fields.get(k, {}) for p in policies for role in p.roles for k in (object_key, "*")]
    return {name for names in rules for name in names} - {"*"} | {_TO_COME}


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
