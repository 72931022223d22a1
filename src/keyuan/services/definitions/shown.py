"""Definitions as the API shows them, as far as the caller may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...access import ACTIONS, Policy, Principal, can, field_access
from ...access.amounts import in_base_currency
from ...kernel.errors import NotFound
from ...kernel.kept import kept
from ...schema.layout import view_fields
from ...schema.model import Choice, Field, Object
from ...schema.registry import Registry
from ...storage.organisations import Organisation
from .bodies import Body, as_json

_SECRET_OPTIONS = frozenset({"expression", "filter"})
"""Options that name other fields; only who may define fields sees them."""


def definitions_json(organisation: Organisation, principal: Principal) -> Body:
    """The answer of `GET /objects`: every object the caller can know of, without fields."""
    registry = organisation.registry
    shown = [
        _head(registry, principal.policy, obj)
        for obj in registry.objects.values()
        if _visible(registry, principal, obj)
    ]
    return {"objects": shown, "version": organisation.schema_version}


def definition_json(organisation: Organisation, principal: Principal, object_key: str) -> Body:
    """The answer of `GET /objects/{object}`; `NotFound` where the caller cannot know of it. Who may define objects sees
    how it is made as well."""
    registry = organisation.registry
    obj = registry.object(object_key)
    if not _visible(registry, principal, obj):
        raise NotFound()
    return _whole(registry, principal.policy, principal.may("definitions"), object_key)


def _visible(registry: Registry, principal: Principal, obj: Object) -> bool:
    return can(registry, principal.policy, obj.key, "read") or principal.may("definitions")


def _head(registry: Registry, policy: Policy, obj: Object) -> Body:
    return {
        "key": obj.key,
        "label": obj.label.as_json(),
        "plural": obj.plural.as_json(),
        "icon": obj.icon,
        "area": obj.area,
        "custom": obj.custom,
        "owned": obj.owned,
        "parent": obj.parent,
        "features": list(obj.features),
        "searchable": obj.searchable,
        "history": obj.history,
        "importable": obj.importable,
        "administrative": obj.administrative,
        "can": {action: can(registry, policy, obj.key, action) for action in ACTIONS},
        "name_field": "name",
    }


@kept(2_000)
def _whole(registry: Registry, policy: Policy, defines: bool, object_key: str) -> Body:
    obj = registry.object(object_key)
    fields = {
        key: access
        for key in registry.fields(obj.key)
        if (access := field_access(registry, policy, obj.key, key)) != "hidden" or defines
    }

    def seen(keys: Iterable[str]) -> list[str]:
        return [k for k in keys if k.lstrip("-").split(".")[0] in fields]

    sections = [{"label": s.label.as_json(), "fields": seen(s.fields)} for s in obj.sections]
    shown: Body = {
        **_head(registry, policy, obj),
        "list_fields": seen(obj.list_fields),
        "default_sort": seen(obj.default_sort),
        "views": [
            {
                "key": v.key,
                "label": v.label.as_json(),
                "filter": v.filter or None,
                "sort": v.sort,
                "opens": v.opens,
            }
            for v in obj.views
            if all(fields.get(k) in ("read", "edit") for k in view_fields(v))
        ],
        "sections": [s for s in sections if s["fields"]],
        "record_types": [
            {**_choice(t), "without": seen(t.without), "required": seen(t.required)} for t in obj.record_types
        ],
        "actions": [{"key": a.key, "label": a.label.as_json()} for a in obj.actions],
        "fields": [
            field_json(registry, obj.key, registry.fields(obj.key)[key], access, defines=defines)
            for key, access in fields.items()
        ],
    }
    if defines:
        inner = as_json(obj)
        shown |= {name: inner.get(name, []) for name in ("unique", "indexes", "rules")}
    return shown


def field_json(registry: Registry, object_key: str, field: Field, access: str, *, defines: bool) -> Body:
    """A field as answers show it. A masked one can be asked for, but nothing can be done with its value."""
    kind = registry.type_of(field)
    open_ = access in ("read", "edit")
    shown: Body = {
        "key": field.key,
        "type": field.type,
        "label": field.label.as_json(),
        "help": field.help.as_json() if field.help else None,
        "required": field.required,
        "unique": field.unique,
        "read_only": field.read_only or not kind.writable,
        "system": field.system,
        "custom": field.custom,
        "access": access,
        "operators": list(kind.field_operators(field)) if open_ else [],
        "sortable": open_ and kind.sortable and not field.encrypted,
        "groupable": open_ and kind.groupable and not field.encrypted,
        "measures": list(kind.field_measures(field)) if open_ else [],
        "unit": "currency" if in_base_currency(registry, object_key, field.key) else None,
        "default": field.default,
        "minimum": field.minimum,
        "maximum": field.maximum,
        "pattern": field.pattern,
        "state": "pending" if field.becoming is not None else field.state,
        "options": _options(registry, field, defines=defines),
    }
    if defines:
        told = ("personal", "sensitive", "encrypted", "search", "index", "fixed_choices")
        shown |= {name: getattr(field, name) for name in told}
        if field.becoming is not None:
            shown["becoming"] = {"type": field.becoming.type, "options": dict(field.becoming.options)}
    elif isinstance(field.default, Mapping) and set(field.default) == {"expr"}:
        shown["default"] = None
    return shown


def _options(registry: Registry, field: Field, *, defines: bool) -> Body:
    options: Body = {k: v for k, v in field.options.items() if defines or k not in _SECRET_OPTIONS}
    kind = registry.type_of(field)
    if kind.output in ("reference", "references"):
        options["target"] = field.target
    elif kind.output == "reference_any":
        options["targets"] = list(registry.targets(field))
    if field.choices:
        options["choices"] = [_choice(c) for c in field.choices]
    return options


def _choice(choice: Choice) -> Body:
    shown: Body = {"value": choice.value, "label": choice.label.as_json(), "color": choice.color}
    return {**shown, "retired": True} if choice.retired else shown
