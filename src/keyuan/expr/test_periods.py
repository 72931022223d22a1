"""Named periods: which days they are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from keyuan.expr.periods import (
    COUNTED,
    FIXED,
    Period,
    ends,
    join,
    localized,
    named_range,
    period_range,
    split,
    start_of_day,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
SUNDAY = date(2026, 2, 1)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("today", "2026-02-01", "2026-02-02"),
        ("yesterday", "2026-01-31", "2026-02-01"),
        ("tomorrow", "2026-02-02", "2026-02-03"),
        ("this_week", "2026-01-26", "2026-02-02"),
        ("last_week", "2026-01-19", "2026-01-26"),
        ("next_week", "2026-02-02", "2026-02-09"),
        ("this_month", "2026-02-01", "2026-03-01"),
        ("last_month", "2026-01-01", "2026-02-01"),
        ("next_month", "2026-03-01", "2026-04-01"),
        ("this_quarter", "2026-01-01", "2026-04-01"),
        ("last_quarter", "2025-10-01", "2026-01-01"),
        ("this_year", "2026-01-01", "2027-01-01"),
        ("last_year", "2025-01-01", "2026-01-01"),
        ("this_fiscal_year", "2025-04-01", "2026-04-01"),
        ("last_fiscal_year", "2024-04-01", "2025-04-01"),
        ("next_fiscal_year", "2026-04-01", "2027-04-01"),
        ("this_fiscal_quarter", "2026-01-01", "2026-04-01"),
        ("last_30_days", "2026-01-03", "2026-02-02"),
        ("last_1_days", "2026-02-01", "2026-02-02"),
        ("last_0_days", "2026-02-02", "2026-02-02"),
        ("next_7_days", "2026-02-01", "2026-02-08"),
        ("last_2_weeks", "2026-01-12", "2026-01-26"),
        ("last_3_months", "2025-11-01", "2026-02-01"),
        ("next_2_quarters", "2026-04-01", "2026-10-01"),
        ("last_2_fiscal_years", "2023-04-01", "2025-04-01"),
        ("older_than_90_days", None, "2025-11-03"),
        ("more_than_7_days_ahead", "2026-02-09", None),
        ("last_36500_days", "1926-02-27", "2026-02-02"),
    ],
)
def test_ranges(name: str, start: str | None, end: str | None) -> None:
    # It is Sunday in Shanghai already, while still Saturday in UTC.
    now = datetime(2026, 1, 31, 16, 30, tzinfo=UTC)
    found = period_range(name, now, SHANGHAI, 4)
    assert found == Period(start and date.fromisoformat(start), end and date.fromisoformat(end))


def test_the_day_is_that_of_the_zone() -> None:
    now = datetime(2026, 1, 31, 16, 30, tzinfo=UTC)
    assert period_range("today", now, UTC).start == date(2026, 1, 31)
    assert period_range("today", now, SHANGHAI).start == date(2026, 2, 1)


@pytest.mark.parametrize("month", range(1, 13))
def test_fiscal_periods_meet_and_hold_today(month: int) -> None:
    for today in (date(2026, m, d) for m in range(1, 13) for d in (1, 28)):
        for unit, months in (("fiscal_year", 12), ("fiscal_quarter", 3)):
            last, this, coming = (
                named_range(f"{which}_{unit}", None, today, month) for which in ("last", "this", "next")
            )
            assert last.end == this.start
            assert this.end == coming.start
            assert this.start is not None
            assert this.end is not None
            assert this.start <= today < this.end
            assert (this.start.month - month) % months == 0


def test_the_ends_of_the_calendar() -> None:
    for today in (date.min, date.max, date(1, 1, 3), date(9999, 12, 28)):
        for name in (*FIXED, *COUNTED):
            found = named_range(name, 36_500 if "_n_" in name else None, today, 7)
            start, end = found.start or date.min, found.end or date.max
            assert start <= end, (name, today)


def test_names() -> None:
    for name in (*FIXED, *COUNTED):
        spelled = join(name, 12 if "_n_" in name else None)
        assert split(spelled) == (name, 12 if "_n_" in name else None)
        period = named_range(*(split(spelled) or ("", None)), SUNDAY)
        assert (period.start is not None, period.end is not None) == ends(name)
    for name in (
        "last_n_days",
        "last_-1_days",
        "last_1_day",
        "last_36501_days",
        "this_decade",
        "",
        "last_1_2_days",
        "TODAY",
        "last_١_days",
    ):
        assert split(name) is None, name
    with pytest.raises(ValueError, match="someday"):
        period_range("someday", datetime.now(UTC), UTC)


def test_clock_changes() -> None:
    london, havana = ZoneInfo("Europe/London"), ZoneInfo("America/Havana")
    # skipped: counts on from before the change; repeated: the second
    assert localized(datetime(2026, 3, 29, 1, 30), london) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert localized(datetime(2026, 10, 25, 1, 30), london) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    # where midnight is skipped, the day begins an hour later
    assert start_of_day(date(2026, 3, 8), havana) == datetime(2026, 3, 8, 5, tzinfo=UTC)
