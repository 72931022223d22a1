"""Checking types. `check` gives each node its type, makes of literals what their place asks for (`"2026-01-31"` a
date, `"12.50"` a number, `"@me"` the text where the field is a text) and writes what is short in full, so that SQL,
Python and the browser have less to know: `x = null` becomes `isnull(x)`, a null in a list `isnull(x) or …`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from .ast import (
    PLACEHOLDERS,
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
    Position,
    Steps,
    Unary,
    Within,
)
from .calls import check_call
from .errors import ExprError
from .fitting import agree, fit, is_null, is_soft, joined, must_be, wrong_type
from .functions import widest
from .limits import cost_within_limits, within_limits
from .scope import Resolved, Scope, UnknownPath
from .types import DATES, ELEMENT, LABELS, MANY, NUMBERS, ORDERED, TEXTS, Type

T = TypeVar("T")


def check(tree: Expr, scope: Scope, expected: Type | None = None) -> Expr:
    """The typed tree of an expression that gives a value, of the expected type if one is named (an integer is a
    number too, a choice a text). Raises `ExprError` with the place."""
    typed = Checker(scope).infer(within_limits(tree), expected)
    if expected is not None:
        typed = fit(typed, expected)
        if typed.type is Type.NUMBER and expected is Type.INTEGER:
            raise wrong_type(typed, [expected])
    elif typed.type is None:
        typed = replace(typed, type=Type.TEXT)
    return cost_within_limits(typed)


def check_condition(tree: Expr, scope: Scope) -> Expr:
    """The typed tree of a condition."""
    return check(tree, scope, Type.BOOLEAN)


class Checker:
    """Checks trees in one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def resolve(self, node: Path) -> Resolved:
        """What the scope has at the path."""
        return _located(self.scope.resolve, node.steps, node.at)

    def choices(self, node: Expr) -> frozenset[str] | None:
        """The values that a literal beside the node may have; None for any."""
        return self.resolve(node).choices if isinstance(node, Path) else None

    def infer(self, node: Expr, hint: Type | None = None) -> Expr:
        """The typed node. `hint` is the type wanted, for those that could have any."""
        match node:
            case Literal():
                return node
            case Placeholder():
                return replace(node, type=PLACEHOLDERS[node.name])
            case Path():
                return replace(node, type=self.resolve(node).type)
            case Unary():
                operand = must_be(self.infer(node.operand), NUMBERS | {Type.DURATION})
                return replace(node, operand=operand, type=operand.type)
            case Binary():
                return self.binary(node)
            case Compare():
                return self.compare(node)
            case And() | Or():
                return replace(node, items=tuple(map(self.condition, node.items)), type=Type.BOOLEAN)
            case Not():
                return replace(node, operand=self.condition(node.operand), type=Type.BOOLEAN)
            case In():
                return self.membership(node)
            case Between():
                return self.between(node)
            case Match():
                return self.match(node)
            case Has():
                return self.has(node, self.infer(node.operand))
            case IsNull():
                operand = self.infer(node.operand)
                return replace(node, operand=_typed(operand), type=Type.BOOLEAN)
            case Within():
                operand = must_be(self.infer(node.operand), DATES)
                return replace(node, operand=operand, type=Type.BOOLEAN)
            case Any():
                inner = Checker(_located(self.scope.children, node.path, node.at))
                return replace(node, condition=inner.condition(node.condition), type=Type.BOOLEAN)
            case Case():
                return self.case(node, hint)
            case Call():
                return check_call(node, tuple(self.infer(arg, _hint(node, hint)) for arg in node.args))

    def condition(self, node: Expr) -> Expr:
        """The typed node, which must be a condition."""
        return fit(self.infer(node, Type.BOOLEAN), Type.BOOLEAN)

    def binary(self, node: Binary) -> Expr:
        left, right = self.infer(node.left), self.infer(node.right)
        if is_null(left) and is_null(right):
            left = right = Literal(None, type=Type.NUMBER)
        elif is_soft(left) != is_soft(right):
            left, right = agree(left, right)
        assert left.type is not None
        assert right.type is not None
        result = _arithmetic(node.op, left.type, right.type)
        if result is None:
            raise _mismatch(node.op, left, right, node.at)
        return replace(node, left=left, right=right, type=result)

    def compare(self, node: Compare) -> Expr:
        left, right = self.infer(node.left), self.infer(node.right)
        for one, other in ((left, right), (right, left)):
            if is_null(one) and node.op in ("=", "!="):
                test = IsNull(_typed(other), at=node.at, type=Type.BOOLEAN)
                return test if node.op == "=" else Not(test, at=node.at, type=Type.BOOLEAN)
        if left.type in MANY or right.type in MANY:
            raise ExprError("expr_many", node.at, operator=node.op)
        left, right = agree(left, right, self.choices(left), self.choices(right))
        if not _comparable(left, right) or (node.op not in ("=", "!=") and left.type not in ORDERED):
            raise _mismatch(node.op, left, right, node.at)
        return replace(node, left=left, right=right, type=Type.BOOLEAN)

    def membership(self, node: In) -> Expr:
        operand = self.infer(node.operand)
        if operand.type in MANY:
            return self.has(Has("any", node.operand, node.items, at=node.at), operand)
        items = [self.infer(item) for item in node.items]
        kept: list[Expr] = []
        for item in items:
            if is_null(item):
                continue
            if item.type in MANY:
                if is_soft(operand):
                    operand = fit(operand, ELEMENT[item.type])
                if ELEMENT[item.type] != operand.type:
                    raise _mismatch("in", operand, item, item.at)
            else:
                operand, item = agree(operand, item, self.choices(operand), self.choices(item))
                if not _comparable(operand, item):
                    raise _mismatch("in", operand, item, item.at)
            kept.append(item)
        alternatives: list[Expr] = []
        if len(kept) < len(items):
            alternatives.append(IsNull(_typed(operand), at=node.at, type=Type.BOOLEAN))
        days = [
            item
            for item in kept
            if operand.type in DATES and item.type in DATES and item.type != operand.type
        ]
        alternatives += [Compare("=", operand, day, at=day.at, type=Type.BOOLEAN) for day in days]
        same = tuple(_homogeneous([item for item in kept if item not in days]))
        if same or not alternatives:
            alternatives.append(replace(node, operand=_typed(operand), items=same, type=Type.BOOLEAN))
        return (
            alternatives[0]
            if len(alternatives) == 1
            else Or(tuple(alternatives), at=node.at, type=Type.BOOLEAN)
        )

    def between(self, node: Between) -> Expr:
        ends = [(op, end) for op, end in ((">=", node.low), ("<=", node.high)) if not is_null(end)]
        if not ends:
            raise ExprError("expr_expects_two", node.at)
        tests = [self.compare(Compare(op, node.operand, end, at=node.at)) for op, end in ends]
        if len(tests) == 1:
            return tests[0]
        first, second = tests
        assert isinstance(first, Compare)
        assert isinstance(second, Compare)
        # A day as the end of moments means all of it, which only the comparisons know.
        if (
            first.left == second.left
            and len({t.type for t in (first.left, first.right, second.right)} & DATES) < 2
        ):
            return replace(node, operand=first.left, low=first.right, high=second.right, type=Type.BOOLEAN)
        return And((first, second), at=node.at, type=Type.BOOLEAN)

    def match(self, node: Match) -> Expr:
        operand = self.infer(node.operand)
        if operand.type in MANY and node.kind == "contains":
            return self.has(Has("any", node.operand, (node.text,), at=node.at), operand)
        operand = must_be(operand, TEXTS)
        text = must_be(self.infer(node.text), TEXTS)
        return replace(node, operand=operand, text=text, type=Type.BOOLEAN)

    def has(self, node: Has, operand: Expr) -> Expr:
        operand = must_be(operand, MANY)
        assert operand.type is not None
        if not node.items and node.kind == "all":
            raise ExprError("expr_value_missing", node.at)
        choices, items = self.choices(operand), []
        for item in map(self.infer, node.items):
            if is_null(item):
                raise ExprError("expr_filter_value", item.at)
            items.append(item if item.type == operand.type else fit(item, ELEMENT[operand.type], choices))
        return replace(node, operand=operand, items=tuple(items), type=Type.BOOLEAN)

    def case(self, node: Case, hint: Type | None) -> Expr:
        conditions = [self.condition(condition) for condition, _ in node.branches]
        values = [self.infer(value, hint) for _, value in node.branches]
        *values, otherwise = joined([*values, self.infer(node.otherwise, hint)], hint)
        branches = tuple(zip(conditions, values, strict=True))
        types = [e.type for e in (*values, otherwise) if e.type is not None]
        return replace(node, branches=branches, otherwise=otherwise, type=widest(types))


