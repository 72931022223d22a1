"""Filter JSON, as clients and saved views write it, to the tree and back.

    F = ["and", F, …] | ["or", F, …] | ["not", F] | ["any", "path", F?] | ["path", "operator", value?]

A value is JSON, `{"field": "path"}` for another field, or one of `"@me"`, `"@my_department"`, `"@my_departments"`,
`"@today"`, `"@now"`. Types are not known here: `"2026-01-31"` becomes a date when the condition is checked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any as AnyValue

from . import periods
from .ast import (
    PLACEHOLDERS,
    TRUE,
    And,
    Any,
    Between,
    Compare,
    Expr,
    Has,
    In,
    IsNull,
    Literal,
    Match,
    Not,
    Or,
    Path,
    Placeholder,
    Pointer,
    Steps,
    Within,
    literal,
)
from .errors import ExprError
from .types import Type

MAX_DEPTH = 20
MAX_NODES = 500
MAX_ITEMS = 1_000
MAX_TEXT = 10_000
MAX_DIGITS = 60

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
OPERATORS = (
    *COMPARISONS,
    *("in", "not_in", "between", "not_between", "within", "not_within", "is_null", "is_not_null"),
    *("contains", "not_contains", "starts_with", "ends_with", "has_any", "has_all", "has_none"),
)

_STEP = re.compile(r"[^\W\d]\w{0,99}\Z")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class NotAFilter(ValueError):
    """The expression has a part that filter JSON cannot write (arithmetic, a function)."""


def from_filter(data: object) -> Expr:
    """The condition that filter JSON means. Raises `ExprError` with a JSON pointer."""
    return _Reader().condition(data, "", 1)


def bad_character(text: str) -> str | None:
    """What the text has that PostgreSQL cannot store: NUL or half of a surrogate pair."""
    found = _UNSTORABLE.search(text)
    return found[0] if found else None


def split_path(text: str) -> Steps | None:
    """The steps of a dotted path; None where one is not a name."""
    steps = tuple(text.split("."))
    return steps if len(steps) <= 10 and all(_STEP.match(step) for step in steps) else None


class _Reader:
    def __init__(self) -> None:
        self.nodes = 0

    def condition(self, data: object, at: str, depth: int) -> Expr:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise ExprError("expr_too_deep", Pointer(at), limit=MAX_DEPTH)
        if self.nodes > MAX_NODES:
            raise ExprError("expr_too_large", Pointer(at), limit=MAX_NODES)
        match data:
            case ["and" | "or" as head, *items] if all(isinstance(item, list) for item in items):
                parts = tuple(self.condition(item, f"{at}/{i}", depth + 1) for i, item in enumerate(items, 1))
                return And(parts, at=Pointer(at)) if head == "and" else Or(parts, at=Pointer(at))
            case ["not", list(item)]:
                return Not(self.condition(item, f"{at}/1", depth + 1), at=Pointer(at))
            case ["any", str(path), list(item)]:
                steps = _path(path, f"{at}/1").steps
                return Any(steps, self.condition(item, f"{at}/2", depth + 1), at=Pointer(at))
            case ["any", str(path)] if path not in OPERATORS:
                return Any(_path(path, f"{at}/1").steps, TRUE, at=Pointer(at))
            case [str(path), str(operator)]:
                return self._test(path, operator, None, True, at)
            case [str(path), str(operator), value]:
                return self._test(path, operator, value, False, at)
        raise ExprError("expr_filter_form", Pointer(at))

    def _test(self, path: str, operator: str, data: object, bare: bool, at: str) -> Expr:
        """`[path, operator, data]`, or `[path, operator]` when `bare`."""
        field, here, there = _path(path, f"{at}/0"), Pointer(at), f"{at}/2"
        if operator not in OPERATORS:
            raise ExprError("expr_unknown_operator", Pointer(f"{at}/1"), operator=shown(operator))
        if operator in ("is_null", "is_not_null"):
            if not isinstance(wanted := True if bare else data, bool):
                raise ExprError("expr_expects_boolean", Pointer(there))
            test: Expr = IsNull(field, at=here)
            return test if wanted == (operator == "is_null") else Not(test, at=here)
        if bare:
            raise ExprError("expr_value_missing", here)
        positive, negate = _NEGATED.get(operator, (operator, False))
        if positive in COMPARISONS:
            test = Compare(positive, field, _value(data, there), at=here)
        elif positive in ("contains", "starts_with", "ends_with"):
            test = Match(positive, field, _value(data, there), at=here)
        elif positive == "in":
            test = In(field, _values(data, there), at=here)
        elif positive == "between":
            if not isinstance(data, list) or len(data) != 2:
                raise ExprError("expr_expects_two", Pointer(there))
            test = Between(field, *_values(data, there), at=here)
        elif positive == "within":
            parts = periods.split(data) if isinstance(data, str) else None
            if parts is None:
                raise ExprError("expr_unknown_period", Pointer(there), period=shown(data))
            test = Within(field, *parts, at=here)
        else:
            test = Has(positive.removeprefix("has_"), field, _values(data, there), at=here)
        return Not(test, at=here) if negate else test


_NEGATED = {
    "not_in": ("in", True),
    "not_between": ("between", True),
    "not_within": ("within", True),
    "not_contains": ("contains", True),
    "has_none": ("has_any", True),
}


def shown(value: object) -> str:
    """A value for a message: short, and without what could not be sent."""
    text = _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value if isinstance(value, str) else repr(value)[:50])
    return text if len(text) <= 40 else text[:40] + "…"


def _path(text: str, at: str) -> Path:
    steps = split_path(text)
    if steps is None:
        raise ExprError("expr_unknown_path", Pointer(at), path=shown(text))
    return Path(steps, at=Pointer(at))


def _values(data: object, at: str) -> tuple[Expr, ...]:
    """The items of a list; one value alone is a list of one, so that `@my_departments` may stand there."""
    if not isinstance(data, list):
        return (_value(data, at),)
    if len(data) > MAX_ITEMS:
        raise ExprError("expr_too_many_values", Pointer(at), limit=MAX_ITEMS)
    return tuple(_value(item, f"{at}/{i}") for i, item in enumerate(data))


def _value(data: object, at: str) -> Expr:
    here = Pointer(at)
    match data:
        case {"field": str(path), **rest} if not rest:
            return _path(path, at)
        case str():
            if len(data) > MAX_TEXT:
                raise ExprError("expr_text_too_long", here, limit=MAX_TEXT)
            if bad := bad_character(data):
                raise ExprError("expr_character", here, character=shown(bad))
            if data[:1] == "@" and data[1:] in PLACEHOLDERS:
                return Placeholder(data[1:], at=here)
            return literal(data, here)
        case None | bool():
            return literal(data, here)
        case int() | float() | Decimal():
            return literal(number(data, here), here)
        case date():
            return literal(data, here)
    raise ExprError("expr_filter_value", here)


def number(data: float | Decimal, at: Pointer) -> int | Decimal:
    """A JSON number as an exact one; a float is what its shortest text says."""
    if isinstance(data, int):
        if abs(data) < 10**MAX_DIGITS:
            return data
    else:
        exact = data if isinstance(data, Decimal) else Decimal(repr(data))
        if (
            exact.is_finite()
            and abs(exact.adjusted()) < MAX_DIGITS
            and len(exact.as_tuple().digits) <= MAX_DIGITS
        ):
            return exact
    raise ExprError("expr_number_too_long", at, limit=MAX_DIGITS)


def to_filter(node: Expr) -> list[AnyValue]:
    """Filter JSON for a condition; `from_filter` makes the same condition of it. Raises `NotAFilter`."""
    match node:
        case And() | Or():
            return ["and" if isinstance(node, And) else "or", *map(to_filter, node.items)]
        case Any():
            return [
                "any",
                ".".join(node.path),
                *([] if node.condition == TRUE else [to_filter(node.condition)]),
            ]
        case IsNull():
            return [_name(node.operand), "is_null", True]
        case Compare(left=Path(type=Type.DATE), right=Literal(value=datetime())):
            raise NotAFilter("a moment beside a day")  # what stands beside a day is read as a day
        case Compare():
            return [_name(node.left), node.op, _json(node.right)]
        case Match():
            return [_name(node.operand), node.kind, _json(node.text)]
        case In():
            return [_name(node.operand), "in", _items(node.items)]
        case Has():
            return [_name(node.operand), f"has_{node.kind}", _items(node.items)]
        case Between():
            return [_name(node.operand), "between", _items((node.low, node.high))]
        case Within():
            return [_name(node.operand), "within", periods.join(node.period, node.count)]
        case Not(operand=IsNull() as inner):
            return [_name(inner.operand), "is_null", False]
        case Not(operand=In() | Between() | Within() | Match() | Has() as inner):
            name, operator, value = to_filter(inner)
            if operator in _NEGATION:
                return [name, _NEGATION[operator], value]
            return ["not", [name, operator, value]]
        case Not():
            return ["not", to_filter(node.operand)]
        case Path():
            return [_name(node), "=", True]
    raise NotAFilter(type(node).__name__)


_NEGATION = {positive: negative for negative, (positive, _) in _NEGATED.items()}


def _name(node: Expr) -> str:
    if isinstance(node, Path):
        return ".".join(node.steps)
    raise NotAFilter(type(node).__name__)


def _items(items: Sequence[Expr]) -> list[AnyValue]:
    return [_json(item) for item in items]


def _json(node: Expr) -> AnyValue:
    match node:
        case Path():
            return {"field": _name(node)}
        case Placeholder():
            return "@" + node.name
        case Literal(value=datetime() as moment):
            return moment.isoformat()
        case Literal(value=date() as day):
            return day.isoformat()
        case Literal(value=Decimal() as exact):
            return format(exact, "f")
        case Literal():
            return node.value
    raise NotAFilter(type(node).__name__)
