"""A day of the calendar."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Column, Date

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import DATED, RANGED, Context, FieldProblem, FieldType, NoOptions

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_YMD = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T].*)?\Z")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})\Z")


def read_day(text: str) -> str:
    """A day in year-month-day order as Chinese sheets write it (2026-1-5, 2026/01/05, 2026年1月5日, 20260105) in ISO
    form. Other orders depend on the file and are for the mapping of an import to say."""
    match = _YMD.match(text) or _COMPACT.match(text)
    if not match:
        raise FieldProblem("date")
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        raise FieldProblem("date") from None


def check_bounds(field: Field, read: Callable[[Any], object]) -> None:
    """Refuse a definition with a bound that `read` refuses."""
    for bound in ("minimum", "maximum"):
        value = getattr(field, bound)
        if value is not None:
            try:
                read(value)
            except FieldProblem as e:
                raise FieldProblem(e.code, bound, **e.params) from None


def _day(value: Any) -> str:
    """A day in its canonical form."""
    if not isinstance(value, str) or not _ISO.match(value.strip()):
        raise FieldProblem("date")
    try:
        return date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        raise FieldProblem("date") from None


class DateType(FieldType):
    """A day without time or zone, as `YYYY-MM-DD`; so are its bounds, which are days that may still be."""

    name = "date"
    label = Label("日期", "Date")
    type = Type.DATE
    options = NoOptions
    operators = DATED
    sortable = True
    groupable = True
    measures = RANGED
    bounded = True
    uniquable = True

    def check(self, field: Field) -> None:
        super().check(field)
        check_bounds(field, _day)

    def bound(self, value: Any) -> str:
        return _day(value)

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        return (Column(field.physical, Date),)

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        if isinstance(value, str) and not value.strip():
            return None
        day = _day(value)
        if field.minimum is not None and day < str(field.minimum):
            raise FieldProblem("minimum", minimum=field.minimum)
        if field.maximum is not None and day > str(field.maximum):
            raise FieldProblem("maximum", maximum=field.maximum)
        return day

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        return self.parse(field, read_day(text.strip()) if text.strip() else "", context)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


TYPE = DateType()
