"""A figure over the records that point here."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from sqlalchemy import BigInteger, Column, ColumnElement, Date, DateTime, FromClause, Numeric, Text, cast

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import DATED, ORDERED, RANGED, SUMMED, FieldType

_RESULTS: dict[str, tuple[Type, Any]] = {
    "integer": (Type.INTEGER, BigInteger()),
    "number": (Type.NUMBER, Numeric()),
    "date": (Type.DATE, Date()),
    "datetime": (Type.DATETIME, DateTime(timezone=True)),
}

_OF: dict[Type, str] = {
    Type.NUMBER: "number", Type.INTEGER: "integer", Type.DURATION: "integer", Type.DATE: "date", Type.DATETIME: "datetime",
}  # fmt: skip
"""What a figure over values of a type results in."""


class RollupOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`object` and its reference field `via` say which records count, `filter` (filter JSON) which of them; `measure`
    of `field` is taken (money by its base amount). `result` is the type it results in."""

    object: str
    via: str
    measure: Literal["count", "sum", "min", "max", "avg"] = "count"
    field: str = ""
    filter: list[Any] | None = None
    result: Literal["integer", "number", "date", "datetime"] = "number"


class RollupType(FieldType):
    """A stored figure over children, recomputed by the pipeline whenever they change."""

    name = "rollup"
    label = Label("汇总", "Roll-up")
    type = Type.NUMBER
    options = RollupOptions
    operators = ORDERED
    sortable = True
    groupable = True
    measures = SUMMED
    writable = False
    computed = True
    retype_from = False

    def expression_type(self, field: Field) -> Type:
        return _RESULTS[self.result(field)][0]

    def result(self, field: Field) -> str:
        """The word for the type it results in; counts are integers."""
        options: RollupOptions = self.settings(field)
        return "integer" if options.measure == "count" else options.result

    def result_over(self, measure: str, source: Type) -> str | None:
        """The word for what a measure of values of a type results in; None where there is no such figure."""
        return "number" if measure == "avg" else _OF.get(source)

    def field_operators(self, field: Field) -> tuple[str, ...]:
        return DATED if self.result(field) in ("date", "datetime") else ORDERED

    def field_measures(self, field: Field) -> tuple[str, ...]:
        return RANGED if self.result(field) in ("date", "datetime") else SUMMED

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        return (Column(field.physical, _RESULTS[self.result(field)][1]),)

    def canonical(self, field: Field, table: FromClause) -> ColumnElement[Any]:
        column = table.c[field.physical]
        return cast(column, Text) if self.result(field) == "number" else column

    def json_schema(self, field: Field) -> dict[str, Any]:
        schemas: dict[str, dict[str, Any]] = {
            "integer": {"type": "integer"},
            "number": {"type": "string", "format": "decimal"},
            "date": {"type": "string", "format": "date"},
            "datetime": {"type": "string", "format": "date-time"},
        }
        return schemas[self.result(field)]


TYPE = RollupType()
