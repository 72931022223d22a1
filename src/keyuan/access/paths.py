"""What a path means: `amount`, `amount.currency`, `customer.industry`, and the children that `any` looks at.

A path is a chain of reference fields, then a field, then perhaps a part of it. `id`, `version` and `deleted_at` can
stand where a field can.

Children of a record are reached by
- the key of a `lines` field or of a `references` field of the object itself;
- otherwise the key of another object that points here, or its English plural in lower case (`contact`, `contacts`).
  Where several of its fields point here, the one named like this object is meant (`contact.customer` of a customer);
  any of them can be named after the object: `contacts.former_customer`, `opportunities.created_by`.

Nothing here knows of rights; see `rights`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from ..expr.ast import Steps
from ..expr.scope import UnknownPath
from ..expr.types import Type
from ..kernel.kept import kept
from ..schema.field_types.base import DATED, EQUALITY, ORDERED
from ..schema.model import Field
from ..schema.registry import Place, Registry

MAX_HOPS = 6

STAMPS: Mapping[str, Type] = MappingProxyType(
    {"id": Type.REFERENCE, "version": Type.INTEGER, "deleted_at": Type.DATETIME}
)
"""Columns every record has that are no fields."""

_STAMP_OPERATORS = {"id": EQUALITY, "version": ORDERED, "deleted_at": DATED}
_PART_OPERATORS = {
    Type.TEXT: ("=", "!=", "in", "not_in", "is_null", "contains", "starts_with"),
    Type.NUMBER: ORDERED,
    Type.DATE: DATED,
}


class Hop(NamedTuple):
    """One step along a reference: the object that has it, the field, the object it leads to."""

    object: str
    field: Field
    target: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a path leads to: over `hops` to `object`, there the `field` (None for a stamp) called `key` or a `part`."""

    steps: Steps
    hops: tuple[Hop, ...]
    object: str
    key: str
    field: Field | None
    part: str
    type: Type
    choices: frozenset[str] | None

    @property
    def prefix(self) -> Steps:
        """The steps of the hops."""
        return self.steps[: len(self.hops)]

    @property
    def operators(self) -> tuple[str, ...]:
        """The filter operators that may be used here."""
        if self.field is None:
            return _STAMP_OPERATORS[self.key]
        if self.part:
            return _PART_OPERATORS.get(self.type, EQUALITY)
        return Registry.type_of(self.field).field_operators(self.field)

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that aggregates may take here."""
        if self.field is None:
            return ("count", "count_distinct")
        if self.part:
            return (
                "count",
                "count_distinct",
                *(("sum", "avg", "min", "max") if self.type is Type.NUMBER else ()),
            )
        return Registry.type_of(self.field).field_measures(self.field)

    @property
    def sortable(self) -> bool:
        """Whether lists may be sorted by it."""
        if self.field is None or self.part:
            return True
        return Registry.type_of(self.field).sortable and not self.field.encrypted

    @property
    def groupable(self) -> bool:
        """Whether aggregates may group by it."""
        if self.field is None:
            return self.key == "id"
        return bool(self.part) or (Registry.type_of(self.field).groupable and not self.field.encrypted)


@dataclass(frozen=True, slots=True)
class Children:
    """Records that hang on a record: over `hops` to `parent`, whose children are records of `child`, linked by `field`,
    which is the child's (`at_child`) or the parent's own."""

    hops: tuple[Hop, ...]
    parent: str
    child: str
    field: Field
    at_child: bool

    @property
    def prefix(self) -> Steps:
        """The steps of the hops."""
        return tuple(hop.field.key for hop in self.hops)


class Paths:
    """The paths of one registry. Use `paths_of`, which keeps one for each."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._found: dict[tuple[str, Steps], Found] = {}

    def find(self, object_key: str, steps: Steps) -> Found:
        """What the path leads to from an object; `UnknownPath` with the first step that leads nowhere."""
        known = self._found.get((object_key, steps))
        if known is None:
            known = self._walk(object_key, steps)
            if len(self._found) > 10_000:
                self._found.clear()
            self._found[object_key, steps] = known
        return known

    def _walk(self, object_key: str, steps: Steps) -> Found:
        if len(steps) > MAX_HOPS + 2:
            raise UnknownPath(0, "expr_path_too_long")
        hops: list[Hop] = []
        at = object_key
        for n, step in enumerate(steps):
            rest = steps[n + 1 :]
            if step in STAMPS:
                if rest:
                    raise UnknownPath(n + 1)
                return Found(steps, tuple(hops), at, step, None, "", STAMPS[step], None)
            field = self.registry.field(at, step)
            if (
                n == MAX_HOPS
                and rest
                and (field is None or rest[0] not in Registry.type_of(field).parts(field))
            ):
                raise UnknownPath(
                    0, "expr_path_too_long"
                )  # in the same words whether or not there is such a field
            if field is None:
                raise UnknownPath(n)
            kind = self.registry.type_of(field)
            if not rest:
                choices = None
                if kind.type in (Type.CHOICE, Type.CHOICES):
                    choices = frozenset(c.value for c in field.choices)
                return Found(steps, tuple(hops), at, step, field, "", kind.expression_type(field), choices)
            parts = kind.parts(field)
            if rest[0] in parts and len(rest) == 1:
                return Found(steps, tuple(hops), at, step, field, rest[0], parts[rest[0]], None)
            if kind.output != "reference" or field.target not in self.registry.objects:
                raise UnknownPath(n + 1)
            hops.append(Hop(at, field, field.target))
            at = field.target
        raise UnknownPath(0)

    def children(self, object_key: str, steps: Steps) -> Children:
        """The children the path leads to; `UnknownPath` like `find`."""
        hops: list[Hop] = []
        at = object_key
        for n, step in enumerate(steps):
            field = self.registry.field(at, step)
            if field is None:
                return self._pointing(at, steps[n:], n, tuple(hops))
            kind = self.registry.type_of(field)
            last = n == len(steps) - 1
            if last and kind.output == "lines":
                settings = kind.settings(field)
                via = (
                    self.registry.field(settings.object, settings.via)
                    if settings.object in self.registry.objects
                    else None
                )
                if via is None:
                    raise UnknownPath(n)
                return Children(tuple(hops), at, settings.object, via, True)
            if last and kind.output == "references" and field.target in self.registry.objects:
                return Children(tuple(hops), at, field.target, field, False)
            if (
                last
                or kind.output != "reference"
                or field.target not in self.registry.objects
                or n >= MAX_HOPS
            ):
                raise UnknownPath(n)
            hops.append(Hop(at, field, field.target))
            at = field.target
        raise UnknownPath(0)

    def _pointing(self, at: str, rest: Steps, n: int, hops: tuple[Hop, ...]) -> Children:
        child = self._by_name.get(rest[0])
        places = [p for p in self.registry.pointing_at.get(at, ()) if p.object == child]
        if child is None or not places or len(rest) > 2:
            raise UnknownPath(n)
        wanted: Place | None
        if len(rest) == 2:
            wanted = next((p for p in places if p.field == rest[1]), None)
        elif len(places) == 1:
            wanted = places[0]
        else:
            wanted = next((p for p in places if p.field == at), None)
        if wanted is None:
            raise UnknownPath(n + len(rest) - 1)
        field = self.registry.field(*wanted)
        assert field is not None
        return Children(hops, at, wanted.object, field, True)

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        """The objects by the names that children go by: their keys, and where free their plurals."""
        names: dict[str, str] = {}
        for key, obj in self.registry.objects.items():
            names.setdefault(re.sub(r"\W+", "_", obj.plural.en.strip().lower()), key)
        return {**names, **{key: key for key in self.registry.objects}}


@kept(1)
def paths_of(registry: Registry) -> Paths:
    """The paths of a registry, kept as long as it is."""
    return Paths(registry)
