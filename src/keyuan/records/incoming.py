"""From what a caller sent to canonical values: which fields may be written, and what they can hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..access import field_access
from ..kernel.errors import FieldError
from ..schema import field_types
from ..schema.field_types import FieldProblem
from ..schema.model import Field
from . import rules
from .hooks import Item
from .unit_of_work import UnitOfWork

_IGNORED = frozenset({"id", "version", "deleted_at", "operation"})
"""Keys that answers carry and writes may send back; they are not fields."""


def writable(uow: UnitOfWork, object_key: str, field: Field) -> bool:
    """Whether the principal of the unit may write the field."""
    kind = field_types.get(field.type)
    if kind.computed:
        return False
    if uow.trusted:
        return True
    if field.read_only or not kind.writable:
        return False
    return field_access(uow.registry, uow.principal.policy, object_key, field.key) == "edit"


def visible(uow: UnitOfWork, object_key: str, field: Field) -> bool:
    """Whether the principal may know that the field exists."""
    if uow.trusted:
        return True
    return field_access(uow.registry, uow.principal.policy, object_key, field.key) != "hidden"


def shown(uow: UnitOfWork, object_key: str, field: Field) -> bool:
    """Whether the principal sees the field's value; comparing a masked one with what was sent would give it away."""
    return uow.trusted or field_access(uow.registry, uow.principal.policy, object_key, field.key) in (
        "read",
        "edit",
    )


def read(uow: UnitOfWork, object_key: str, item: Item) -> None:
    """Parse `item.given` into `item.after`, noting what changes; what cannot be taken becomes an error of the item."""
    for key, value in item.given.items():
        if key in _IGNORED:
            continue
        field = uow.registry.field(object_key, key)
        if field is None or not visible(uow, object_key, field):
            item.errors.append(FieldError(str(key)[:80], "unknown"))
            continue
        if not writable(uow, object_key, field):
            if not (shown(uow, object_key, field) and _unchanged(item, field, value)):
                item.errors.append(FieldError(key, "read_only"))
            continue
        kind = field_types.get(field.type)
        try:
            parsed = None if value is None else kind.parse(field, value, uow.context)
        except FieldProblem as problem:
            item.errors.append(problem.at(key))
            continue
        if kind.output == "lines":
            item.lines[key] = parsed or []
        else:
            item.set(key, parsed)


def _unchanged(item: Item, field: Field, value: Any) -> bool:
    """Whether a value sent for a field that cannot be written is the one it has: forms send back what they were shown."""
    if item.before is None:
        return value is None
    stored = item.before.get(field.key)
    if isinstance(value, Mapping) and isinstance(stored, str):
        return value.get("id") == stored
    return bool(value == stored)


def defaults(uow: UnitOfWork, object_key: str, item: Item) -> None:
    """Fill the fields of a new record that were not given from their defaults."""
    for field in uow.registry.fields(object_key).values():
        if field.key in item.given or field.default is None or field.key in item.after:
            continue
        kind = field_types.get(field.type)
        if not kind.stored:
            continue
        value = field.default
        if isinstance(value, Mapping) and set(value) == {"expr"}:
            value = rules.default(uow, object_key, field, item.after)
        try:
            item.set(field.key, None if value is None else kind.parse(field, value, uow.context))
        except FieldProblem as problem:
            item.errors.append(problem.at(field.key))


def missing(uow: UnitOfWork, object_key: str, item: Item) -> None:
    """Required fields must have a value: all of them in a new record, in a change those it touches."""
    for field in uow.registry.fields(object_key).values():
        if not field.required or (item.before is not None and field.key not in item.changed):
            continue
        value = item.lines.get(field.key) if field.type == "lines" else item.after.get(field.key)
        if value in (None, [], "") and all(e.field != field.key for e in item.errors):
            item.errors.append(FieldError(field.key, "required"))
