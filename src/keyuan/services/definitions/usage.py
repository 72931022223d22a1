"""Who uses a field: other definitions, which cannot do without it, and saved views and roles, which can."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ...access.paths import Paths, paths_of
from ...expr import filters, parser
from ...expr.scope import UnknownPath
from ...kernel.errors import Problem
from ...kernel.i18n import Label
from ...schema.model import Field
from ...schema.registry import Place, Registry
from ...storage.pool import Connection
from ...storage.sql import quoted
from .expressions import made_from, named_in


class User(NamedTuple):
    """A definition that uses a field. `kind`: `formula`, `rollup`, `lines`, `default`, `filter`, `rule`, `unique`, `parent`;
    the place's field is empty where the object itself uses it."""

    kind: str
    place: Place


def users(registry: Registry, wanted: Place) -> list[User]:
    """The definitions that cannot do without a field."""
    found = [
        User(registry.fields(place.object)[place.field].type, place)
        for place, made in made_from(registry).items()
        if wanted in made and place != wanted
    ]
    for key in registry.objects:
        for field in registry.fields(key).values():
            if Place(key, field.key) != wanted:
                found.extend(
                    User(kind, Place(key, field.key)) for kind in _of_field(registry, key, field, wanted)
                )
    found.extend(User(kind, Place(wanted.object, "")) for kind in _of_object(registry, wanted))
    return found


def users_of_object(registry: Registry, object_key: str) -> list[User]:
    """The fields of other objects that cannot do without an object: those that point at it or are made from it."""

    def needs(field: Field) -> bool:
        if field.type in ("lines", "rollup"):
            return field.option("object") == object_key
        return Registry.type_of(field).output in ("reference", "references") and field.target == object_key

    return [
        User(field.type, Place(key, field.key))
        for key in registry.objects
        for field in registry.fields(key).values()
        if key != object_key and needs(field)
    ]


def _of_field(registry: Registry, key: str, field: Field, wanted: Place) -> Iterator[str]:
    paths = paths_of(registry)
    if field.type == "lines" and (field.option("object"), field.option("via")) == wanted:
        yield "lines"
    if isinstance(field.default, Mapping) and set(field.default) == {"expr"}:
        text = str(field.default["expr"])
        if wanted in _safely(lambda: named_in(paths, key, parser.parse(text))):
            yield "default"
    condition = field.option("filter")
    if (
        field.type != "rollup"
        and isinstance(condition, list)
        and wanted in _of_filter(paths, field, condition)
    ):
        yield "filter"


def _of_filter(paths: Paths, field: Field, condition: list[Any]) -> set[Place]:
    return _safely(lambda: named_in(paths, field.target, filters.from_filter(condition)))


def _of_object(registry: Registry, wanted: Place) -> Iterator[str]:
    obj = registry.objects[wanted.object]
    paths = paths_of(registry)
    if obj.parent == wanted.field:
        yield "parent"
    if any(wanted.field in group for group in obj.unique):
        yield "unique"
    for rule in obj.rules:
        if wanted in _safely(lambda text=rule.condition: named_in(paths, obj.key, parser.parse(text))):  # type: ignore[misc]
            yield "rule"


def _safely(read: Callable[[], set[Place]]) -> set[Place]:
    try:
        return read()
    except (Problem, UnknownPath, KeyError):
        return set()


def in_words(registry: Registry, found: Iterable[User]) -> Label:
    """The users of a field as people read them."""
    zh, en = [], []
    for _, place in found:
        obj = registry.objects[place.object]
        field = registry.field(place.object, place.field) if place.field else None
        zh.append(f"{obj.label.zh}.{field.label.zh}" if field else obj.label.zh)
        en.append(f"{obj.label.en}.{field.label.en}" if field else obj.label.en)
    return Label("、".join(dict.fromkeys(zh)) or "-", ", ".join(dict.fromkeys(en)) or "-")


async def in_records(connection: Connection, registry: Registry, wanted: Place) -> list[dict[str, str]]:
    """The saved views and the roles that mention a field: `{"kind", "id", "name"}`. They go on without it."""
    schema = quoted(registry.schema)
    mentioned = (
        "jsonb_path_exists(coalesce({}, 'null'), '$.** ? (@ == $key || @ starts with $inner)', %(names)s)"
    )
    parts: list[str] = []
    if "view" in registry.objects:
        tests = " or ".join(mentioned.format(c) for c in ("filter", "sort", "columns", "settings"))
        parts.append(
            f"select 'view', id::text, name from {schema}.view where deleted_at is null"  # noqa: S608
            f' and object = %(object)s and ("group" = %(field)s or {tests})'
        )
    if "role" in registry.objects:
        own = mentioned.format("permissions -> %(object)s")
        parts.append(
            f"select 'role', id::text, name from {schema}.role where deleted_at is null"  # noqa: S608
            f" and (jsonb_exists(coalesce(fields -> %(object)s, '{{}}'), %(field)s) or {own})"
        )
    if not parts:
        return []
    from_names = f'{{"key": "{wanted.field}", "inner": "{wanted.field}."}}'
    cursor = await connection.execute(
        " union all ".join(parts).encode(),
        {"object": wanted.object, "field": wanted.field, "names": from_names},
        prepare=False,
    )
    return [{"kind": kind, "id": record, "name": name} for kind, record, name in await cursor.fetchall()]
