"""The permission predicate: which rows of an object a policy lets its people do something to.

    owner_department = any(:p_departments) or owner = any(:p_people) or id = any(array(select record from grants …))

Measured at a million records (DESIGN section 5), this form and no other is answered from indexes. The parameters have
fixed names; `principal.binds` gives their values. Deleted records are for the caller to leave out.

- A grant lets its grantees (a person, a department's own members, a role) read, or with level `edit` also edit. It
  widens a scope, but is of no use where the roles allow nothing at all.
- What may be edited, deleted or exported may also be read.
- An object with a parent is controlled by it: reading needs reading there, creating, editing and deleting need editing
  there, exporting needs exporting there. Records whose parent is empty go by the object's own scopes."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Text,
    and_,
    column,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy import table as sql_table
from sqlalchemy.sql.expression import TableClause

from ..expr import filters, shape, sql, typing
from ..expr.scope import UnknownPath
from ..kernel.errors import Problem
from ..schema.field_types.pointer import UUID
from ..schema.registry import Registry
from .policy import Policy
from .principal import DEPARTMENTS, GRANTEES, ME, NOW, PEOPLE, TREE
from .rights import THROUGH_PARENT, Rights, rights
from .scope import Reach, RecordScope, constant, digest

log = logging.getLogger(__name__)


def predicate(
    registry: Registry,
    policy: Policy,
    object_key: str,
    action: str,
    table: FromClause,
    *,
    planned: bool = True,
    granted: bool = True,
) -> ColumnElement[bool]:
    """The condition on the rows of `table` (the object's main table or an alias of it) to which the policy allows the
    action: `read`, `edit`, `delete`, `export`, or `create` for rows just made. `true()` and `false()` where rows make no
    difference. Its parameters are those of `binds(principal)`.

    With `planned` the planner weighs the values, which costs it milliseconds for hundreds of departments and pays
    where rows are looked for. Without, they stay closed to it: for a few rows that are joined by their ids. Without
    `granted`, by the roles alone: what is shared with a person is not the person's to share or to give away."""
    return _Maker(rights(registry, policy), planned, granted).make(object_key, action, table, ())


def grants_table(registry: Registry) -> TableClause:
    """The organisation's table of rights on single records."""
    return sql_table(
        "grants",
        column("id", UUID),
        column("object", Text),
        column("record", UUID),
        column("grantee_kind", Text),
        column("grantee", UUID),
        column("level", Text),
        column("until", DateTime(timezone=True)),
        column("reason", Text),
        column("created_at", DateTime(timezone=True)),
        column("created_by", UUID),
        schema=registry.schema,
    )


class _Maker:
    def __init__(self, rights: Rights, planned: bool, with_grants: bool) -> None:
        self.rights = rights
        self.planned = planned
        self.with_grants = with_grants
        self.registry = rights.registry
        self.policy = rights.policy

    def make(
        self, object_key: str, action: str, table: FromClause, above: tuple[str, ...]
    ) -> ColumnElement[bool]:
        """The condition; `above` are the objects on the way here, so that parents in a circle allow nothing."""
        if self.policy.administrator:
            return true()
        if object_key in above or not self.rights.can(object_key, action):
            return false()
        if self.everything(object_key, action):
            return true()
        if self.rights.parent_field(object_key) is not None:
            return self.through_parent(object_key, action, table, above)
        allowed = self.own(object_key, action, table)
        if action in ("read", "create") or self.rights.scope(object_key, action).within(
            self.rights.scope(object_key, "read")
        ):
            return allowed
        return and_(allowed, self.own(object_key, "read", table))

    def everything(self, object_key: str, action: str, above: tuple[str, ...] = ()) -> bool:
        """Whether the action is allowed on all records."""
        if self.policy.administrator:
            return True
        if object_key in above:
            return False
        own = self.rights.scope(object_key, action).everything and (
            action in ("read", "create") or self.rights.scope(object_key, "read").everything
        )
        field = self.rights.parent_field(object_key)
        if field is None:
            return own
        parents = self.rights.parents(object_key)
        return (own or field.required) and all(
            self.everything(p, THROUGH_PARENT[action], (*above, object_key)) for p in parents
        )

    def through_parent(
        self, object_key: str, action: str, table: FromClause, above: tuple[str, ...]
    ) -> ColumnElement[bool]:
        """Rows whose parent allows it, and rows without parent by the object's own scopes."""
        field = self.rights.parent_field(object_key)
        assert field is not None
        link = table.c[field.physical]
        several = self.registry.type_of(field).output == "reference_any"
        ways: list[ColumnElement[bool]] = []
        for parent in self.rights.parents(object_key):
            target = self.registry.tables[parent].main.alias()
            needed = THROUGH_PARENT[action]
            named = table.c[field.physical + "__object"] == constant(parent) if several else true()
            if self.everything(parent, needed, (*above, object_key)):
                ways.append(named if several else link.is_not(None))
                continue
            allowed = self.make(parent, needed, target, (*above, object_key))
            if not _is_false(allowed):
                rows: Select[Any] = (
                    select(literal_column("1")).select_from(target).where(target.c.id == link, allowed)
                )
                ways.append(and_(named, exists(rows.correlate_except(target))))
        if not field.required and self.rights.scope(object_key, action):
            ways.append(and_(link.is_(None), self.own(object_key, action, table)))
        return or_(false(), *ways)

    def own(self, object_key: str, action: str, table: FromClause) -> ColumnElement[bool]:
        """Rows that the object's own scope takes in."""
        scope = self.rights.scope(object_key, action)
        if scope.everything:
            return true()
        if not scope:
            return false()
        tests = [self.atom(object_key, atom, table) for atom in sorted(scope.atoms)]
        tests += [self.filter(object_key, text, table) for text in scope.filters]
        if action in ("read", "edit") and self.with_grants:
            tests.append(self.granted(object_key, action, table))
        return or_(*tests)

    def atom(self, object_key: str, atom: str, table: FromClause) -> ColumnElement[bool]:
        """Rows owned by oneself, one's people, one's departments or their subtree."""
        key = "owner" if atom in ("me", "people") else "owner_department"
        field = self.registry.field(object_key, key)
        if field is None:
            return false()
        held = table.c[field.physical]
        if atom == "me":
            return held == ME
        ids = {"people": PEOPLE, "departments": DEPARTMENTS, "tree": TREE}[atom]
        if not self.planned:
            # A set computed once and hashed, of which the planner knows nothing.
            return held.in_(select(func.unnest(ids)))
        return held == func.any(ids)

    def granted(self, object_key: str, action: str, table: FromClause) -> ColumnElement[bool]:
        """Rows shared with the person, one of the person's departments or roles."""
        grants = grants_table(self.registry)
        rows = select(grants.c.record).where(
            grants.c.grantee == func.any(GRANTEES),
            grants.c.object == constant(object_key),
            or_(grants.c.until.is_(None), grants.c.until > NOW),
        )
        if action == "edit":
            rows = rows.where(grants.c.level == constant("edit"))
        shared: Any = func.array(rows.correlate_except(grants).scalar_subquery())
        return table.c.id == func.any(shared)

    def filter(self, object_key: str, text: str, table: FromClause) -> ColumnElement[bool]:
        """Rows that meet a role's own filter, which looks at records without the person's restrictions. A filter that
        no longer fits the definitions takes nothing in."""
        scope = RecordScope(Reach(self.registry, self.policy.late), object_key, table)
        try:
            tree = typing.check_condition(filters.from_filter(msgspec.json.decode(text)), scope)
            prefix = f"s{digest(object_key, text, shape.shape(tree))}_"
            condition = sql.condition(tree, scope, prefix)
        except (Problem, UnknownPath) as error:
            log.warning("A role's filter on %s takes nothing in: %s", object_key, error)
            return false()
        self.policy.late[prefix] = tree
        return condition


def _is_false(condition: ColumnElement[bool]) -> bool:
    return bool(condition.compare(false()))
