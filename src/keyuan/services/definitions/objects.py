"""Changes of objects: create, update, retire, bring back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ...access import Principal
from ...kernel.errors import Conflict, FieldError, Invalid, NotFound
from ...records.runtime import Runtime
from ...schema import field_types
from ...schema.model import Field, Object, RecordType
from ...schema.overlay import OBJECT_OVERLAY, merged_choices
from ...schema.registry import Place
from .bodies import Body, as_json, checked_object, custom_key, printable, read_field, read_object_changes
from .change import Outcome, change
from .draft import Draft, Job, Retired
from .fields import GRACE
from .usage import in_words, users_of_object

_FIXED = frozenset({"key", "owned", "parent", "searchable", "history"})
"""What cannot change once there are records."""

_NAME: Body = {
    "key": "name",
    "type": "text",
    "label": {"zh": "名称", "en": "Name"},
    "required": True,
    "search": True,
}


async def create_object(runtime: Runtime, principal: Principal, body: object) -> Outcome:
    """Make an object: `{"label", "plural"?, "key"?, "icon"?, "area"?, "owned"?, "fields": […], …}`. It gets a field `name` if
    none of the fields has that key. Sections and the like name fields by their keys as sent."""

    def edit(draft: Draft) -> None:
        given, rest = read_object_changes(body, extra=("fields",))
        if given.get("label") is None:
            raise Invalid(errors=[FieldError("label", "required")])
        given.setdefault("plural", given["label"])
        given.setdefault("area", "custom")
        key = custom_key(given.get("key"), given["label"], draft.organisation.registry.objects, "object")
        draft.subject = Place(key, "")
        draft.detail = {"body": body}
        _free(draft, key)
        fields, names = _new_fields(rest.get("fields"))
        _rename(given, names)
        if "list_fields" not in given:
            given["list_fields"] = [f.key for f in fields if _listed(f)][:6]
        made = checked_object({**given, "key": key, "custom": True, "fields": []})
        _plain(made)
        draft.put("object", key, "", _body(made))
        for field in fields:
            draft.put_field(key, field)

    return await change(runtime, principal, "create_object", edit)


async def update_object(runtime: Runtime, principal: Principal, object_key: str, body: object) -> Outcome:
    """Change words, layout, order, record types, unique groups, indexes and rules of an object; what is not given stays."""

    def edit(draft: Draft) -> None:
        old = draft.object(object_key)
        draft.subject = Place(object_key, "")
        draft.detail = {"body": body}
        given, _ = read_object_changes(body)
        now = as_json(old)
        changes = {k: v for k, v in given.items() if v != now.get(k, _DEFAULTS.get(k))}
        if not changes:
            return
        for name in sorted(changes):
            if name in _FIXED or not (old.custom or name in OBJECT_OVERLAY):
                draft.refuse(name, "def_fixed" if name in _FIXED else "def_standard")
        if "record_types" in changes:
            kept = [{**as_json(c), "retired": True} for c in old.record_types]
            named = {c["value"] for c in changes["record_types"]}
            changes["record_types"] = [
                *changes["record_types"],
                *(c for c in kept if c["value"] not in named),
            ]
        made = checked_object({**now, **changes})
        _plain(made)
        if "sections" in changes:
            changes["arranged"] = sorted(f.key for f in old.fields)
        if old.custom:
            draft.put("object", object_key, "", {**draft.row("object", object_key), **changes})
        else:
            _overlay(draft, object_key, changes)

    return await change(runtime, principal, "update_object", edit, touches=object_key)


async def retire_object(runtime: Runtime, principal: Principal, object_key: str) -> Outcome:
    """Put an object of an administrator's out of use; its records stay for `GRACE` and can be brought back. `Conflict`
    where fields of other objects point at it or are made from it."""

    def edit(draft: Draft) -> None:
        old = draft.object(object_key)
        draft.subject = Place(object_key, "")
        if not old.custom:
            raise Conflict("standard_definition")
        registry = draft.organisation.registry
        if found := users_of_object(registry, object_key):
            words = in_words(registry, found)
            raise Conflict("definition_in_use", errors=[FieldError("", "def_used_by", {"users": words})])
        rows = [key for key in draft.rows if key[1] == object_key]
        kept = [msgspec.to_builtins(draft.rows[key]) for key in rows]
        for key in rows:
            del draft.rows[key]
        until = draft.now + GRACE
        draft.retiring.append(Retired(object_key, "", "", {"rows": kept}, until))
        draft.jobs.append(Job("drop", object_key, "", {"due": until.isoformat()}))

    return await change(runtime, principal, "retire_object", edit)


async def restore_object(runtime: Runtime, principal: Principal, object_key: str) -> Outcome:
    """Bring back a retired object with its records."""

    def edit(draft: Draft) -> None:
        draft.subject = Place(object_key, "")
        gone = next(
            (r for r in draft.retired if (r.object, r.column) == (object_key, "") and not r.dropped_at), None
        )
        if gone is None:
            raise NotFound()
        for row in gone.body["rows"]:
            draft.put(row["kind"], row["object"], row["field"], row["body"], row["position"])
        draft.reviving.append((object_key, ""))

    return await change(runtime, principal, "restore_object", edit)


def _free(draft: Draft, key: str) -> None:
    """Refuse a key that an object has or had, as long as its tables are there."""
    if key in draft.organisation.registry.objects or ("object", key, "") in draft.rows:
        draft.refuse("key", "def_key_taken")
    for gone in draft.retired:
        if (gone.object, gone.column) == (key, "") and gone.dropped_at is None:
            day = gone.drop_after.date().isoformat() if gone.drop_after else "-"
            draft.refuse("key", "def_key_retired", day=day)


def _new_fields(given: Any) -> tuple[list[Field], dict[str, str]]:
    """The fields of a new object, `name` among them, and which key each got for the one it was sent with."""
    sent = given if given is not None else []
    if not isinstance(sent, list):
        raise Invalid(errors=[FieldError("fields", "def_unreadable", {"reason": "[{}]"})])
    if not any(isinstance(f, Mapping) and f.get("key") == "name" for f in sent):
        sent = [_NAME, *sent]
    made: list[Field] = []
    names: dict[str, str] = {}
    errors: list[FieldError] = []
    taken: set[str] = set()
    for number, body in enumerate(sent):
        try:
            field, _ = read_field(body, taken, extra=("fill",))
            if field.type not in field_types.all_types():
                raise Invalid(errors=[FieldError("type", "def_no_such_type", {"type": field.type[:40]})])
            if field.key in taken:
                raise Invalid(errors=[FieldError("key", "def_key_taken")])
        except Invalid as e:
            errors.extend(error.under(f"fields.{number}") for error in e.errors)
            continue
        taken.add(field.key)
        if isinstance(body.get("key"), str):
            names[body["key"]] = field.key
        made.append(field)
    if errors:
        raise Invalid(errors=errors)
    return made, names


def _rename(given: Body, names: Mapping[str, str]) -> None:
    """Give fields the keys they got wherever the body mentions them by those they were sent with."""

    def renamed(key: Any) -> Any:
        if not isinstance(key, str):
            return key
        sign, first = ("-", key[1:]) if key.startswith("-") else ("", key)
        head, dot, rest = first.partition(".")
        return sign + names.get(head, head) + dot + rest

    def all_renamed(keys: Any) -> Any:
        return [renamed(k) for k in keys] if isinstance(keys, list) else keys

    for name in ("list_fields", "default_sort"):
        if name in given:
            given[name] = all_renamed(given[name])
    for name in ("unique", "indexes"):
        if isinstance(given.get(name), list):
            given[name] = [all_renamed(group) for group in given[name]]
    for section in given.get("sections") or () if isinstance(given.get("sections"), list) else ():
        if isinstance(section, dict):
            section["fields"] = all_renamed(section.get("fields"))
    for kind in given.get("record_types") or () if isinstance(given.get("record_types"), list) else ():
        if isinstance(kind, dict):
            kind |= {name: all_renamed(kind[name]) for name in ("without", "required") if name in kind}
    if isinstance(given.get("parent"), str) and given["parent"]:
        given["parent"] = renamed(given["parent"])


def _listed(field: Field) -> bool:
    return field.type not in field_types.all_types() or field_types.get(field.type).listed


def _plain(made: Object) -> None:
    """Refuse words that are no names: of an icon, an area, a feature."""
    for name, value in (("icon", made.icon), ("area", made.area), *(("features", f) for f in made.features)):
        if not value or len(value) > 40 or not value.isascii() or not printable(value):
            raise Invalid(errors=[FieldError(name, "def_key_form")])


def _body(made: Object) -> Body:
    """A custom object as its row keeps it: without key and fields, which have places of their own."""
    body = as_json(made)
    for name in ("key", "fields", "custom"):
        body.pop(name, None)
    return body


_DEFAULTS: Body = {
    "unique": [], "indexes": [], "rules": [], "record_types": [], "list_fields": [], "sections": [], "features": [],
    "default_sort": ["-updated_at"], "icon": "file", "parent": "", "owned": True, "searchable": True,
    "history": True, "importable": True,
}  # fmt: skip
"""What an object's JSON leaves out."""


def _overlay(draft: Draft, object_key: str, changes: Body) -> None:
    """Put changes of a standard object into its overlay. Groups and rules are those beside the standard ones, which
    cannot be taken away."""
    standard = draft.standard[object_key]
    own = as_json(standard)
    body = draft.row("object_overlay", object_key)
    for name, value in changes.items():
        if name in ("unique", "indexes", "rules"):
            declared = own.get(name, [])
            if any(item not in value for item in declared):
                draft.refuse(name, "def_standard")
            value = [item for item in value if item not in declared]
        elif name == "record_types":
            merged = merged_choices(standard.record_types, value, RecordType)
            value = [as_json(c) for c in merged]
        if value == own.get(name, _DEFAULTS.get(name)) or (
            value == [] and name in ("unique", "indexes", "rules")
        ):
            body.pop(name, None)
        else:
            body[name] = value
    draft.put("object_overlay", object_key, "", body)
