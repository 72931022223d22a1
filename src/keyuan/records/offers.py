"""Which records a stored record may be made to refer to: what the form that changes it has to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import incoming, references, stored
from .hooks import Batch, Item
from .unit_of_work import UnitOfWork


async def offers(
    uow: UnitOfWork, object_key: str, record: str, given: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """For some fields the filter that holds of the records that the rules would take in this record with these values,
    whatever it refers to now. What is wrong with the values is not told, and nothing is kept; what the caller may not see
    of the record is left out of account, for the answer would tell. `Forbidden` and `NotFound` as for a change."""
    found = await stored.lock_allowed(uow, object_key, [record], "" if uow.trusted else "edit")
    known = incoming.entries(uow.registry, None if uow.trusted else uow.principal.policy, object_key)
    before = {key: value for key, value in found[record].items() if key in known and known[key].shown}
    plain = {k: v for k, v in given.items() if k in known and known[k].kind.stored}
    item = Item(id=record, before=found[record], given=plain, after=dict(before))
    batch = Batch(uow.registry.object(object_key), "update", [item])
    async with uow.connection.transaction(force_rollback=True):
        incoming.read(uow, object_key, item)
        await references.check(uow, batch)
        references.without_refused(uow, batch, item)
        # the rules are asked as if it were put there now
        shown = Item(id=record, before=None, given={}, after={k: item.after.get(k) for k in before})
        told = await uow.runtime.hooks.offered(uow, object_key, shown)
    return {key: offer for key, offer in told.items() if key in known}
