"""Typed trees to SQLAlchemy Core. The statement depends on the shape of the tree alone; its values are bound.

A condition has two forms. Where only its truth matters (under WHERE, AND, OR) null may stand for false, which lets
PostgreSQL use indexes; where it is a value it is made true or false. No expression fails on any row: what has no
answer is null.
"""

from __future__ import annotations

from typing import Any as AnyValue

from sqlalchemy import ColumnElement, and_, case, extract, false, func, or_, true
from sqlalchemy.dialects import postgresql as pg

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
from .sql_functions import add_days, add_seconds, call
from .sql_parts import SQL_TYPES, collated, const, lowered, numeric, parameter, quotient, start_of_day
from .types import MANY, Type

Column = ColumnElement[AnyValue]
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
            case Not(operand=IsNull() as test):
                return ~self.where(test, scope)
            case Not(operand=Compare(op="=") as test):
                return self.differ(test, scope)
            case Not():
                # "is true" goes through AND and OR, so the operand may have nulls as well.
                return self.where(node.operand, scope).is_not(true())
            case Compare(op="!="):
                return self.differ(node, scope)
            case Compare():
                return self.compare(node, scope)
            case In():
                return self.membership(node, scope)
            case Has():
                return self.has(node, scope)
            case Between():
                operand, low, high = (self.value(e, scope) for e in (node.operand, node.low, node.high))
                return operand.between(collated(low, node.low.type), collated(high, node.high.type))
            case Match():
                return self.match(node, scope)
            case IsNull():
                operand = self.value(node.operand, scope)
                if node.operand.type in MANY:
                    return func.coalesce(func.cardinality(operand), const("0")) == const("0")
                return operand.is_(None)
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
                return parameter(self.names[id(node)], SQL_TYPES[node.type or Type.TEXT])
            case Path():
                return scope.column(node.steps)
            case Placeholder():
                return parameter("env_" + node.name, SQL_TYPES[node.type or Type.TEXT])
            case Unary():
                return (-self.number(node.operand, scope)).self_group()
            case Binary():
                return self.binary(node, scope)
            case Case():
                branches = [(self.where(test, scope), self.value(e, scope)) for test, e in node.branches]
                return case(*branches, else_=self.value(node.otherwise, scope))
            case Call():
                return call(node, [self.value(arg, scope) for arg in node.args])
            case Not() | IsNull():
                return self.where(node, scope).self_group()
        return func.coalesce(self.where(node, scope), false(), type_=pg.BOOLEAN())

    def number(self, node: Expr, scope: SqlScope) -> Column:
        return numeric(self.value(node, scope), node.type)

    def binary(self, node: Binary, scope: SqlScope) -> Column:
        left, right = self.number(node.left, scope), self.number(node.right, scope)
        kinds = (node.left.type, node.right.type)
        match node.type, kinds:
            case Type.DATE, (Type.DATE, _):
                return add_days(left, -right if node.op == "-" else right)
            case Type.DATE, _:
                return add_days(right, left)
            case Type.DATETIME, (Type.DATETIME, _):
                return add_seconds(left, -right if node.op == "-" else right)
            case Type.DATETIME, _:
                return add_seconds(right, left)
            case _, (Type.DATE, Type.DATE):
                return parts.op(left, "-", right, parts.INTEGER)
            case _, (Type.DATETIME, Type.DATETIME):
                return func.trunc(
                    extract("epoch", parts.op(left, "-", right, pg.INTERVAL())), type_=parts.NUMERIC
                )
        if node.op == "%":
            return func.mod(left, func.nullif(right, const("0")), type_=parts.NUMERIC)
        result = quotient(left, right) if node.op == "/" else parts.op(left, node.op, right, parts.NUMERIC)
        return func.round(result, type_=parts.NUMERIC) if node.type is Type.DURATION else result

    def differ(self, node: Compare, scope: SqlScope) -> Condition:
        """Not equal; true where one side is null."""
        if node.left.type == node.right.type and (
            isinstance(node.left, Literal) or isinstance(node.right, Literal)
        ):
            return self.value(node.left, scope).is_distinct_from(self.value(node.right, scope))
        return self.compare(Compare("=", node.left, node.right), scope).is_not(true())

    def compare(self, node: Compare, scope: SqlScope) -> Condition:
        kinds = (node.left.type, node.right.type)
        if kinds == (Type.DATE, Type.DATETIME):
            node, kinds = Compare(_MIRRORED[node.op], node.right, node.left), (Type.DATETIME, Type.DATE)
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        if kinds == (Type.DATETIME, Type.DATE):
            return _moment_and_day(node.op, left, right)
        ordered = right if node.op == "=" else collated(right, node.right.type)
        return parts.op(left, node.op, ordered, pg.BOOLEAN())

    def membership(self, node: In, scope: SqlScope) -> Condition:
        operand = self.value(node.operand, scope)
        tests: list[Condition] = []
        if (listed := self.listed(node, node.items)) is not None:
            tests.append(_is(operand, func.any(listed)))
        for item in node.items:
            if not isinstance(item, Literal):
                other = self.value(item, scope)
                tests.append(_is(operand, func.any(other) if item.type in MANY else other))
        return or_(false(), *tests)

    def listed(self, node: In | Has, items: tuple[Expr, ...]) -> Column | None:
        """The literals among the items as one array."""
        types = [item.type for item in items if isinstance(item, Literal)]
        if not types:
            return None
        return parameter(self.names[id(node)], pg.ARRAY(SQL_TYPES[types[0] or Type.TEXT]))

    def has(self, node: Has, scope: SqlScope) -> Condition:
        operand, sign = self.value(node.operand, scope), "&&" if node.kind == "any" else "@>"
        tests: list[Condition] = []
        if (listed := self.listed(node, node.items)) is not None:
            tests.append(parts.op(operand, sign, listed, pg.BOOLEAN()))
        for item in node.items:
            if isinstance(item, Literal):
                continue
            other = self.value(item, scope)
            if item.type not in MANY:
                tests.append(_is(other, func.any(operand)))
            else:
                tests.append(parts.op(operand, sign, other, pg.BOOLEAN()))
                if node.kind == "all":
                    tests.append(func.cardinality(other) > const("0"))
        return or_(false(), *tests) if node.kind == "any" else and_(true(), *tests)

    def match(self, node: Match, scope: SqlScope) -> Condition:
        text, part = lowered(self.value(node.operand, scope)), lowered(self.value(node.text, scope))
        if node.kind == "contains":
            return func.strpos(text, part, type_=parts.INTEGER) > const("0")
        if node.kind == "starts_with":
            return func.starts_with(text, part, type_=pg.BOOLEAN())
        return _is(func.right(text, func.char_length(part)), part)

    def within(self, node: Within, scope: SqlScope) -> Condition:
        operand = self.value(node.operand, scope)
        name = "env_" + node.period if node.count is None else self.names[id(node)]
        tests: list[Condition] = []
        for there, end in zip(ends(node.period), ("from", "to"), strict=True):
            if there:
                limit = parameter(f"{name}_{end}", SQL_TYPES[Type.DATE])
                limit = start_of_day(limit) if node.operand.type is Type.DATETIME else limit
                tests.append(operand >= limit if end == "from" else operand < limit)
        return and_(true(), *tests)


def _is(left: Column, right: Column) -> Condition:
    # Not `==`: Python may turn it round, and ANY stands on the right only.
    return parts.op(left, "=", right, pg.BOOLEAN())


def _moment_and_day(op: str, moment: Column, day: Column) -> Condition:
    """A moment compared with a day means the whole day; written so that an index on the moment serves."""
    start, end = start_of_day(day), start_of_day(parts.op(day, "+", const("1"), parts.DATE))
    match op:
        case "=":
            return and_(moment >= start, moment < end)
        case "<":
            return moment < start
        case "<=":
            return moment < end
        case ">":
            return moment >= end
    return moment >= start


_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
