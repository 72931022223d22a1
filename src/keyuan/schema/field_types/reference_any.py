"""A reference to one record of one of several objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, FromClause, case

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import COUNTED, EQUALITY, Context, FieldProblem, FieldType, json_object
from .pointer import ID_SCHEMA, SHOWN_SCHEMA, UUID, read_id
from .stored_text import text_column


class ReferenceAnyOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`targets`: the objects it may point to; empty means any object."""

    targets: list[str] = []


class ReferenceAnyType(FieldType):
    """A reference to one record of one of several objects: `{"object": "customer", "id": "…"}`."""

    name = "reference_any"
    label = Label("关联任意记录", "Reference to any")
    type = Type.REFERENCE
    options = ReferenceAnyOptions
    operators = EQUALITY
    measures = COUNTED
    output = "reference_any"
    retype_from = False

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        return (Column(field.physical, UUID), text_column(field.physical + "__object"))

    def parts(self, field: Field) -> Mapping[str, Type]:
        return {"object": Type.TEXT}

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        if not isinstance(value, Mapping):
            raise FieldProblem("type", expected=Label("对象和编号", '{"object", "id"}'))
        record = read_id(value.get("id"))
        if record is None:
            return None
        kind, targets = value.get("object"), self.settings(field).targets
        if not isinstance(kind, str) or (targets and kind not in targets):
            raise FieldProblem("target", "object")
        return {"object": kind, "id": record}

    def encode(self, field: Field, value: Any, context: Context) -> dict[str, Any]:
        v = value or {}
        return {field.physical: v.get("id"), field.physical + "__object": v.get("object")}

    def canonical(self, field: Field, table: FromClause) -> ColumnElement[Any]:
        c, name = table.c, field.physical
        shown = json_object(object=c[name + "__object"], id=c[name])
        return case((c[name].is_not(None), shown))

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        kind, _, record = text.strip().partition(" ")
        return self.parse(field, {"object": kind, "id": record.strip()}, context) if kind else None

    def to_text(self, field: Field, value: Any, context: Context) -> str:
        return f"{value['object']} {value['id']}"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {**SHOWN_SCHEMA, "properties": {"object": {"type": "string"}, **SHOWN_SCHEMA["properties"]}}

    def input_schema(self, field: Field) -> dict[str, Any]:
        properties = {"object": {"type": "string"}, "id": ID_SCHEMA}
        return {"type": "object", "properties": properties, "required": ["object", "id"]}


TYPE = ReferenceAnyType()
