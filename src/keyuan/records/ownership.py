"""Who owns a record: its owner, and the department that goes with the owner."""

from __future__ import annotations

from sqlalchemy import ARRAY, and_, bindparam, func, select

from ..access import Policy, predicate, rights
from ..kernel.kept import kept
from ..schema.field_types.pointer import UUID
from ..schema.registry import Registry
from ..storage.sql import Compiled, compile
from . import departments, stored
from .hooks import Batch, Item
from .unit_of_work import UnitOfWork
from .writing import BatchInvalid


async def complete(uow: UnitOfWork, batch: Batch) -> None:
    """Give new records an owner where none was named (the person who makes them), and every record whose owner changed
    the main department of its owner. Trusted work may name the department itself."""
    if not batch.object.owned:
        return
    for item in batch:
        if batch.kind == "create" and "owner" not in item.given and item.after.get("owner") is None:
            item.set("owner", uow.principal.user)
    moved = [
        i for i in batch
        if "owner" in i.changed and not (uow.trusted and i.given.get("owner_department") is not None)
    ]  # fmt: skip
    if not moved:
        return
    await _check_own(uow, batch, [i for i in moved if i.before is not None and "owner" in i.given])
    of = await departments.main(uow, {o for i in moved if (o := i.after.get("owner"))})
    for item in moved:
        item.set("owner_department", of.get(item.after.get("owner") or ""))


async def _check_own(uow: UnitOfWork, batch: Batch, moved: list[Item]) -> None:
    """A record that is only shared with the person is not the person's to give away, least of all to oneself: a grant
    would outlive its end."""
    if not moved or uow.trusted or uow.principal.administrator:
        return
    own = await stored.lock(uow, batch.object.key, (i.id for i in moved), "edit", granted=False)
    for item in moved:
        if item.id not in own:
            item.error("owner", "owner_shared")


@kept()
def _in_scope(registry: Registry, policy: Policy, object_key: str) -> Compiled:
    table = registry.tables[object_key].main
    wanted = table.c.id == func.any(bindparam("ids", type_=ARRAY(UUID)))
    return compile(
        select(table.c.id).where(and_(wanted, predicate(registry, policy, object_key, "create", table)))
    )


async def check_scope(uow: UnitOfWork, batch: Batch) -> None:
    """Refuse new records outside the scope in which the person may make them, such as for another department's people.
    Asked of the database once the rows are there, because a scope may be any condition; where people make records of
    their own, and their scope takes these in, nothing has to be asked."""
    if uow.principal.administrator:
        return
    if batch.object.owned and not batch.object.parent:
        scope = rights(uow.registry, uow.principal.policy).scope(batch.object.key, "create")
        mine = scope.atoms & {"me", "people"} and all(
            i.after.get("owner") == uow.principal.user for i in batch
        )
        if scope.everything or mine:
            return
    rows = await uow.select(
        _in_scope(uow.registry, uow.principal.policy, batch.object.key), **uow.binds, ids=batch.ids
    )
    allowed = {row[0] for row in rows}
    for item in batch:
        if item.id not in allowed:
            item.error("owner" if batch.object.owned else "", "outside_scope")
    if any(i.errors for i in batch):
        raise BatchInvalid(batch)
