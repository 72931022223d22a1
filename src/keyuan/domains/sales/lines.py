"""Lines of opportunities take what they are not told from their product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ARRAY, bindparam, func, select

from ...kernel.kept import kept
from ...records import incoming
from ...records.hooks import Batch
from ...records.stored import canonical_columns
from ...records.unit_of_work import UnitOfWork
from ...schema.field_types.pointer import UUID
from ...schema.registry import Registry
from ...storage.sql import Compiled, compile

_TAKEN = ("name", "price", "unit")


async def complete(uow: UnitOfWork, batch: Batch) -> None:
    """The hook `before_validate`: name, price and unit of the product, as far as the caller may read them, where the line
    names it anew and does not say them itself. A line without product needs a name."""
    if batch.kind not in ("create", "update"):
        return
    chosen = [i for i in batch if "product" in i.changed and i.after.get("product")]
    fields = uow.registry.fields("product")
    told = [key for key in _TAKEN if incoming.shown(uow, "product", fields[key])]
    products = await _products(uow, {i.after["product"] for i in chosen}) if chosen else {}
    for item in chosen:
        product = products.get(item.after["product"], {})
        for key in told:
            if item.given.get(key) is None and product.get(key) is not None:
                item.set(key, product[key])
    for item in batch:
        if item.after.get("name") is None and (item.before is None or "name" in item.changed):
            item.error("name", "required")


async def _products(uow: UnitOfWork, ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    return {r[0]["id"]: r[0] for r in await uow.select(_reading(uow.registry), ids=sorted(ids))}


@kept(100)
def _reading(registry: Registry) -> Compiled:
    table = registry.tables["product"].main
    columns = [c for c in canonical_columns(registry, "product") if c.name in ("id", *_TAKEN)]
    rows = select(*columns).where(table.c.id == func.any(bindparam("ids", type_=ARRAY(UUID)))).subquery("r")
    return compile(select(func.row_to_json(rows.table_valued())))
