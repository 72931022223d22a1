"""A reference to one record of another object."""

from __future__ import annotations

import builtins
from typing import Any, ClassVar, Literal

import msgspec
from sqlalchemy import Column

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import COUNTED, EQUALITY, Context, FieldType
from .pointer import INPUT_SCHEMA, SHOWN_SCHEMA, UUID, read_id


class ReferenceOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`target`: the object pointed to. `on_delete`: what deleting the target does here: `restrict` refuses, `clear`
    empties the field, `cascade` deletes this record too. `acyclic`: following the field never comes back. `filter`:
    which records may be chosen (filter JSON). `reverse`: what the records with the reference are called on the page of
    the one they point to, where the name of their object does not say it."""

    target: str
    on_delete: Literal["restrict", "clear", "cascade"] = "restrict"
    acyclic: bool = False
    filter: list[Any] | None = None
    reverse: Label | None = None


class ReferenceType(FieldType):
    """A reference to one record of another object, with a foreign key in the database."""

    name = "reference"
    label = Label("关联记录", "Reference")
    type = Type.REFERENCE
    options: ClassVar[builtins.type[msgspec.Struct]] = ReferenceOptions
    operators = EQUALITY
    sortable = True
    groupable = True
    measures = COUNTED
    output = "reference"
    retype_from = False
    uniquable = True

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        return (Column(field.physical, UUID),)

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        return read_id(value)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return SHOWN_SCHEMA

    def input_schema(self, field: Field) -> dict[str, Any]:
        return INPUT_SCHEMA


TYPE = ReferenceType()
