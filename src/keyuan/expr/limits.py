"""How large an expression may be, so that no work on one can exhaust the stack, time or the size of a statement."""

from __future__ import annotations

from .ast import Between, Call, Compare, Expr, Has, In, Literal, Match, children
from .errors import ExprError
from .filters import MAX_ITEMS, MAX_NODES
from .functions import FUNCTIONS

MAX_DEPTH = 40
"""Levels of nesting; a chain `a + b + c` has one for each sign."""


def within_limits(tree: Expr) -> Expr:
    """The tree, if it is within the limits; raises `ExprError`. Literals of a list are counted apart."""
    nodes, waiting = 0, [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        nodes += 1
        if depth > MAX_DEPTH:
            raise ExprError("expr_too_deep", node.at, limit=MAX_DEPTH)
        if nodes > MAX_NODES:
            raise ExprError("expr_too_large", node.at, limit=MAX_NODES)
        below = children(node)
        if isinstance(node, In | Has):
            if len(node.items) > MAX_ITEMS:
                raise ExprError("expr_too_many_values", node.at, limit=MAX_ITEMS)
            below = (node.operand, *(item for item in node.items if not isinstance(item, Literal)))
        waiting.extend((child, depth + 1) for child in below)
    return tree


MAX_COST = 5_000
"""Parts of the SQL of an expression, counting those that a function needs several times."""


def cost_within_limits(tree: Expr) -> Expr:
    """The checked tree, if its SQL is within the limit; raises `ExprError`."""
    if _cost(tree) > MAX_COST:
        raise ExprError("expr_too_costly", tree.at)
    return tree


def _cost(node: Expr) -> int:
    if isinstance(node, In | Has):
        return 1 + sum(_cost(e) for e in (node.operand, *node.items) if not isinstance(e, Literal))
    copies = 1
    if isinstance(node, Call):
        copies = FUNCTIONS[node.name].copies
    elif isinstance(node, Compare | Match | Between):
        copies = 2  # a day beside a moment, `ends_with`
    return 1 + copies * sum(map(_cost, children(node)))
