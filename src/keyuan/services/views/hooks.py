"""What a saved view may hold, and that a person has one default view of an object."""

from __future__ import annotations

from typing import Any

from ...access import can
from ...expr import filters
from ...expr.errors import ExprError
from ...records.hooks import Batch, Hooks, Item
from ...records.single import only_one
from ...records.unit_of_work import UnitOfWork


async def check(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `before_validate`: the object exists for the person, filter and lists have their forms. Whether the fields
    still exist and may be seen is told when the view is opened, for that can change."""
    if batch.kind not in ("create", "update"):
        return
    for item in batch:
        key = item.after.get("object")
        if "object" in item.changed and key is not None:
            known = key in uow.registry.objects
            if not known or not (uow.trusted or can(uow.registry, uow.principal.policy, key, "read")):
                item.error("object", "unknown_object")
        _check_filter(item)
        for key in ("sort", "columns"):
            if key in item.changed and not _are_paths(item.after.get(key)):
                item.error(key, "paths")
        if "settings" in item.changed and not isinstance(item.after.get("settings") or {}, dict):
            item.error("settings", "form")


def _check_filter(item: Item) -> None:
    if "filter" in item.changed and item.after.get("filter") is not None:
        try:
            filters.from_filter(item.after["filter"])
        except ExprError:
            item.error("filter", "form")


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
