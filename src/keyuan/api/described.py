"""Definitions as the API tells them: to each caller only what that caller may see, with what may be done to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..access import ACTIONS, Policy, Rights, rights
from ..access.paths import paths_of
from ..kernel.errors import NotFound
from ..records.plans import kept
from ..schema.model import Field, Object
from ..schema.registry import Registry

_HIDDEN_OPTIONS = frozenset({"expression", "filter"})
"""Options that tell of fields the caller may not see; they are for those who define objects."""


def objects(registry: Registry, policy: Policy) -> bytes:
    """`{"objects": […], "version": n}`: every object the caller may read, without fields, as JSON."""

    def make() -> bytes:
        mine = rights(registry, policy)
        shown = [_summary(mine, obj) for key, obj in registry.objects.items() if mine.can(key, "read")]
        return msgspec.json.encode({"objects": shown, "version": registry.version})

    return kept(registry, ("described", policy), make)


def object_(registry: Registry, policy: Policy, key: str) -> bytes:
    """One object with its fields as JSON. Raises `NotFound` where the caller may not read it."""
    mine = rights(registry, policy)
    if key not in registry.objects or not mine.can(key, "read"):
        raise NotFound()

    def make() -> bytes:
        return msgspec.json.encode(described(mine, registry.objects[key]))

    return kept(registry, ("described", policy, key), make)


def described(mine: Rights, obj: Object) -> dict[str, Any]:
    """One object with its fields, as far as the rights go."""
    fields = [
        field_(mine, obj, field)
        for field in mine.registry.fields(obj.key).values()
        if mine.access(obj.key, field.key) != "hidden"
    ]
    known = {field["key"] for field in fields}
    sections = [
        {"label": s.label.as_json(), "fields": keys}
        for s in obj.sections
        if (keys := [key for key in s.fields if key in known])
    ]
    editable = mine.can(obj.key, "edit")
    inner = {
        "unique": [list(group) for group in obj.unique],
        "indexes": [list(order) for order in obj.indexes],
        "rules": [msgspec.to_builtins(rule) | {"message": rule.message.as_json()} for rule in obj.rules],
    }
    return {
        **_summary(mine, obj),
        "name_field": "name",
        "list_fields": [key for key in obj.list_fields if key in known],
        "default_sort": list(obj.default_sort),
        "sections": sections,
        "record_types": [
            {"value": t.value, "label": t.label.as_json()} for t in obj.record_types if not t.retired
        ],
        "actions": [{"key": a.key, "label": a.label.as_json()} for a in obj.actions if editable],
        "fields": fields,
        **(inner if _defines(mine) else {}),
    }


def _defines(mine: Rights) -> bool:
    """Whether the rights are those of somebody who defines objects, and so may know what all is made from."""
    return mine.policy.administrator or "definitions" in mine.policy.capabilities


def _summary(mine: Rights, obj: Object) -> dict[str, Any]:
    return {
        "key": obj.key,
        "label": obj.label.as_json(),
        "plural": obj.plural.as_json(),
        "icon": obj.icon,
        "area": obj.area,
        "custom": obj.custom,
        "owned": obj.owned,
        "parent": obj.parent or None,
        "administrative": obj.administrative,
        "searchable": obj.searchable,
        "importable": obj.importable,
        "history": obj.history,
        "features": list(obj.features),
        "name_field": "name",
        "can": {action: mine.can(obj.key, action) for action in ACTIONS},
    }


def field_(mine: Rights, obj: Object, field: Field) -> dict[str, Any]:
    """One field with what the caller may do with it. A masked one can be neither asked about nor sorted by."""
    kind = mine.registry.type_of(field)
    access = mine.access(obj.key, field.key)
    open_ = access in ("read", "edit")
    found = paths_of(mine.registry).find(obj.key, (field.key,))
    return {
        "key": field.key,
        "type": field.type,
        "label": field.label.as_json(),
        "help": field.help.as_json() if field.help else None,
        "required": field.required,
        "unique": field.unique,
        "read_only": field.read_only or not kind.writable,
        "system": field.system,
        "custom": field.custom,
        "personal": field.personal,
        "sensitive": field.sensitive,
        "encrypted": field.encrypted,
        "search": field.search,
        "index": field.index,
        "access": access,
        "operators": list(kind.field_operators(field)) if open_ else [],
        "sortable": open_ and found.sortable,
        "groupable": open_ and found.groupable,
        "measures": list(kind.field_measures(field)) if open_ else [],
        "default": field.default,
        "minimum": field.minimum,
        "maximum": field.maximum,
        "pattern": field.pattern,
        "state": field.state,
        "options": _options(mine, field),
    }


def _options(mine: Rights, field: Field) -> Mapping[str, Any]:
    """The options of the field's type with their defaults, as far as the caller may know them."""
    settings = msgspec.to_builtins(mine.registry.type_of(field).settings(field))
    given: dict[str, Any] = {**settings, **msgspec.to_builtins(dict(field.options))}
    if not _defines(mine):
        given = {key: value for key, value in given.items() if key not in _HIDDEN_OPTIONS}
    if field.type in ("user", "department"):
        given["target"] = field.target
    return given
