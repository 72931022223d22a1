"""Steps and parts of dates and moments in Python, as PostgreSQL has them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from .periods import localized, start_of_day
from .values import in_range


def add_days(day: date, days: int) -> date | None:
    """The date so many days later; None where it leaves the calendar."""
    ordinal = day.toordinal() + days
    return date.fromordinal(ordinal) if 1 <= ordinal <= date.max.toordinal() else None


def add_months(day: date, months: int) -> date | None:
    """The date so many months later, at the last day of its month where that is shorter."""
    month = day.year * 12 + day.month - 1 + months
    if not 1 <= month // 12 <= 9999:
        return None
    year, number = month // 12, month % 12 + 1
    return date(year, number, min(day.day, days_in_month(year, number)))


def days_in_month(year: int, month: int) -> int:
    """How many days the month has."""
    return 31 if month == 12 else (date(year, month + 1, 1) - date(year, month, 1)).days


def moment(day: date | None, clock: time, tz: tzinfo) -> datetime | None:
    """The moment of a wall-clock time; None where it leaves the calendar."""
    if day is None:
        return None
    found = localized(datetime.combine(day, clock), tz)
    return found if in_range(found) else None


def add_seconds(start: datetime, seconds: int) -> datetime | None:
    """The moment so many seconds later; None where it leaves the calendar."""
    try:
        found = start.astimezone(UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return found if in_range(found) else None


def seconds_between(start: datetime, end: datetime) -> int:
    """The whole seconds from one moment to another; negative where the second is earlier."""
    micro = (end - start) // timedelta(microseconds=1)
    return abs(micro) // 1_000_000 * (1 if micro >= 0 else -1)


def months_between(start: date, end: date) -> int:
    """The whole months from one date to another; negative where the second is earlier."""
    if end < start:
        return -months_between(end, start)
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def first_and_last(day: date, unit: str, fiscal_start_month: int) -> tuple[date | None, date | None]:
    """The first and the last day of the unit that the day lies in."""
    if unit == "week":
        return add_days(day, -day.weekday()), add_days(day, 6 - day.weekday())
    size = {"month": 1, "quarter": 3, "year": 12}[unit.removeprefix("fiscal_")]
    offset = fiscal_start_month - 1 if unit.startswith("fiscal_") else 0
    month = day.year * 12 + day.month - 1 - offset
    start = month - month % size + offset
    last = start + size - 1
    return (
        date(start // 12, start % 12 + 1, 1) if start // 12 >= 1 else None,
        date(last // 12, last % 12 + 1, days_in_month(last // 12, last % 12 + 1))
        if last // 12 <= 9999
        else None,
    )


def compare_with_day(op: str, at: datetime, day: date, tz: tzinfo) -> bool:
    """A moment compared with a whole day."""
    after_start = at >= start_of_day(day, tz)
    before_end = day == date.max or at < start_of_day(day + timedelta(days=1), tz)
    match op:
        case "=":
            return after_start and before_end
        case "!=":
            return not (after_start and before_end)
        case "<":
            return not after_start
        case "<=":
            return before_end
        case ">":
            return not before_end
    return after_start
