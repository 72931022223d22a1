"""What a set of roles allows, apart from any person: scopes of objects and access to fields.

A role is JSON:

    permissions = {object or "*": {"create"|"read"|"edit"|"delete"|"export": scope}}
    scope       = "none" | "own" | "subordinates" | "department" | "department_tree" | "all" | {"filter": F}
    fields      = {object or "*": {field or "*": "hidden" | "masked" | "read" | "edit"}}

An object's own entry goes before `"*"`, action by action and field by field. What no entry names is `none` for actions
and `edit` for fields. `"*"` never lets anyone create, edit, delete or export administrative objects (users, departments,
roles): that must be named. Several roles together allow what any of them allows; a role says something about the fields
of an object only if it lets one do something to the object at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from weakref import WeakValueDictionary

import msgspec

from ..expr.ast import Expr

Action = Literal["create", "read", "edit", "delete", "export"]
Access = Literal["hidden", "masked", "read", "edit"]

ACTIONS: tuple[Action, ...] = ("create", "read", "edit", "delete", "export")
SCOPES = ("none", "own", "subordinates", "department", "department_tree", "all")
LEVELS: tuple[Access, ...] = ("hidden", "masked", "read", "edit")
"""Access to a field, from the least."""

# What each named scope consists of: records owned by oneself, by one's people, by one's departments, by their subtree.
_ATOMS: dict[str, frozenset[str]] = {
    "own": frozenset({"me"}),
    "subordinates": frozenset({"people"}),
    "department": frozenset({"me", "departments"}),
    "department_tree": frozenset({"me", "tree"}),
}
_COVERED = {"me": "people", "departments": "tree"}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which records: all of them, or those that one of the atoms (`me`, `people`, `departments`, `tree`) or one of the
    filters (filter JSON as text) takes in."""

    everything: bool = False
    atoms: frozenset[str] = frozenset()
    filters: tuple[str, ...] = ()

    def __or__(self, other: Scope) -> Scope:
        if self.everything or other.everything:
            return ALL
        atoms = self.atoms | other.atoms
        atoms = frozenset(a for a in atoms if _COVERED.get(a) not in atoms)
        return Scope(False, atoms, tuple(sorted({*self.filters, *other.filters})))

    def __bool__(self) -> bool:
        return self.everything or bool(self.atoms) or bool(self.filters)

    def within(self, other: Scope) -> bool:
        """Whether every record of this scope is certainly one of the other's."""
        if other.everything:
            return True
        if self.everything:
            return False
        atoms = all(a in other.atoms or _COVERED.get(a) in other.atoms for a in self.atoms)
        return atoms and set(self.filters) <= set(other.filters)


ALL = Scope(everything=True)
NONE = Scope()


def read_scope(value: object) -> Scope:
    """The scope that a role's JSON names; `NONE` for what is no scope."""
    if isinstance(value, str):
        return ALL if value == "all" else Scope(atoms=_ATOMS.get(value, frozenset()))
    if isinstance(value, Mapping) and isinstance(value.get("filter"), list):
        return Scope(filters=(msgspec.json.encode(value["filter"], order="sorted").decode(),))
    return NONE


@dataclass(frozen=True, slots=True)
class RoleRules:
    """The rules of one role, as its record holds them."""

    permissions: Mapping[str, Mapping[str, Any]]
    fields: Mapping[str, Mapping[str, str]]

    def scope(self, object_key: str, action: str, administrative: bool) -> Scope:
        """The scope of an action on an object."""
        own = self.permissions.get(object_key, {})
        if action in own:
            return read_scope(own[action])
        if administrative and action != "read":
            return NONE
        return read_scope(self.permissions.get("*", {}).get(action))

    def access(self, object_key: str, field_key: str) -> Access:
        """What the role says about a field."""
        for rules in (self.fields.get(object_key, {}), self.fields.get("*", {})):
            for key in (field_key, "*"):
                said = rules.get(key)
                if said is not None:
                    return said if said in LEVELS else "hidden"
        return "edit"


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Policy:
    """What a set of roles allows. Policies with the same rules are the same object, so they can key caches. `system`
    policies also write what people never write."""

    key: str
    roles: tuple[RoleRules, ...] = ()
    capabilities: frozenset[str] = frozenset()
    administrator: bool = False
    system: bool = False
    late: dict[str, Expr] = field(default_factory=dict, repr=False)
    """Filters of scopes met so far, by the prefix of their parameters; `binds` gives these their values."""

    @classmethod
    def from_roles(cls, roles: Iterable[Mapping[str, Any]]) -> Policy:
        """The policy of role records (`administrator`, `permissions`, `fields`, `capabilities`, as the database gives
        them). What cannot be understood allows nothing."""
        rules: list[RoleRules] = []
        capabilities: set[str] = set()
        administrator = False
        for role in roles:
            administrator |= role.get("administrator") is True
            capabilities |= _names(role.get("capabilities"))
            rules.append(RoleRules(_nested(role.get("permissions")), _nested(role.get("fields"))))
        return cls._interned(tuple(rules), frozenset(capabilities), administrator, False)

    @classmethod
    def of_system(cls) -> Policy:
        """The policy of the program itself."""
        return cls._interned((), frozenset(), True, True)

    @classmethod
    def _interned(
        cls, roles: tuple[RoleRules, ...], capabilities: frozenset[str], administrator: bool, system: bool
    ) -> Policy:
        told = [
            sorted(msgspec.json.encode([r.permissions, r.fields], order="sorted").decode() for r in roles),
            sorted(capabilities),
            administrator,
            system,
        ]
        if administrator:
            told[0] = []  # an administrator may do everything, whatever the other roles say
        key = hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:32]
        found = _KNOWN.get(key)
        if found is None:
            found = _KNOWN[key] = cls(
                key, () if administrator else roles, capabilities, administrator, system
            )
        return found

    def scope(self, object_key: str, action: str, administrative: bool) -> Scope:
        """The union of the roles' scopes for an action on an object itself (its parent is not looked at)."""
        if self.administrator:
            return ALL
        made = NONE
        for role in self.roles:
            made |= role.scope(object_key, action, administrative)
        return made


_KNOWN: WeakValueDictionary[str, Policy] = WeakValueDictionary()


def _nested(value: object) -> dict[str, dict[str, Any]]:
    """A mapping of mappings; anything else in it is left out."""
    if not isinstance(value, Mapping):
        return {}
    return {str(k): dict(v) for k, v in value.items() if isinstance(v, Mapping)}


def _names(value: object) -> set[str]:
    """Capabilities, given as a list or as `{name: true}`."""
    if isinstance(value, Mapping):
        return {str(k) for k, v in value.items() if v is True}
    return (
        {v for v in value if isinstance(v, str)}
        if isinstance(value, list | tuple | set | frozenset)
        else set()
    )
