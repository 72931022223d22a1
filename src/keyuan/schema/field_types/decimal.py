"""A number with decimals."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from sqlalchemy import Column, Numeric

from ...kernel.i18n import Label
from ..model import Field
from .numeric import NumericType


class DecimalOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`scale`: decimals kept (0–8); `unit`: shown behind the number."""

    scale: Annotated[int, msgspec.Meta(ge=0, le=8)] = 2
    unit: str = ""


class DecimalType(NumericType):
    """An exact number with a fixed number of decimals."""

    name = "decimal"
    label = Label("小数", "Decimal")
    options = DecimalOptions
    uniquable = True

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        scale = self.scale(field)
        return (Column(field.physical, Numeric(self.digits(field) + scale, scale)),)


TYPE = DecimalType()
