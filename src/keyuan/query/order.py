"""The order of a list: from `-amount,name` to keys in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, collate

from ..access.paths import Found
from ..access.scope import Joins, RecordScope
from ..expr.filters import shown, split_path
from ..expr.scope import UnknownPath
from ..expr.types import TEXTS, Type
from ..kernel.errors import BadRequest, FieldError
from ..schema.registry import Registry
from .base import unknown
from .cursors import Key


def order_keys(scope: RecordScope, joins: Joins, sort: Sequence[str]) -> list[Key]:
    """The keys of an order, the id last in the direction of the key before it. A reference sorts by the name of the
    record it points at. Raises `BadRequest` at `sort`, for what stands after the id too, though it orders nothing."""
    steps = [
        (path, word.startswith("-")) for word in sort for path in [word.removeprefix("-").removeprefix("+")]
    ]
    found = {path: _sortable(scope, path) for path, _ in steps}
    keys: list[Key] = []
    descending = False
    for path, descending in steps:
        keys.append(_key(scope, joins, found[path], descending))
        if path == "id":
            return keys
    return [*keys, Key(value=joins.base.c.id, type=Type.REFERENCE, descending=descending, nullable=False)]


def _sortable(scope: RecordScope, path: str) -> Found:
    """What a path sorts by: of a reference, the name of the record it points at."""
    found = _found(scope, path, path)
    if found.sortable and found.type is Type.REFERENCE and found.field is not None:
        found = _found(scope, f"{path}.name", path)
    if not found.sortable:
        raise BadRequest(errors=[FieldError("sort", "query_not_sortable", {"path": shown(path)})])
    return found


def _key(scope: RecordScope, joins: Joins, found: Found, descending: bool) -> Key:
    table = joins.at(found.hops)
    formula = found.field is not None and found.field.type == "formula"
    value: ColumnElement[Any]
    if found.field is None:
        value = table.c[found.key]
    elif formula:
        value = scope.formula(found)
        value = collate(value, "C") if found.type in TEXTS else value
    elif found.part:
        value = Registry.type_of(found.field).comparable(found.field, table, found.part)
    else:
        value = Registry.type_of(found.field).order_key(found.field, table)
    nullable = bool(found.hops) or formula or bool(getattr(value, "nullable", True))
    wide = formula and found.type is Type.INTEGER
    return Key(value=value, type=found.type, descending=descending, nullable=nullable, wide=wide)


def _found(scope: RecordScope, path: str, asked: str) -> Found:
    steps = split_path(path)
    try:
        if steps is None:
            raise UnknownPath(0)
        return scope.find(steps)
    except UnknownPath:
        raise unknown("sort", asked) from None
