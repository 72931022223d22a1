"""What each function of `functions.FUNCTIONS` is in PostgreSQL. None fails on any value."""

from __future__ import annotations

from collections.abc import Callable

from . import sql_parts as parts
from .ast import Call
from .formats import to_char_format
from .sql_parts import Column, quoted, sql
from .types import MANY, MAX_COUNT, MAX_DAYS, MAX_DIGITS, MAX_MONTHS, MAX_PADDING, MAX_SECONDS, NUMBERS, Type

SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
MONTHS = {"months": 1, "quarters": 3, "years": 12}


def call(node: Call, args: list[Column]) -> Column:
    """The SQL of a checked call; `args` are the compiled arguments."""
    return sql(_SQL[node.name](_Args(node)), *args, type=node.type or Type.TEXT)


class _Args:
    """The places of the arguments of one call, as numbers, dates, … as wanted."""

    def __init__(self, node: Call) -> None:
        self.option = node.options[0] if node.options else ""
        self.types = [arg.type for arg in node.args]
        self.all = [f"{{{i}}}" for i in range(len(node.args))]

    def __getitem__(self, i: int) -> str:
        return self.all[i]

    def __len__(self) -> int:
        return len(self.all)

    def number(self, i: int) -> str:
        return parts.numeric(self[i], self.types[i])

    def count(self, i: int, high: int = MAX_COUNT) -> str:
        """The argument as an integer, held between 0 and `high`."""
        return parts.clamped(self.number(i), 0, high)

    def digits(self) -> str:
        """The second argument, if it is there, as a number of decimals."""
        return f", {parts.clamped(self.number(1), -MAX_DIGITS, MAX_DIGITS)}" if len(self) > 1 else ""

    def date(self, i: int) -> str:
        return parts.as_date(self[i], self.types[i])

    def wall(self, i: int) -> str:
        return parts.as_wall(self[i], self.types[i])


def _text(a: _Args) -> str:
    type = a.types[0]
    if type in (Type.DATE, Type.DATETIME):
        usual = "YYYY-MM-DD" if type is Type.DATE else "YYYY-MM-DD HH:mm:ss"
        return f"to_char({a.wall(0)}, {quoted(to_char_format(a.option or usual))})"
    if type in NUMBERS or type is Type.DURATION:
        return f"CAST(trim_scale({a.number(0)}) AS TEXT)"
    return f"CAST({a[0]} AS TEXT)"


def _replace(a: _Args) -> str:
    longest = f"CAST(char_length({a[0]}) AS BIGINT) * (char_length({a[2]}) + 1)"
    return f"CASE WHEN {longest} <= {MAX_COUNT} THEN replace({a[0]}, {a[1]}, {a[2]}) END"


def _pad_left(a: _Args) -> str:
    length = a.count(1, MAX_PADDING)
    enough = f"char_length({a[0]}) >= {length} AND {a[2]} IS NOT NULL"
    return f"CASE WHEN {enough} THEN {a[0]} ELSE lpad({a[0]}, {length}, {a[2]}) END"


def _sum(a: _Args) -> str:
    return f"({' + '.join(f'coalesce({a.number(i)}, 0)' for i in range(len(a)))})"


def _average(a: _Args) -> str:
    present = " + ".join(f"CAST({arg} IS NOT NULL AS INTEGER)" for arg in a.all)
    return parts.quotient(_sum(a), f"CAST({present} AS NUMERIC)")


def _extreme(name: str) -> Callable[[_Args], str]:
    return lambda a: f"{name}({', '.join([parts.collated(a[0], a.types[0]), *a.all[1:]])})"


def _coalesce(a: _Args) -> str:
    values = (
        f"nullif({arg}, '{{{{}}}}')" if type in MANY else arg
        for arg, type in zip(a.all, a.types, strict=True)
    )
    return f"coalesce({', '.join(values)})"


def _date(a: _Args) -> str:
    if len(a) == 1:
        return parts.read_date(a[0]) if a.types[0] not in (Type.DATE, Type.DATETIME) else a.date(0)
    # A number that does not fit becomes ####, a negative one has a sign: neither is read as a date.
    written = [
        f"to_char(trunc({a.number(i)}), '{form}')" for i, form in enumerate(("FM0000", "FM00", "FM00"))
    ]
    dash = quoted("-")
    return parts.read_date(f"({f' || {dash} || '.join(written)})")


def _part(field: str) -> Callable[[_Args], str]:
    return lambda a: f"EXTRACT({field} FROM {a.wall(0)})"


