"""The evaluator in Python: defaults, validation rules on the record in hand, and what tests hold SQL against."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any as AnyValue

from . import calendar, periods
from .ast import (
    And,
    Any,
    Between,
    Binary,
    Call,
    Case,
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
    Steps,
    Unary,
    Within,
)
from .numbers import EXACT, bounded, quotient, remainder, rounded
from .python_functions import call, lowered
from .scope import Environment
from .types import MAX_DAYS, MAX_SECONDS, Type
from .values import from_canonical

Record = Mapping[str, object]


def evaluate(tree: Expr, record: Record, environment: Environment) -> AnyValue:
    """The value of a checked expression on a record: Decimal, int, str, bool, date, datetime with zone, tuple or None
    (`values.to_canonical` makes JSON of it).

    The record holds canonical values by field. `customer.industry` is looked up as one key with a dot, else as
    `industry` in the mapping at `customer`; children are a list of records. What is not there is null. Raises ValueError where
    a value is not of its field's type: records are validated before.
    """
    return _Evaluator(environment).value(tree, record)


def holds(tree: Expr, record: Record, environment: Environment) -> bool:
    """Whether a checked condition is true of a record."""
    return evaluate(tree, record, environment) is True


def lookup(record: Record, steps: Steps) -> object:
    """What the record has at the path; None where it has nothing."""
    key = ".".join(steps)
    if key in record:
        return record[key]
    inner = record.get(steps[0])
    return lookup(inner, steps[1:]) if len(steps) > 1 and isinstance(inner, Mapping) else None


class _Evaluator:
    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def holds(self, node: Expr, record: Record) -> bool:
        return self.value(node, record) is True

    def value(self, node: Expr, record: Record) -> AnyValue:
        match node:
            case Literal(value=datetime() as wall) if wall.tzinfo is None:
                return periods.localized(wall, self.environment.zone)
            case Literal():
                return node.value
            case Path():
                return from_canonical(lookup(record, node.steps), node.type or Type.JSON)
            case Placeholder():
                return getattr(self.environment, node.name) or None
            case And():
                return all(self.holds(item, record) for item in node.items)
            case Or():
                return any(self.holds(item, record) for item in node.items)
            case Not():
                return not self.holds(node.operand, record)
            case IsNull():
                return self.value(node.operand, record) is None
            case Case():
                for test, result in node.branches:
                    if self.holds(test, record):
                        return self.value(result, record)
                return self.value(node.otherwise, record)
            case Any():
                children = lookup(record, node.path)
                return isinstance(children, list | tuple) and any(
                    isinstance(child, Mapping) and self.holds(node.condition, child) for child in children
                )
            case Unary():
                operand = self.value(node.operand, record)
                return (
                    None
                    if operand is None
                    else EXACT.minus(operand)
                    if isinstance(operand, Decimal)
                    else -operand
                )
            case Binary():
                return self.binary(node, self.value(node.left, record), self.value(node.right, record))
            case Call():
                return call(node, [self.value(arg, record) for arg in node.args], self.environment)
        return self.test(node, record)

    def test(self, node: Expr, record: Record) -> bool:
        match node:
            case Compare():
                return self.compare(node, self.value(node.left, record), self.value(node.right, record))
            case Between():
                operand, low, high = (self.value(e, record) for e in (node.operand, node.low, node.high))
                return None not in (operand, low, high) and low <= operand <= high
            case In():
                return self.value(node.operand, record) in self.items(node.items, record)
            case Has():
                entries, items = self.value(node.operand, record) or (), self.items(node.items, record)
                if node.kind == "any":
                    return any(item in entries for item in items)
                return bool(items) and all(item in entries for item in items)
            case Match():
                text, part = self.value(node.operand, record), self.value(node.text, record)
                return (
                    text is not None and part is not None and _MATCH[node.kind](lowered(text), lowered(part))
                )
            case Within():
                return self.within(node, self.value(node.operand, record))
        raise TypeError(node)

    def items(self, nodes: tuple[Expr, ...], record: Record) -> list[AnyValue]:
        """The values of the items, those of lists among them; a null among them equals nothing."""
        found: list[AnyValue] = []
        for item in (self.value(node, record) for node in nodes):
            found += item if isinstance(item, tuple) else [_NOTHING if item is None else item]
        return found

    def compare(self, node: Compare, left: AnyValue, right: AnyValue) -> bool:
        if left is None or right is None:
            return node.op == "!="
        kinds, op, zone = (node.left.type, node.right.type), node.op, self.environment.zone
        if kinds == (Type.DATETIME, Type.DATE):
            return calendar.compare_with_day(op, left, right, zone)
        if kinds == (Type.DATE, Type.DATETIME):
            return calendar.compare_with_day(_MIRRORED.get(op, op), right, left, zone)
        return bool(_COMPARE[op](left, right))

    def within(self, node: Within, at: AnyValue) -> bool:
        if at is None:
            return False
        environment = self.environment
        days = periods.named_range(node.period, node.count, environment.today, environment.fiscal_year_start)
        start, end = days.start, days.end
        if node.operand.type is Type.DATETIME:
            zone = environment.zone
            return (start is None or calendar.compare_with_day(">=", at, start, zone)) and (
                end is None or calendar.compare_with_day("<", at, end, zone)
            )
        return (start is None or at >= start) and (end is None or at < end)

    def binary(self, node: Binary, left: AnyValue, right: AnyValue) -> AnyValue:
        if left is None or right is None:
            return None
        if node.type is Type.DATE or node.type is Type.DATETIME:
            if node.left.type is not node.type:
                left, right = right, left
            step = -right if node.op == "-" else right
            if node.type is Type.DATE:
                days = bounded(step, MAX_DAYS)
                return None if days is None else calendar.add_days(left, days)
            seconds = bounded(step, MAX_SECONDS)
            return None if seconds is None else calendar.add_seconds(left, seconds)
        if node.left.type is Type.DATETIME:
            return calendar.seconds_between(right, left)
        if node.left.type is Type.DATE:
            return (left - right).days
        result = _arithmetic(node.op, left, right)
        return int(rounded(result)) if node.type is Type.DURATION and result is not None else result


def _arithmetic(op: str, left: int | Decimal, right: int | Decimal) -> int | Decimal | None:
    match op:
        case "/":
            return quotient(left, right)
        case "%":
            return remainder(left, right)
    if isinstance(left, int) and isinstance(right, int):
        return {"+": left + right, "-": left - right, "*": left * right}[op]
    return {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}[op](left, right)


_NOTHING = object()
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMPARE: dict[str, Callable[[AnyValue, AnyValue], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MATCH: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
