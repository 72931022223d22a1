"""Dates divided into days, weeks, months …, in the organisation's time zone and by its fiscal year."""

from __future__ import annotations

from typing import Any

from sqlalchemy import TIMESTAMP, ColumnElement, Date, Integer, Text, cast, func, literal_column

from ..access.parameters import parameter
from ..expr.types import Type

BUCKETS = ("day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year")


def start_of(value: ColumnElement[Any], type: Type, bucket: str) -> ColumnElement[Any]:
    """The first day of the bucket that a date or moment falls in. Weeks begin on Monday; the fiscal year on the first
    of the month that the parameter `env_fiscal` names."""
    local = _local(value, type)
    if bucket == "day":
        return cast(local, Date)
    if not bucket.startswith("fiscal_"):
        return cast(_truncated(bucket, local), Date)
    # Fiscal periods are calendar periods of a calendar whose months are counted from the fiscal year's first.
    shift = func.make_interval(literal_column("0"), parameter("env_fiscal", Integer()) - literal_column("1"))
    return cast(_truncated(bucket.removeprefix("fiscal_"), local - shift) + shift, Date)


def _local(value: ColumnElement[Any], type: Type) -> ColumnElement[Any]:
    """The wall-clock time of a moment, or of the beginning of a day."""
    if type is Type.DATETIME:
        return func.timezone(parameter("env_tz", Text()), value, type_=TIMESTAMP())
    return cast(value, TIMESTAMP)


def _truncated(unit: str, local: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.date_trunc(literal_column(f"'{unit}'"), local, type_=local.type)
