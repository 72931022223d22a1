"""Undo of a whole operation: a save, a bulk edit, an import, also an undo.

Each record goes back to the state the operation found it in, if nobody has changed it since; the others are reported
and left alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ARRAY, Table, bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from ..access import Principal
from ..kernel.errors import Conflict, Forbidden, Invalid, NotFound
from ..kernel.ids import is_id
from ..schema import field_types
from ..schema.field_types.pointer import UUID
from ..schema.registry import Registry
from ..schema.tables import stored_fields
from ..storage.sql import compile
from . import lines, pipeline, purging, renewal, stored
from .halves import in_halves
from .hooks import Batch, Change, Item, Values
from .standing import left_again
from .statements import qualified
from .undo_report import Report, only_readable
from .unit_of_work import UnitOfWork, record_operation
from .writing import BatchInvalid

__all__ = ["ANYONES", "Report", "may_undo", "undo"]

ANYONES = "operations.undo_any"
"""The capability to undo what others did."""


def may_undo(principal: Principal, actor: str | None) -> bool:
    """Whether someone may undo what `actor` (None: the system) did."""
    return (actor is not None and actor == principal.user) or principal.may(ANYONES)


@dataclass(slots=True)
class _Touched:
    """What the operation did to a record: in which order what, the place of the first of each kind among all changes,
    the version it left, the one found when the undo began."""

    kinds: list[str] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    last_version: int = 0
    found_version: int | None = None


async def undo(uow: UnitOfWork, operation: str, *, purge: bool = False) -> Report:
    """Undo an operation inside a unit of work of kind `undo`. `NotFound` for an unknown one, `Forbidden` for someone
    else's, `Conflict` for one undone already or one in which there is nothing that can be undone.

    With `purge` what the operation made is not left in the recycle bin either. That takes the capability to purge and the
    right to delete these records (`Forbidden`), is final, and is a `Conflict` where anything else still points at such a
    record."""
    if purge and not uow.principal.may(purging.PURGE):
        raise Forbidden("purge_forbidden")
    if not is_id(operation):
        raise NotFound()
    actor = await _take(uow, operation)
    rows = await uow.fetch(
        f"select object, record, kind, version from {uow.table_name('change')}"  # noqa: S608
        " where operation = %(operation)s order by seq",
        {"operation": operation},
    )
    done = {kind for _, _, kind, _ in rows}
    if not any(done & kinds for kinds in _UNDOES.values()):
        raise Conflict("undo_purged" if "purge" in done else "undo_nothing")  # settings, rights
    by_object: dict[str, dict[str, _Touched]] = defaultdict(lambda: defaultdict(_Touched))
    for place, (object_key, record, kind, version) in enumerate(rows):
        touched = by_object[object_key][str(record)]
        touched.kinds.append(kind)
        touched.first.setdefault(kind, place)
        touched.last_version = version
    if all(t.kinds[-1] == "purge" for touched in by_object.values() for t in touched.values()):
        raise Conflict("undo_purged")
    await _find_versions(uow, operation, by_object)
    was = uow.trusted, uow.restoring
    uow.trusted, uow.restoring = True, True
    try:
        own = actor is not None and actor == uow.principal.user
        report = await _as_far_as_possible(uow, operation, by_object, own)
        if report.undone:  # of which nothing went back can be undone later, when what held it up is gone
            await _mark(uow, operation)
    finally:
        uow.trusted, uow.restoring = was
    await only_readable(uow, report)
    if purge:
        await _leave_nothing(uow, by_object, report)
    return report


async def _as_far_as_possible(
    uow: UnitOfWork, operation: str, by_object: Mapping[str, dict[str, _Touched]], own: bool
) -> Report:
    why: Invalid | None = None
    # a value that has to go back may be held by a record that the operation made
    for steps in (_USUAL, _MADE_FIRST):
        try:
            async with uow.savepoint():
                return await _go_back(uow, operation, by_object, steps, own)
        except Invalid as refused:
            why = refused
    # somebody else has taken such a value since: what can goes back, the rest is told; or why nothing can
    report = await _go_back(uow, operation, by_object, _MADE_FIRST, own, in_parts=True)
    if why is not None and not report.undone:
        raise why
    return report


async def _leave_nothing(
    uow: UnitOfWork, by_object: Mapping[str, dict[str, _Touched]], report: Report
) -> None:
    """Remove for good what the operation had made and the undo took away."""
    made: dict[str, list[str]] = {}
    along: dict[str, list[str]] = {}
    for object_key, touched in by_object.items():
        if object_key in uow.registry.objects:
            ids = [i for i, t in touched.items() if t.kinds[0] == "create"]
            deleted = await stored.lock(uow, object_key, ids, "", deleted=True)
            belonging = report.along.get(object_key, set())
            for record, values in deleted.items():
                if values["operation"] == uow.operation:
                    (along if record in belonging else made).setdefault(object_key, []).append(record)
    await pipeline.purge_together(uow, made, along)


async def _find_versions(
    uow: UnitOfWork, operation: str, by_object: Mapping[str, dict[str, _Touched]]
) -> None:
    """Lock the records and note their versions before anything goes back, for going back changes some in passing (a
    reference to a record that goes is emptied). Where the operation was undone and came back, it left the version of
    now."""
    for object_key, touched in by_object.items():
        if object_key in uow.registry.objects:
            rows = await uow.fetch(
                f"select id, version from {qualified(uow.registry.tables[object_key].main)}"  # noqa: S608
                " where id = any(%(ids)s::uuid[]) order by id for update",
                {"ids": sorted(touched)},
            )
            for record, version in rows:
                touched[str(record)].found_version = version
            moved = [i for i, t in touched.items() if t.found_version not in (None, t.last_version)]
            for record in await left_again(uow.fetch, uow.registry, operation, object_key, moved):
                touched[record].last_version = touched[record].found_version or 0


async def _go_back(
    uow: UnitOfWork,
    operation: str,
    by_object: Mapping[str, dict[str, _Touched]],
    steps: Sequence[_Step],
    own: bool,
    in_parts: bool = False,
) -> Report:
    report = Report(uow.operation, own=own, in_parts=in_parts)
    for step in steps:
        for object_key in _backwards(by_object, _UNDOES[step]):
            if object_key in uow.registry.objects:
                await step(uow, object_key, by_object[object_key], operation, report)
    await renewal.after_undo(uow, by_object)
    for object_key, touched in by_object.items():
        # what it removed for good does not come back
        gone = (i for i, t in touched.items() if t.kinds[-1] == "purge")
        told = {r["id"] for r in report.changed}
        report.changed.extend({"object": object_key, "id": i} for i in gone if i not in told)
    return report


def _backwards(by_object: Mapping[str, dict[str, _Touched]], kinds: frozenset[str]) -> list[str]:
    """The objects in the opposite order of the first change of these kinds. Other changes do not count: in an operation
    that changes one record and deletes another with what hangs on it, the record comes back before what hangs on it."""
    firsts = {
        object_key: min((p for t in touched.values() for k, p in t.first.items() if k in kinds), default=-1)
        for object_key, touched in by_object.items()
    }
    return sorted(firsts, key=lambda object_key: firsts[object_key], reverse=True)


async def _take(uow: UnitOfWork, operation: str) -> str | None:
    """Lock the operation and begin one of our own, refusing what may not be undone. Answers whose it is."""
    rows = await uow.fetch(
        f"select actor, undone_by from {uow.table_name('operation')} where id = %(id)s for update",  # noqa: S608
        {"id": operation},
    )
    if not rows:
        raise NotFound()
    actor, undone_by = None if rows[0][0] is None else str(rows[0][0]), rows[0][1]
    if not may_undo(uow.principal, actor):
        raise Forbidden()
    if undone_by is not None:
        raise Conflict("undone_already")
    uow.detail["undoes"] = operation
    await record_operation(uow)
    return actor


async def _mark(uow: UnitOfWork, operation: str) -> None:
    """Mark the operation as undone by this one, and what it had undone itself as not undone any more."""
    await uow.execute(
        f"update {uow.table_name('operation')} set undone_by = %(by)s where id = %(id)s",  # noqa: S608
        {"by": uow.operation, "id": operation},
    )
    await uow.execute(
        f"update {uow.table_name('operation')} set undone_by = null where undone_by = %(id)s",  # noqa: S608
        {"id": operation},
    )


async def _untouched(
    uow: UnitOfWork,
    object_key: str,
    touched: dict[str, _Touched],
    ids: list[str],
    report: Report,
    deleted: bool,
    action: str,
) -> dict[str, Values]:
    """Of the records those that are as the operation left them and that the person may do the action to, locked."""
    if not ids:
        return {}
    # The permission counts here although the write itself is trusted with fields that people cannot write.
    allowed = await stored.lock(uow, object_key, ids, action, deleted=deleted)
    existing = await stored.lock(uow, object_key, ids, "", deleted=deleted)
    for record in ids:
        now = existing.get(record)
        if now is None or touched[record].found_version != touched[record].last_version:
            report.changed.append({"object": object_key, "id": record})
        elif record not in allowed:
            report.forbidden.append({"object": object_key, "id": record})
    left_alone = {r["id"] for r in (*report.changed, *report.forbidden)}
    return {i: v for i, v in allowed.items() if i not in left_alone}


async def _bring_back(
    uow: UnitOfWork, object_key: str, touched: dict[str, _Touched], operation: str, report: Report
) -> None:
    ids = [i for i, t in touched.items() if t.kinds[-1] == "delete" and t.kinds[0] != "create"]
    # What one took away oneself, also by undoing, one may bring back.
    action = "edit" if report.own else "delete"
    found = await _untouched(uow, object_key, touched, ids, report, deleted=True, action=action)
    found = await _with_targets(uow, object_key, found, report)
    if found:
        found = await _restored(uow, object_key, found, report)
        changed = [i for i in found if "update" in touched[i].kinds]
        report.undone += len(found) - await _restore_values(uow, object_key, changed, operation, report)


async def _restored(
    uow: UnitOfWork, object_key: str, found: dict[str, Values], report: Report
) -> dict[str, Values]:
    """Of deleted records those that came back."""

    async def write(some: Sequence[str]) -> list[str | None]:
        await pipeline.restore(uow, object_key, some, alone=True)
        return [*some]

    if not report.in_parts:
        await write([*found])
        return found
    back = {*await in_halves(uow, [*found], write, Invalid, lambda record, problem: None)}
    report.changed.extend({"object": object_key, "id": i} for i in found if i not in back)
    return {i: values for i, values in found.items() if i in back}


async def _with_targets(
    uow: UnitOfWork, object_key: str, found: dict[str, Values], report: Report
) -> dict[str, Values]:
    """Of deleted records those that can come back. Lines whose record was deleted since cannot."""
    items = [
        Item(id=i, before=values, given={}, after=dict(values), position=n)
        for n, (i, values) in enumerate(found.items())
    ]
    try:
        await lines.check_targets(uow, Batch(uow.registry.object(object_key), "restore", items))
    except BatchInvalid as refused:
        gone = {items[n].id for n in refused.by_position}
        report.changed.extend({"object": object_key, "id": i} for i in found if i in gone)
        return {i: values for i, values in found.items() if i not in gone}
    return found


async def _change_back(
    uow: UnitOfWork, object_key: str, touched: dict[str, _Touched], operation: str, report: Report
) -> None:
    ids = [i for i, t in touched.items() if set(t.kinds) == {"update"}]
    found = await _untouched(uow, object_key, touched, ids, report, deleted=False, action="edit")
    if found:
        report.undone += len(found) - await _restore_values(uow, object_key, list(found), operation, report)


async def _take_away(
    uow: UnitOfWork, object_key: str, touched: dict[str, _Touched], operation: str, report: Report
) -> None:
    ids = [i for i, t in touched.items() if t.kinds[0] in ("create", "restore") and t.kinds[-1] != "delete"]
    if not ids:
        return
    # Lines and what else goes with a record that was taken away are gone by now.
    deleted = await stored.lock(uow, object_key, ids, "", deleted=True)
    gone_along = {i for i, values in deleted.items() if values["operation"] == uow.operation}
    report.undone += len(gone_along)
    report.along[object_key] = gone_along
    ids = [i for i in ids if i not in gone_along]
    # What one made oneself one may take back; what somebody else made is deleted by that.
    action = "edit" if report.own else "delete"
    found = await _untouched(uow, object_key, touched, ids, report, deleted=False, action=action)
    if found:
        gone = {i.id for i in await pipeline.delete(uow, object_key, found, on_error="skip")}
        report.undone += len(gone)
        # Somebody has since referred to the others; they stay.
        report.changed.extend({"object": object_key, "id": i} for i in found if i not in gone)


def _history_columns(registry: Registry, object_key: str, history: Table) -> list[Any]:
    fields = stored_fields(registry.objects[object_key])
    return [history.c.id, *(field_types.get(f.type).canonical(f, history).label(f.key) for f in fields)]


async def _restore_values(
    uow: UnitOfWork, object_key: str, ids: list[str], operation: str, report: Report
) -> int:
    """Set the fields that the operation changed back to what they were before its first change of the record. Answers
    how many records could not be set back, because they would point at what is not there any more; they are reported."""
    history = uow.registry.tables[object_key].history
    if not ids or history is None:
        return 0
    images = (
        select(*_history_columns(uow.registry, object_key, history))
        .where(history.c.id == func.any(bindparam("ids", type_=ARRAY(UUID))))
        .where(history.c.ended_by == bindparam("operation", type_=UUID))
        .ext(distinct_on(history.c.id))
        .order_by(history.c.id, history.c.version)
        .subquery("r")
    )
    statement = compile(select(func.row_to_json(images.table_valued())))
    rows = await uow.select(statement, ids=ids, operation=operation)
    stamps = {"id", "created_at", "created_by", "updated_at", "updated_by"}
    writable = {
        f.key for f in uow.registry.fields(object_key).values()
        if field_types.get(f.type).stored and f.type != "rollup"
    } - stamps  # fmt: skip
    touched = await _fields_changed(uow, history, ids, operation)
    changes = []
    for (image,) in rows:
        values = stored.decrypted(uow, object_key, image)
        # The others are as they are for other reasons: a field may have been out of use at the time of the image.
        keys = writable & touched.get(values["id"], set())
        changes.append(Change(values["id"], {k: v for k, v in values.items() if k in keys}))

    async def write(some: Sequence[Change]) -> list[bool]:
        return [not i.errors for i in await pipeline.update(uow, object_key, some, on_error="skip")]

    if report.in_parts:
        back = await in_halves(uow, changes, write, Invalid, lambda change, problem: False)
    else:
        back = await write(changes)
    refused = [change.id for change, done in zip(changes, back, strict=True) if not done]
    report.changed.extend({"object": object_key, "id": i} for i in refused)
    return len(refused)


async def _fields_changed(
    uow: UnitOfWork, history: Table, ids: list[str], operation: str
) -> dict[str, set[str]]:
    """The fields that an operation changed, by record."""
    rows = await uow.fetch(
        f"select h.id, array_agg(c.key) from {qualified(history)} h, unnest(h.changed) as c(key)"  # noqa: S608
        " where h.id = any(%(ids)s::uuid[]) and h.ended_by = %(operation)s group by h.id",
        {"ids": ids, "operation": operation},
    )
    return {str(record): set(keys) for record, keys in rows}


_Step = Callable[[UnitOfWork, str, dict[str, _Touched], str, Report], Awaitable[None]]

# Made last, undone first: what was deleted comes back before what points at it is changed back, and what was made goes
# when nothing points at it any more.
_USUAL: tuple[_Step, ...] = (_bring_back, _change_back, _take_away)
_MADE_FIRST: tuple[_Step, ...] = (_bring_back, _take_away, _change_back)

_UNDOES: Mapping[_Step, frozenset[str]] = {
    _bring_back: frozenset({"delete"}),
    _change_back: frozenset({"update"}),
    _take_away: frozenset({"create", "restore"}),
}
"""What each step takes back."""
