"""Records as the expression language sees them: what a path resolves to, and how SQL reaches it.

One scope serves role filters and formulas (which see everything) and what people ask (which see what they may). The
difference is in `Reach`: with rights, a path that may not be used does not exist, and a record that may not be seen
gives null as if the reference were empty; the check sits in the join."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import array

from ..expr import binding, parser, rewrite, sql, typing
from ..expr.ast import Expr, Literal, Steps, Within, walk
from ..expr.scope import Children as SqlChildren
from ..expr.scope import Environment, Resolved, UnknownPath
from ..kernel import clock
from ..kernel.errors import Problem
from ..schema.registry import Registry
from .paths import Children, Found, Hop, paths_of
from .rights import Rights

Restrict = Callable[[str, FromClause], ColumnElement[bool]]
"""The condition on the rows of an object's table that the caller may read."""

SHOWN = ("read", "edit")


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What may be reached. Without `rights` and `restrict` everything. `late` gathers the expressions whose parameters
    are given values at each run, by prefix; `encrypted` fields can be compared only where their values are made blind."""

    registry: Registry
    late: dict[str, Expr]
    rights: Rights | None = None
    restrict: Restrict | None = None
    encrypted: bool = False

    def may_use(self, found: Found) -> bool:
        """Whether a value may be looked at in conditions, orders, groups and formulas."""
        if found.field is not None and found.field.encrypted and not self.encrypted:
            return False
        return self.rights is None or self.rights.of(found) in SHOWN


class Joins:
    """The LEFT JOINs along references that a statement turns out to need, each once.

    With `alive` records in the recycle bin are not joined. Without, the last record of a path is joined even if deleted,
    so that its name can be shown; values are then taken with `value`, which leaves those of deleted records out."""

    def __init__(self, reach: Reach, base: FromClause, *, alive: bool = True) -> None:
        self.reach = reach
        self.base = base
        self.alive = alive
        self._made: dict[Steps, FromClause] = {}
        self._on: list[tuple[FromClause, ColumnElement[bool]]] = []

    def at(self, hops: tuple[Hop, ...]) -> FromClause:
        """The table at the end of the hops."""
        if not hops:
            return self.base
        key = tuple(hop.field.key for hop in hops)
        if key not in self._made:
            source, hop = self.at(hops[:-1]), hops[-1]
            target = self.reach.registry.tables[hop.target].main.alias()
            on = [target.c.id == source.c[hop.field.physical]]
            if self.alive:
                on.append(target.c.deleted_at.is_(None))
            elif len(hops) > 1:
                on.append(source.c.deleted_at.is_(None))
            if self.reach.restrict is not None:
                on.append(self.reach.restrict(hop.target, target))
            self._on.append((target, and_(*on)))
            self._made[key] = target
        return self._made[key]

    def value(self, hops: tuple[Hop, ...], value: ColumnElement[Any]) -> ColumnElement[Any]:
        """A value of the table at the end of the hops, null where its record is deleted."""
        return value if self.alive or not hops else case((self.at(hops).c.deleted_at.is_(None), value))

    def clause(self) -> FromClause:
        """The base with all the joins."""
        joined = self.base
        for target, on in self._on:
            joined = joined.outerjoin(target, on)
        return joined

    @property
    def tables(self) -> tuple[FromClause, ...]:
        """The base and all that is joined to it."""
        return (self.base, *(target for target, _ in self._on))


class RecordScope:
    """The scope of expressions over the records of one object, whose table is `base`. With `joins` paths are reached by
    joins that the statement around must take in, without by subselects, which can stand anywhere."""

    def __init__(self, reach: Reach, object_key: str, base: FromClause, joins: Joins | None = None) -> None:
        self.reach = reach
        self.object = object_key
        self.base = base
        self.joins = joins
        self.paths = paths_of(reach.registry)

    # -- types ---------------------------------------------------------------------------------------------------

    def find(self, path: Steps) -> Found:
        """What is at the path, if it may be used; `UnknownPath` otherwise, the same for both reasons."""
        found = self.paths.find(self.object, path)
        if not self.reach.may_use(found):
            raise UnknownPath(len(path) - 1)
        return found

    def resolve(self, path: Steps) -> Resolved:
        """See `expr.scope.Scope`."""
        found = self.find(path)
        return Resolved(found.type, found.choices)

    def find_children(self, path: Steps) -> Children:
        """The children at the path, if conditions on them may be asked."""
        found = self.paths.children(self.object, path)
        if self.reach.rights is not None and self.reach.rights.of_children(found) != "read":
            raise UnknownPath(len(path) - 1)
        return found

    def children(self, path: Steps) -> RecordScope:
        """See `expr.scope.Scope`."""
        found = self.find_children(path)
        return RecordScope(self.reach, found.child, self.reach.registry.tables[found.child].main)

    # -- SQL -----------------------------------------------------------------------------------------------------

    def column(self, path: Steps) -> ColumnElement[Any]:
        """See `expr.scope.SqlScope`."""
        found = self.paths.find(self.object, path)
        if found.field is not None and found.field.type == "formula":
            return self.formula(found)
        if self.joins is not None:
            return self.joins.value(found.hops, comparable(found, self.joins.at(found.hops)))
        if not found.hops:
            return comparable(found, self.base)
        first, inner = self._first(found.hops[0])
        value = inner.column(path[1:])
        assert inner.joins is not None
        return (
            select(value)
            .select_from(inner.joins.clause())
            .where(first)
            .correlate_except(*inner.joins.tables)
            .scalar_subquery()
        )

    def _first(self, hop: Hop) -> tuple[ColumnElement[bool], RecordScope]:
        """The record a reference leads to, as the start of a subselect: its condition and its scope."""
        target = self.reach.registry.tables[hop.target].main.alias()
        on = [target.c.id == self.base.c[hop.field.physical], target.c.deleted_at.is_(None)]
        if self.reach.restrict is not None:
            on.append(self.reach.restrict(hop.target, target))
        return and_(*on), RecordScope(self.reach, hop.target, target, Joins(self.reach, target))

    def any(self, path: Steps) -> SqlChildren:
        """See `expr.scope.SqlScope`."""
        found = self.paths.children(self.object, path)
        if self.joins is None and found.hops:
            first, inner = self._first(found.hops[0])
            below = inner.any(path[1:])

            def wrap_twice(condition: ColumnElement[bool]) -> ColumnElement[bool]:
                assert inner.joins is not None
                met = below.wrap(condition)
                return _exists(inner.joins, and_(first, met))

            return SqlChildren(below.scope, wrap_twice)
        parent = self.base if self.joins is None else self.joins.at(found.hops)
        child = self.reach.registry.tables[found.child].main.alias()
        joins = Joins(self.reach, child)
        tests = [link(found, parent, child), child.c.deleted_at.is_(None)]
        if self.reach.restrict is not None:
            tests.append(self.reach.restrict(found.child, child))

        def wrap(condition: ColumnElement[bool]) -> ColumnElement[bool]:
            return _exists(joins, and_(*tests, condition))

        return SqlChildren(RecordScope(self.reach, found.child, child, joins), wrap)

    def formula(self, found: Found) -> ColumnElement[Any]:
        """The value of a formula, whose constants become parameters. A formula that no longer fits the definitions has no
        value."""
        assert found.field is not None
        expression = str(found.field.options.get("expression"))
        try:
            tree = rewrite.map_paths(parsed(expression), lambda steps: (*found.prefix, *steps))
            tree = typing.check(tree, self, found.type)
            name = f"f{digest(found.object, found.key, *found.prefix, '/', expression)}_"
            value = sql.value(tree, self, name)
        except (Problem, UnknownPath):
            return cast(null(), Text)
        self.reach.late[name] = tree
        return value


def comparable(found: Found, table: FromClause) -> ColumnElement[Any]:
    """The value of a stored field, part or stamp for conditions, groups and formulas."""
    if found.field is None:
        return table.c[found.key]
    return Registry.type_of(found.field).comparable(found.field, table, found.part)


def link(found: Children, parent: FromClause, child: FromClause) -> ColumnElement[bool]:
    """The condition that a child hangs on a parent."""
    if not found.at_child:
        return child.c.id == func.any(parent.c[found.field.physical])
    column = child.c[found.field.physical]
    match Registry.type_of(found.field).output:
        case "references":
            return column.op("@>", return_type=Boolean())(array([parent.c.id]))
        case "reference_any":
            return and_(
                column == parent.c.id, child.c[found.field.physical + "__object"] == constant(found.parent)
            )
    return column == parent.c.id


def constant(text: str) -> ColumnElement[str]:
    """A word of the definitions (a key) written into the statement."""
    return literal_column("'" + text.replace("'", "''") + "'", Text)


def _exists(joins: Joins, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    rows: Select[Any] = select(literal_column("1")).select_from(joins.clause()).where(condition)
    return exists(rows.correlate_except(*joins.tables))


@lru_cache(maxsize=2_000)
def parsed(expression: str) -> Expr:
    """The tree of an expression; `ExprError` if it is none."""
    return parser.parse(expression)


def digest(*parts: str) -> str:
    """A short name for what the parts say."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]


_ANY_TIME = Environment(now=clock.now())


def settled(late: Mapping[str, Expr]) -> tuple[dict[str, Any], dict[str, Expr]]:
    """The parameters of those expressions whose constants are the same at each run, and the other expressions, whose
    parameters depend on the day or the time zone."""
    bound: dict[str, Any] = {}
    rest: dict[str, Expr] = {}
    for prefix, tree in late.items():
        if _changes(tree):
            rest[prefix] = tree
        else:
            values = binding.binds(tree, _ANY_TIME, prefix)
            bound |= {name: value for name, value in values.items() if name.startswith(prefix)}
    return bound, rest


def _changes(tree: Expr) -> bool:
    """Whether the parameters of the tree depend on when or where it runs (beside those of placeholders, which are always
    given)."""
    return any(
        isinstance(node, Within)
        or (isinstance(node, Literal) and isinstance(node.value, datetime) and node.value.tzinfo is None)
        for node in walk(tree)
    )
