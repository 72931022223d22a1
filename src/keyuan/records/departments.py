"""Which departments people are in."""

from __future__ import annotations

from collections.abc import Iterable

from ..schema.registry import Registry
from .statements import qualified, quoted
from .unit_of_work import UnitOfWork


def _column(registry: Registry, object_key: str, field_key: str) -> str:
    return quoted(registry.fields(object_key)[field_key].physical)


async def main(uow: UnitOfWork, users: Iterable[str]) -> dict[str, str | None]:
    """The main department of each of some users. Asked once in a unit of work."""
    known = uow.held.departments
    if uow.principal.user is not None:
        known.setdefault(uow.principal.user, uow.principal.department)
    if asked := {*users} - known.keys():
        rows = await uow.fetch(
            f"select id, {_column(uow.registry, 'user', 'department')}"  # noqa: S608
            f" from {qualified(uow.registry.tables['user'].main)} where id = any(%(ids)s::uuid[])",
            {"ids": sorted(asked)},
        )
        known.update(rows)
    return known


async def with_those_above(uow: UnitOfWork, users: Iterable[str]) -> dict[str, list[str]]:
    """The departments that each of some users is in and those above: what comes of the main one before what comes of the
    others, of each the nearest first."""
    registry = uow.registry
    first, others = (_column(registry, "user", key) for key in ("department", "departments"))
    above = _column(registry, "department", "parent")
    rows = await uow.fetch(
        "with recursive up(person, place, depth, department) as ("  # noqa: S608
        f" select u.id, d.place, 0, d.id from {qualified(registry.tables['user'].main)} u, unnest("
        f"array_remove(u.{first} || coalesce(u.{others}, '{{}}'), null)) with ordinality d(id, place)"
        " where u.id = any(%(users)s::uuid[])"
        f" union all select up.person, up.place, up.depth + 1, d.{above}"
        f" from up join {qualified(registry.tables['department'].main)} d on d.id = up.department"
        f" where d.{above} is not null and up.depth < 100)"
        " select person, department from up order by place, depth",
        {"users": sorted(users)},
    )
    found: dict[str, list[str]] = {}
    for person, department in rows:
        found.setdefault(person, []).append(department)
    return found
