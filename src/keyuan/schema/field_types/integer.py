"""A whole number."""

from __future__ import annotations

import builtins
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
from sqlalchemy import BigInteger, Column, ColumnElement, FromClause

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import Context, FieldProblem
from .numeric import NumericType, check_range, read_cell, read_decimal

_WHOLE = Label("整数", "a whole number")
_LIMIT = 2**53 - 1  # what a JSON number holds exactly in every program


class IntegerOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`unit`: shown behind the number."""

    unit: str = ""


class IntegerType(NumericType):
    """A whole number between ±2⁵³, canonical as a JSON number."""

    name = "integer"
    label = Label("整数", "Integer")
    type = Type.INTEGER
    options: ClassVar[builtins.type[msgspec.Struct]] = IntegerOptions
    uniquable = True

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        return (Column(field.physical, BigInteger),)

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        if isinstance(value, str) and not value.strip():
            return None
        number: Decimal = read_decimal(value)
        if number != number.to_integral_value():
            raise FieldProblem("type", expected=_WHOLE)
        if abs(number) > _LIMIT:
            raise FieldProblem("too_large_number")
        check_range(field, number)
        return int(number)

    def canonical(self, field: Field, table: FromClause) -> ColumnElement[Any]:
        return table.c[field.physical]

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        return self.parse(field, read_cell(text), context)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "integer"}

    def input_schema(self, field: Field) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "integer", "minimum": -_LIMIT, "maximum": _LIMIT}
        if field.minimum is not None:
            schema["minimum"] = int(field.minimum)
        if field.maximum is not None:
            schema["maximum"] = int(field.maximum)
        return schema


TYPE = IntegerType()
