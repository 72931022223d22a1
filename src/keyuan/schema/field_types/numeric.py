"""What all types of exact numbers share: reading decimals from input and from cells, bounds."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, FromClause, Text, cast

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import ORDERED, SUMMED, Context, FieldProblem, FieldType

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\Z")
_HALF_WIDTH = str.maketrans("０１２３４５６７８９．，－＋％（）￥：", "0123456789.,-+%()¥:")
_UNITS = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
_NUMBER_LABEL = Label("数字", "a number")


def half_width(text: str) -> str:
    """Digits and signs as Chinese input methods write them, made plain. Digits of other scripts stay what they are: no
    numbers."""
    return text.translate(_HALF_WIDTH)


def read_decimal(value: Any) -> Decimal:
    """The decimal of a JSON number or string; `FieldProblem` for anything else, exponents and infinities too."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise FieldProblem("type", expected=_NUMBER_LABEL)
    text = repr(value) if isinstance(value, float) else half_width(str(value).strip())
    if isinstance(value, str) and (len(text) > 60 or not _NUMBER.match(text)):
        raise FieldProblem("type", expected=_NUMBER_LABEL)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise FieldProblem("type", expected=_NUMBER_LABEL) from None
    if not number.is_finite() or abs(number.adjusted()) > 60:
        raise FieldProblem("type", expected=_NUMBER_LABEL)
    return number


def read_cell(text: str) -> str:
    """A number as people type it in sheets, made plain: full-width digits, thousands separators, currency signs,
    accounting brackets, 万 and 亿."""
    plain = half_width(text.strip())
    plain = plain.strip("¥$€£ \u00a0'").replace(",", "").replace(" ", "").replace("\u00a0", "")
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1]
    if plain[-1:] in _UNITS and _NUMBER.match(plain[:-1]):
        return format(Decimal(plain[:-1]) * _UNITS[plain[-1]], "f")
    return plain


def check_range(field: Field, number: Decimal) -> None:
    """Refuse a number outside the field's `minimum` and `maximum`."""
    if field.minimum is not None and number < Decimal(str(field.minimum)):
        raise FieldProblem("minimum", minimum=field.minimum)
    if field.maximum is not None and number > Decimal(str(field.maximum)):
        raise FieldProblem("maximum", maximum=field.maximum)


class NumericType(FieldType):
    """An exact number of fixed scale, kept as `numeric`, canonical as text with all its decimals."""

    type = Type.NUMBER
    operators: ClassVar[tuple[str, ...]] = ORDERED
    sortable = True
    groupable = True
    measures: ClassVar[tuple[str, ...]] = SUMMED
    bounded = True

    def check(self, field: Field) -> None:
        super().check(field)
        for bound in ("minimum", "maximum"):
            if getattr(field, bound) is not None:
                try:
                    read_decimal(getattr(field, bound))
                except FieldProblem as e:
                    raise FieldProblem(e.code, bound, **e.params) from None

    def bound(self, value: Any) -> Decimal:
        return read_decimal(value)

    def scale(self, field: Field) -> int:
        """The number of decimals kept."""
        scale: int = self.settings(field).scale
        return scale

    def digits(self, field: Field) -> int:
        """The most digits before the decimal point."""
        return 16

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        if isinstance(value, str) and not value.strip():
            return None
        number = read_decimal(value)
        if abs(number) >= Decimal(10) ** self.digits(field):
            raise FieldProblem("too_large_number")
        check_range(field, number)
        places = self.scale(field)
        kept = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0
        if kept != number and not context.rounds:
            raise FieldProblem("places", places=places)
        return format(kept, "f")

    def canonical(self, field: Field, table: FromClause) -> ColumnElement[Any]:
        return cast(table.c[field.physical], Text)

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        return self.parse(field, read_cell(text), context)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "decimal", "examples": ["12.50"]}

    def input_schema(self, field: Field) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "format": "decimal", "examples": ["12.50"]}, {"type": "number"}]}
