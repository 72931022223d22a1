"""What a won opportunity means for its customer: it has bought."""

from __future__ import annotations

from sqlalchemy import ARRAY, bindparam, func, select

from ...kernel.kept import kept
from ...records import pipeline
from ...records.hooks import Batch, Change
from ...records.trust import trusted
from ...records.unit_of_work import UnitOfWork
from ...schema.field_types.pointer import UUID
from ...schema.registry import Registry
from ...storage.sql import Compiled, compile


async def has_bought(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `after_write` of opportunities: customers of those just won become 成交."""
    if uow.restoring or batch.kind not in ("create", "update"):
        return
    won = {
        i.after["customer"] for i in batch
        if i.after.get("outcome") == "won" and i.after.get("customer") and i.changed & {"outcome", "customer"}
    }  # fmt: skip
    if not won:
        return
    rows = await uow.select(_not_yet(uow.registry), ids=sorted(won))
    if rows:
        with trusted(uow):
            await pipeline.update(uow, "customer", [Change(str(r[0]), {"status": "active"}) for r in rows])


@kept(100)
def _not_yet(registry: Registry) -> Compiled:
    table = registry.tables["customer"].main
    return compile(
        select(table.c.id)
        .where(table.c.id == func.any(bindparam("ids", type_=ARRAY(UUID))))
        .where(table.c.status.is_distinct_from("active"), table.c.deleted_at.is_(None))
        .order_by(table.c.id)
    )
