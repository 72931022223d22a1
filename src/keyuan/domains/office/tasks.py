"""Tasks: done is done at a time."""

from __future__ import annotations

from ...records.hooks import Batch
from ...records.trust import historic
from ...records.unit_of_work import UnitOfWork
from ...schema.field_types.datetime import iso


async def finish(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `before_validate`: status and time of completion agree."""
    if batch.kind not in ("create", "update"):
        return
    for item in batch:
        if "status" not in item.changed:
            continue
        if item.after.get("status") != "done":
            item.set("done_at", None)
        elif not (historic(uow) and item.given.get("done_at") is not None):
            item.set("done_at", iso(uow.now))
