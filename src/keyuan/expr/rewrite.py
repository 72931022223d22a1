"""Changing trees: the same node with other children, and paths put elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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


def rebuilt(node: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The node with each child replaced by what `change` makes of it, in the order of `ast.children`."""
    match node:
        case Literal() | Path() | Placeholder():
            return node
        case Unary() | Not() | IsNull() | Within():
            return replace(node, operand=change(node.operand))
        case Binary() | Compare():
            return replace(node, left=change(node.left), right=change(node.right))
        case And() | Or():
            return replace(node, items=tuple(map(change, node.items)))
        case In() | Has():
            return replace(node, operand=change(node.operand), items=tuple(map(change, node.items)))
        case Between():
            return replace(node, operand=change(node.operand), low=change(node.low), high=change(node.high))
        case Match():
            return replace(node, operand=change(node.operand), text=change(node.text))
        case Any():
            return replace(node, condition=change(node.condition))
        case Case():
            branches = tuple((change(condition), change(value)) for condition, value in node.branches)
            return replace(node, branches=branches, otherwise=change(node.otherwise))
        case Call():
            return replace(node, args=tuple(map(change, node.args)))


def map_paths(node: Expr, change: Callable[[Steps], Steps]) -> Expr:
    """The expression with its outermost paths changed, such as a prefix put before them; inside `any` paths begin
    at the child and stay."""
    match node:
        case Path():
            return replace(node, steps=change(node.steps))
        case Any():
            return replace(node, path=change(node.path))
    return rebuilt(node, lambda child: map_paths(child, change))
