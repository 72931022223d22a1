"""A percentage."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from sqlalchemy import Column, Numeric

from ...kernel.i18n import Label
from ..model import Field
from .base import Context
from .numeric import NumericType, read_cell


class PercentOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`scale`: decimals kept (0–6)."""

    scale: Annotated[int, msgspec.Meta(ge=0, le=6)] = 2


class PercentType(NumericType):
    """A percentage, in percent: `"12.50"` is 12.5 %."""

    name = "percent"
    label = Label("百分比", "Percent")
    options = PercentOptions
    measures = ("count", "count_distinct", "avg", "min", "max")
    uniquable = True

    def digits(self, field: Field) -> int:
        return 9

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        scale = self.scale(field)
        return (Column(field.physical, Numeric(self.digits(field) + scale, scale)),)

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        return self.parse(field, read_cell(text).rstrip("%").strip(), context)

    def to_text(self, field: Field, value: Any, context: Context) -> str:
        return f"{value}%"


TYPE = PercentType()
