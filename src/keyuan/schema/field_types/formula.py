"""A value computed from other fields."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import COUNTED, DATED, EQUALITY, ORDERED, RANGED, SUMMED, TEXTUAL, FieldType

RESULTS: dict[str, Type] = {
    "text": Type.TEXT, "number": Type.NUMBER, "integer": Type.INTEGER, "boolean": Type.BOOLEAN,
    "date": Type.DATE, "datetime": Type.DATETIME,
}  # fmt: skip
"""What a formula may result in, by the word that its option `result` uses."""

_OPERATORS = {
    "text": TEXTUAL, "boolean": ("=", "!=", "is_null"), "date": DATED, "datetime": DATED,
    "number": ORDERED, "integer": ORDERED,
}  # fmt: skip


class FormulaOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`expression` in the expression language; `result`: the type it results in."""

    expression: str
    result: Literal["text", "number", "integer", "boolean", "date", "datetime"] = "text"
    scale: Annotated[int, msgspec.Meta(ge=0, le=8)] = 2


class FormulaType(FieldType):
    """A live expression over the record and one step along its references; it is computed in each query and as
    restricted as the most restricted field it is made from."""

    name = "formula"
    label = Label("公式", "Formula")
    type = Type.TEXT
    options = FormulaOptions
    sortable = True
    groupable = True
    stored = False
    output = "formula"
    writable = False
    computed = True
    retype_from = False
    measures = SUMMED

    def expression_type(self, field: Field) -> Type:
        return RESULTS[self.settings(field).result]

    def field_operators(self, field: Field) -> tuple[str, ...]:
        return _OPERATORS.get(self.settings(field).result, EQUALITY)

    def field_measures(self, field: Field) -> tuple[str, ...]:
        result = self.settings(field).result
        if result == "boolean":
            return COUNTED
        return SUMMED if result in ("number", "integer") else RANGED

    def json_schema(self, field: Field) -> dict[str, Any]:
        formats = {
            "date": {"format": "date"},
            "datetime": {"format": "date-time"},
            "number": {"format": "decimal"},
        }
        result = self.settings(field).result
        kind = {"boolean": "boolean", "integer": "integer"}.get(result, "string")
        return {"type": kind, **formats.get(result, {})}


TYPE = FormulaType()
