"""What a definition is made of: objects, fields, choices, sections. Plain immutable values that read from and write to
JSON (msgspec), so that standard definitions (Python) and an administrator's (database rows) are the same thing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

import msgspec

from ..kernel.i18n import Label

FieldState = Literal["pending", "ready", "failed", "retired"]

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
"""The form of object and field keys; short enough that `<key>__history` and part columns stay below 63 bytes."""

CUSTOM_PREFIX = "x_"
"""Keys an administrator makes begin with this, so that no later standard key collides."""


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One value of a choice field: `value` is stored, `color` names a soft colour of the theme, a `retired` value stays
    valid on old records and is no longer offered."""

    value: str
    label: Label
    color: str = ""
    retired: bool = False


class RecordType(Choice, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A kind that records of an object are of, the value of the field `record_type`. `without`: the fields that forms leave
    out for it; `required`: the fields that its records must have beside those that all must have."""

    without: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


class Field(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, dict=True
):
    """One field of an object.

    `type` names a module of `field_types/`, which also says what `options` may hold. `default` is a canonical value or
    `{"expr": "…"}`. `minimum`/`maximum` are canonical values. `read_only` fields are written by the product, never by
    people. The program knows what each of `fixed_choices` means, so an administrator changes their words, colours and order
    and what is offered, but adds none. `column` is the physical column where it differs from the key (after a retype);
    `becoming` is what the field turns into once its new column is filled."""

    key: str
    type: str
    label: Label
    help: Label | None = None
    required: bool = False
    unique: bool = False
    default: object = None
    minimum: str | int | None = None
    maximum: str | int | None = None
    pattern: str | None = None
    personal: bool = False
    sensitive: bool = False
    encrypted: bool = False
    search: bool = False
    index: bool = False
    read_only: bool = False
    fixed_choices: bool = False
    system: bool = False
    custom: bool = False
    state: FieldState = "ready"
    column: str = ""
    becoming: Field | None = None
    options: Mapping[str, object] = msgspec.field(default_factory=dict)

    @property
    def physical(self) -> str:
        """The name of the (main) column."""
        return self.column or self.key

    def option(self, name: str, default: object = None) -> object:
        """An option of the type, or the default given."""
        return self.options.get(name, default)

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The choices of a choice field, retired ones too; empty for other types."""
        return tuple(msgspec.convert(c, Choice) for c in self.options.get("choices", ()))  # type: ignore[attr-defined]

    @cached_property
    def choice_values(self) -> frozenset[str]:
        """The values of the choices."""
        return frozenset(c.value for c in self.choices)

    @cached_property
    def target(self) -> str:
        """The object a reference field points to; the types `user` and `department` imply it."""
        return str(self.options.get("target") or self.type)


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A titled group of fields in forms and on the record page."""

    label: Label
    fields: tuple[str, ...]


class Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that can be done to a record beside editing it, such as winning a deal; the code is in the domain."""

    key: str
    label: Label


class ReadyView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A view that lists of the object have from the beginning: a filter and an order by fields of the object. A list opens
    with the view that `opens` it, where the person has chosen no other."""

    key: str
    label: Label
    filter: list[Any] = []
    sort: tuple[str, ...] = ()
    opens: bool = False


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition that every saved record meets, in the expression language; `message` is shown at `field`."""

    condition: str
    message: Label
    field: str = ""


class Object(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A kind of record. `fields` holds the common fields too (see `declare.object_`).

    `owned` objects have an owner and the owner's department, from which scopes are decided. An object with a `parent`
    (the key of one of its reference fields) is seen and edited exactly where that record is. `unique` lists groups of
    fields that are unique together; a yes/no field in a group limits it to records where that is yes (one primary contact
    a customer); with a field that leads up a tree (`acyclic`, to the object itself) records at the top are unique among
    each other, while what is empty otherwise stands against nothing. `indexes` lists the orders lists are served in
    (`"-amount"` descending)."""

    key: str
    label: Label
    plural: Label
    area: str
    icon: str = "file"
    fields: tuple[Field, ...]
    owned: bool = True
    parent: str = ""
    features: tuple[str, ...] = ()
    searchable: bool = True
    history: bool = True
    importable: bool = True
    administrative: bool = False
    custom: bool = False
    retired: bool = False
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    record_types: tuple[RecordType, ...] = ()
    list_fields: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    default_sort: tuple[str, ...] = ("-updated_at",)
    views: tuple[ReadyView, ...] = ()
    rules: tuple[Rule, ...] = ()
    actions: tuple[Action, ...] = ()

    @property
    def found_everywhere(self) -> bool:
        """Whether a search that names no objects looks here: not among what belongs to the settings, but for objects with the
        feature `search` (the people and departments of an organisation)."""
        return self.searchable and (not self.administrative or "search" in self.features)

    def record_type(self, value: object) -> RecordType | None:
        """The record type of that value of the field `record_type`, or None."""
        return next((t for t in self.record_types if t.value == value), None)

    def field(self, key: str) -> Field | None:
        """The field of that key, or None."""
        return next((f for f in self.fields if f.key == key), None)
