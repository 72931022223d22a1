"""Stage gates: what an opportunity must have before it enters a stage, and the tasks that wait for it there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select

from ...kernel.kept import kept
from ...records import pipeline
from ...records.hooks import Batch, Item
from ...records.trust import historic, trusted
from ...records.unit_of_work import UnitOfWork
from ...schema import field_types
from ...schema.field_types.datetime import iso
from ...schema.field_types.pointer import UUID
from ...schema.model import Field
from ...schema.registry import Registry
from ...storage.sql import Compiled, compile
from . import stages
from .stages import Stage


def _entering(batch: Batch) -> list[Item]:
    return [
        i for i in batch
        if batch.kind in ("create", "update") and not i.errors and "stage" in i.changed and i.after.get("stage")
    ]  # fmt: skip


_REASONS = {"lost": "lost_reason", "invalid": "invalid_reason"}
"""What a deal that ended without being won has to say, whatever its stage asks for."""


async def check(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `before_write`: refuse to enter a stage without the fields that it asks for, and to end a deal without
    a reason. What is brought in from elsewhere is taken as it is."""
    if historic(uow) or batch.kind not in ("create", "update"):
        return
    ending = [(i, reason) for i in batch if not i.errors and (reason := _without_reason(i))]
    if items := _entering(batch):
        await _check_stages(uow, batch, items)
    for item, reason in ending:
        if not any(e.field == reason for e in item.errors):
            item.error(reason, "required")


def _without_reason(item: Item) -> str | None:
    """The reason that a deal ends without, or is to do without from now on."""
    reason = _REASONS.get(item.after.get("outcome") or "")
    asked = reason and {"outcome", reason} & item.changed and item.after.get(reason) is None
    return reason if asked else None


async def _check_stages(uow: UnitOfWork, batch: Batch, items: list[Item]) -> None:
    known = await stages.load(uow, (), (i.after["stage"] for i in items))
    for item in items:
        stage = known.by_id.get(item.after["stage"])
        for key in stage.required_fields if stage else ():
            field = uow.registry.field(batch.object.key, key)
            if field is not None and await _missing(uow, item, field):
                item.error(key, "required")


async def _missing(uow: UnitOfWork, item: Item, field: Field) -> bool:
    if field.type != "lines":
        return item.after.get(field.key) in (None, [], "") or (
            field.type == "rollup" and not item.after.get(field.key)
        )
    if field.key in item.lines:
        return not item.lines[field.key]
    return item.before is None or not await uow.select(_lines(uow.registry, field.key), opportunity=item.id)


@kept(100)
def _lines(registry: Registry, key: str) -> Compiled:
    field = registry.fields("opportunity")[key]
    options = field_types.get(field.type).settings(field)
    table = registry.tables[options.object].main
    via = registry.fields(options.object)[options.via]
    return compile(
        select(table.c.id)
        .where(table.c[via.physical] == bindparam("opportunity", type_=UUID), table.c.deleted_at.is_(None))
        .limit(1)
    )


async def make_tasks(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `after_write`: give the owner the tasks of the stage that was entered. A task of the stage is
    `{"name": "…", "days": 3, "priority": "high"}`; it is due so many days after entering."""
    if (
        historic(uow)
        or uow.restoring
        or "task" not in uow.registry.objects
        or not (items := _entering(batch))
    ):
        return
    known = await stages.load(uow, (), (i.after["stage"] for i in items))
    rows: list[dict[str, Any]] = []
    for item in items:
        if stage := known.by_id.get(item.after["stage"]):
            rows.extend(_task(uow, item, stage, task) for task in stage.tasks)
    if rows:
        with trusted(uow):
            await pipeline.create(uow, "task", rows)


def _task(uow: UnitOfWork, item: Item, stage: Stage, task: Any) -> dict[str, Any]:
    row = {
        "name": str(task.get("name") or stage.name),
        "owner": item.after.get("owner"),
        "about": {"object": "opportunity", "id": item.id},
        "due_at": iso(uow.now + timedelta(days=int(task.get("days") or 0))),
    }
    return row | ({"priority": task["priority"]} if task.get("priority") else {})
