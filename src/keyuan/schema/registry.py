"""The registry: all definitions of one organisation at one version, resolved against each other. Immutable; each process
keeps one per (organisation, version)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import MetaData, Table

from ..kernel.errors import NotFound
from . import field_types
from .field_types import FieldType
from .model import Field, Object
from .tables import Tables, build


class Place(NamedTuple):
    """A field of an object, by their keys."""

    object: str
    field: str


def organisation_schema(slug: str) -> str:
    """The PostgreSQL schema of an organisation."""
    return f"org_{slug}"


class LazyTables(Mapping[str, Tables]):
    """The tables of each object, made when they are asked for (some 8 ms an object). Each object's have a `MetaData`
    of their own, so that taking them over keeps no others alive."""

    def __init__(self, schema: str, objects: Mapping[str, Object], made: dict[str, Tables]) -> None:
        self.made = made
        self._schema = schema
        self._objects = objects

    def __getitem__(self, key: str) -> Tables:
        found = self.made.get(key)
        if found is None:
            found = self.made[key] = build(self._objects[key], self._schema, MetaData())
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._objects)

    def __len__(self) -> int:
        return len(self._objects)


class Registry:
    """All objects of an organisation at one version of its definitions. `previous`: the registry of an earlier version,
    whose tables are taken over where the object is the same (and with them what is cached by table)."""

    def __init__(
        self, slug: str, version: int, objects: Iterable[Object], previous: Registry | None = None
    ) -> None:
        self.slug = slug
        self.schema = organisation_schema(slug)
        self.version = version
        self.objects: Mapping[str, Object] = MappingProxyType({o.key: o for o in objects if not o.retired})
        self._fields: dict[str, dict[str, Field]] = {
            key: {f.key: f for f in o.fields if f.state != "retired"} for key, o in self.objects.items()
        }
        made: dict[str, Tables] = {}
        if previous is not None and previous.schema == self.schema:
            old = previous.objects
            made = {k: t for k, t in previous.tables.made.items() if old[k] == self.objects.get(k)}
        self.tables: LazyTables = LazyTables(self.schema, self.objects, made)
        self.info: dict[object, Any] = {}
        """What other layers work out from the definitions and keep for as long as these."""

    def object(self, key: str) -> Object:
        """The object of that key; `NotFound` if there is none."""
        try:
            return self.objects[key]
        except KeyError:
            raise NotFound() from None

    def fields(self, object_key: str) -> Mapping[str, Field]:
        """The fields of an object that are in use, by key."""
        return self._fields[object_key]

    def field(self, object_key: str, key: str) -> Field | None:
        """A field in use, or None."""
        return self._fields[object_key].get(key)

    @staticmethod
    def type_of(field: Field) -> FieldType:
        """The type of a field."""
        return field_types.get(field.type)

    @cached_property
    def all_tables(self) -> tuple[Table, ...]:
        """Every table of every object."""
        return tuple(t for tables in self.tables.values() for t in tables if t is not None)

    @cached_property
    def pointing_at(self) -> Mapping[str, tuple[Place, ...]]:
        """For each object the fields elsewhere that may point at its records (references of every kind)."""
        found: dict[str, list[Place]] = {key: [] for key in self.objects}
        for key in self.objects:
            for field in self._fields[key].values():
                for target in self.targets(field):
                    if target in found:
                        found[target].append(Place(key, field.key))
        return {key: tuple(places) for key, places in found.items()}

    def targets(self, field: Field) -> tuple[str, ...]:
        """The objects a field may point at; all objects for a reference to any without limit."""
        kind = self.type_of(field)
        if kind.output in ("reference", "references"):
            return (field.target,)
        if kind.output == "reference_any":
            return tuple(kind.settings(field).targets) or tuple(self.objects)
        return ()

    @cached_property
    def rollups_over(self) -> Mapping[str, tuple[Place, ...]]:
        """For each object the roll-ups computed over its records."""
        found: dict[str, list[Place]] = {key: [] for key in self.objects}
        for key in self.objects:
            for field in self._fields[key].values():
                if field.type == "rollup":
                    found[self.type_of(field).settings(field).object].append(Place(key, field.key))
        return {key: tuple(places) for key, places in found.items()}

    @cached_property
    def lines_of(self) -> Mapping[str, tuple[Place, ...]]:
        """For each object its fields that hold child lines."""
        return {
            key: tuple(Place(key, f.key) for f in self._fields[key].values() if f.type == "lines")
            for key in self.objects
        }
