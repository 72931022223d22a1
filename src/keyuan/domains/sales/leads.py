"""The way of a lead: from new to converted, failed or invalid."""

from __future__ import annotations

from ...records.hooks import Batch, Item
from ...records.trust import historic
from ...records.unit_of_work import UnitOfWork
from ...schema.field_types.datetime import iso
from ...schema.model import Field

FLOW: dict[str, frozenset[str]] = {
    "new": frozenset({"working", "interested", "converted", "failed", "invalid"}),
    "working": frozenset({"interested", "converted", "failed", "invalid"}),
    "interested": frozenset({"working", "converted", "failed", "invalid"}),
    "failed": frozenset({"working", "invalid"}),
    "invalid": frozenset({"working"}),
    "converted": frozenset(),
}
"""To which statuses a lead may go from each. Nothing becomes new again; what was converted stays so."""

_GIVEN_UP = ("failed", "invalid")


async def complete(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `before_validate`: a lead of a company alone is called after it; the status follows the flow, a lead given
    up has a reason."""
    if batch.kind not in ("create", "update"):
        return
    for item in batch:
        if item.after.get("name") is None and not any(e.field == "name" for e in item.errors):
            if company := item.after.get("company"):
                item.set("name", company)
            else:
                item.error("name", "required")
        if "status" in item.changed and item.after.get("status"):
            _status(uow, item, uow.registry.fields("lead")["status"])


def _status(uow: UnitOfWork, item: Item, field: Field) -> None:
    new, old = item.after["status"], item.was("status")
    if not historic(uow):
        # statuses that an administrator added are free to come from and go to
        if old in FLOW and new in FLOW and new not in FLOW[old]:
            labels = {c.value: c.label for c in field.choices}
            item.error("status", "status_flow", old=labels[old], new=labels[new])
        if new in _GIVEN_UP and item.after.get("failed_reason") is None:
            item.error("failed_reason", "required")
    if new not in _GIVEN_UP and old in _GIVEN_UP and "failed_reason" not in item.changed:
        item.set("failed_reason", None)
    if not (uow.trusted and item.given.get("status_changed_at") is not None):
        item.set("status_changed_at", iso(uow.now))
