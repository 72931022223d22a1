"""What a policy allows in the definitions of one organisation: on objects, through parents, on fields and what is made
of them."""

from __future__ import annotations

from collections.abc import Iterable

from ..expr import filters, parser
from ..expr.ast import Any as AnyNode
from ..expr.ast import Expr, Path, Steps, children
from ..expr.scope import UnknownPath
from ..kernel.errors import Problem
from ..kernel.kept import kept
from ..schema.model import Field
from ..schema.registry import Registry
from .paths import Children, Found, Hop, paths_of
from .policy import LEVELS, NONE, Access, Policy, Scope

THROUGH_PARENT = {"create": "edit", "read": "read", "edit": "edit", "delete": "edit", "export": "export"}
"""What one must be allowed to do to the parent in order to do something to its child."""


class Rights:
    """The rights of one policy under one registry. Use `rights`, which keeps one for each pair."""

    def __init__(self, registry: Registry, policy: Policy) -> None:
        self.registry = registry
        self.policy = policy
        self.paths = paths_of(registry)
        self._access: dict[tuple[str, str], Access] = {}
        self._under_way: set[tuple[str, str]] = set()
        self._can: dict[tuple[str, str], bool] = {}
        self._of: dict[tuple[str, Steps], Access] = {}

    # -- objects -------------------------------------------------------------------------------------------------

    def scope(self, object_key: str, action: str) -> Scope:
        """The records of the object itself that the action may be done to, its parents not looked at. Objects without
        owner know no own records: for them a scope is all, a filter, or nothing."""
        obj = self.registry.objects[object_key]
        made = self.policy.scope(object_key, action, obj.administrative)
        if not obj.owned and not made.everything:
            return Scope(filters=made.filters) if made.filters else NONE
        return made

    def parents(self, object_key: str) -> tuple[str, ...]:
        """The objects whose records control the object's; empty where it stands for itself."""
        field = self.parent_field(object_key)
        return (
            ()
            if field is None
            else tuple(t for t in self.registry.targets(field) if t in self.registry.objects)
        )

    def parent_field(self, object_key: str) -> Field | None:
        """The field that leads to the parent."""
        parent = self.registry.objects[object_key].parent
        return self.registry.field(object_key, parent) if parent else None

    def can(self, object_key: str, action: str) -> bool:
        """Whether the action may be done to any record of the object at all."""
        if object_key not in self.registry.objects:
            return False
        known = self._can.get((object_key, action))
        if known is None:
            self._can[object_key, action] = False  # where parents go in a circle
            known = self._can[object_key, action] = self._may(object_key, action)
        return known

    def _may(self, object_key: str, action: str) -> bool:
        if self.policy.administrator:
            return True
        field = self.parent_field(object_key)
        if field is None:
            return bool(self.scope(object_key, action))
        if any(self.can(parent, THROUGH_PARENT[action]) for parent in self.parents(object_key)):
            return True
        return not field.required and bool(self.scope(object_key, action))

    # -- fields --------------------------------------------------------------------------------------------------

    def access(self, object_key: str, field_key: str) -> Access:
        """What may be done with a field: the roles' word, lessened by what the field is made from."""
        known = self._access.get((object_key, field_key))
        if known is None:
            place = (object_key, field_key)
            if place in self._under_way:
                return "hidden"  # a formula made from itself; refused when it is defined
            self._under_way.add(place)
            try:
                known = self._access[place] = self._find_access(object_key, field_key)
            finally:
                self._under_way.discard(place)
        return known

    def _find_access(self, object_key: str, field_key: str) -> Access:
        field = self.registry.field(object_key, field_key)
        if field is None or not self.can(object_key, "read"):
            return "hidden"
        kind = self.registry.type_of(field)
        level = self._said(object_key, field_key, self._controlling(object_key))
        if field.type == "formula":
            level = least([level, self._of_formula(object_key, str(kind.settings(field).expression))])
        elif field.type == "rollup":
            level = least([level, self._of_rollup(kind.settings(field))])
        elif kind.output == "lines" and not self.can(kind.settings(field).object, "read"):
            level = "hidden"
        if not kind.writable or (field.read_only and not self.policy.system):
            level = least([level, "read"])
        if not (self.can(object_key, "edit") or self.can(object_key, "create")):
            level = least([level, "read"])
        return level

    def to_come(self, object_key: str, field_key: str, above: str | None = None) -> Access:
        """What could be done with an ordinary field that is not there yet, or no longer: one of an object that is, or of
        one that is not there either, and whose parent is `above`."""
        if object_key in self.registry.objects:
            controlling = self._controlling(object_key)
            actions = {action: self.can(object_key, action) for action in ("read", "edit", "create")}
        else:
            controlling = {object_key} | (self._controlling(above) if above else set())
            actions = {
                action: bool(self.policy.scope(object_key, action, False))
                or (above is not None and self.can(above, THROUGH_PARENT[action]))
                for action in ("read", "edit", "create")
            }
        if not actions["read"]:
            return "hidden"
        level = self._said(object_key, field_key, controlling)
        return level if actions["edit"] or actions["create"] else least([level, "read"])

    def _said(self, object_key: str, field_key: str, controlling: Iterable[str]) -> Access:
        """The most that a role allows which lets one do something to the object, or to what is above it."""
        if self.policy.administrator:
            return "edit"
        said = [
            role.access(object_key, field_key)
            for role in self.policy.roles
            if any(role.scope(o, "read", False) for o in controlling)  # "*" lets read administrative objects
        ]
        return max(said, key=LEVELS.index, default="hidden")

    def _controlling(self, object_key: str) -> set[str]:
        """The object and all above it."""
        found: set[str] = set()
        waiting = [object_key]
        while waiting:
            at = waiting.pop()
            if at not in found:
                found.add(at)
                waiting.extend(self.parents(at))
        return found

    def _of_formula(self, object_key: str, expression: str) -> Access:
        try:
            tree = parser.parse(expression)
        except Problem:
            return "hidden"
        return self._of_expression(object_key, tree)

    def _of_expression(self, object_key: str, tree: Expr) -> Access:
        """The least access among all that an expression reads."""
        levels: list[Access] = ["read"]
        for node in _outer(tree):
            try:
                if isinstance(node, Path):
                    levels.append(self._ingredient(self.paths.find(object_key, node.steps)))
                elif isinstance(node, AnyNode):
                    below = self.paths.children(object_key, node.path)
                    levels.append(self.of_children(below))
                    levels.append(self._of_expression(below.child, node.condition))
            except UnknownPath:
                levels.append("hidden")
        return least(levels)

    def _of_rollup(self, settings: object) -> Access:
        """A stored figure shows something of every child: only to those who may read them all field by field."""
        child = str(getattr(settings, "object", ""))
        used: list[Steps] = [(str(getattr(settings, "via", "")),)]
        if named := getattr(settings, "field", ""):
            used.append((named,))
        try:
            levels = [self._ingredient(self.paths.find(child, steps)) for steps in used]
            if condition := getattr(settings, "filter", None):
                levels.append(self._of_expression(child, filters.from_filter(condition)))
        except (UnknownPath, Problem, KeyError):
            return "hidden"
        return "read" if least(levels) in ("read", "edit") else "hidden"

    def _ingredient(self, found: Found) -> Access:
        """Access to what a formula or roll-up is made from; encrypted values can be part of nothing."""
        return "hidden" if found.field is not None and found.field.encrypted else self.of(found)

    # -- paths ---------------------------------------------------------------------------------------------------

    def of(self, found: Found) -> Access:
        """What may be done with what a path leads to. A reference that does not show its value leads nowhere."""
        place = (found.hops[0].object if found.hops else found.object, found.steps)
        known = self._of.get(place)
        if known is None:
            if len(self._of) > 5_000:
                self._of.clear()
            known = self._of[place] = self._find_of(found)
        return known

    def _find_of(self, found: Found) -> Access:
        if not self.can(found.object, "read"):
            return "hidden"
        if not self.leads(found.hops):
            return "hidden"
        return "read" if found.field is None else self.access(found.object, found.field.key)

    def of_children(self, found: Children) -> Access:
        """`read` where conditions on the children may be asked, else `hidden`."""
        holder = found.child if found.at_child else found.parent
        readable = self.can(found.child, "read") and self.access(holder, found.field.key) in ("read", "edit")
        return "read" if readable and self.leads(found.hops) else "hidden"

    def leads(self, hops: Iterable[Hop]) -> bool:
        """Whether one may follow all of the references."""
        return all(
            self.can(hop.target, "read") and self.access(hop.object, hop.field.key) in ("read", "edit")
            for hop in hops
        )


def least(levels: Iterable[Access]) -> Access:
    """The least of several levels of access."""
    return min(levels, key=LEVELS.index)


def _outer(tree: Expr) -> Iterable[Expr]:
    """The nodes of an expression, without those inside `any`."""
    yield tree
    if not isinstance(tree, AnyNode):
        for child in children(tree):
            yield from _outer(child)


@kept(2_000)
def rights(registry: Registry, policy: Policy) -> Rights:
    """The rights of a policy under a registry, kept as long as the registry."""
    return Rights(registry, policy)


def can(registry: Registry, policy: Policy, object_key: str, action: str) -> bool:
    """Whether the policy lets one do the action to any record of the object at all."""
    return rights(registry, policy).can(object_key, action)


def field_access(registry: Registry, policy: Policy, object_key: str, field_key: str) -> Access:
    """`hidden`, `masked`, `read` or `edit`; unknown fields are hidden. Formulas are as restricted as the most
    restricted field they are made from, roll-ups hidden unless all they are made from is readable."""
    return rights(registry, policy).access(object_key, field_key)
