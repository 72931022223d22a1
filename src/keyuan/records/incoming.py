"""From what a caller sent to canonical values: which fields may be written, and what they can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from ..access import Policy, field_access
from ..kernel.errors import FieldError
from ..kernel.kept import kept
from ..schema import field_types
from ..schema.field_types import FieldProblem, FieldType
from ..schema.model import Field
from ..schema.registry import Registry
from . import rules
from .hooks import Batch, Canonical, Item
from .unit_of_work import UnitOfWork

_IGNORED = frozenset({"id", "version", "deleted_at", "operation"})
"""Keys that answers carry and writes may send back; they are not fields."""


class Entry(NamedTuple):
    """A field as writes meet it: whether its value may be written, or at least be seen."""

    field: Field
    kind: FieldType
    writable: bool
    shown: bool


@kept(2_000)
def entries(registry: Registry, policy: Policy | None, object_key: str) -> Mapping[str, Entry]:
    """The fields that people of a policy may know of, by key; without one those of trusted work, which may write all
    that is not worked out. Whether a field is seen matters for those that cannot be written: comparing a masked value
    with what was sent would give it away."""
    found: dict[str, Entry] = {}
    for field in registry.fields(object_key).values():
        kind = field_types.get(field.type)
        if policy is None:
            found[field.key] = Entry(field, kind, not kind.computed, True)
            continue
        access = field_access(registry, policy, object_key, field.key)
        writable = access == "edit" and kind.writable and not (kind.computed or field.read_only)
        if access != "hidden":
            found[field.key] = Entry(field, kind, writable, access in ("read", "edit"))
    return found


def _left_out(item: Item, key: str) -> bool:
    """Whether a new record's value is not given. A record of no type is not made where there are types: null, or
    an empty text, is none given."""
    return key not in item.given or (key == "record_type" and item.given[key] in (None, ""))


def shown(uow: UnitOfWork, object_key: str, field: Field) -> bool:
    """Whether the principal of the unit sees the field's value."""
    entry = entries(uow.registry, None if uow.trusted else uow.principal.policy, object_key).get(field.key)
    return entry is not None and entry.shown


def read(uow: UnitOfWork, object_key: str, item: Item) -> None:
    """Parse `item.given` into `item.after`, noting what changes; what cannot be taken becomes an error of the item."""
    known = entries(uow.registry, None if uow.trusted else uow.principal.policy, object_key)
    read_before = isinstance(item.given, Canonical)
    for key, value in item.given.items():
        if key in _IGNORED or (item.before is None and _left_out(item, key)):
            continue
        entry = known.get(key)
        if entry is None:
            item.errors.append(FieldError(str(key)[:80], "unknown"))
            continue
        if not entry.writable:
            if not (entry.shown and _unchanged(item, entry.field, value)):
                item.errors.append(FieldError(key, "read_only"))
            continue
        try:
            parsed = value
            if value is not None and not read_before:
                parsed = parse(uow, entry.field, value, (item.before or {}).get(key))
        except FieldProblem as problem:
            item.errors.append(problem.at(key))
            continue
        if entry.kind.output == "lines":
            item.lines[key] = parsed or []
        else:
            item.set(key, parsed)


def parse(uow: UnitOfWork, field: Field, value: Any, stored: Any = None) -> Any:
    """The canonical value of what was sent for a field that holds `stored`; `FieldProblem` if it has none."""
    kind = field_types.get(field.type)
    sent = value if uow.trusted else kind.received(field, value, stored, uow.context)
    return None if sent is None else kind.parse(field, sent, uow.context)


def _unchanged(item: Item, field: Field, value: Any) -> bool:
    """Whether a value sent for a field that cannot be written is the one it has: forms send back what they were shown."""
    if item.before is None:
        return value is None
    stored = item.before.get(field.key)
    if isinstance(value, Mapping) and isinstance(stored, str):
        return value.get("id") == stored
    return bool(value == stored)


@kept()
def _defaulted(registry: Registry, object_key: str) -> tuple[Field, ...]:
    return tuple(
        f
        for f in registry.fields(object_key).values()
        if f.default is not None and field_types.get(f.type).stored
    )


class Required(NamedTuple):
    """A field that must have a value, in all records or because of their record type."""

    field: Field
    of_type: bool


@kept()
def _required(registry: Registry, object_key: str, record_type: str | None) -> tuple[Required, ...]:
    kind = registry.objects[object_key].record_type(record_type)
    of_kind = kind.required if kind is not None else ()
    return tuple(
        Required(f, f.key in of_kind)
        for f in registry.fields(object_key).values()
        if f.required or f.key in of_kind
    )


async def defaults(uow: UnitOfWork, batch: Batch, *, telling: bool = False) -> None:
    """Fill the fields of new records that were not given from their defaults, one field after the other: a default that is
    an expression sees those before it. `telling`: for the caller's eyes alone, without what is made from what the caller
    may not read; it counts when the record is made."""
    untold: set[str] = set()
    context = replace(uow.context, rounds=True)  # an expression may well give more decimals than are kept
    for field in _defaulted(uow.registry, batch.object.key):
        items = [i for i in batch if _left_out(i, field.key) and field.key not in i.after]
        if telling and items and rules.untold(uow, batch.object.key, field, untold):
            untold.add(field.key)
            continue
        values = [field.default] * len(items)
        if items and rules.is_expression(field):
            values = await rules.default(uow, batch, field, items)
        kind = field_types.get(field.type)
        for item, value in zip(items, values, strict=True):
            try:
                item.set(field.key, None if value is None else kind.parse(field, value, context))
            except FieldProblem as problem:
                item.errors.append(problem.at(field.key))


def missing(uow: UnitOfWork, batch: Batch, item: Item) -> None:
    """Required fields must have a value: all of them in a new record, in a change those it touches; those of a record type
    also where the record becomes of that type."""
    for field, of_type in _required(uow.registry, batch.object.key, item.after.get("record_type")):
        becomes = of_type and "record_type" in item.changed
        if item.before is not None and field.key not in item.changed and not becomes:
            continue
        value = item.lines.get(field.key) if field.type == "lines" else item.after.get(field.key)
        if value not in (None, [], "") or any(e.field == field.key for e in item.errors):
            continue
        if not rules.withheld(uow, batch, field, item):
            item.errors.append(FieldError(field.key, "required"))
