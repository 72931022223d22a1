"""Two people changed the same record: the answer that shows both sides, field by field."""

from __future__ import annotations

from ..access import field_access
from ..kernel.errors import Conflict
from .hooks import Item
from .unit_of_work import UnitOfWork


async def both_sides(uow: UnitOfWork, object_key: str, item: Item) -> Conflict:
    """The conflict of a change prepared on an old version: `current` holds the version now stored with the values of the
    fields that the change touches, as far as the caller may see them, `yours` what was sent."""
    assert item.before is not None
    shown = {
        key: item.before.get(key)
        for key in item.given
        if uow.registry.field(object_key, key) is not None
        and field_access(uow.registry, uow.principal.policy, object_key, key) in ("read", "edit")
    }
    return Conflict(
        "conflict",
        extra={
            "current": {
                "version": item.before["version"],
                "updated_at": item.before.get("updated_at"),
                "updated_by": item.before.get("updated_by"),
                "values": shown,
            },
            "yours": {"version": item.expected_version, "values": dict(item.given)},
        },
    )
