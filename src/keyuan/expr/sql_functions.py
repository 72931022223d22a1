"""What each function of `functions.FUNCTIONS` is in PostgreSQL. None fails on any value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, and_, case, cast, extract, func
from sqlalchemy.dialects import postgresql as pg

from . import sql_parts as parts
from .ast import Call
from .formats import to_char_format
from .sql_parts import (
    INTEGER,
    NUMERIC,
    SQL_TYPES,
    TIMESTAMP,
    const,
    numeric,
    op,
    quoted,
)
from .types import MANY, MAX_COUNT, MAX_DAYS, MAX_DIGITS, MAX_MONTHS, MAX_PADDING, MAX_SECONDS, NUMBERS, Type

Column = ColumnElement[Any]
TEXT, DATE = pg.TEXT(), pg.DATE()
SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
MONTHS = {"months": 1, "quarters": 3, "years": 12}


def call(node: Call, args: Sequence[Column]) -> Column:
    """The SQL of a checked call; `args` are the compiled arguments."""
    return _SQL[node.name](_Args(node, args))


class _Args:
    """The arguments of one call, as numbers, dates, … as wanted."""

    def __init__(self, node: Call, columns: Sequence[Column]) -> None:
        self.node = node
        self.columns = columns
        self.types = [arg.type for arg in node.args]

    def __getitem__(self, i: int) -> Column:
        return self.columns[i]

    def __len__(self) -> int:
        return len(self.columns)

    def number(self, i: int) -> Column:
        return numeric(self.columns[i], self.types[i])

    def numbers(self) -> list[Column]:
        return [self.number(i) for i in range(len(self))]

    def count(self, i: int, high: int = MAX_COUNT) -> Column:
        """The argument as an integer, held between 0 and `high`."""
        return parts.clamped(self.number(i), 0, high)

    def digits(self) -> list[Column]:
        """The second argument, if it is there, as a number of decimals."""
        return [parts.clamped(self.number(1), -MAX_DIGITS, MAX_DIGITS)] if len(self) > 1 else []

    def date(self, i: int) -> Column:
        return parts.as_date(self.columns[i], self.types[i])

    def wall(self, i: int) -> Column:
        return parts.wall(self.columns[i], self.types[i])


def _text(a: _Args) -> Column:
    type = a.types[0]
    if type in (Type.DATE, Type.DATETIME):
        usual = "YYYY-MM-DD" if type is Type.DATE else "YYYY-MM-DD HH:mm:ss"
        return func.to_char(a.wall(0), quoted(to_char_format((*a.node.options, usual)[0])), type_=TEXT)
    if type in NUMBERS or type is Type.DURATION:
        return cast(func.trim_scale(a.number(0)), TEXT)
    return cast(a[0], TEXT)


def _concat(a: _Args) -> Column:
    pieces = [func.coalesce(piece, quoted(""), type_=TEXT) for piece in a.columns]
    return reduce(lambda left, right: op(left, "||", right, TEXT), pieces) if pieces else quoted("")


def _replace(a: _Args) -> Column:
    longest = cast(func.char_length(a[0]), pg.BIGINT()) * (func.char_length(a[2]) + const("1"))
    return case((longest <= const(str(MAX_COUNT)), func.replace(a[0], a[1], a[2], type_=TEXT)))


def _pad_left(a: _Args) -> Column:
    length = a.count(1, MAX_PADDING)
    long_enough = and_(func.char_length(a[0]) >= length, a[2].is_not(None))
    return case((long_enough, a[0]), else_=func.lpad(a[0], length, a[2], type_=TEXT))


def _sum(a: _Args) -> Column:
    terms: list[Column] = [func.coalesce(n, const("0"), type_=NUMERIC) for n in a.numbers()]
    return reduce(lambda left, right: op(left, "+", right, NUMERIC), terms)


def _average(a: _Args) -> Column:
    ones: list[Column] = [cast(column.is_not(None), INTEGER) for column in a.columns]
    return parts.quotient(
        _sum(a), cast(reduce(lambda left, right: op(left, "+", right, INTEGER), ones), NUMERIC)
    )


def _extreme(name: str) -> Callable[[_Args], Column]:
    def build(a: _Args) -> Column:
        first = parts.collated(a[0], a.types[0])
        return getattr(func, name)(first, *a.columns[1:], type_=a[0].type)  # type: ignore[no-any-return]

    return build


def _coalesce(a: _Args) -> Column:
    columns = [
        func.nullif(column, cast(quoted("{}"), SQL_TYPES[type])) if type in MANY else column
        for column, type in zip(a.columns, a.types, strict=True)
        if type is not None
    ]
    return func.coalesce(*columns, type_=a[0].type)


def _date(a: _Args) -> Column:
    if len(a) == 1:
        return a.date(0) if a.types[0] in (Type.DATE, Type.DATETIME) else parts.read_date(a[0])
    year, month, day = (func.trunc(n, type_=NUMERIC) for n in a.numbers())
    text: Column = func.to_char(year, quoted("FM0000"), type_=TEXT)
    for number in (month, day):
        text = op(
            op(text, "||", quoted("-"), TEXT), "||", func.to_char(number, quoted("FM00"), type_=TEXT), TEXT
        )
    return parts.read_date(text)


def _part(field: str) -> Callable[[_Args], Column]:
    return lambda a: extract(field, a.wall(0))


def times(number: Column, factor: int) -> Column:
    """The number so many times."""
    return op(number, "*", const(str(factor)), NUMERIC)


def _months(count: Column) -> Column:
    return func.make_interval(const("0"), cast(parts.bounded(count, MAX_MONTHS), INTEGER))


def _date_add(a: _Args) -> Column:
    unit, count = a.node.options[0], func.trunc(a.number(1), type_=NUMERIC)
    if unit in MONTHS:
        shifted = op(a.wall(0), "+", _months(times(count, MONTHS[unit])), TIMESTAMP)
    elif unit in ("hours", "minutes", "seconds"):
        return add_seconds(a[0], times(count, SECONDS[unit]))
    else:
        days = parts.bounded(times(count, SECONDS[unit] // 86_400), MAX_DAYS)
        shifted = op(
            a.wall(0),
            "+",
            func.make_interval(const("0"), const("0"), const("0"), cast(days, INTEGER)),
            TIMESTAMP,
        )
    return parts.moment(shifted) if a.types[0] is Type.DATETIME else parts.in_calendar(cast(shifted, DATE))


def add_seconds(moment: Column, seconds: Column) -> Column:
    """The moment so many seconds later (earlier where negative); null where it leaves the calendar."""
    # By UTC wall-clock time, since a sum with a zone would go by the time zone of the session.
    step = op(
        cast(parts.bounded(seconds, MAX_SECONDS), pg.DOUBLE_PRECISION()),
        "*",
        const("INTERVAL '1 second'"),
        pg.INTERVAL(),
    )
    utc = op(func.timezone(quoted("UTC"), moment, type_=TIMESTAMP), "+", step, TIMESTAMP)
    return parts.between(
        func.timezone(quoted("UTC"), utc, type_=SQL_TYPES[Type.DATETIME]),
        "TIMESTAMPTZ '0001-01-02 23:59:59.999999+00'",
        "TIMESTAMPTZ '9999-12-29 00:00:00+00'",
    )


def add_days(day: Column, days: Column) -> Column:
    """The date so many days later; null where it leaves the calendar."""
    return parts.in_calendar(op(day, "+", cast(parts.bounded(days, MAX_DAYS), INTEGER), DATE))


def _age_months(a: _Args) -> Column:
    age = func.age(cast(a.date(1), TIMESTAMP), cast(a.date(0), TIMESTAMP))
    return (extract("year", age) * const("12") + extract("month", age)).self_group()


def _bounds(a: _Args) -> tuple[Column, Column]:
    """The first day of the unit, and the interval to the first day of the next."""
    unit = a.node.options[0].removeprefix("fiscal_")
    wall = cast(a.date(0), TIMESTAMP)
    length = const(
        {"week": "INTERVAL '7 days'", "month": "INTERVAL '1 month'", "quarter": "INTERVAL '3 months'"}.get(
            unit, "INTERVAL '1 year'"
        )
    )
    if unit == a.node.options[0]:
        return func.date_trunc(quoted(unit), wall, type_=TIMESTAMP), length
    shift = func.make_interval(const("0"), parts.parameter("env_fiscal", INTEGER) - const("1"))
    shifted = func.date_trunc(quoted(unit), op(wall, "-", shift, TIMESTAMP), type_=TIMESTAMP)
    return op(shifted, "+", shift, TIMESTAMP), length


def _start_of(a: _Args) -> Column:
    return parts.in_calendar(cast(_bounds(a)[0], DATE))


def _end_of(a: _Args) -> Column:
    start, length = _bounds(a)
    last = op(op(start, "+", length, TIMESTAMP), "-", const("INTERVAL '1 day'"), TIMESTAMP)
    return parts.in_calendar(cast(last, DATE))


_SQL: dict[str, Callable[[_Args], Column]] = {
    "coalesce": _coalesce,
    "isblank": lambda a: (
        func.coalesce(func.cardinality(a[0]), const("0")) == const("0")
        if a.types[0] in MANY
        else func.coalesce(a[0], quoted("")) == quoted("")
    ),
    "text": _text,
    "count": lambda a: func.coalesce(func.cardinality(a[0]), const("0"), type_=INTEGER),
    "concat": _concat,
    "len": lambda a: func.char_length(a[0], type_=INTEGER),
    "lower": lambda a: parts.lowered(a[0]),
    "upper": lambda a: func.upper(parts.collated(a[0], Type.TEXT), type_=TEXT),
    "trim": lambda a: parts.trimmed(a[0]),
    "left": lambda a: func.left(a[0], a.count(1), type_=TEXT),
    "right": lambda a: func.right(a[0], a.count(1), type_=TEXT),
    "mid": lambda a: func.substr(
        a[0], func.nullif(a.count(1), const("0"), type_=INTEGER), a.count(2), type_=TEXT
    ),
    "find": lambda a: func.nullif(func.strpos(a[0], a[1]), const("0"), type_=INTEGER),
    "replace": _replace,
    "pad_left": _pad_left,
    "number": lambda a: a.number(0) if a.types[0] is Type.DURATION else parts.read_number(a[0]),
    "fixed": lambda a: cast(func.round(a.number(0), a.count(1, MAX_DIGITS)), TEXT),
    "round": lambda a: func.round(a.number(0), *a.digits(), type_=NUMERIC),
    "trunc": lambda a: func.trunc(a.number(0), *a.digits(), type_=NUMERIC),
    "floor": lambda a: func.floor(a.number(0), type_=NUMERIC),
    "ceil": lambda a: func.ceil(a.number(0), type_=NUMERIC),
    "abs": lambda a: func.abs(a.number(0), type_=NUMERIC),
    "sign": lambda a: func.sign(a.number(0), type_=NUMERIC),
    "mod": lambda a: func.mod(a.number(0), func.nullif(a.number(1), const("0")), type_=NUMERIC),
    "sum": _sum,
    "average": _average,
    "min": _extreme("least"),
    "max": _extreme("greatest"),
    "date": _date,
    "datetime": lambda a: a[0] if a.types[0] is Type.DATETIME else parts.moment(a.wall(0)),
    "year": _part("year"),
    "quarter": _part("quarter"),
    "month": _part("month"),
    "week": _part("week"),
    "weekday": _part("isodow"),
    "day": _part("day"),
    "hour": _part("hour"),
    "minute": _part("minute"),
    "date_add": _date_add,
    "days_between": lambda a: op(a.date(1), "-", a.date(0), INTEGER),
    "months_between": _age_months,
    "years_between": lambda a: extract(
        "year", func.age(cast(a.date(1), TIMESTAMP), cast(a.date(0), TIMESTAMP))
    ),
    "start_of": _start_of,
    "end_of": _end_of,
    "duration": lambda a: func.round(times(a.number(0), SECONDS[a.node.options[0]]), type_=NUMERIC),
}
