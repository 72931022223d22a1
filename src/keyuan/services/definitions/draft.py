"""A change of definitions before it is made: the rows as they would be, and what goes with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from datetime import datetime
from typing import Any

import msgspec

from ...kernel.errors import Conflict, FieldError, Invalid, NotFound
from ...kernel.i18n import Label
from ...schema import field_types
from ...schema.model import Field, Object
from ...schema.overlay import Kind, Row
from ...schema.registry import Place
from ...storage.organisations import Organisation
from .bodies import Body, as_json

NOTHING = Place("", "")

RowKey = tuple[Kind, str, str]


@dataclass(frozen=True, slots=True)
class Retired:
    """A row of `retired_column`. `column` is empty for the tables of a retired object."""

    object: str
    column: str
    field: str
    body: Mapping[str, Any]
    drop_after: datetime | None = None
    dropped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is to follow."""

    kind: str
    object: str
    field: str
    body: Mapping[str, Any] = made_by(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """The definitions of an organisation in the hands of one change.

    `rows` are changed in place; `retired`: the columns out of use, the earliest first; `columns`: the columns there are
    now, by table; `standard`: the objects as the code declares them. `subject`: what the change is about; `fills`: new
    fields whose default the records already there get; `retiring` and `reviving`: columns that go out of use and come
    back; `jobs`: work that follows; `waiting`: fields that are pending until it is done."""

    organisation: Organisation
    rows: dict[RowKey, Row]
    retired: Sequence[Retired]
    columns: Mapping[str, Iterable[str]]
    standard: Mapping[str, Object]
    now: datetime
    subject: Place = NOTHING
    detail: Body = made_by(default_factory=dict)
    fills: list[tuple[str, Field]] = made_by(default_factory=list)
    retiring: list[Retired] = made_by(default_factory=list)
    reviving: list[tuple[str, str]] = made_by(default_factory=list)
    jobs: list[Job] = made_by(default_factory=list)
    waiting: set[Place] = made_by(default_factory=set)

    # -- looking -------------------------------------------------------------------------------------------------

    def object(self, key: str) -> Object:
        """An object in use; `NotFound` if there is none."""
        return self.organisation.registry.object(key)

    def field(self, object_key: str, key: str) -> Field:
        """A field in use; `NotFound` if there is none."""
        found = self.organisation.registry.field(object_key, key) if self.object(object_key) else None
        if found is None:
            raise NotFound()
        return found

    def standard_field(self, place: Place) -> Field | None:
        """A field as the code declares it; None for an administrator's own."""
        obj = self.standard.get(place.object)
        return obj.field(place.field) if obj else None

    def physical(self, object_key: str, key: str, made: Field) -> str:
        """The name for the column of a new or retyped field: the key, or `<key>__r<n>` where columns of that name are or
        were there. A name is never used a second time: a writer that has not noticed the change must not put its
        value into another meaning."""
        used = {r.column for r in self.retired if r.object == object_key}
        for table in (object_key, f"{object_key}__history"):
            used |= set(self.columns.get(table, ()))
        number = 0
        while True:
            name = key if number == 0 else f"{key}__r{number}"
            trial = msgspec.structs.replace(made, column=name)
            if not used.intersection(c.name for c in field_types.get(made.type).columns(trial)):
                return "" if number == 0 else name
            number += 1

    # -- changing ------------------------------------------------------------------------------------------------

    def row(self, kind: Kind, object_key: str, field_key: str = "") -> Body:
        """The body of a row as JSON to be changed; empty if there is none."""
        found = self.rows.get((kind, object_key, field_key))
        return msgspec.to_builtins(found.body) if found else {}

    def put(
        self, kind: Kind, object_key: str, field_key: str, body: Body, position: int | None = None
    ) -> None:
        """Set a row; an empty overlay is removed."""
        key: RowKey = (kind, object_key, field_key)
        if not body and kind.endswith("_overlay"):
            self.rows.pop(key, None)
            return
        if position is None:
            old = self.rows.get(key)
            position = old.position if old else 1 + max((r.position for r in self.rows.values()), default=0)
        self.rows[key] = Row(kind, object_key, field_key, body, position)

    def put_field(self, object_key: str, made: Field, given: Body | None = None) -> None:
        """Set a custom field, or what differs from the standard in a standard one: the attributes of `given` and what the
        program keeps (state, column, what it becomes)."""
        if made.custom:
            body = as_json(made)
            del body["key"]
            body.pop("custom", None)
            self.put("field", object_key, made.key, body)
            return
        standard = self.standard_field(Place(object_key, made.key))
        body = self.row("field_overlay", object_key, made.key)
        for name, value in (given or {}).items():
            kept = value if standard is None else over_standard(standard, name, value)
            body.pop(name, None)
            if kept is not None or value is None:
                body[name] = kept
        inner = as_json(made)
        for name in ("state", "column", "becoming"):
            body.pop(name, None)
            if name in inner:
                body[name] = inner[name]
        self.put("field_overlay", object_key, made.key, body)

    def retire_columns(self, object_key: str, gone: Field, until: datetime) -> None:
        """Put the columns of a field out of use. One that has none is kept under its key, so that it can come back."""
        names = [column.name for column in field_types.get(gone.type).columns(gone)] or [gone.physical]
        self.retiring.extend(Retired(object_key, name, gone.key, as_json(gone), until) for name in names)

    def refuse(self, path: str, code: str, **params: Any) -> None:
        """Refuse the change because of an attribute."""
        raise Invalid(errors=[FieldError(path, code, params)])

    def not_changing(self, found: Field) -> None:
        """Refuse to touch a field that is being converted."""
        if found.becoming is not None:
            raise Conflict("definition_changing")


def over_standard(standard: Field, name: str, value: Any) -> Any:
    """What an overlay keeps of an attribute: only what differs from the standard, so that the rest follows later versions
    of it. None where nothing does."""
    inner = as_json(standard)
    if name != "options":
        return None if inner.get(name, standard_default(name)) == value else value
    known: Body = inner.get("options", {})
    kept = {k: v for k, v in value.items() if k != "choices" and known.get(k) != v}
    if "choices" in value:
        by_value = {c["value"]: c for c in known.get("choices", ())}
        differing = [
            {k: v for k, v in c.items() if k == "value" or by_value.get(c["value"], {}).get(k) != v}
            for c in value["choices"]
        ]
        if [c for c in differing if len(c) > 1] or list(by_value) != [c["value"] for c in differing]:
            kept["choices"] = differing
    return kept or None


def standard_default(name: str) -> Any:
    """What an attribute of a field is where its JSON leaves it out."""
    return getattr(Field(key="x", type="text", label=Label("x", "x")), name)


def settled(objects: Iterable[Object]) -> tuple[Object, ...]:
    """The objects as they will be when every conversion under way is done."""
    return tuple(
        msgspec.structs.replace(o, fields=tuple(switched(f) for f in o.fields))
        if any(f.becoming for f in o.fields)
        else o
        for o in objects
    )


def switched(found: Field) -> Field:
    """The field as it is once its conversion is done; words that changed meanwhile are kept."""
    new = found.becoming
    if new is None:
        return found
    return msgspec.structs.replace(
        new, key=found.key, label=found.label, help=found.help, personal=found.personal, sensitive=found.sensitive,
        required=found.required, custom=found.custom, system=found.system, becoming=None, state="ready",
    )  # fmt: skip
