"""The stage history: one record for each stay of an opportunity in a stage, with the time it took.

Written by the product after the opportunity itself, in the same transaction, whose lock on the opportunity keeps two
moves apart. Going back to an earlier state (undo) restores these records by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, bindparam, func, select

from ...kernel.kept import kept
from ...records import pipeline
from ...records.hooks import Batch, Change
from ...records.trust import trusted
from ...records.unit_of_work import UnitOfWork
from ...schema.field_types.pointer import UUID
from ...schema.registry import Registry
from ...storage.sql import Compiled, compile
from . import stages

OBJECT = "stage_history"


async def record(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `after_write` of opportunities."""
    if uow.restoring or batch.kind not in ("create", "update"):
        return
    moved = [
        i for i in batch if "stage" in i.changed and i.after.get("stage") and i.after.get("stage_entered_at")
    ]
    if not moved:
        return
    known = await stages.load(uow, (), (i.after["stage"] for i in moved))
    left = [i.id for i in moved if i.before is not None]
    staying = dict(await uow.select(_current(uow.registry), ids=sorted(left))) if left else {}
    closed: list[Change] = []
    made: list[dict[str, Any]] = []
    for item in moved:
        entered = item.after["stage_entered_at"]
        if (stay := staying.get(item.id)) is not None:
            closed.append(_leave(stay, entered))
        stage = known.by_id.get(item.after["stage"])
        made.append(
            {
                "name": stage.name if stage else None,
                "opportunity": item.id,
                "from_stage": item.was("stage"),
                "stage": item.after["stage"],
                "entered_at": entered,
            }
        )
    with trusted(uow):
        if closed:
            await pipeline.update(uow, OBJECT, closed)
        await pipeline.create(uow, OBJECT, made)


def _leave(stay: dict[str, Any], at: str) -> Change:
    """The end of a stay. History that is brought in may tell its times in any order; a stay never ends before it begins."""
    entered, left = datetime.fromisoformat(stay["entered_at"]), datetime.fromisoformat(at)
    left = max(entered, left)
    values = {"left_at": left.isoformat(), "seconds": int((left - entered).total_seconds())}
    return Change(stay["id"], values)


@kept(100)
def _current(registry: Registry) -> Compiled:
    """The open stay of opportunities: opportunity, and the stay's id and beginning."""
    table = registry.tables[OBJECT].main
    return compile(
        select(
            table.c.opportunity, func.json_build_object("id", table.c.id, "entered_at", table.c.entered_at)
        ).where(
            table.c.opportunity == func.any(bindparam("ids", type_=ARRAY(UUID))),
            table.c.left_at.is_(None),
            table.c.deleted_at.is_(None),
        )
    )
