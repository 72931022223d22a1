"""Making a node of the type that its place asks for, or saying why that cannot be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

from .ast import Expr, Literal, Placeholder, Pointer
from .errors import ExprError
from .filters import shown
from .types import LABELS, NUMBERS, TEXTS, Type
from .values import coerced

_WIDER = {(Type.INTEGER, Type.NUMBER), (Type.CHOICE, Type.TEXT), (Type.TEXT, Type.CHOICE)}
"""(from, to): what may stand for another type as it is."""


def is_null(node: Expr) -> bool:
    """Whether the node is the word `null`."""
    return isinstance(node, Literal) and node.value is None


def is_soft(node: Expr) -> bool:
    """Whether the node takes its type from its place: a text as written, `null`, and in filters `"@me"`."""
    if isinstance(node, Placeholder):
        return isinstance(node.at, Pointer)
    return isinstance(node, Literal) and (node.value is None or isinstance(node.value, str))


def fit(node: Expr, type: Type, choices: frozenset[str] | None = None) -> Expr:
    """The node as one of the type. Raises `ExprError`."""
    if isinstance(node, Literal):
        return _fit_literal(node, type, choices, whole_days=False)
    if node.type == type or (node.type, type) in _WIDER:
        return node
    if isinstance(node, Placeholder) and isinstance(node.at, Pointer) and type in TEXTS:
        return _fit_literal(Literal("@" + node.name, at=node.at), type, choices, whole_days=False)
    raise wrong_type(node, [type])


def _fit_literal(node: Literal, type: Type, choices: frozenset[str] | None, whole_days: bool) -> Literal:
    try:
        value = coerced(node.value, type)
    except ValueError:
        if node.type is None or (isinstance(node.value, str) and type not in (Type.BOOLEAN, Type.JSON)):
            raise ExprError("expr_literal", node.at, value=shown(node.value), type=LABELS[type]) from None
        raise wrong_type(node, [type]) from None
    if type is Type.CHOICE and choices is not None and value is not None and value not in choices:
        raise ExprError("expr_unknown_choice", node.at, value=shown(value))
    if type is Type.DATETIME and isinstance(value, date) and not isinstance(value, datetime):
        if whole_days:
            return replace(node, value=value, type=Type.DATE)
        value = datetime.combine(value, time.min)
    kept = Type.NUMBER if isinstance(value, Decimal) else type
    if value is node.value and kept is node.type:
        return node  # an import compares a thousand texts with a text
    return replace(node, value=value, type=kept)


def agree(
    left: Expr, right: Expr, of_left: frozenset[str] | None = None, of_right: frozenset[str] | None = None
) -> tuple[Expr, Expr]:
    """Two nodes that are compared: a literal takes the type of the other. A day compared with a moment stays a day."""
    if _takes(left, right):
        return _beside(left, right, of_right), right
    if _takes(right, left):
        return left, _beside(right, left, of_left)
    return left, right


def _takes(node: Expr, other: Expr) -> bool:
    """Whether the node takes its type from the other."""
    if is_soft(node):
        return not is_soft(other) or is_null(node)
    return (
        isinstance(node, Literal)
        and not isinstance(other, Literal)
        and other.type in NUMBERS | {Type.DURATION}
    )


def _beside(node: Expr, other: Expr, choices: frozenset[str] | None) -> Expr:
    type = other.type or Type.TEXT
    if isinstance(node, Literal):
        return _fit_literal(node, type, choices, whole_days=True)
    if type in TEXTS:
        return fit(node, type, choices)
    return node


def must_be(node: Expr, types: Collection[Type]) -> Expr:
    """The node as one of the first of the types that it can be. Raises `ExprError`."""
    if node.type in types:
        return node
    allowed = sorted(types, key=list(Type).index)
    if is_soft(node):
        for type in allowed:
            try:
                return fit(node, type)
            except ExprError:
                continue
    raise wrong_type(node, allowed)


def joined(nodes: Sequence[Expr], hint: Type | None = None) -> list[Expr]:
    """Values that one place may have (branches of `if`), made one type. Raises `ExprError`."""
    type: Type | None = None
    for node in nodes:
        if is_soft(node):
            continue
        assert node.type is not None
        if type is None or type == node.type:
            type = node.type
        elif type in NUMBERS and node.type in NUMBERS:
            type = Type.NUMBER
        elif type in TEXTS and node.type in TEXTS:
            type = Type.TEXT
        else:
            raise ExprError("expr_mixed", node.at, first=LABELS[type], other=LABELS[node.type])
    wanted = type or hint or Type.TEXT
    return [fit(node, wanted) if is_soft(node) else node for node in nodes]


def wrong_type(node: Expr, wanted: Sequence[Type]) -> ExprError:
    """The error that a node is of another type than one of those wanted."""
    actual = LABELS[node.type or Type.TEXT]
    return ExprError("expr_type", node.at, expected=LABELS[wanted[0]], actual=actual)
