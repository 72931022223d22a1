"""The time in which the demo plays: two years of working days up to yesterday, and what is planned after."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
YEARS = 2
_MINUTES = 540  # from nine to six
_FUTURE = 200
# How much business a month brings: little around the Spring Festival, most at the ends of quarters.
MONTHS = (0.75, 0.45, 1.0, 0.85, 0.9, 1.0, 0.85, 0.85, 1.0, 0.7, 0.95, 0.9)


class Calendar:
    """Working days, counted from 0 two years ago; `today` is the day that is just beginning. A time is a number: the day's
    and how much of it has passed, so that later is greater. 2.5 is the third day at half past one."""

    def __init__(self, now: datetime) -> None:
        here = now.astimezone(CHINA).date()
        first = date(here.year - YEARS, here.month, min(here.day, 28))
        days = [d for n in range((here - first).days) if _works(d := first + timedelta(days=n))]
        self.today = len(days)
        ahead = here
        while len(days) < self.today + _FUTURE:
            # Today counts even if it is a Sunday: people look at the demo on any day.
            if ahead == here or _works(ahead):
                days.append(ahead)
            ahead += timedelta(days=1)
        self.now = now.astimezone(UTC)
        self._dates = days
        self.texts = [d.isoformat() for d in days]
        self._clock = [f"T{minute // 60 + 1:02d}:{minute % 60:02d}:00+00:00" for minute in range(_MINUTES)]
        epoch = date(1970, 1, 1)
        self._minutes = [(d - epoch).days * 1440 + 60 for d in days]
        grown = (self.today or 1) / 0.6
        self.busy = [MONTHS[d.month - 1] * (0.7 + n / grown / 2) for n, d in enumerate(days)]
        self.quarter_ends = self._quarter_ends()

    def moment(self, time: float) -> str:
        """A time as records keep it: ISO 8601 in UTC."""
        day = int(time)
        return self.texts[day] + self._clock[int((time - day) * _MINUTES)]

    def day(self, time: float) -> str:
        """The date of a time."""
        return self.texts[int(time)]

    def minutes(self, time: float) -> int:
        """A time in whole minutes since 1970."""
        day = int(time)
        return self._minutes[day] + int((time - day) * _MINUTES)

    def milliseconds(self, time: float) -> int:
        """A time since 1970, for ids."""
        return self.minutes(time) * 60_000

    def ahead(self, time: float) -> bool:
        """Whether a time is still to come at this moment, not only today."""
        return datetime.fromisoformat(self.moment(time)) > self.now

    def _quarter_ends(self) -> list[int]:
        """For each working day the last one of its quarter."""
        ends = [0] * len(self._dates)
        last = len(self._dates) - 1
        for n in reversed(range(len(self._dates))):
            if n + 1 < len(self._dates) and _quarter(self._dates[n]) != _quarter(self._dates[n + 1]):
                last = n
            ends[n] = last
        return ends


def _quarter(day: date) -> int:
    return (day.month - 1) // 3


def _works(day: date) -> bool:
    """Monday to Friday, without the first days of January, May and October, when nobody works."""
    return day.weekday() < 5 and (day.month, day.day) not in _HOLIDAYS


_HOLIDAYS = {(1, 1), *((5, d) for d in range(1, 4)), *((10, d) for d in range(1, 8))}
