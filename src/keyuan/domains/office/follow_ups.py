"""Follow-ups: their summary, the next step that becomes a task, the lead that is being worked on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ARRAY, bindparam, func, select

from ...kernel.i18n import message
from ...kernel.kept import kept
from ...records import pipeline
from ...records.hooks import Batch, Change, Item
from ...records.trust import historic, trusted
from ...records.unit_of_work import UnitOfWork
from ...schema.field_types.datetime import iso
from ...schema.field_types.pointer import UUID
from ...schema.registry import Registry
from ...storage.sql import Compiled, compile

_SUMMARY = 60
_PLAN = ("next_at", "next_step")
_PASSED_ON = ("about", "customer", "contact", "opportunity", "lead", "owner", "owner_department")


async def summarise(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `before_validate`: the summary is the first line of the content, as long as nobody wrote another."""
    for item in batch:
        content = item.after.get("content")
        if content is None or batch.kind not in ("create", "update"):
            continue
        own = item.given.get("name") is not None
        made_before = item.after.get("name") in (None, _first_line(item.was("content") or ""))
        if not own and made_before:
            item.set("name", _first_line(content))


def _first_line(text: str) -> str:
    line = text.strip().split("\n", 1)[0].strip()
    return line if len(line) <= _SUMMARY else line[: _SUMMARY - 1] + "…"


async def plan_next_step(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `after_write`: the next follow-up becomes a task of the same owner, without a due time where only the step
    is said; changing it changes that task as long as it is not done, taking it or its time away cancels it. Of what is
    brought in from elsewhere only what lies ahead is planned."""
    if uow.restoring or batch.kind not in ("create", "update"):
        return
    now = iso(uow.now)
    touched = [i for i in batch if i.changed & set(_PLAN) and (_planned(i.after) or _planned(i.before))]
    if historic(uow):
        touched = [i for i in touched if (i.after.get("next_at") or "") > now]
    if not touched:
        return
    planned = {i.id for i in touched if _planned(i.before)}
    waiting = dict(await uow.select(_waiting(uow.registry), ids=sorted(planned))) if planned else {}
    new: list[dict[str, Any]] = []
    changes: list[Change] = []
    for item in touched:
        task = waiting.get(item.id)
        timeless = item.after.get("next_at") is None and item.was("next_at") is not None
        if timeless or not _planned(item.after):
            changes += [Change(task, {"status": "cancelled"})] if task else []
        elif task:
            changes.append(Change(task, {"name": _subject(uow, item), "due_at": item.after.get("next_at")}))
        else:
            new.append(_task(uow, item))
    with trusted(uow):
        if changes:
            await pipeline.update(uow, "task", changes)
        if new:
            await pipeline.create(uow, "task", new)


def _planned(values: Mapping[str, Any] | None) -> bool:
    """Whether a follow-up says what comes next, or when."""
    return any((values or {}).get(key) is not None for key in _PLAN)


def _subject(uow: UnitOfWork, item: Item) -> str:
    return (
        item.after.get("next_step")
        or message("task.follow_up", uow.context.language, name=item.after["name"])[:255]
    )


def _task(uow: UnitOfWork, item: Item) -> dict[str, Any]:
    # what is brought in was planned when and by whom the follow-up was written
    keys = (*_PASSED_ON, *(("created_at", "created_by") if historic(uow) else ()))
    carried = {k: item.after[k] for k in keys if item.after.get(k) is not None}
    return {**carried, "name": _subject(uow, item), "due_at": item.after.get("next_at"), "activity": item.id}


@kept(100)
def _waiting(registry: Registry) -> Compiled:
    """The tasks that came from follow-ups and are not done: follow-up, task."""
    table = registry.tables["task"].main
    return compile(
        select(table.c.activity, table.c.id)
        .where(table.c.activity == func.any(bindparam("ids", type_=ARRAY(UUID))))
        .where(table.c.status.in_(("todo", "doing")), table.c.deleted_at.is_(None))
    )


async def begin_work_on_leads(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `after_write`: the first follow-up of a new lead takes it into work."""
    if historic(uow) or uow.restoring or batch.kind != "create":
        return
    leads = {i.after["lead"] for i in batch if i.after.get("lead")}
    if not leads:
        return
    rows = await uow.select(_new_leads(uow.registry), ids=sorted(leads))
    if rows:
        with trusted(uow):
            await pipeline.update(uow, "lead", [Change(str(r[0]), {"status": "working"}) for r in rows])


@kept(100)
def _new_leads(registry: Registry) -> Compiled:
    table = registry.tables["lead"].main
    return compile(
        select(table.c.id)
        .where(table.c.id == func.any(bindparam("ids", type_=ARRAY(UUID))))
        .where(table.c.status == "new", table.c.deleted_at.is_(None))
    )
