"""Records that belong to another: child lines written with their parent, and what becomes of those that point at a
record when it is deleted or comes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import ARRAY, ColumnElement, and_, bindparam, func, select

from ..access import Policy, field_access, predicate
from ..kernel.errors import Conflict, FieldError, Invalid
from ..kernel.kept import kept
from ..schema import field_types
from ..schema.field_types.pointer import UUID
from ..schema.model import Field
from ..schema.registry import Place, Registry
from ..storage.sql import Compiled, compile
from . import references
from .hooks import Batch, Change, Item, Values
from .statements import qualified, quoted
from .unit_of_work import UnitOfWork
from .writing import BatchInvalid

_MOST_COUNTED = 100
_TOGETHER = 1_000


def told_count(count: int) -> int | str:
    """A number of referring records as it is told: counting ends at a hundred."""
    return count if count < _MOST_COUNTED else f"{_MOST_COUNTED}+"


class Write(Protocol):
    """One of the pipeline's writes."""

    def __call__(
        self, uow: UnitOfWork, object_key: str, given: Any, /, *, within_parent: bool = False
    ) -> Awaitable[list[Item]]: ...


@dataclass(frozen=True, slots=True)
class Writes:
    """The pipeline's writes, handed in because lines go through the pipeline of their own object."""

    create: Write
    update: Write
    delete: Write
    restore: Write


async def write(uow: UnitOfWork, batch: Batch, writes: Writes) -> dict[str, set[str]]:
    """Bring the lines of written parents to what was sent: lines with an id are changed, others made, those left out
    deleted. The lines of all parents of the batch are written together. Answers which fields of which parents (by id)
    have other lines now."""
    keys = list(dict.fromkeys(key for item in batch for key in item.lines))
    if keys:
        await uow.flush()  # hooks of the lines look at their parents
    edited: dict[str, set[str]] = defaultdict(set)
    for key in keys:
        for parent in await _write_field(uow, batch, key, writes):
            edited[parent].add(key)
    return edited


