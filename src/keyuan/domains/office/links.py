"""What a follow-up or task is about, told in two ways that agree: the one record `about`, and a reference for each kind
of record, by which lists, roll-ups and reports find it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, bindparam, func, select

from ...kernel.kept import kept
from ...records import incoming
from ...records.hooks import Batch, Item
from ...records.unit_of_work import UnitOfWork
from ...schema.field_types.pointer import UUID
from ...schema.registry import Registry
from ...storage.sql import Compiled, compile

_CLOSEST = ("opportunity", "lead", "customer", "contact")
"""Where several records are named and none said to be the subject, the first of these is."""

_HAVE_CUSTOMER = ("opportunity", "contact")


async def complete(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `before_validate`: `about` and the references made to agree; the customer is that of the opportunity or
    contact, as far as the caller may read it there."""
    if batch.kind not in ("create", "update"):
        return
    for item in batch:
        if not any(e.field == "about" for e in item.errors):
            _agree(item)
    orphans = [i for i in batch if i.after.get("customer") is None and not i.was("customer")]
    for key in _HAVE_CUSTOMER:
        wanting = [
            i for i in orphans if key in i.changed and i.after.get(key) and i.after.get("customer") is None
        ]
        if wanting and incoming.shown(uow, key, uow.registry.fields(key)["customer"]):
            rows = await uow.select(
                _customers(uow.registry, key), ids=sorted({i.after[key] for i in wanting})
            )
            known = {str(r[0]): r[1] for r in rows}
            for item in wanting:
                if customer := known.get(item.after[key]):
                    item.complete("customer", str(customer))


def _agree(item: Item) -> None:
    about: dict[str, Any] | None = item.after.get("about")
    if "about" in item.changed and about is not None:
        before = item.was("about")
        if before is not None and item.after.get(before["object"]) == before["id"]:
            item.set(before["object"], None)
        item.set(about["object"], about["id"])
    elif about is None:
        key = next((k for k in _CLOSEST if item.after.get(k)), None)
        if key is not None and "about" not in item.changed:
            item.set("about", {"object": key, "id": item.after[key]})
    elif about["object"] in item.changed:
        # the reference to the subject was written alone: it is the subject now
        new = item.after.get(about["object"])
        item.set("about", None if new is None else {"object": about["object"], "id": new})
        if new is None:
            _agree(item)


@kept(100)
def _customers(registry: Registry, key: str) -> Compiled:
    table = registry.tables[key].main
    return compile(
        select(table.c.id, table.c.customer)
        .where(table.c.id == func.any(bindparam("ids", type_=ARRAY(UUID))))
        .where(table.c.customer.is_not(None))
    )