def _hint(node: Call, hint: Type | None) -> Type | None:
    return hint if node.name in ("coalesce", "min", "max") else None


def _typed(node: Expr) -> Expr:
    """The node; a null without a type is a text."""
    return node if node.type is not None else replace(node, type=Type.TEXT)


def _located(find: Callable[[Steps], T], steps: Steps, at: Position | None) -> T:
    """What the scope finds, its refusal given a place."""
    try:
        return find(steps)
    except UnknownPath as error:
        raise ExprError(error.code, at, **{"path": ".".join(steps), **error.params}) from None


def _comparable(left: Expr, right: Expr) -> bool:
    same = left.type == right.type and left.type is not Type.JSON and left.type not in MANY
    return same or any(left.type in group and right.type in group for group in (NUMBERS, TEXTS, DATES))


def _homogeneous(items: list[Expr]) -> list[Expr]:
    """Literals of one type first (they are bound as one array), then the rest."""
    literals = [item for item in items if isinstance(item, Literal)]
    if len({item.type for item in literals}) > 1:
        literals = [fit(item, Type.NUMBER) for item in literals]  # type: ignore[misc]
    return [*literals, *(item for item in items if not isinstance(item, Literal))]


def _mismatch(operator: str, left: Expr, right: Expr, at: Position | None) -> ExprError:
    labels = [LABELS[e.type or Type.TEXT] for e in (left, right)]
    return ExprError("expr_operands", at, operator=operator, left=labels[0], right=labels[1])


