"""What each function of `functions.FUNCTIONS` is in Python. Written apart from the SQL, so that tests can hold one
against the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from . import calendar, values
from .ast import Call
from .formats import formatted
from .numbers import EXACT, bounded, clamped, cut, quotient, remainder, rounded
from .scope import Environment
from .types import MAX_COUNT, MAX_DAYS, MAX_DIGITS, MAX_MONTHS, MAX_PADDING, MAX_SECONDS

SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
MONTHS = {"months": 1, "quarters": 3, "years": 12}
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_UPPER = {small: large for large, small in _LOWER.items()}


def call(node: Call, args: Sequence[Any], environment: Environment) -> Any:
    """The value of a checked call; `args` are the values of the arguments."""
    if node.name in _ANY_NULLS:
        return _ANY_NULLS[node.name](args)
    if any(arg is None for arg in args):
        return None
    return _STRICT[node.name](_Call(node, environment), *args)


def lowered(text: str) -> str:
    """The text with A–Z as a–z."""
    return text.translate(_LOWER)


def text_of(value: Any, environment: Environment, format: str | None = None) -> str:
    """What `text(value)` gives."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return values.decimal_text(value)
        case datetime():
            return formatted(value.astimezone(environment.zone), format or "YYYY-MM-DD HH:mm:ss")
        case date():
            return formatted(value, format or "YYYY-MM-DD")
    return str(value)


class _Call:
    """The call and its surroundings, for functions that need them."""

    def __init__(self, node: Call, environment: Environment) -> None:
        self.option = node.options[0] if node.options else ""
        self.environment = environment

    def wall(self, value: date) -> datetime:
        """The wall-clock time of a moment, or of the beginning of a date."""
        if isinstance(value, datetime):
            return value.astimezone(self.environment.zone)
        return datetime.combine(value, time.min)

    def date(self, value: date) -> date:
        return self.wall(value).date()


def _coalesce(args: Sequence[Any]) -> Any:
    return next((arg for arg in args if arg is not None), None)


def _total(args: Sequence[Any]) -> Any:
    total: int | Decimal = 0
    for arg in args:
        if arg is not None:
            total = total + arg if isinstance(total, int) and isinstance(arg, int) else EXACT.add(total, arg)
    return total


def _average(args: Sequence[Any]) -> Decimal | None:
    return quotient(_total(args), sum(arg is not None for arg in args))


def _extreme(pick: Callable[[Sequence[Any]], Any]) -> Callable[[Sequence[Any]], Any]:
    def among(args: Sequence[Any]) -> Any:
        present = [arg for arg in args if arg is not None]
        return pick(present) if present else None

    return among


_ANY_NULLS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "coalesce": _coalesce,
    "isblank": lambda args: not args[0],
    "count": lambda args: len(args[0] or ()),
    "concat": lambda args: "".join(arg for arg in args if arg is not None),
    "sum": _total,
    "average": _average,
    "min": _extreme(min),
    "max": _extreme(max),
}
"""Functions that make something of nulls."""


def _left(_: _Call, text: str, count: Decimal) -> str:
    return text[: clamped(count, 0, MAX_COUNT)]


def _right(_: _Call, text: str, count: Decimal) -> str:
    return text[max(len(text) - clamped(count, 0, MAX_COUNT), 0) :]


def _mid(_: _Call, text: str, start: Decimal, count: Decimal) -> str | None:
    first = clamped(start, 0, MAX_COUNT)
    return text[first - 1 :][: clamped(count, 0, MAX_COUNT)] if first else None


def _replace(_: _Call, text: str, old: str, new: str) -> str | None:
    if len(text) * (len(new) + 1) > MAX_COUNT:
        return None
    return text.replace(old, new) if old else text


def _number(_: _Call, value: str | int) -> Decimal | None:
    return Decimal(value) if isinstance(value, int) else values.parse_number(value.strip(values.SPACES))


def _fixed(_: _Call, number: Decimal, digits: Decimal) -> str:
    text = format(rounded(number, clamped(digits, 0, MAX_DIGITS)), "f")
    return text[1:] if text[0] == "-" and not text.strip("-0.") else text


def _round(_: _Call, number: Decimal, digits: Decimal | int = 0) -> Decimal:
    return rounded(number, clamped(digits, -MAX_DIGITS, MAX_DIGITS))


def _trunc(_: _Call, number: Decimal, digits: Decimal | int = 0) -> Decimal:
    return cut(number, clamped(digits, -MAX_DIGITS, MAX_DIGITS))


