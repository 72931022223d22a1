"""The pipeline: every write of records, in the order a reader can follow on one screen.

    access → defaults → hooks → validate → write → search → lines → files → roll-ups → change log → hooks

One record is a batch of one. Callers run these inside a unit of work; nothing here commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from ..access import can
from ..kernel.errors import FieldError, Forbidden, Invalid
from ..kernel.ids import is_id, new_id
from . import (
    conflict,
    files,
    incoming,
    lines,
    numbers,
    ownership,
    purging,
    references,
    renewal,
    rollups,
    rules,
    stored,
    tokens,
    writing,
)
from .hooks import Batch, Change, Item, Kind, Values
from .unit_of_work import UnitOfWork
from .writing import BatchInvalid

OnError = Literal["raise", "skip"]

BATCH = 1000
"""The most records one call takes; callers with more call several times."""


async def create(
    uow: UnitOfWork,
    object_key: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    on_error: OnError = "raise",
    within_parent: bool = False,
) -> list[Item]:
    """Make records. Answers all items; with `on_error="skip"` those that have errors were not written. `within_parent`
    says that the parent's own write has already been allowed, which is all that its lines need."""
    obj = uow.registry.object(object_key)
    if not (within_parent or uow.trusted or can(uow.registry, uow.principal.policy, object_key, "create")):
        raise Forbidden()
    items = [
        Item(id=_given_id(row) or new_id(), before=None, given=row, after={}, position=n)
        for n, row in enumerate(rows)
    ]
    batch = Batch(obj, "create", items)
    uow.proceed()
    for item in items:
        incoming.read(uow, object_key, item)
    await incoming.defaults(uow, batch)
    await ownership.complete(uow, batch)
    rollups.begin(uow, batch)
    await _validate(uow, batch)
    batch = _without_errors(batch, on_error)
    if batch.items:
        await numbers.assign(uow, batch)
        making = await tokens.refreshed(uow, batch)
        for item in batch:
            writing.stamp(uow, item)
        parents = await rollups.lock_parents(uow, batch)
        writing.insert(uow, batch)
        await _after_write(uow, batch, parents, making, judged=within_parent or uow.trusted)
    return items


async def update(
    uow: UnitOfWork,
    object_key: str,
    changes: Sequence[Change],
    *,
    on_error: OnError = "raise",
    within_parent: bool = False,
) -> list[Item]:
    """Change records. A record in which nothing differs is left as it is, without a new version or history."""
    obj = uow.registry.object(object_key)
    action = "" if uow.trusted or within_parent else "edit"
    found = await stored.lock_allowed(uow, object_key, (c.id for c in changes), action)
    items = []
    for position, change in enumerate(changes):
        before = found[change.id]
        item = Item(
            id=change.id, before=before, given=change.values, after=dict(before), position=position,
            expected_version=change.version,
        )  # fmt: skip
        if change.version is not None and change.version != before["version"]:
            raise await conflict.both_sides(uow, object_key, item)
        items.append(item)
    if len({i.id for i in items}) < len(items):
        raise BatchInvalid(_repeated(Batch(obj, "update", items)))
    batch = Batch(obj, "update", items)
    for item in items:
        incoming.read(uow, object_key, item)
    await ownership.complete(uow, batch)
    await _validate(uow, batch)
    batch = _without_errors(batch, on_error)
    touched = [i for i in batch if i.changed or i.lines]
    if changed := [i for i in touched if i.changed]:
        writes = Batch(obj, "update", changed)
        for item in changed:
            writing.stamp(uow, item)
        making = await tokens.refreshed(uow, writes)
        parents = await rollups.lock_parents(uow, writes)
        writing.update(uow, writes)
        await _after_write(uow, writes, parents, making)
    if only_lines := [i for i in touched if not i.changed]:
        await _update_lines(uow, Batch(obj, "update", only_lines))
    return items


