"""Building blocks of the SQL: casts, time zones, and ways to give null in place of an error without naming an
operand twice (nested twice-named operands would double the statement at each level)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, bindparam, cast, collate, func, literal_column
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.types import NullType, TypeEngine

from .types import QUOTIENT_SCALE, TEXTS, Type
from .values import DATE_PATTERN, NUMBER_PATTERN, SPACES

Column = ColumnElement[Any]

TIMESTAMP: TypeEngine[Any] = pg.TIMESTAMP()
NUMERIC: TypeEngine[Any] = pg.NUMERIC()
INTEGER: TypeEngine[Any] = pg.INTEGER()
DATE: TypeEngine[Any] = pg.DATE()

SQL_TYPES: dict[Type, TypeEngine[Any]] = {
    Type.TEXT: pg.TEXT(),
    Type.NUMBER: NUMERIC,
    Type.INTEGER: pg.BIGINT(),
    Type.BOOLEAN: pg.BOOLEAN(),
    Type.DATE: pg.DATE(),
    Type.DATETIME: pg.TIMESTAMP(timezone=True),
    Type.DURATION: pg.BIGINT(),
    Type.CHOICE: pg.TEXT(),
    Type.CHOICES: pg.ARRAY(pg.TEXT()),
    Type.REFERENCE: pg.UUID(as_uuid=False),
    Type.REFERENCES: pg.ARRAY(pg.UUID(as_uuid=False)),
    Type.JSON: pg.JSONB(),
}
"""What the values of each type are cast to."""


def const(sql: str) -> Column:
    """A constant of the language itself. Values of users are never written so."""
    return literal_column(sql)


def quoted(text: str) -> Column:
    """A text constant of the language."""
    return literal_column("'" + text.replace("'", "''") + "'", pg.TEXT())


def parameter(name: str, type: TypeEngine[Any]) -> Column:
    """A bound value, cast so that PostgreSQL need not guess its type."""
    # Without a type SQLAlchemy adds no conversion of its own: the value goes to the driver as it is.
    return cast(bindparam(name, type_=NullType()), type)


def zone() -> Column:
    """The organisation's time zone."""
    return parameter("env_tz", pg.TEXT())


def local(moment: Column) -> Column:
    """The wall-clock time of a moment (timestamp without zone)."""
    return func.timezone(zone(), moment, type_=TIMESTAMP)


def moment(wall: Column) -> Column:
    """The moment of a wall-clock time, null where it leaves the calendar."""
    return between(
        func.timezone(zone(), wall, type_=SQL_TYPES[Type.DATETIME]),
        "TIMESTAMPTZ '0001-01-02 23:59:59.999999+00'",
        "TIMESTAMPTZ '9999-12-29 00:00:00+00'",
    )


def start_of_day(day: Column) -> Column:
    """The moment at which a day begins."""
    return func.timezone(zone(), cast(day, TIMESTAMP), type_=SQL_TYPES[Type.DATETIME])


def as_date(value: Column, type: Type | None) -> Column:
    """The date of a date or moment."""
    return cast(local(value), pg.DATE()) if type is Type.DATETIME else value


def wall(value: Column, type: Type | None) -> Column:
    """The wall-clock time of a moment, or of the beginning of a date."""
    return local(value) if type is Type.DATETIME else cast(value, TIMESTAMP)


def in_calendar(day: Column) -> Column:
    """The date, null where it is not in the years 1 to 9999."""
    return between(day, "DATE '0001-12-31 BC'", "DATE '10000-01-01'")


def between(value: Column, low: str, high: str) -> Column:
    """The value if `low < value < high`, else null; the operand is named once."""
    # LEAST and GREATEST leave nulls out, NULLIF brings them back.
    below = func.nullif(func.least(value, const(high)), const(high))
    return func.nullif(func.greatest(below, const(low)), const(low), type_=value.type)


def bounded(number: Column, limit: int) -> Column:
    """The number without its fraction if its size is at most the limit, else null."""
    return func.trunc(between(number, str(-limit - 1), str(limit + 1)), type_=NUMERIC)


def clamped(number: Column, low: int, high: int) -> Column:
    """The number without its fraction, held between `low` and `high`, as an integer; null stays null."""
    # width_bucket is the one function that bounds a value, is strict, and names it once.
    bucket = func.width_bucket(
        func.trunc(number, type_=NUMERIC), const(str(low + 1)), const(str(high)), const(str(high - low - 1))
    )
    return bucket + const(str(low)) if low else bucket


def numeric(value: Column, type: Type | None) -> Column:
    """The number as numeric, so that arithmetic is exact and of any size; anything else as it is."""
    return cast(value, NUMERIC) if type in (Type.INTEGER, Type.DURATION) else value


def quotient(left: Column, right: Column) -> Column:
    """`left / right` rounded half away from zero to `QUOTIENT_SCALE` decimals; null for a division by zero."""
    # DIV cuts off exactly; one digit more than needed is enough to round by.
    digits = QUOTIENT_SCALE + 1
    scaled = op(left, "*", const(f"1{'0' * digits}"), NUMERIC)
    cut = func.div(scaled, func.nullif(right, const("0")), type_=NUMERIC)
    exact = op(cut, "*", const(f"0.{'0' * (digits - 1)}1"), NUMERIC)
    return func.round(exact, const(str(QUOTIENT_SCALE)), type_=NUMERIC)


def collated(value: Column, type: Type | None) -> Column:
    """A text with the order of code points, whatever the database's own; anything else as it is."""
    return Grouping(collate(value, "C")) if type in TEXTS else value


def lowered(text: Column) -> Column:
    """The text with A–Z as a–z. (By collation "C", so that every server gives the same.)"""
    return func.lower(collate(text, "C"), type_=pg.TEXT())


def op(left: Column, sign: str, right: Column, type: TypeEngine[Any]) -> Column:
    """`left sign right` as PostgreSQL types it, in parentheses."""
    return Grouping(left.op(sign, return_type=type)(right))


def read(text: Column, pattern: str, type: TypeEngine[Any]) -> Column:
    """The text as one of the type if all of it, but for spaces around, is of the pattern; else null."""
    trimmed = func.btrim(text, const(_SPACES))
    return cast(func.substring(collate(trimmed, "C"), quoted(f"^({pattern})$")), type)


def read_number(text: Column) -> Column:
    """The number that a text is, else null."""
    return read(text, NUMBER_PATTERN, NUMERIC)


def read_date(text: Column) -> Column:
    """The date that a text is, else null."""
    return read(text, f"(?!0000){DATE_PATTERN}", pg.DATE())


def trimmed(text: Column) -> Column:
    """The text without spaces around."""
    return func.btrim(text, const(_SPACES), type_=pg.TEXT())


_SPACES = "E'" + "".join(f"\\u{ord(c):04x}" for c in SPACES) + "'"
