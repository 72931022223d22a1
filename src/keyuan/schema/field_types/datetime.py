"""A moment."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, DateTime

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import DATED, RANGED, Context, FieldProblem, FieldType, NoOptions
from .date import check_bounds, read_day

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?\s*(Z|[+-]\d{2}:?\d{2})?)?\Z", re.I)
_CELL = re.compile(r"(.*?)(?:\s+|T)(\d{1,2}):(\d{2})(?::(\d{2}))?\Z")


def iso(moment: datetime) -> str:
    """A moment in UTC as PostgreSQL's JSON shows it: no fraction where it is zero, no zeros at the fraction's end."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text.rjust(19, '0')}+00:00"


def _moment(value: Any) -> datetime:
    """The moment of a text; without a zone where that names none."""
    if not isinstance(value, str) or not _ISO.match(value.strip()):
        raise FieldProblem("datetime")
    try:
        moment = datetime.fromisoformat(value.strip().upper())
        if moment.tzinfo is not None:
            moment.astimezone(UTC)  # the first and last days of the calendar are not there in every zone
    except (ValueError, OverflowError):
        raise FieldProblem("datetime") from None
    return moment


def _fixed(value: Any) -> datetime:
    """The moment of a bound. It is the same for everybody, so it names its zone."""
    moment = _moment(value)
    if moment.tzinfo is None:
        raise FieldProblem("datetime_zone")
    return moment


@lru_cache(1_000)
def _bound(value: str | int) -> datetime | None:
    """The moment of a bound; None for one that was declared before it had to be one."""
    try:
        return _fixed(value)
    except FieldProblem:
        return None


class DateTimeType(FieldType):
    """A moment, canonical in UTC with zone; input without a zone is in the person's time zone. Bounds name their zone, and
    are moments that may still be."""

    name = "datetime"
    label = Label("日期时间", "Date and time")
    type = Type.DATETIME
    options = NoOptions
    operators = DATED
    sortable = True
    groupable = True
    measures = RANGED
    bounded = True
    uniquable = True

    def check(self, field: Field) -> None:
        super().check(field)
        check_bounds(field, _fixed)

    def bound(self, value: Any) -> datetime:
        return _fixed(value)

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        return (Column(field.physical, DateTime(timezone=True)),)

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        if isinstance(value, str) and not value.strip():
            return None
        moment = _moment(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=context.time_zone)
        try:
            canonical = iso(moment)
        except (ValueError, OverflowError):
            raise FieldProblem("datetime") from None
        if field.minimum is not None and (least := _bound(field.minimum)) and moment < least:
            raise FieldProblem("minimum", minimum=self.to_text(field, iso(least), context))
        if field.maximum is not None and (most := _bound(field.maximum)) and moment > most:
            raise FieldProblem("maximum", maximum=self.to_text(field, iso(most), context))
        return canonical

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        plain = text.strip()
        if not plain or _ISO.match(plain):
            return self.parse(field, plain, context)
        if cell := _CELL.match(plain):
            clock = f"{int(cell[2]):02}:{cell[3]}:{cell[4] or '00'}"
            return self.parse(field, f"{read_day(cell[1].strip())}T{clock}", context)
        return self.parse(field, read_day(plain), context)

    def to_text(self, field: Field, value: Any, context: Context) -> str:
        return datetime.fromisoformat(value).astimezone(context.time_zone).strftime("%Y-%m-%d %H:%M:%S")

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


TYPE = DateTimeType()
