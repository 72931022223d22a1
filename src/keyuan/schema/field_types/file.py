"""Attached files."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
from sqlalchemy import ARRAY, Column

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import Context, FieldProblem, FieldType
from .pointer import ID_SCHEMA, INPUT_SCHEMA, UUID, read_id


class FileOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`most`: how many files; `megabytes`: how large each."""

    most: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    megabytes: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50


class FileType(FieldType):
    """Files uploaded before and taken by the record: a list of their ids, shown with name, size and media type."""

    name = "file"
    label = Label("附件", "Files")
    type = Type.REFERENCES
    options = FileOptions
    operators = ("is_null",)
    measures = ()
    output = "files"
    media_types: ClassVar[tuple[str, ...]] = ()
    """The media types taken; empty means any."""
    retype_from = False

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        return (Column(field.physical, ARRAY(UUID)),)

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        given = value if isinstance(value, list) else [value]
        ids = list(dict.fromkeys(i for v in given if (i := read_id(v)) is not None))
        if len(ids) > self.settings(field).most:
            raise FieldProblem("too_many", limit=self.settings(field).most)
        return ids or None

    def json_schema(self, field: Field) -> dict[str, Any]:
        properties = {
            "id": ID_SCHEMA,
            "name": {"type": "string"},
            "size": {"type": "integer"},
            "media_type": {"type": "string"},
        }
        return {
            "type": "array",
            "items": {"type": "object", "properties": properties, "required": ["id", "name"]},
        }

    def input_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "array", "items": INPUT_SCHEMA}


TYPE = FileType()
