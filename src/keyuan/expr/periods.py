"""Named periods: `today`, `last_month`, `next_2_fiscal_quarters`, `last_30_days`, `older_than_90_days`.

Days are those of the organisation's time zone, weeks begin on Monday, the fiscal year on the first of a month.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, tzinfo

UNITS = ("week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year")
MAX_COUNT = 36_500

FIXED = (
    "today",
    "yesterday",
    "tomorrow",
    *(f"{which}_{unit}" for unit in UNITS for which in ("this", "last", "next")),
)
"""Periods without a number."""

COUNTED = (
    *(f"{which}_n_{unit}s" for unit in ("day", *UNITS) for which in ("last", "next")),
    "older_than_n_days",
    "more_than_n_days_ahead",
)
"""Periods with a number in the place of `n`."""

_NUMBER = re.compile(r"_([0-9]{1,5})_")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` up to but not including `end`; None is open."""

    start: date | None
    end: date | None


def split(name: str) -> tuple[str, int | None] | None:
    """The period name with its number apart: `last_30_days` → `("last_n_days", 30)`; None where there is none such."""
    if name in FIXED:
        return name, None
    counted = _NUMBER.sub("_n_", name, count=1)
    found = _NUMBER.search(name)
    if found and counted in COUNTED and int(found[1]) <= MAX_COUNT:
        return counted, int(found[1])
    return None


def join(period: str, count: int | None) -> str:
    """The inverse of `split`."""
    return period if count is None else period.replace("_n_", f"_{count}_", 1)


def ends(period: str) -> tuple[bool, bool]:
    """Whether the period (with `n`) has a start and an end; this depends on its name alone."""
    return period != "older_than_n_days", period != "more_than_n_days_ahead"


def period_range(name: str, now: datetime, tz: tzinfo, fiscal_start_month: int = 1) -> Period:
    """The days of a period named with its number. Raises ValueError for an unknown name.

    `last_N_days` are the N days that end with today, `next_N_days` those that begin with it; `last_N_months` (and
    other units) the N whole ones before the present one; `older_than_N_days` what is more than N days ago.
    """
    parts = split(name)
    if parts is None:
        raise ValueError(name)
    return named_range(*parts, now.astimezone(tz).date(), fiscal_start_month)


def named_range(period: str, count: int | None, today: date, fiscal_start_month: int = 1) -> Period:
    """As `period_range`, with the name split and the day known."""
    match period:
        case "today":
            return _days(today, 0, 1)
        case "yesterday":
            return _days(today, -1, 0)
        case "tomorrow":
            return _days(today, 1, 2)
        case "older_than_n_days":
            return Period(None, _day(today, -(count or 0)))
        case "more_than_n_days_ahead":
            return Period(_day(today, (count or 0) + 1), None)
        case "last_n_days":
            return _days(today, 1 - (count or 0), 1)
        case "next_n_days":
            return _days(today, 0, count or 0)
    which, _, unit = period.partition("_")
    n = 1
    if count is not None:
        n, unit = count, unit.removeprefix("n_").removesuffix("s")
    first, last = {"this": (0, 1), "last": (-n, 0), "next": (1, n + 1)}[which]
    if unit == "week":
        monday = _day(today, -today.weekday())
        return Period(_day(monday, 7 * first), _day(monday, 7 * last))
    size = {"month": 1, "quarter": 3, "year": 12}[unit.removeprefix("fiscal_")]
    offset = fiscal_start_month - 1 if unit.startswith("fiscal_") else 0
    month = today.year * 12 + today.month - 1 - offset
    start = month - month % size + offset
    return Period(_first_of(start + first * size), _first_of(start + last * size))


def _days(today: date, first: int, end: int) -> Period:
    return Period(_day(today, first), _day(today, end))


def _day(day: date, offset: int) -> date:
    """The day `offset` days later, held within the calendar."""
    return date.fromordinal(min(max(day.toordinal() + offset, 1), date.max.toordinal()))


def _first_of(month: int) -> date:
    """The first day of a month counted from the year 0, held within the calendar."""
    if month // 12 < MINYEAR:
        return date.min
    return date(month // 12, month % 12 + 1, 1) if month // 12 <= MAXYEAR else date.max


def start_of_day(day: date, tz: tzinfo) -> datetime:
    """The moment at which the day begins in the zone, as PostgreSQL's `day::timestamp AT TIME ZONE zone` has it."""
    return localized(datetime.combine(day, time.min), tz)


def localized(naive: datetime, tz: tzinfo) -> datetime:
    """The moment of a wall-clock time, in UTC. As in PostgreSQL a time that a clock change skips counts on from before
    it, and one that it repeats is the second."""
    first, second = naive.replace(tzinfo=tz, fold=0), naive.replace(tzinfo=tz, fold=1)
    before, after = first.utcoffset() or timedelta(0), second.utcoffset() or timedelta(0)
    # In UTC, since Python subtracts and compares times of one zone by the wall clock.
    try:
        return (second if before > after else first).astimezone(UTC)
    except OverflowError:
        return _BEFORE_ALL if naive.year < 5000 else _AFTER_ALL


_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_AFTER_ALL = datetime.max.replace(tzinfo=UTC)
