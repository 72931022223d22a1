"""Who defines fields and rules is bound by their own roles: in the expressions that they write, what they may not read does
not exist. Defaults and rules look at records for the product, so that a default would otherwise copy for its maker what a
role keeps from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import msgspec

from ...access import Policy
from ...access.paths import Hop
from ...access.rights import Rights
from ...access.scope import SHOWN
from ...expr.ast import Steps
from ...expr.scope import Resolved, Scope, UnknownPath
from ...schema.model import Field, Object
from ...schema.registry import Registry

Text = tuple[str, str, str, str]
"""What was written where: the object, the field (empty for a rule), the attribute, the expression."""


class Definer:
    """Somebody who changes definitions. `before`: the objects as they were; what stays as it was is nobody's fault.
    `revived`: objects that the change brings back, whose records are older than it, unlike those of a new object."""

    def __init__(self, policy: Policy, before: Iterable[Object], revived: Collection[str] = ()) -> None:
        self._policy = policy
        before = tuple(before)
        self._known = frozenset(text for obj in before for text in _texts(obj))
        self._there = frozenset(o.key for o in before) | frozenset(revived)

    def wrote(self, object_key: str, field: Field | None, attribute: str, condition: str = "") -> bool:
        """Whether an expression of a field, or the condition of a rule, is part of the change."""
        text = _text(field, attribute) if field else condition
        return (object_key, field.key if field else "", attribute, text) not in self._known

    def sees(self, registry: Registry, object_key: str, scope: Scope) -> Scope:
        """As much of a scope of an object's records as the definer may read; all of those of a new object."""
        new = frozenset(registry.objects) - self._there
        return _Known(Rights(registry, self._policy), new, object_key, scope)


def _texts(obj: Object) -> Iterator[Text]:
    for field in obj.fields:
        if field.state != "retired":
            for attribute in ("default", "options.expression", "options.filter"):
                yield obj.key, field.key, attribute, _text(field, attribute)
    for rule in obj.rules:
        yield obj.key, "", "rules", rule.condition


def _text(field: Field, attribute: str) -> str:
    options = field.options
    what = {
        "default": field.default,
        "options.expression": options.get("expression"),
        "options.filter": [options.get("object"), options.get("target"), options.get("filter")],
    }[attribute]
    return msgspec.json.encode(what).decode()


class _Known:
    """A scope without what may not be read."""

    def __init__(self, rights: Rights, new: frozenset[str], object_key: str, scope: Scope) -> None:
        self._rights = rights
        self._new = new
        self._object = object_key
        self._scope = scope

    def resolve(self, path: Steps) -> Resolved:
        """See `expr.scope.Scope`."""
        found = self._rights.paths.find(self._object, path)
        self._follow(found.hops)
        own = found.field is None or self._may(found.object, found.field.key)
        if not (own and self._open(found.object)):
            raise UnknownPath(len(found.hops))
        return self._scope.resolve(path)

    def children(self, path: Steps) -> Scope:
        """See `expr.scope.Scope`."""
        below = self._rights.paths.children(self._object, path)
        self._follow(below.hops)
        holder = below.child if below.at_child else below.parent
        if not (self._may(holder, below.field.key) and self._open(below.child)):
            raise UnknownPath(len(below.hops))
        return _Known(self._rights, self._new, below.child, self._scope.children(path))

    def _follow(self, hops: Iterable[Hop]) -> None:
        for n, hop in enumerate(hops):
            if not self._may(hop.object, hop.field.key):
                raise UnknownPath(n)
            if not self._open(hop.target):
                raise UnknownPath(n + 1)

    def _may(self, object_key: str, field_key: str) -> bool:
        return object_key in self._new or self._rights.access(object_key, field_key) in SHOWN

    def _open(self, object_key: str) -> bool:
        return object_key in self._new or self._rights.can(object_key, "read")
