"""What expressions see of a record in hand, before it is written: its own values and those of the records that it refers
to, one step away.

What is read across a reference is read for the product, not for the caller: whoever defines a rule or a default decides
what it is made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from ..expr.ast import Expr, Steps, paths
from ..expr.scope import Resolved, Scope, UnknownPath
from ..schema import field_types
from ..schema.model import Field
from ..schema.registry import Registry
from . import stored
from .hooks import Batch, Item, Values
from .unit_of_work import UnitOfWork


class InHand:
    """The scope of a record's own stored fields and their parts, and of those of the records it refers to. Encrypted ones
    cannot be used: what is made from them would lie in clear. `encrypted`: definitions that were made with them can still
    be read (see `secret`)."""

    def __init__(
        self, registry: Registry, object_key: str, *, across: bool = True, encrypted: bool = False
    ) -> None:
        self._registry = registry
        self._fields = registry.fields(object_key)
        self._across = across
        self._encrypted = encrypted

    def resolve(self, path: Steps) -> Resolved:
        """What is at the path."""
        found = self._fields.get(path[0])
        if found is None or not field_types.get(found.type).stored:
            raise UnknownPath(0)
        kind = field_types.get(found.type)
        if found.encrypted and not self._encrypted:
            raise UnknownPath(0)
        if len(path) == 1:
            choices = frozenset(c.value for c in found.choices) if found.choices else None
            return Resolved(kind.expression_type(found), choices)
        if len(path) == 2 and (part := kind.parts(found).get(path[1])) is not None:
            return Resolved(part)
        target = target_of(self._registry, found)
        if not self._across or target is None:
            raise UnknownPath(1)
        try:
            return InHand(self._registry, target, across=False, encrypted=self._encrypted).resolve(path[1:])
        except UnknownPath as unknown:
            raise UnknownPath(unknown.step + 1, unknown.code, unknown.params) from None

    def children(self, path: Steps) -> Scope:
        """A record in hand has no children."""
        raise UnknownPath(0)


def target_of(registry: Registry, field: Field) -> str | None:
    """The object whose records a reference to one record leads to; none for other fields."""
    single = registry.type_of(field).output == "reference"
    return field.target if single and field.target in registry.objects else None


@lru_cache(maxsize=2_000)
def read_by(tree: Expr) -> frozenset[Steps]:
    """The paths that a tree reads, kept."""
    return paths(tree)


def secret(registry: Registry, object_key: str, tree: Expr) -> bool:
    """Whether a tree reads an encrypted field."""
    own = registry.fields(object_key)
    for steps in read_by(tree):
        field = own[steps[0]]
        target = target_of(registry, field) if len(steps) > 1 else None
        if field.encrypted or (target is not None and registry.fields(target)[steps[1]].encrypted):
            return True
    return False


class Neighbours:
    """The records that those of a batch refer to, read when they are first needed; those of the batch itself are as they
    are to be written."""

    def __init__(self, uow: UnitOfWork, batch: Batch) -> None:
        self._uow = uow
        self._fields = uow.registry.fields(batch.object.key)
        self._read: dict[str, dict[str, Values | None]] = defaultdict(dict)
        self._read[batch.object.key].update((item.id, item.after) for item in batch)

    async def seen(self, tree: Expr, items: Iterable[Item]) -> list[dict[str, Any]]:
        """What a tree reads of each item: money by its base amount, parts as nested values."""
        items = list(items)
        across = self._across(tree)
        for target, keys in across.items():
            await self._load(target, {i.after.get(key) for i in items for key in keys} - {None})
        return [self._of(tree, item.after, across) for item in items]

    def along(self, tree: Expr) -> set[str]:
        """The references that a tree goes along."""
        return {key for keys in self._across(tree).values() for key in keys}

    def _across(self, tree: Expr) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for steps in read_by(tree):
            if len(steps) > 1 and (target := target_of(self._uow.registry, self._fields[steps[0]])):
                found[target].add(steps[0])
        return found

    async def _load(self, target: str, ids: set[Any]) -> None:
        known = self._read[target]
        if missing := ids - known.keys():
            known.update(dict.fromkeys(missing))
            known.update(await stored.read(self._uow, target, missing))

    def _of(self, tree: Expr, values: Values, across: Mapping[str, set[str]]) -> dict[str, Any]:
        target_by_key = {key: target for target, keys in across.items() for key in keys}
        shown: dict[str, Any] = {}
        for steps in read_by(tree):
            key, value = steps[0], values.get(steps[0])
            _show(shown, self._fields[key], key, value)
            if len(steps) > 1 and (target := target_by_key.get(key)):
                record = self._read[target].get(value) if value is not None else None
                field = self._uow.registry.fields(target)[steps[1]]
                _show(shown, field, f"{key}.{steps[1]}", (record or {}).get(steps[1]))
        return shown


def _show(shown: dict[str, Any], field: Field, name: str, value: Any) -> None:
    shown[name] = value
    if isinstance(value, Mapping):
        for part in field_types.get(field.type).parts(field):
            shown[f"{name}.{part}"] = value.get(part)
        shown[name] = value.get("base", value.get("id", value.get("detail")))
