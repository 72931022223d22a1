"""What a saved view may hold, and that a person has one default view of an object."""

from __future__ import annotations

from typing import Any

from ...access import Policy, can
from ...access.paths import Found, paths_of
from ...access.scope import SHOWN
from ...expr import filters
from ...expr.errors import ExprError
from ...expr.scope import UnknownPath
from ...query.base import View, condition, view
from ...records.hooks import Batch, Hooks, Item
from ...records.single import only_one
from ...records.unit_of_work import UnitOfWork

_PARTS = frozenset({"filter", "sort", "columns", "group"})
"""What speaks of the object's fields."""


async def check(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `before_validate`: the object exists for the person, and so does what is set of filter, order, columns and
    group. What is left as it was is not looked at again: fields may have gone since, and the view still opens."""
    if batch.kind not in ("create", "update"):
        return
    policy = Policy.of_system() if uow.trusted else uow.principal.policy
    for item in batch:
        key = item.after.get("object")
        readable = can(uow.registry, policy, key, "read") if isinstance(key, str) else False
        if "object" in item.changed and key is not None and not readable:
            item.error("object", "unknown_object")
        # of another object, other fields
        fresh = _PARTS if "object" in item.changed else _PARTS & item.changed
        seen = view(uow.registry, policy, str(key)) if readable else None
        if "filter" in fresh and item.after.get("filter") is not None:
            _check_filter(uow, item, seen)
        for part in ("sort", "columns"):
            if part in fresh:
                _check_paths(item, part, seen)
        if "group" in fresh and seen is not None and (group := item.after.get("group")) is not None:
            found = _found(seen, group)
            if found is None or seen.rights.of(found) not in SHOWN:
                item.error("group", "unknown")
            elif not found.groupable:
                item.error("group", "query_not_groupable", path=group)
        if "settings" in item.changed and not isinstance(item.after.get("settings") or {}, dict):
            item.error("settings", "form")


def _check_filter(uow: UnitOfWork, item: Item, seen: View | None) -> None:
    try:
        if seen is None:
            filters.from_filter(item.after["filter"])
        else:
            condition(seen, item.after["filter"], uow.runtime.cipher)
    except ExprError as error:
        item.errors.append(error.in_field("filter"))


def _check_paths(item: Item, part: str, seen: View | None) -> None:
    """Order and columns: fields that the person may order by, or see if only masked."""
    if not _are_paths(item.after.get(part)):
        item.error(part, "paths")
        return
    if seen is None:
        return
    for word in item.after.get(part) or ():
        path = word.removeprefix("-") if part == "sort" else word
        found = _found(seen, path)
        if found is None or seen.rights.of(found) not in (SHOWN if part == "sort" else ("masked", *SHOWN)):
            item.error(part, "unknown_path", path=path)
        elif part == "sort" and not found.sortable:
            item.error(part, "query_not_sortable", path=path)


def _found(seen: View, path: str) -> Found | None:
    try:
        return paths_of(seen.registry).find(seen.object, tuple(path.split(".")))
    except UnknownPath:
        return None


def _are_paths(value: Any) -> bool:
    if value is None:
        return True
    return (
        isinstance(value, list)
        and len(value) <= 100
        and all(isinstance(v, str) and filters.split_path(v.removeprefix("-")) is not None for v in value)
    )


def register(hooks: Hooks) -> None:
    """Join the pipeline."""
    hooks.register("view", before_validate=check, before_write=only_one("default", "owner", "object"))