async def _update_lines(uow: UnitOfWork, batch: Batch) -> None:
    """Change nothing but lines. A record whose lines are others now has a new version, by which the next who sends
    lines for the old one learns of it."""
    edited = await lines.write(uow, batch, _WRITES)
    if writes := [i for i in batch if i.id in edited]:
        for item in writes:
            item.changed |= edited[item.id]
        await renewal.renew(uow, Batch(batch.object, "update", writes))


async def _validate(uow: UnitOfWork, batch: Batch) -> None:
    incomplete: set[str] = set()
    if not uow.restoring:
        incomplete = await _complete(uow, batch)
        for item in batch:
            incoming.missing(uow, batch, item)
    await references.check(uow, batch)
    if not uow.restoring:
        whole = Batch(batch.object, batch.kind, [i for i in batch if i.id not in incomplete])
        await rules.check(uow, whole)
        valid = [i for i in batch if not i.errors]
        await uow.runtime.hooks.run("before_write", uow, Batch(batch.object, batch.kind, valid))


async def _complete(uow: UnitOfWork, batch: Batch) -> set[str]:
    """Let hooks complete the records. They see no reference that the caller may not make, nor do they say anything of a
    record that has one: it would tell of what the caller may not see. Answers the ids of these."""
    if uow.trusted or not uow.runtime.hooks.any("before_validate", batch):
        await uow.runtime.hooks.run("before_validate", uow, batch)
        return set()
    await references.check(uow, batch, acyclic=False)
    refused = {item.id: references.without_refused(uow, batch, item) for item in batch}
    said = {item.id: [*item.errors] for item in batch if refused[item.id]}
    await uow.runtime.hooks.run("before_validate", uow, batch)
    for item in batch:
        if item.id in said:
            item.errors = said[item.id]
            for key, value in refused[item.id].items():
                item.set(key, value)
    return {*said}


async def _after_write(
    uow: UnitOfWork, batch: Batch, parents: rollups.Parents, making: tokens.Making, judged: bool = True
) -> None:
    """What follows a row that was written, whatever the kind of write. Whether a new record lies where its maker may make
    records can only be asked of the row."""
    await tokens.store(uow, making)
    if not judged:
        await ownership.check_scope(uow, batch)
    await lines.write(uow, batch, _WRITES)
    await files.claim(uow, batch)
    await rollups.recompute(uow, parents, batch.object.key)
    writing.log_changes(uow, batch)
    await uow.flush()
    await uow.runtime.hooks.run("after_write", uow, batch)


def _without_errors(batch: Batch, on_error: OnError) -> Batch:
    if on_error == "raise" and any(i.errors for i in batch):
        raise BatchInvalid(batch)
    return Batch(batch.object, batch.kind, [i for i in batch if not i.errors])


def _given_id(row: Mapping[str, Any]) -> str | None:
    """Programs may choose a record's id, so that a repeated request cannot make it twice."""
    value = row.get("id")
    if value is None or value == "":
        return None
    if not is_id(value):
        raise Invalid(errors=[FieldError("id", "type", {"expected": "UUID"})])
    return str(value)


def _repeated(batch: Batch) -> Batch:
    seen: set[str] = set()
    for item in batch:
        if item.id in seen:
            item.error("id", "twice")
        seen.add(item.id)
    return batch


async def delete(
    uow: UnitOfWork,
    object_key: str,
    ids: Iterable[str],
    *,
    within_parent: bool = False,
    on_error: OnError = "raise",
) -> list[Item]:
    """Move records to the recycle bin, with the lines and dependants that live and die with them. Records that others
    refer to are refused (`Conflict`), or left with `on_error="skip"`. Answers those deleted."""
    return await _set_deleted(uow, object_key, ids, "delete", within_parent, on_error)


async def restore(
    uow: UnitOfWork,
    object_key: str,
    ids: Iterable[str],
    *,
    within_parent: bool = False,
    alone: bool = False,
) -> list[Item]:
    """Bring records back from the recycle bin, with the lines that were deleted with them unless `alone`."""
    return await _set_deleted(uow, object_key, ids, "restore", within_parent, alone=alone)


