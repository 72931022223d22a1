"""A ready hook: the one of a group (the primary contact of a customer, the default view of a person).

The group is a `unique` of its object with a yes/no field in it, so the database refuses a second yes. This hook makes
room: the record that was the one gives way to the one that is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from . import pipeline
from .hooks import Batch, Change, Hook, Item
from .statements import qualified, quoted, recordset
from .trust import trusted
from .unit_of_work import UnitOfWork


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
    """The records outside the batch that are the one of these groups, with their group."""
    table = uow.registry.tables[batch.object.key].main
    wanted = list(keys)
    await _one_after_the_other(uow, batch, field, group, wanted)
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


async def _one_after_the_other(
    uow: UnitOfWork, batch: Batch, field: str, group: tuple[str, ...], keys: list[tuple[Any, ...]]
) -> None:
    """Let those who change the same group wait for each other: on the record that makes the group (the customer of
    contacts), or on a lock of their own where no record does."""
    fields = uow.registry.fields(batch.object.key)
    for position, key in enumerate(group):
        if uow.registry.type_of(fields[key]).output == "reference":
            target = qualified(uow.registry.tables[fields[key].target].main)
            ids = sorted({k[position] for k in keys if k[position] is not None})
            await uow.fetch(
                f"select id from {target} where id = any(%(ids)s::uuid[]) order by id for no key update",  # noqa: S608
                {"ids": ids},
            )
            return
    name = f"only one {qualified(uow.registry.tables[batch.object.key].main)} {field}"
    await uow.execute("select pg_advisory_xact_lock(hashtextextended(%(name)s, 0))", {"name": name})
