"""References to many records of another object."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import ARRAY, Column

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import COUNTED, MANY, Context, FieldProblem, FieldType
from .pointer import INPUT_SCHEMA, SHOWN_SCHEMA, UUID, read_id
from .stored_text import split_list


class ReferencesOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`target`: the object pointed to; `most`: how many records at most; `on_delete`: what deleting one of them does here:
    `keep` leaves its id, which shows as deleted, `restrict` refuses; `reverse`: as of `reference`."""

    target: str
    on_delete: Literal["keep", "restrict"] = "keep"
    most: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100
    reverse: Label | None = None


class ReferencesType(FieldType):
    """Many-to-many: each record once, in the order given, as an array with a GIN index (see decision 0003)."""

    name = "references"
    label = Label("多条关联", "References")
    type = Type.REFERENCES
    options = ReferencesOptions
    operators = MANY
    measures = COUNTED
    output = "references"
    retype_from = False

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        return (Column(field.physical, ARRAY(UUID)),)

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        if not isinstance(value, list):
            raise FieldProblem("type", expected=Label("列表", "a list"))
        ids = list(dict.fromkeys(i for v in value if (i := read_id(v)) is not None))
        if len(ids) > self.settings(field).most:
            raise FieldProblem("too_many", limit=self.settings(field).most)
        return ids or None

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        return self.parse(field, split_list(text), context)

    def to_text(self, field: Field, value: Any, context: Context) -> str:
        return ", ".join(value)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "array", "items": SHOWN_SCHEMA}

    def input_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "array", "items": INPUT_SCHEMA}


TYPE = ReferencesType()
