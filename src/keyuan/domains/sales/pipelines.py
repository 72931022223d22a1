"""Rules of pipelines and stages themselves."""

from __future__ import annotations

from typing import Any

from ...records.hooks import Batch, Item
from ...records.unit_of_work import UnitOfWork
from ...schema.model import Field
from ...schema.registry import Registry

_FIXED = ("kind", "pipeline")


async def check_stages(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `before_validate` of stages. What kind of stage it is and where it belongs stay as they were made, because
    opportunities rely on them at every moment; a stage that is not used can be deleted and made again."""
    if batch.kind not in ("create", "update"):
        return
    fields = uow.registry.fields("opportunity")
    for item in batch:
        for key in _FIXED:
            if item.before is not None and key in item.changed:
                item.error(key, "stays")
        if "required_fields" in item.changed:
            keys = item.after.get("required_fields") or []
            if not isinstance(keys, list) or not all(
                isinstance(k, str) and _can_be_filled(fields.get(k)) for k in keys
            ):
                item.error("required_fields", "field_keys")
        if "tasks" in item.changed and not _are_tasks(item.after.get("tasks")):
            item.error("tasks", "stage_tasks")


def _can_be_filled(field: Field | None) -> bool:
    """Whether somebody who is asked for the field can do something about it: write it, or its lines."""
    if field is None:
        return False
    return field.type == "rollup" or (Registry.type_of(field).writable and not field.read_only)


def _are_tasks(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, list) and all(
        isinstance(task, dict)
        and isinstance(task.get("name"), str)
        and 0 < len(task["name"].strip()) <= 200
        and type(task.get("days", 0)) is int
        and 0 <= task.get("days", 0) <= 3650
        and task.get("priority", "normal") in ("low", "normal", "high", "urgent")
        and task.keys() <= {"name", "days", "priority"}
        for task in value
    )


async def check_pipelines(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `before_validate` of pipelines: the default one is in use."""
    for item in batch:
        if batch.kind in ("create", "update") and _default_but_not_active(item):
            item.error("active", "default_pipeline")


def _default_but_not_active(item: Item) -> bool:
    return bool(item.after.get("default")) and item.after.get("active") is False
