"""Two people changed the same record: the answer that shows both sides, field by field."""

from __future__ import annotations

from ..access import field_access
from ..kernel.errors import Conflict
from .hooks import Item
from .unit_of_work import UnitOfWork


async def both_sides(uow: UnitOfWork, object_key: str, item: Item) -> Conflict:
    """The conflict of a change prepared on an old version: `current` holds the version now stored with the values of the
    fields that the change touches, `yours` what was sent. Of what is stored the caller is told what they may see: stamps
    that are hidden or masked are null."""
    assert item.before is not None
    before, policy = item.before, uow.principal.policy

    def seen(key: str) -> bool:
        return field_access(uow.registry, policy, object_key, key) in ("read", "edit")

    shown = {key: before.get(key) for key in item.given if seen(key)}
    return Conflict(
        "conflict",
        extra={
            "current": {
                "version": before["version"],
                "updated_at": before.get("updated_at") if seen("updated_at") else None,
                "updated_by": before.get("updated_by") if seen("updated_by") else None,
                "values": shown,
            },
            "yours": {"version": item.expected_version, "values": dict(item.given)},
        },
    )
