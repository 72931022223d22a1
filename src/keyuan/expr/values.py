"""Values: from text and canonical JSON to what the evaluator and psycopg take, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from keyuan.kernel.ids import is_id

from .ast import Scalar
from .types import Type

DATE_MIN, DATE_MAX = date.min, date.max
MOMENT_MIN = datetime(1, 1, 3, tzinfo=UTC)
MOMENT_MAX = datetime(9999, 12, 29, tzinfo=UTC)
"""Moments lie at or after `MOMENT_MIN` and before `MOMENT_MAX`, so that each has a date in every time zone."""
INT64 = 2**63

# Dates that exist, years 0001–9999; one pattern for Python and PostgreSQL.
DATE_PATTERN = (
    "(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)"
)
NUMBER_PATTERN = "[+-]?[0-9]{1,40}(?:[.][0-9]{1,20})?"
SPACES = " \t\r\n\u00a0\u3000"
"""What `trim` takes away, and `number` and `date` let stand around."""

_DATE = re.compile(f"(?!0000){DATE_PATTERN}")
_NUMBER = re.compile(NUMBER_PATTERN)
_MOMENT = re.compile(
    rf"(?!0000){DATE_PATTERN}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{{1,6}})?)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?"
)


def parse_date(text: str) -> date | None:
    """The date of `YYYY-MM-DD`; None where it is not one."""
    return date.fromisoformat(text) if _DATE.fullmatch(text) else None


def parse_number(text: str) -> Decimal | None:
    """The number of digits with an optional sign and fraction (`-12.50`); None where it is not one."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def parse_datetime(text: str) -> datetime | None:
    """The moment of ISO 8601 text. Without a zone it stays naive: a wall-clock time of the organisation."""
    if not _MOMENT.fullmatch(text):
        return None
    moment = datetime.fromisoformat(text)
    return moment if in_range(moment if moment.tzinfo else moment.replace(tzinfo=UTC)) else None


def in_range(moment: datetime) -> bool:
    """Whether the moment is within the calendar."""
    return MOMENT_MIN <= moment < MOMENT_MAX


def from_canonical(value: object, type: Type) -> Any:
    """The value that canonical JSON stands for: Decimal, int, date, datetime with zone, tuple, str or bool. Values
    that are such already stay. A many-valued field without entries is None. Raises ValueError for another type."""
    if value is None:
        return None
    match type, value:
        case (Type.TEXT | Type.CHOICE, str()) | (Type.BOOLEAN, bool()) | (Type.JSON, _):
            return value
        case (Type.REFERENCE, _):
            return _reference(value)
        case (Type.NUMBER, {"amount": amount}):
            return from_canonical(amount, type)
        case (Type.INTEGER | Type.DURATION | Type.NUMBER, bool()):
            pass
        case (Type.INTEGER | Type.DURATION, int()):
            return value
        case (Type.NUMBER, int() | Decimal()):
            return Decimal(value)
        case (Type.NUMBER, str()) if (number := _decimal(value)) is not None:
            return number
        case (Type.DATE, str()) if (day := parse_date(value)) is not None:
            return day
        case (Type.DATETIME, str()) if (moment := parse_datetime(value)) is not None and moment.tzinfo:
            return moment
        case (Type.DATETIME, datetime()) if value.tzinfo:
            return value
        case (Type.DATE, date()) if not isinstance(value, datetime):
            return value
        case (Type.CHOICES, list() | tuple()) if all(isinstance(item, str) for item in value):
            return tuple(value) or None
        case (Type.REFERENCES, list() | tuple()):
            return tuple(map(_reference, value)) or None
    raise ValueError(f"not a {type}: {value!r:.50}")


def _decimal(text: str) -> Decimal | None:
    """A decimal string of any length."""
    return Decimal(text) if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", text, re.ASCII) else None


def _reference(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("id")
    if isinstance(value, UUID):
        return str(value)
    if is_id(value):
        return str(value)
    raise ValueError(f"not a reference: {value!r:.50}")


def to_canonical(value: Any, type: Type) -> Any:
    """The canonical JSON form of a value that an expression gave."""
    match value:
        case tuple():
            return list(value)
        case Decimal() | int() if type is Type.NUMBER and not isinstance(value, bool):
            return decimal_text(value)
        case Decimal():
            return int(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
    return value


def decimal_text(value: Decimal | int) -> str:
    """A number in plain digits, without zeros at the end of the fraction: what `text(number)` gives."""
    if isinstance(value, int):
        return str(value)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def coerced(value: Scalar, type: Type) -> Scalar:
    """A value written as text or number as one of the type (`"2026-01-31"` as a date). Raises ValueError."""
    if isinstance(value, bool) or value is None:
        if value is None or type is Type.BOOLEAN:
            return value
    elif isinstance(value, int | Decimal):
        return _coerced_number(value, type)
    elif isinstance(value, str):
        return _coerced_text(value, type)
    elif (isinstance(value, datetime) and type is Type.DATETIME) or (
        not isinstance(value, datetime) and type in (Type.DATE, Type.DATETIME)
    ):
        return value
    raise ValueError(value)


def _coerced_number(value: int | Decimal, type: Type) -> Scalar:
    whole = isinstance(value, int) or value == value.to_integral_value()
    if type is Type.NUMBER:
        return Decimal(value)
    if type is Type.INTEGER:
        # Beyond a bigint, or with a fraction, it stays a decimal: it can still be compared.
        return int(value) if whole and -INT64 <= value < INT64 else Decimal(value)
    if type is Type.DURATION and whole and -INT64 <= value < INT64:
        return int(value)
    raise ValueError(value)


def _coerced_text(text: str, type: Type) -> Scalar:
    found: Scalar = None
    match type:
        case Type.TEXT | Type.CHOICE:
            found = text
        case Type.NUMBER | Type.INTEGER | Type.DURATION if (exact := parse_number(text.strip())) is not None:
            found = _coerced_number(exact, type)
        case Type.DATE:
            found = parse_date(text)
        case Type.DATETIME:
            # A day alone stays a day: a comparison then means all of it.
            found = parse_date(text) or parse_datetime(text)
        case Type.REFERENCE if is_id(text.lower()):
            found = text.lower()
    if found is None:
        raise ValueError(text)
    return found
