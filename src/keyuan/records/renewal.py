"""A new version for records of which nothing but lines changed, by which the next who sends lines for the old one learns
of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from . import rollups, stored, writing
from .hooks import Batch, Item
from .statements import qualified, quoted
from .unit_of_work import UnitOfWork


async def renew(uow: UnitOfWork, batch: Batch) -> None:
    """Give records a new version; `changed` of each names the fields with other lines."""
    for item in batch:
        writing.stamp(uow, item)
    parents = await rollups.lock_parents(uow, batch)
    writing.update(uow, batch)
    await rollups.recompute(uow, parents, batch.object.key)
    writing.log_changes(uow, batch)
    await uow.flush()
    await uow.runtime.hooks.run("after_write", uow, batch)


async def after_undo(uow: UnitOfWork, concerned: Mapping[str, Collection[str]]) -> None:
    """Renew those of the records that the undone operation concerned (by object) whose lines the undo changed and which
    it gave no new version itself."""
    for object_key in [key for key in concerned if key in uow.registry.objects]:
        edited: dict[str, set[str]] = {}
        for place in uow.registry.lines_of[object_key]:
            definition = uow.registry.fields(object_key)[place.field]
            options = uow.registry.type_of(definition).settings(definition)
            if options.object not in concerned:
                continue
            child = uow.registry.tables[options.object].main
            via = quoted(uow.registry.fields(options.object)[options.via].physical)
            rows = await uow.fetch(
                f"select distinct {via} from {qualified(child)} where operation = %(operation)s"  # noqa: S608
                f" and id = any(%(lines)s::uuid[]) and {via} = any(%(parents)s::uuid[])",
                {
                    "operation": uow.operation,
                    "lines": sorted(concerned[options.object]),
                    "parents": sorted(concerned[object_key]),
                },
            )
            for (parent,) in rows:
                edited.setdefault(str(parent), set()).add(place.field)
        found = await stored.lock(uow, object_key, edited, "") if edited else {}
        items = [
            Item(id=i, before=values, given={}, after=dict(values), changed=set(edited[i]))
            for i, values in found.items()
            if values["operation"] != uow.operation
        ]
        if items:
            await renew(uow, Batch(uow.registry.object(object_key), "update", items))