def _date_add(a: _Args) -> str:
    unit, count = a.option, f"trunc({a.number(1)})"
    if unit in ("hours", "minutes", "seconds"):
        return add_seconds(a[0], f"{count} * {SECONDS[unit]}")
    if unit in MONTHS:
        interval = (
            f"make_interval(0, CAST({parts.bounded(f'{count} * {MONTHS[unit]}', MAX_MONTHS)} AS INTEGER))"
        )
    else:
        days = parts.bounded(f"{count} * {SECONDS[unit] // 86_400}", MAX_DAYS)
        interval = f"make_interval(0, 0, 0, CAST({days} AS INTEGER))"
    shifted = f"{a.wall(0)} + {interval}"
    return (
        parts.moment(shifted)
        if a.types[0] is Type.DATETIME
        else parts.in_calendar(f"CAST({shifted} AS DATE)")
    )


def add_seconds(moment: str, seconds: str) -> str:
    """The moment so many seconds later (earlier where negative); null where it leaves the calendar."""
    # By UTC wall-clock time, since a sum with a zone would go by the time zone of the session.
    step = f"CAST({parts.bounded(seconds, MAX_SECONDS)} AS DOUBLE PRECISION) * INTERVAL '1 second'"
    return parts.in_range(f"timezone('UTC', timezone('UTC', {moment}) + {step})")


def add_days(day: str, days: str) -> str:
    """The date so many days later; null where it leaves the calendar."""
    return parts.in_calendar(f"{day} + CAST({parts.bounded(days, MAX_DAYS)} AS INTEGER)")


def _age(a: _Args) -> str:
    return f"age(CAST({a.date(1)} AS TIMESTAMP), CAST({a.date(0)} AS TIMESTAMP))"


_LENGTHS = {"week": "7 days", "month": "1 month", "quarter": "3 months", "year": "1 year"}


def _start(a: _Args) -> str:
    """The first moment of the unit, by the wall clock."""
    unit = a.option.removeprefix("fiscal_")
    wall = f"CAST({a.date(0)} AS TIMESTAMP)"
    if unit == a.option:
        return f"date_trunc('{unit}', {wall})"
    shift = "make_interval(0, {fiscal} - 1)"
    return f"(date_trunc('{unit}', {wall} - {shift}) + {shift})"


def _end(a: _Args) -> str:
    length = _LENGTHS[a.option.removeprefix("fiscal_")]
    return f"{_start(a)} + INTERVAL '{length}' - INTERVAL '1 day'"


_SQL: dict[str, Callable[[_Args], str]] = {
    "coalesce": _coalesce,
    "isblank": lambda a: (
        f"(coalesce(cardinality({a[0]}), 0) = 0)" if a.types[0] in MANY else f"(coalesce({a[0]}, '') = '')"
    ),
    "text": _text,
    "count": lambda a: f"coalesce(cardinality({a[0]}), 0)",
    "concat": lambda a: "(" + " || ".join(f"coalesce({arg}, '')" for arg in a.all) + ")",
    "len": lambda a: f"char_length({a[0]})",
    "lower": lambda a: parts.lowered(a[0]),
    "upper": lambda a: f'upper({a[0]} COLLATE "C")',
    "trim": lambda a: parts.trimmed(a[0]),
    "left": lambda a: f"left({a[0]}, {a.count(1)})",
    "right": lambda a: f"right({a[0]}, {a.count(1)})",
    "mid": lambda a: f"substr({a[0]}, nullif({a.count(1)}, 0), {a.count(2)})",
    "find": lambda a: f"nullif(strpos({a[0]}, {a[1]}), 0)",
    "replace": _replace,
    "pad_left": _pad_left,
    "number": lambda a: a.number(0) if a.types[0] is Type.DURATION else parts.read_number(a[0]),
    "fixed": lambda a: f"CAST(round({a.number(0)}, {a.count(1, MAX_DIGITS)}) AS TEXT)",
    "round": lambda a: f"round({a.number(0)}{a.digits()})",
    "trunc": lambda a: f"trunc({a.number(0)}{a.digits()})",
    "floor": lambda a: f"floor({a.number(0)})",
    "ceil": lambda a: f"ceil({a.number(0)})",
    "abs": lambda a: f"abs({a.number(0)})",
    "sign": lambda a: f"sign({a.number(0)})",
    "mod": lambda a: remainder(a.number(0), a.number(1)),
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
    "days_between": lambda a: f"({a.date(1)} - {a.date(0)})",
    "months_between": lambda a: f"(EXTRACT(year FROM {_age(a)}) * 12 + EXTRACT(month FROM {_age(a)}))",
    "years_between": lambda a: f"EXTRACT(year FROM {_age(a)})",
    "start_of": lambda a: parts.in_calendar(f"CAST({_start(a)} AS DATE)"),
    "end_of": lambda a: parts.in_calendar(f"CAST({_end(a)} AS DATE)"),
    "duration": lambda a: f"round({a.number(0)} * {SECONDS[a.option]})",
}


def remainder(left: str, right: str) -> str:
    """What is left of a division, with the sign of `left`; null for a division by zero."""
    return f"mod({left}, nullif({right}, 0))"
