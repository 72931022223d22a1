"""Which expressions are amounts of money: seen from what is done in them, so that nobody has to say so by hand.

Money ± money is money, and so is money × number and money ÷ number; money ÷ money is a number, and so is money × money. A
number that is written down goes with either. Where money and other numbers are mixed as equals (`amount + quantity`) the
result is a number."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum

from .ast import Binary, Call, Case, Expr, Literal, Path, Steps, Unary


class _Kind(Enum):
    MONEY = "money"
    OTHER = "other"
    EITHER = "either"
    """What is written down."""


_KEEPING = frozenset({"round", "trunc", "floor", "ceil", "abs", "mod"})
"""Functions whose result is of the kind of their first argument."""
_JOINING = frozenset({"coalesce", "min", "max", "sum", "average"})
"""Functions whose arguments stand beside each other."""


def is_amount(tree: Expr, money: Callable[[Steps], bool]) -> bool:
    """Whether the value of an expression is an amount of money. `money` says so of the field at a path."""
    return _kind(tree, money) is _Kind.MONEY


def _kind(node: Expr, money: Callable[[Steps], bool]) -> _Kind:
    match node:
        case Literal():
            return _Kind.EITHER
        case Path():
            return _Kind.MONEY if money(node.steps) else _Kind.OTHER
        case Unary():
            return _kind(node.operand, money)
        case Binary():
            return _arithmetic(node.op, _kind(node.left, money), _kind(node.right, money))
        case Case():
            values = (*(value for _, value in node.branches), node.otherwise)
            return _together(_kind(value, money) for value in values)
        case Call() if node.name in _KEEPING:
            return _kind(node.args[0], money)
        case Call() if node.name in _JOINING:
            return _together(_kind(arg, money) for arg in node.args)
    return _Kind.OTHER


def _arithmetic(op: str, left: _Kind, right: _Kind) -> _Kind:
    if op in ("+", "-"):
        return _together((left, right))
    if op == "%":
        return left
    if left is right is _Kind.EITHER:
        return _Kind.EITHER
    if op == "*" and (left is _Kind.MONEY) != (right is _Kind.MONEY):
        return _Kind.MONEY
    if op == "/" and left is _Kind.MONEY and right is not _Kind.MONEY:
        return _Kind.MONEY
    return _Kind.OTHER


def _together(kinds: Iterable[_Kind]) -> _Kind:
    found = set(kinds) - {_Kind.EITHER}
    if not found:
        return _Kind.EITHER
    return found.pop() if len(found) == 1 else _Kind.OTHER
