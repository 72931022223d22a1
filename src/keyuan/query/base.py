"""What the makers of statements share: the caller's view of one object, the conditions of a request, and where
parameters come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, literal_column, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql.expression import ClauseElement

from ..access import Policy, Rights, predicate, rights
from ..access.parameters import parameter
from ..access.scope import Joins, Reach, RecordScope, settled
from ..expr import binding, shape, sql
from ..expr.ast import Expr
from ..expr.filters import shown
from ..expr.scope import Environment
from ..kernel.errors import BadRequest, FieldError, Forbidden, NotFound
from ..schema.field_types.base import Cipher
from ..schema.registry import Registry
from .conditions import checked

FILTER = "v"
"""The prefix of the parameters of a request's filter."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """An object as one policy sees it. Made for each statement: `late` gathers what it turns out to need."""

    registry: Registry
    policy: Policy
    object: str
    action: str = "read"
    late: dict[str, Expr] = field(default_factory=dict)

    @property
    def rights(self) -> Rights:
        """The policy's rights."""
        return rights(self.registry, self.policy)

    @property
    def reach(self) -> Reach:
        """What the caller may reach in conditions, orders and groups, whose rows are many."""
        return Reach(self.registry, self.late, self.rights, self._restrict, encrypted=True)

    @property
    def shown(self) -> Reach:
        """What the caller may reach in the rows of an answer, which are few and joined by id."""
        return Reach(self.registry, self.late, self.rights, self._restrict_few, encrypted=True)

    def _restrict(self, object_key: str, table: FromClause) -> ColumnElement[bool]:
        return predicate(self.registry, self.policy, object_key, "read", table)

    def _restrict_few(self, object_key: str, table: FromClause) -> ColumnElement[bool]:
        return predicate(self.registry, self.policy, object_key, "read", table, planned=False)

    def predicate(self, table: FromClause, *, planned: bool = True) -> ColumnElement[bool]:
        """The permission predicate on the object's own rows; see `access.predicate` for `planned`."""
        return predicate(self.registry, self.policy, self.object, self.action, table, planned=planned)


def view(registry: Registry, policy: Policy, object_key: str, action: str = "read") -> View:
    """The object as the policy sees it, for reading or exporting; `NotFound` where it may not be read at all, as for one
    that does not exist, `Forbidden` where it may be read but not exported."""
    known = rights(registry, policy)
    if object_key not in registry.objects or not known.can(object_key, "read"):
        raise NotFound()
    if not known.can(object_key, action):
        raise Forbidden()
    return View(registry, policy, object_key, action)


@dataclass(frozen=True, slots=True)
class Condition:
    """A request's filter, checked: the tree, and the shape that statements are kept under."""

    tree: Expr | None = None
    shape: str = ""
    constants: Mapping[str, Any] = field(default_factory=dict)
    changes: bool = False

    def binds(self, environment: Callable[[], Environment]) -> Mapping[str, Any]:
        """The parameters of the filter; the environment is asked for only where they depend on it."""
        if not self.changes:
            return self.constants
        assert self.tree is not None
        return binding.binds(self.tree, environment(), FILTER)


def condition(view: View, data: object, cipher: Cipher | None) -> Condition:
    """The condition that a request's filter JSON means to the caller; `ExprError` where it cannot be."""
    if data is None:
        return Condition()
    table = view.registry.tables[view.object].main
    tree = checked(data, RecordScope(view.reach, view.object, table), cipher)
    constants, rest = settled({FILTER: tree})
    return Condition(tree, shape.shape(tree), constants, bool(rest))


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement and the expressions in it whose parameters are given values at each run."""

    statement: ClauseElement
    late: Mapping[str, Expr]


class Rows:
    """The rows of an object that a request is about: the table, the joins that conditions and orders need, the WHERE."""

    def __init__(self, view: View, given: Condition, *, deleted: str = "no", searched: bool = False) -> None:
        self.view = view
        self.table = view.registry.tables[view.object].main.alias("t")
        self.joins = Joins(view.reach, self.table)
        self.scope = RecordScope(view.reach, view.object, self.table, self.joins)
        column = self.table.c.deleted_at
        self.where: list[ColumnElement[bool]] = [column.is_(None) if deleted == "no" else column.is_not(None)]
        self.where.append(view.predicate(self.table))
        if given.tree is not None:
            self.where.append(sql.condition(given.tree, self.scope, FILTER))
        if searched:
            tokens, met = matching(view)
            rows: Select[Any] = select(literal_column("1")).select_from(tokens)
            rows = rows.where(tokens.c.id == self.table.c.id, met)
            self.where.append(exists(rows.correlate(self.table)))

    def select(self, *columns: Any) -> Select[Any]:
        """The rows. Call it when all that needs joins has been compiled."""
        return select(*columns).select_from(self.joins.clause()).where(and_(*self.where))


def matching(view: View) -> tuple[FromClause, ColumnElement[bool]]:
    """The table of search tokens, and the condition that they match what was typed (the parameter `q`)."""
    tokens = view.registry.tables[view.object].search
    if tokens is None:
        raise BadRequest(errors=[FieldError("q", "query_not_searchable")])
    return tokens, tokens.c.tokens.op("@@")(parameter("q", TSQUERY()))


def unknown(field: str, path: str) -> BadRequest:
    """There is no such path, or the caller may not use it."""
    return BadRequest(errors=[FieldError(field, "expr_unknown_path", {"path": shown(path)})])