async def _set_deleted(
    uow: UnitOfWork,
    object_key: str,
    ids: Iterable[str],
    kind: Kind,
    within_parent: bool,
    on_error: OnError = "raise",
    *,
    alone: bool = False,
) -> list[Item]:
    obj = uow.registry.object(object_key)
    action = "" if uow.trusted or within_parent else "delete"
    found = await stored.lock_allowed(uow, object_key, ids, action, deleted=kind == "restore")
    items = [
        Item(id=i, before=before, given={}, after=dict(before), position=n)
        for n, (i, before) in enumerate(found.items())
    ]
    batch = Batch(obj, kind, items)
    if not items:
        return items
    if not uow.restoring:
        await uow.runtime.hooks.run("before_validate", uow, batch)
        await uow.runtime.hooks.run("before_write", uow, batch)
    batch = _without_errors(batch, on_error)
    dependants = await lines.dependants(uow, batch, alone)
    if dependants.held:
        if on_error == "raise":
            raise await dependants.conflict(uow, batch)
        batch.items = [i for i in batch if i.id not in dependants.held]
    if not batch.items:
        return []
    for item in batch:
        item.set("deleted_at", uow.moment if kind == "delete" else None)
        writing.stamp(uow, item)
    parents = await rollups.lock_parents(uow, batch)
    if kind == "delete":
        await lines.release(uow, dependants, _WRITES)
    writing.update(uow, batch)
    if kind == "restore":
        await lines.bring_back(uow, dependants, _WRITES)
    await rollups.recompute(uow, parents, batch.object.key)
    writing.log_changes(uow, batch)
    await uow.flush()
    await uow.runtime.hooks.run("after_write", uow, batch)
    return batch.items


async def purge(uow: UnitOfWork, object_key: str, ids: Iterable[str]) -> list[Item]:
    """Remove records from the recycle bin for good, with their history and the deleted records that belong to them. For
    those who may delete the records and have the capability `purging.PURGE`. `Conflict` where anything else still points
    at them, deleted or not. Nothing brings them back. Answers the records named."""
    (batch,) = await purge_together(uow, {object_key: ids})
    return batch.items


async def purge_together(
    uow: UnitOfWork, named: Mapping[str, Iterable[str]], along: Mapping[str, Iterable[str]] | None = None
) -> list[Batch]:
    """Remove records of several objects for good, as `purge` does with those of one. They may point at each other.
    `along`: records of the recycle bin that go with them because they came there with them, for which no right is asked.
    Answers the records named, a batch for each object."""
    if not (uow.trusted or uow.principal.may(purging.PURGE)):
        raise Forbidden("purge_forbidden")
    action = "" if uow.trusted else "delete"
    batches = [
        _to_purge(uow, object_key, await stored.lock_allowed(uow, object_key, ids, action, deleted=True))
        for object_key, ids in named.items()
    ]
    others = [
        _to_purge(uow, object_key, await stored.lock(uow, object_key, ids, "", deleted=True))
        for object_key, ids in (along or {}).items()
    ]
    if any(batch.items for batch in (*batches, *others)):
        going = await purging.together(uow, [*batches, *others])
        await purging.remove(uow, going)
        for batch in going:
            writing.log_changes(uow, batch)
        await uow.flush()
        for batch in going:
            await uow.runtime.hooks.run("after_write", uow, batch)
    return batches


def _to_purge(uow: UnitOfWork, object_key: str, found: Mapping[str, Values]) -> Batch:
    items = [
        Item(id=i, before=values, given={}, after=dict(values), position=n)
        for n, (i, values) in enumerate(found.items())
    ]
    return Batch(uow.registry.object(object_key), "purge", items)


_WRITES = lines.Writes(create, update, delete, restore)
