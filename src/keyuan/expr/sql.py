"""Typed trees to SQLAlchemy Core. The statement depends on the shape of the tree alone; its values are bound.

A condition has two forms. Where only its truth matters (under WHERE, AND, OR) null may stand for false, which lets
PostgreSQL use indexes; where it is a value it is made true or false. No expression fails on any row: what has no
answer is null.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, false, or_, true

from . import sql_parts as parts
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
    Unary,
    Within,
)
from .binding import binds as binds
from .periods import ends
from .scope import SqlScope
from .shape import slots
from .sql_functions import add_days, add_seconds, call, remainder
from .sql_parts import Column, collated, lowered, numeric, parameter, sql, start_of_day
from .types import MANY, Type

Condition = ColumnElement[bool]


def condition(tree: Expr, scope: SqlScope, prefix: str = "v") -> Condition:
    """The condition for a WHERE: rows for which it is not true, null included, do not meet it. `tree` was checked in
    the same scope. Its values are the parameters that `binds` gives for the same prefix."""
    return _Compiler(tree, prefix).where(tree, scope)


def value(tree: Expr, scope: SqlScope, prefix: str = "v") -> Column:
    """The value, to select, to sort by or to index. A condition gives true or false."""
    return _Compiler(tree, prefix).value(tree, scope)


class _Compiler:
    def __init__(self, tree: Expr, prefix: str) -> None:
        self.names = {id(slot): f"{prefix}{i}" for i, slot in enumerate(slots(tree))}

    def where(self, node: Expr, scope: SqlScope) -> Condition:
        """The condition, in which null may stand for false."""
        match node:
            case And():
                return and_(true(), *(self.where(item, scope) for item in node.items))
            case Or():
                return or_(false(), *(self.where(item, scope) for item in node.items))
            case Not(operand=IsNull(operand=inner)):
                return self.is_null(inner, scope, "IS NOT NULL", ">")
            case Not(operand=Compare(op="=", left=left, right=right)):
                return self.differ(left, right, scope)
            case Not():
                # "is true" goes through AND and OR, so the operand may have nulls as well.
                return parts.condition("(({0}) IS NOT TRUE)", self.where(node.operand, scope))
            case Compare(op="!="):
                return self.differ(node.left, node.right, scope)
            case Compare():
                return self.compare(node.op, node.left, node.right, scope)
            case In():
                return self.membership(node, scope)
            case Has():
                return self.has(node, scope)
            case Between():
                low, high = collated("{1}", node.low.type), collated("{2}", node.high.type)
                ends = [self.value(e, scope) for e in (node.operand, node.low, node.high)]
                return parts.condition(f"({{0}} >= {low} AND {{0}} <= {high})", *ends)
            case Match():
                text = [self.value(e, scope) for e in (node.operand, node.text)]
                return parts.condition(_MATCH[node.kind], *text)
            case IsNull():
                return self.is_null(node.operand, scope, "IS NULL", "=")
            case Within():
                return self.within(node, scope)
            case Any():
                children = scope.any(node.path)
                return children.wrap(self.where(node.condition, children.scope))
        return self.value(node, scope)

    def value(self, node: Expr, scope: SqlScope) -> Column:
        """The value; that of a condition is never null."""
        match node:
            case Literal():
                return parameter(self.names[id(node)], node.type or Type.TEXT)
            case Path():
                return scope.column(node.steps)
            case Placeholder():
                return parameter("env_" + node.name, node.type or Type.TEXT)
            case Unary():
                number = numeric("{0}", node.operand.type)
                return sql(f"(- {number})", self.value(node.operand, scope), type=node.type or Type.NUMBER)
            case Binary():
                operands = self.value(node.left, scope), self.value(node.right, scope)
                return sql(_binary(node), *operands, type=node.type or Type.NUMBER)
            case Case():
                branches = [(self.where(test, scope), self.value(e, scope)) for test, e in node.branches]
                return case(*branches, else_=self.value(node.otherwise, scope))
            case Call():
                return call(node, [self.value(arg, scope) for arg in node.args])
            case Not() | IsNull():
                return self.where(node, scope)
        return parts.condition("coalesce({0}, false)", self.where(node, scope))

    def is_null(self, node: Expr, scope: SqlScope, test: str, sign: str) -> Condition:
        if node.type in MANY:
            return parts.condition(f"(coalesce(cardinality({{0}}), 0) {sign} 0)", self.value(node, scope))
        return parts.condition(f"({{0}} {test})", self.value(node, scope))

    def differ(self, left: Expr, right: Expr, scope: SqlScope) -> Condition:
        """Not equal; true where one side is null."""
        if left.type == right.type and (isinstance(left, Literal) or isinstance(right, Literal)):
            operands = self.value(left, scope), self.value(right, scope)
            return parts.condition("({0} IS DISTINCT FROM {1})", *operands)
        return parts.condition("({0} IS NOT TRUE)", self.compare("=", left, right, scope))

    def compare(self, op: str, left: Expr, right: Expr, scope: SqlScope) -> Condition:
        if left.type is Type.DATE and right.type is Type.DATETIME:
            left, right, op = right, left, _MIRRORED[op]
        operands = self.value(left, scope), self.value(right, scope)
        if left.type is Type.DATETIME and right.type is Type.DATE:
            return parts.condition(_MOMENT_AND_DAY[op], *operands)
        return parts.condition(
            f"({{0}} {op} {'{1}' if op == '=' else collated('{1}', right.type)})", *operands
        )

    def membership(self, node: In, scope: SqlScope) -> Condition:
        operand = self.value(node.operand, scope)
        tests: list[Condition] = []
        if (listed := self.listed(node)) is not None:
            tests.append(parts.condition("({0} = ANY({1}))", operand, listed))
        for item in node.items:
            if not isinstance(item, Literal):
                sign = "= ANY({1})" if item.type in MANY else "= {1}"
                tests.append(parts.condition(f"({{0}} {sign})", operand, self.value(item, scope)))
        return or_(false(), *tests)

    def listed(self, node: In | Has) -> Column | None:
        """The literals among the items as one array."""
        types = [item.type for item in node.items if isinstance(item, Literal)]
        return parameter(self.names[id(node)], types[0] or Type.TEXT, many=True) if types else None

    def has(self, node: Has, scope: SqlScope) -> Condition:
        operand, sign = self.value(node.operand, scope), "&&" if node.kind == "any" else "@>"
        tests: list[Condition] = []
        if (listed := self.listed(node)) is not None:
            tests.append(parts.condition(f"({{0}} {sign} {{1}})", operand, listed))
        for item in node.items:
            if isinstance(item, Literal):
                continue
            other = self.value(item, scope)
            if item.type not in MANY:
                tests.append(parts.condition("({1} = ANY({0}))", operand, other))
            else:
                filled = " AND cardinality({1}) > 0" if node.kind == "all" else ""
                tests.append(parts.condition(f"({{0}} {sign} {{1}}{filled})", operand, other))
        return or_(false(), *tests) if node.kind == "any" else and_(true(), *tests)

    def within(self, node: Within, scope: SqlScope) -> Condition:
        operand = self.value(node.operand, scope)
        name = "env_" + node.period if node.count is None else self.names[id(node)]
        limit = start_of_day("{1}") if node.operand.type is Type.DATETIME else "{1}"
        tests = [
            parts.condition(f"({{0}} {sign} {limit})", operand, parameter(f"{name}_{end}", Type.DATE))
            for there, end, sign in zip(ends(node.period), ("from", "to"), (">=", "<"), strict=True)
            if there
        ]
        return and_(true(), *tests)


def _binary(node: Binary) -> str:
    """The template of arithmetic."""
    left, right = numeric("{0}", node.left.type), numeric("{1}", node.right.type)
    if node.type in (Type.DATE, Type.DATETIME):
        if node.left.type is not node.type:
            left, right = right, left
        add = add_days if node.type is Type.DATE else add_seconds
        return add(left, f"(- {right})" if node.op == "-" else right)
    if node.left.type is Type.DATETIME:
        return f"trunc(EXTRACT(epoch FROM {left} - {right}))"
    if node.op == "%":
        return remainder(left, right)
    result = parts.quotient(left, right) if node.op == "/" else f"({left} {node.op} {right})"
    return f"round({result})" if node.type is Type.DURATION else result


_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_START, _END = start_of_day("{1}"), start_of_day("{1} + 1")
# A moment compared with a day means the whole day; written so that an index on the moment serves.
_MOMENT_AND_DAY = {
    "=": f"({{0}} >= {_START} AND {{0}} < {_END})",
    "<": f"({{0}} < {_START})",
    "<=": f"({{0}} < {_END})",
    ">": f"({{0}} >= {_END})",
    ">=": f"({{0}} >= {_START})",
}
_TEXT, _SOUGHT = lowered("{0}"), lowered("{1}")
_MATCH = {
    "contains": f"(strpos({_TEXT}, {_SOUGHT}) > 0)",
    "starts_with": f"starts_with({_TEXT}, {_SOUGHT})",
    "ends_with": f"(right({_TEXT}, char_length({{1}})) = {_SOUGHT})",
}