@dataclass(slots=True)
class _Sent:
    """Lines of one field on their way, each with the path that errors are told at."""

    new: list[tuple[str, Values]] = field(default_factory=list)
    changed: list[tuple[str, Change]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    parents: dict[str, str] = field(default_factory=dict)
    """The parent of each line there was."""


async def _write_field(uow: UnitOfWork, batch: Batch, key: str, writes: Writes) -> set[str]:
    """Write the lines of one field; the parents whose lines are others now."""
    definition = uow.registry.fields(batch.object.key)[key]
    options = field_types.get(definition.type).settings(definition)
    child = options.object
    sent = await _sort(uow, batch, key)
    edited = {sent.parents[line] for line in sent.gone} | {values[options.via] for _, values in sent.new}
    if sent.gone:
        await writes.delete(uow, child, sent.gone, within_parent=True)
    for lines, do in ((sent.changed, writes.update), (sent.new, writes.create)):
        for start in range(0, len(lines), _TOGETHER):
            part: Sequence[tuple[str, Any]] = lines[start : start + _TOGETHER]
            try:
                items = await do(uow, child, [line for _, line in part], within_parent=True)
            except BatchInvalid as refused:
                found = refused.by_position.items()
                raise Invalid(errors=[e.under(part[n][0]) for n, errors in found for e in errors]) from None
            edited |= {sent.parents[i.id] for i in items if i.changed and i.id in sent.parents}
    return edited


async def _sort(uow: UnitOfWork, batch: Batch, key: str) -> _Sent:
    """What is to be done with each line that was sent, and with those that were left out."""
    definition = uow.registry.fields(batch.object.key)[key]
    options = field_types.get(definition.type).settings(definition)
    ordered = uow.registry.field(options.object, "position") is not None
    items = [i for i in batch if key in i.lines]
    old = [i.id for i in items if i.before is not None]
    kept = await _children(uow, options.object, options.via, old) if old else {}
    sent, named = _Sent(parents=kept), set[str]()
    for item in items:
        path = key if len(batch.items) == 1 else f"items.{item.position}.{key}"
        for position, line in enumerate(item.lines[key]):
            values = {k: v for k, v in line.items() if k != "id"}
            if ordered and "position" not in values:
                values["position"] = position
            line_id = line.get("id")
            if line_id is None:
                sent.new.append((f"{path}.{position}", {**values, options.via: item.id}))
            elif isinstance(line_id, str) and kept.get(line_id) == item.id:
                sent.changed.append((f"{path}.{position}", Change(line_id, values)))
                named.add(line_id)
            else:
                raise Invalid(errors=[FieldError(f"{path}.{position}.id", "reference")])
    sent.gone = [i for i in kept if i not in named]
    return sent


async def _children(uow: UnitOfWork, child: str, via: str, parents: list[str]) -> dict[str, str]:
    """The live children of parents, by id, with the parent of each."""
    table = uow.registry.tables[child].main
    column = quoted(uow.registry.fields(child)[via].physical)
    rows = await uow.fetch(
        f"select id, {column} from {qualified(table)}"  # noqa: S608
        f" where {column} = any(%(ids)s::uuid[]) and deleted_at is null",
        {"ids": parents},
    )
    return {str(a): str(b) for a, b in rows}


@dataclass(slots=True)
class Dependants:
    """What happens to other records when a batch is deleted or restored, by the record of the batch concerned: `cleared`
    references become empty, `carried` records go (and come back) with it, `held` ones are why it may not be deleted."""

    cleared: dict[Place, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    carried: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, dict[Place, int]] = field(default_factory=dict)

    async def conflict(self, uow: UnitOfWork, batch: Batch) -> Conflict:
        """Why the batch may not be deleted: how many records of which objects refer to it. Of those that the caller may
        not see, or not at the field that refers, it tells only that there are some."""
        totals: dict[Place, int] = defaultdict(int)
        for by_place in self.held.values():
            for place, count in by_place.items():
                totals[place] += count
        counts: dict[str, int] = defaultdict(int)
        unseen = False
        for place, total in totals.items():
            seen = total if uow.trusted else await _seen(uow, batch, place)
            counts[place.object] += seen
            unseen |= seen < total
        labels = {key: uow.registry.objects[key].label for key, n in counts.items() if n}
        errors = [
            FieldError("", "referenced", {"object": labels[o], "count": told_count(counts[o])})
            for o in labels
        ]
        return Conflict(
            "referenced", errors=[*errors, *([FieldError("", "referenced_unseen")] if unseen else [])]
        )


async def _seen(uow: UnitOfWork, batch: Batch, place: Place) -> int:
    """How many records the caller can see to refer to the batch at a place."""
    policy = uow.principal.policy
    if field_access(uow.registry, policy, *place) not in ("read", "edit"):
        return 0
    statement = _referring(uow.registry, policy, place, batch.object.key)
    rows = await uow.select(statement, **uow.binds, ids=batch.ids)
    return int(rows[0][0])


@kept(500)
def _referring(registry: Registry, policy: Policy, place: Place, target: str) -> Compiled:
    """The statement that counts them."""
    table = registry.tables[place.object].main
    found = select(table.c.id).where(
        points(registry, place, target),
        table.c.deleted_at.is_(None),
        predicate(registry, policy, place.object, "read", table),
    )
    if place.object == target:
        found = found.where(table.c.id != func.all(bindparam("ids", type_=ARRAY(UUID))))
    return compile(select(func.count()).select_from(found.limit(_MOST_COUNTED).subquery()))


async def release(uow: UnitOfWork, found: Dependants, writes: Writes) -> None:
    """Before a batch is deleted: empty the references to it, delete what goes with it."""
    was, uow.trusted = uow.trusted, True
    try:
        for place, pairs in found.cleared.items():
            changes = [Change(i, {place.field: None}) for i, target in pairs if target not in found.held]
            if changes:
                await writes.update(uow, place.object, changes)
    finally:
        uow.trusted = was
    for object_key, pairs in found.carried.items():
        if ids := [i for i, target in pairs if target not in found.held]:
            await writes.delete(uow, object_key, ids, within_parent=True)


async def bring_back(uow: UnitOfWork, found: Dependants, writes: Writes) -> None:
    """After a batch was restored: bring back what was deleted with it."""
    for object_key, pairs in found.carried.items():
        await writes.restore(uow, object_key, [i for i, _ in pairs], within_parent=True)


def behaviour(registry: Registry, place: Place) -> str:
    """What deleting the target does at a field: restrict, clear, cascade, or nothing."""
    found = registry.fields(place.object)[place.field]
    output = registry.type_of(found).output
    if output in ("reference", "reference_any") and registry.objects[place.object].parent == place.field:
        return "cascade"
    if output not in ("reference", "references") or place.field in ("created_by", "updated_by"):
        return ""
    return str(field_types.get(found.type).settings(found).on_delete)


def points(registry: Registry, place: Place, target: str) -> ColumnElement[bool]:
    """The condition that a field points at one of the records `ids` of an object."""
    table, field = registry.tables[place.object].main, registry.fields(place.object)[place.field]
    column, ids = table.c[field.physical], bindparam("ids", type_=ARRAY(UUID))
    match registry.type_of(field).output:
        case "references":
            return column.bool_op("&&")(ids)
        case "reference_any":
            return and_(column == func.any(ids), table.c[f"{field.physical}__object"] == target)
    return column == func.any(ids)


@kept(500)
def _pointing(registry: Registry, object_key: str, kind: str) -> tuple[str, tuple[tuple[Place, str], ...]]:
    """One statement for all records that point at some, and what is done to each kind of them."""
    parts: list[str] = []
    places: list[tuple[Place, str]] = []
    for place in registry.pointing_at[object_key]:
        does = behaviour(registry, place)
        if does in ("", "keep") or (kind == "restore" and does != "cascade"):
            continue
        table = registry.tables[place.object].main
        definition: Field = registry.fields(place.object)[place.field]
        column = quoted(definition.physical)
        alive = "is null" if kind == "delete" else "is not null and operation = any(%(operations)s::uuid[])"
        limit = f" limit {_MOST_COUNTED}" if does == "restrict" else ""
        # References among the records of the batch itself do not hold them back.
        own = " and id <> all(%(ids)s::uuid[])" if place.object == object_key else ""
        if registry.type_of(definition).output == "reference_any":
            own += f" and {quoted(definition.physical + '__object')} = '{object_key}'"
        source, target = qualified(table), column
        if registry.type_of(definition).output == "references":
            source, target = f"{source}, unnest({column}) as one(target)", "one.target"
            own += f" and {column} && %(ids)s::uuid[]"  # along the index
        parts.append(
            f"(select {len(places)} as place, id, {target} as target from {source}"  # noqa: S608
            f" where {target} = any(%(ids)s::uuid[]) and deleted_at {alive}{own}{limit})"
        )
        places.append((place, does))
    return " union all ".join(parts), tuple(places)


async def dependants(uow: UnitOfWork, batch: Batch, alone: bool = False) -> Dependants:
    """Find what depends on the records of a batch that is about to be deleted or restored (`alone`: nothing comes back
    with it)."""
    found = Dependants()
    if batch.kind == "restore":
        await check_targets(uow, batch)
    statement, places = _pointing(uow.registry, batch.object.key, batch.kind)
    if not places or alone:
        return found
    operations = [str(i.before["operation"]) for i in batch if i.before and i.before.get("operation")]
    for number, record, target in await uow.fetch(statement, {"ids": batch.ids, "operations": operations}):
        place, behaviour = places[number]
        if behaviour == "restrict":
            counts = found.held.setdefault(target, {})
            counts[place] = counts.get(place, 0) + 1
        elif behaviour == "clear":
            found.cleared[place].append((record, target))
        else:
            found.carried[place.object].append((record, target))
    # What goes along keeps its references, so that it has them when it comes back.
    for place, pairs in found.cleared.items():
        going = {record for record, _ in found.carried.get(place.object, ())}
        found.cleared[place] = [p for p in pairs if p[0] not in going]
    return found


async def check_targets(uow: UnitOfWork, batch: Batch) -> None:
    """What a record coming back points at must be there: `BatchInvalid` where it is not."""
    keys = {
        f.key for f in uow.registry.fields(batch.object.key).values()
        if field_types.get(f.type).output == "reference" and f.key not in ("created_by", "updated_by")
    }  # fmt: skip
    for item in batch:
        item.changed |= {k for k in keys if item.after.get(k) is not None}
    was, uow.trusted = uow.trusted, True
    try:
        await references.check(uow, batch)
    finally:
        uow.trusted = was
    for item in batch:
        item.changed -= keys
    if any(i.errors for i in batch):
        raise BatchInvalid(batch)