def _arithmetic(op: str, left: Type, right: Type) -> Type | None:
    """The type of a sum, difference, product, quotient or remainder; None where there is none."""
    if left in NUMBERS and right in NUMBERS:
        return Type.INTEGER if op != "/" and left is right is Type.INTEGER else Type.NUMBER
    return _MIXED.get((op, "number" if left in NUMBERS else left, "number" if right in NUMBERS else right))


_MIXED: dict[tuple[str, str, str], Type] = {
    ("+", "date", "number"): Type.DATE,
    ("+", "number", "date"): Type.DATE,
    ("-", "date", "number"): Type.DATE,
    ("-", "date", "date"): Type.INTEGER,
    ("-", "datetime", "datetime"): Type.DURATION,
    ("+", "datetime", "duration"): Type.DATETIME,
    ("-", "datetime", "duration"): Type.DATETIME,
    ("+", "duration", "datetime"): Type.DATETIME,
    ("+", "duration", "duration"): Type.DURATION,
    ("-", "duration", "duration"): Type.DURATION,
    ("/", "duration", "duration"): Type.NUMBER,
    ("*", "duration", "number"): Type.DURATION,
    ("/", "duration", "number"): Type.DURATION,
    ("*", "number", "duration"): Type.DURATION,
}
"""Arithmetic with other types than numbers. A number beside a date is days, of which whole ones count."""