def _floor(_: _Call, number: Decimal) -> Decimal:
    whole = cut(number)
    return whole if whole <= number else EXACT.subtract(whole, 1)


def _ceil(_: _Call, number: Decimal) -> Decimal:
    whole = cut(number)
    return whole if whole >= number else EXACT.add(whole, 1)


def _abs(_: _Call, number: Any) -> Any:
    return abs(number) if isinstance(number, int) else number.copy_abs()


def _sign(_: _Call, number: Decimal) -> int:
    return (number > 0) - (number < 0)


def _pad_left(_: _Call, text: str, length: Decimal, fill: str) -> str:
    missing = clamped(length, 0, MAX_PADDING) - len(text)
    if missing <= 0 or not fill:
        return text
    return (fill * (missing // len(fill) + 1))[:missing] + text


def _date(c: _Call, value: Any, month: Decimal | None = None, day: Decimal | None = None) -> date | None:
    if month is None or day is None:
        return c.date(value) if isinstance(value, date) else values.parse_date(value.strip(values.SPACES))
    try:
        return date(int(cut(value)), int(cut(month)), int(cut(day)))
    except (ValueError, OverflowError):
        return None


def _date_add(c: _Call, value: date, number: Decimal) -> date | None:
    count = int(cut(number))
    if c.option in ("hours", "minutes", "seconds"):
        assert isinstance(value, datetime)
        seconds = bounded(count * SECONDS[c.option], MAX_SECONDS)
        return None if seconds is None else calendar.add_seconds(value, seconds)
    wall = c.wall(value)
    if c.option in MONTHS:
        steps = bounded(count * MONTHS[c.option], MAX_MONTHS)
        day = None if steps is None else calendar.add_months(wall.date(), steps)
    else:
        steps = bounded(count * (SECONDS[c.option] // 86_400), MAX_DAYS)
        day = None if steps is None else calendar.add_days(wall.date(), steps)
    return calendar.moment(day, wall.time(), c.environment.zone) if isinstance(value, datetime) else day


def _years_between(c: _Call, start: date, end: date) -> int:
    months = calendar.months_between(c.date(start), c.date(end))
    return abs(months) // 12 * (1 if months >= 0 else -1)


def _bounds(c: _Call, value: date) -> tuple[date | None, date | None]:
    return calendar.first_and_last(c.date(value), c.option, c.environment.fiscal_year_start)


_STRICT: dict[str, Callable[..., Any]] = {
    "text": lambda c, value: text_of(value, c.environment, c.option or None),
    "len": lambda c, text: len(text),
    "lower": lambda c, text: lowered(text),
    "upper": lambda c, text: text.translate(_UPPER),
    "trim": lambda c, text: text.strip(values.SPACES),
    "left": _left,
    "right": _right,
    "mid": _mid,
    "find": lambda c, text, part: text.find(part) + 1 or None,
    "replace": _replace,
    "pad_left": _pad_left,
    "number": _number,
    "fixed": _fixed,
    "round": _round,
    "trunc": _trunc,
    "floor": _floor,
    "ceil": _ceil,
    "abs": _abs,
    "sign": _sign,
    "mod": lambda c, number, divisor: remainder(number, divisor),
    "date": _date,
    "datetime": lambda c, value: (
        value if isinstance(value, datetime) else calendar.moment(value, time.min, c.environment.zone)
    ),
    "year": lambda c, value: c.wall(value).year,
    "quarter": lambda c, value: (c.wall(value).month + 2) // 3,
    "month": lambda c, value: c.wall(value).month,
    "week": lambda c, value: c.wall(value).isocalendar().week,
    "weekday": lambda c, value: c.wall(value).isoweekday(),
    "day": lambda c, value: c.wall(value).day,
    "hour": lambda c, value: c.wall(value).hour,
    "minute": lambda c, value: c.wall(value).minute,
    "date_add": _date_add,
    "days_between": lambda c, start, end: (c.date(end) - c.date(start)).days,
    "months_between": lambda c, start, end: calendar.months_between(c.date(start), c.date(end)),
    "years_between": _years_between,
    "start_of": lambda c, value: _bounds(c, value)[0],
    "end_of": lambda c, value: _bounds(c, value)[1],
    "duration": lambda c, number: int(rounded(EXACT.multiply(Decimal(number), SECONDS[c.option]))),
}
"""Functions that give null where an argument is null."""
