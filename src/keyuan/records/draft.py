"""What a new record would be, told before anything is written: a form shows it, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..access import can
from ..kernel.errors import Forbidden
from ..kernel.ids import new_id
from . import incoming, ownership, references
from .hooks import Batch, Item
from .unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Draft:
    """`values`: what the fields left empty would be given, as far as the caller may write them and read what they are made
    from (canonical values).
    `offers`: for some fields the filter that holds of those records that the new one may refer to."""

    values: dict[str, Any]
    offers: dict[str, list[Any]]


async def draft(uow: UnitOfWork, object_key: str, given: Mapping[str, Any]) -> Draft:
    """What creating a record of these values would make of them: defaults, owner, what hooks complete. What is wrong
    with them is not told, and nothing is kept. Raises `Forbidden` where the caller makes no such records."""
    obj = uow.registry.object(object_key)
    if not (uow.trusted or can(uow.registry, uow.principal.policy, object_key, "create")):
        raise Forbidden()
    known = incoming.entries(uow.registry, None if uow.trusted else uow.principal.policy, object_key)
    plain = {k: v for k, v in given.items() if k in known and known[k].kind.stored}
    item = Item(id=new_id(), before=None, given=plain, after={})
    batch = Batch(obj, "create", [item])
    async with uow.connection.transaction(force_rollback=True):
        incoming.read(uow, object_key, item)
        await _without_refused(uow, batch)
        await incoming.defaults(uow, batch, telling=True)
        await ownership.complete(uow, batch)
        before = dict(item.after)
        await uow.runtime.hooks.run("before_validate", uow, batch)
        if refused := await _without_refused(uow, batch):
            # what else was completed would tell what the record has that it was completed from
            item.after = {key: value for key, value in before.items() if key not in refused}
        await _without_unseen(uow, batch)
        offers = await uow.runtime.hooks.offered(uow, object_key, item)
    values = {
        key: value
        for key, value in item.after.items()
        if value is not None and plain.get(key) is None and key in known and known[key].writable
    }
    return Draft(values, {key: offer for key, offer in offers.items() if key in known})


async def _without_unseen(uow: UnitOfWork, batch: Batch) -> None:
    """Take away what was completed and the caller may not refer to: whoever sends it back would be refused. Saving
    completes it again."""
    for item in batch:
        completed = set(item.completed)
        item.completed.clear()
        await references.check(uow, batch, completed)
        references.without_refused(uow, batch, item)


async def _without_refused(uow: UnitOfWork, batch: Batch) -> set[str]:
    """Take away references to what the caller may not refer to: nothing is to be completed from such a record, nor to be
    offered that could not be saved. Answers their fields."""
    await references.check(uow, batch)
    taken: set[str] = set()
    for item in batch:
        refused = references.without_refused(uow, batch, item).keys()
        item.errors = [e for e in item.errors if e.field not in refused]
        taken |= refused
    return taken
