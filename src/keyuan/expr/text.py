"""The tree as expression text; `parser.parse` makes the same tree of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from . import periods
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
    Scalar,
    Steps,
    Unary,
    Within,
)

_OR, _AND, _NOT, _COMPARE, _CONCAT, _SUM, _PRODUCT, _SIGN, _PRIMARY = range(9)
_KEYWORDS = {"and", "or", "not", "in", "true", "false", "null"}


def to_text(node: Expr) -> str:
    """The text of a tree that `parse` or `from_filter` made. In a checked tree the constant words of functions stand
    apart from the arguments; they are put back."""
    return _written(node)[0]


def _written(node: Expr) -> tuple[str, int]:
    """The text, and how tightly its outermost operator binds."""
    match node:
        case Literal():
            return _literal(node.value), _PRIMARY
        case Path():
            return _path(node.steps), _PRIMARY
        case Placeholder(name="today" | "now"):
            return f"{node.name}()", _PRIMARY
        case Placeholder():
            return f"@{node.name}", _PRIMARY
        case Unary():
            # `-5` would read back as a literal.
            operand = _within(node.operand, _SIGN)
            return f"-({operand})" if operand[0].isdigit() else f"-{operand}", _SIGN
        case Binary(op="+" | "-"):
            return f"{_within(node.left, _SUM)} {node.op} {_within(node.right, _PRODUCT)}", _SUM
        case Binary():
            return f"{_within(node.left, _PRODUCT)} {node.op} {_within(node.right, _SIGN)}", _PRODUCT
        case Compare():
            return f"{_within(node.left, _CONCAT)} {node.op} {_within(node.right, _CONCAT)}", _COMPARE
        case And() | Or() if len(node.items) < 2:
            return _call(type(node).__name__.lower(), node.items)
        case And():
            return " and ".join(_within(item, _NOT) for item in node.items), _AND
        case Or():
            return " or ".join(_within(item, _AND) for item in node.items), _OR
        case Not(operand=In() as test):
            return _in(test, "not in")
        case Not(operand=Has(kind="any") as test):
            return _call("has_none", (test.operand, *test.items))
        case Not():
            return f"not {_within(node.operand, _NOT)}", _NOT
        case In():
            return _in(node, "in")
        case Call(name="concat") if len(node.args) > 1 and not node.options:
            return " & ".join(_within(arg, _SUM) for arg in node.args), _CONCAT
        case Call():
            return _call(node.name, node.args, *map(_literal, node.options))
        case Case():
            flat = [e for branch in node.branches for e in branch]
            return _call("if", [*flat, node.otherwise])
        case Between():
            return _call("between", (node.operand, node.low, node.high))
        case Match():
            return _call(node.kind, (node.operand, node.text))
        case Has():
            return _call(f"has_{node.kind}", (node.operand, *node.items))
        case IsNull():
            return _call("isnull", (node.operand,))
        case Within():
            return _call("within", (node.operand,), _literal(periods.join(node.period, node.count)))
        case Any():
            condition = () if node.condition == And(()) else (to_text(node.condition),)
            return f"any({', '.join((_path(node.path), *condition))})", _PRIMARY


def _within(node: Expr, least: int) -> str:
    """The text, in parentheses if it binds more loosely than its place needs."""
    text, binding = _written(node)
    return text if binding >= least else f"({text})"


def _call(name: str, args: Iterable[Expr], *more: str) -> tuple[str, int]:
    return f"{name}({', '.join([*map(to_text, args), *more])})", _PRIMARY


def _in(node: In, operator: str) -> tuple[str, int]:
    return f"{_within(node.operand, _CONCAT)} {operator} ({', '.join(map(to_text, node.items))})", _COMPARE


def _path(steps: Steps) -> str:
    return ".".join(f"`{step}`" if step.lower() in _KEYWORDS else step for step in steps)


def _literal(value: Scalar) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.replace('"', '""') + '"'
        case Decimal():
            text = format(value, "f")
            return text if "." in text else text + ".0"
        case datetime():
            return f'datetime("{value.isoformat()}")'
        case date():
            return f'date("{value.isoformat()}")'
    return str(value)
