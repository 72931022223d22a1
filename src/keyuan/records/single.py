"""A ready hook: the one of a group (the primary contact of a customer, the default view of a person).

The group is a `unique` of its object with a yes/no field in it, so the database refuses a second yes. This hook makes
room: the record that was the one gives way to the one that is written."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

import msgspec

from . import pipeline
from .hooks import Batch, Change, Hook, Item
from .statements import qualified, quoted, recordset
from .trust import trusted
from .unit_of_work import UnitOfWork

_LOCKS = 64
"""Groups share so many locks, so that a batch of any size takes a bounded number."""


def only_one(field: str, *group: str) -> Hook:
    """A hook for `before_write`: among the records that agree in the fields `group`, the last one written with yes in
    `field` is the only one. A record coming back from the recycle bin does not take the place back."""

    async def hook(uow: UnitOfWork, batch: Batch) -> None:
        rivals: dict[tuple[Any, ...], Item] = {}
        for item in batch:
            if item.errors or not item.after.get(field) or not _concerned(batch, item, field, group):
                continue
            key = tuple(item.after.get(g) for g in group)
            if earlier := rivals.get(key):
                earlier.set(field, False)
            rivals[key] = item
        if not rivals:
            return
        holders = await _holders(uow, batch, field, group, rivals)
        if batch.kind == "restore":
            for key in holders.values():
                rivals[key].set(field, False)
        elif holders:
            with trusted(uow):
                changes = [Change(i, {field: False}) for i in holders]
                await pipeline.update(uow, batch.object.key, changes)

    return hook


def _concerned(batch: Batch, item: Item, field: str, group: tuple[str, ...]) -> bool:
    return batch.kind in ("create", "restore") or bool(item.changed & {field, *group})


async def _holders(
    uow: UnitOfWork, batch: Batch, field: str, group: tuple[str, ...], keys: Iterable[tuple[Any, ...]]
) -> dict[str, tuple[Any, ...]]:
    """The records outside the batch that are the one of these groups, with their group. Those who ask for the same group
    at the same time do so one after the other."""
    table = uow.registry.tables[batch.object.key].main
    wanted = list(keys)
    slots = sorted({zlib.crc32(repr(key).encode()) % _LOCKS for key in wanted})
    names = [f"only one {qualified(table)} {field} {slot}" for slot in slots]
    await uow.execute(
        "select pg_advisory_xact_lock(hashtextextended(x, 0))"
        " from unnest(%(names)s::text[]) with ordinality as t(x, n)",
        {"names": names},
    )
    fields = uow.registry.fields(batch.object.key)
    columns = tuple(fields[g].physical for g in group)
    rows = [dict(zip(columns, key, strict=True)) for key in wanted]
    source = recordset(table, columns) if columns else "(select) as x"
    same = "".join(f" and t.{quoted(c)} is not distinct from x.{quoted(c)}" for c in columns)
    shown = "".join(f", t.{quoted(c)}" for c in columns)
    found = await uow.fetch(
        f"select t.id{shown} from {qualified(table)} t join {source} on true{same}"  # noqa: S608
        f" where t.{quoted(fields[field].physical)} and t.deleted_at is null and t.id <> all(%(ids)s::uuid[])",
        {"rows": msgspec.json.encode(rows).decode(), "ids": batch.ids},
    )
    return {str(row[0]): tuple(row[1:]) for row in found}
