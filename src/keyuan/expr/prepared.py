"""Filters of a form met before, without building and checking a tree again: only the values are read and bound.

    form = outline(data)                                  # some microseconds
    known = cache.get((version, form.key)) if form else None
    values = known.binds(form.values, environment) if known else None
    if values is None:                                    # the first time, and whatever is out of the ordinary
        tree = check_condition(from_filter(data), scope)
        values = binds(tree, environment)
        known = prepare(tree, form, scope) if form else None
        … keep `known`, unless it is None, beside the statement made of `condition(tree, scope)`

A form says nothing about rights: whoever keeps `Prepared` keeps it for a scope whose answers are the same. A tree whose
values were changed after checking (made blind, for encrypted fields) is not to be prepared: the values of other filters
would be bound as they are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any as AnyValue

from . import periods
from .ast import (
    PLACEHOLDERS,
    Any,
    Compare,
    Expr,
    Has,
    In,
    Literal,
    Path,
    Placeholder,
    Pointer,
    Within,
    children,
    walk,
)
from .binding import constants, moment, period, placeholder
from .errors import ExprError
from .filters import MAX_DEPTH, MAX_ITEMS, MAX_TEXT, OPERATORS, bad_character, number
from .scope import Environment, Scope
from .shape import slots
from .types import Type
from .values import coerced


@dataclass(frozen=True, slots=True)
class Outline:
    """Filter JSON without its values, and the values; `pointers` says where each stood."""

    key: Hashable
    values: list[AnyValue]
    pointers: list[str]


def outline(data: object) -> Outline | None:
    """The outline of filter JSON; None where it is malformed or mixes kinds of values in a list."""
    values: list[AnyValue] = []
    pointers: list[str] = []
    key = _outline(data, "", values, pointers, 1)
    return None if key is None else Outline(key, values, pointers)


def _outline(data: object, at: str, values: list[AnyValue], pointers: list[str], depth: int) -> Hashable:
    if not isinstance(data, list) or not data or depth > MAX_DEPTH:
        return None
    head, size = data[0], len(data)
    if not isinstance(head, str):
        return None
    if head in ("and", "or", "not", "any") and (size == 1 or isinstance(data[-1], list)):
        parts: list[Hashable] = [head]
        for i in range(1, size):
            part: Hashable = (
                data[i]
                if i == 1 and head == "any"
                else _outline(data[i], f"{at}/{i}", values, pointers, depth + 1)
            )
            if part is None or isinstance(part, list | dict):
                return None
            parts.append(part)
        # The tag keeps `["and"]` apart from every test.
        return ("logic", *parts)
    if size == 2 and isinstance(data[1], str):
        return (head, data[1])
    if size != 3 or data[1] not in OPERATORS:
        return None
    operator, value = data[1], data[2]
    if operator in ("is_null", "is_not_null"):
        return (head, operator, value) if isinstance(value, bool) else None
    if operator in ("within", "not_within"):
        parts_of = periods.split(value) if isinstance(value, str) else None
        if parts_of is None:
            return None
        if parts_of[1] is not None:
            values.append(parts_of[1])
            pointers.append(at)
        return (head, operator, parts_of[0])
    if operator in ("between", "not_between"):
        if not isinstance(value, list) or len(value) != 2:
            return None
        kinds = [_kind(item, f"{at}/2/{i}", values, pointers) for i, item in enumerate(value)]
        return None if None in kinds else (head, operator, *kinds)
    if operator in ("in", "not_in", "has_any", "has_all", "has_none"):
        if isinstance(value, list):
            if not value or len(value) > MAX_ITEMS or not all(map(_plain, value)):
                return None
            values.append(value)
            pointers.append(f"{at}/2")
            return (head, operator, "list")
        if not isinstance(value, str) or value[:1] != "@":
            return None
    kind = _kind(value, f"{at}/2", values, pointers)
    return None if kind is None else (head, operator, kind)


def _plain(value: object) -> bool:
    """Whether the value is one that is bound: no null, no field, no placeholder."""
    # A boolean is a number to Python, and is bound as well.
    if isinstance(value, str):
        return value[:1] != "@" or value[1:] not in PLACEHOLDERS
    return isinstance(value, int | float | Decimal)


def _kind(value: object, at: str, values: list[AnyValue], pointers: list[str]) -> Hashable:
    """What the value is apart from its content; one that is bound is noted."""
    if value is None:
        return "null"
    if _plain(value):
        values.append(value)
        pointers.append(at)
        return "value"
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and len(value) == 1 and isinstance(value.get("field"), str):
        return ("field", value["field"])
    return None


@dataclass(frozen=True, slots=True)
class _Slot:
    """What a parameter takes: the value at `index` of an outline, as one of the type and out of the choices; for a
    counted period its number."""

    index: int
    type: Type
    choices: frozenset[str] | None
    period: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """How the values of an outline become the parameters of the statement compiled for it."""

    slots: tuple[_Slot, ...]
    periods: tuple[str, ...]
    placeholders: tuple[str, ...]

    def binds(
        self, values: list[AnyValue], environment: Environment, prefix: str = "v"
    ) -> dict[str, AnyValue] | None:
        """The parameters, as `sql.binds` gives them; None if a value is not what its slot is for. The filter has to
        be built and checked then, which gives the error, or a statement of another shape."""
        found = constants(environment)
        for i, slot in enumerate(self.slots):
            name, value = f"{prefix}{i}", values[slot.index]
            if slot.period is not None:
                found |= period(slot.period, value, environment, name)
            elif isinstance(value, list):
                bound = [_read(item, slot) for item in value]
                if None in bound:
                    return None
                found[name] = [moment(item, environment) for item in bound]
            else:
                single = _read(value, slot)
                if single is None:
                    return None
                found[name] = moment(single, environment)
        for name in self.placeholders:
            found["env_" + name] = placeholder(name, environment)
        for name in self.periods:
            found |= period(name, None, environment, "env_" + name)
        return found


def prepare(tree: Expr, form: Outline, scope: Scope) -> Prepared | None:
    """What was learnt from checking the filter of this outline, whose checked tree is given; None where the tree
    took a form that depends on its values."""
    indices: dict[str | None, int] = {pointer: i for i, pointer in enumerate(form.pointers)}
    choices = dict(_choices(tree, scope))
    found: list[_Slot] = []
    for slot in slots(tree):
        types = (
            {item.type for item in slot.items if isinstance(item, Literal)}
            if isinstance(slot, In | Has)
            else {slot.type}
        )
        index, of = indices.get(_pointer(slot)), types.pop()
        if index is None or of is None or types:
            return None
        found.append(
            _Slot(index, of, choices.get(id(slot)), slot.period if isinstance(slot, Within) else None)
        )
    if len(found) != len(form.values):
        return None
    nodes = list(walk(tree))
    return Prepared(
        tuple(found),
        tuple({node.period: None for node in nodes if isinstance(node, Within) and node.count is None}),
        tuple({node.name: None for node in nodes if isinstance(node, Placeholder)}),
    )


def _pointer(slot: Expr) -> str | None:
    """Where the outline has the value of a slot."""
    if isinstance(slot, In | Has):
        slot = next(item for item in slot.items if isinstance(item, Literal))
        return slot.at.pointer.rpartition("/")[0] if isinstance(slot.at, Pointer) else None
    return slot.at.pointer if isinstance(slot.at, Pointer) else None


def _choices(tree: Expr, scope: Scope) -> Iterator[tuple[int, frozenset[str] | None]]:
    """The slots beside a choice, by identity, with the values they may have."""
    inner = scope.children(tree.path) if isinstance(tree, Any) else scope
    for child in children(tree):
        yield from _choices(child, inner)
    match tree:
        case Compare(left=Path() as path, right=Literal() as slot):
            yield id(slot), scope.resolve(path.steps).choices
        case In(operand=Path() as path) | Has(operand=Path() as path):
            yield id(tree), scope.resolve(path.steps).choices


_PYTHON: dict[Type, tuple[type, ...]] = {
    Type.TEXT: (str,),
    Type.CHOICE: (str,),
    Type.REFERENCE: (str,),
    Type.NUMBER: (Decimal,),
    Type.INTEGER: (int,),
    Type.DURATION: (int,),
    Type.BOOLEAN: (bool,),
    Type.DATE: (date,),
    Type.DATETIME: (datetime,),
}


def _read(value: AnyValue, slot: _Slot) -> AnyValue:
    """The value as one of the slot's type; None if it is not exactly of it."""
    try:
        if isinstance(value, str):
            if len(value) > MAX_TEXT or bad_character(value):
                return None
        elif not isinstance(value, bool):
            value = number(value, _NOWHERE)
        found = coerced(value, slot.type)
    except (ValueError, ExprError):
        return None
    allowed = found.__class__ in _PYTHON[slot.type] and (slot.choices is None or found in slot.choices)
    return found if allowed else None


_NOWHERE = Pointer("")
