"""Days and moments as writes and cells give them, within their bounds."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from keyuan.schema import field_types
from keyuan.schema.declare import field
from keyuan.schema.field_types import Context, FieldProblem

SHANGHAI = Context(time_zone=ZoneInfo("Asia/Shanghai"))
BERLIN = Context(time_zone=ZoneInfo("Europe/Berlin"))

DAY = field("day", "date", "日", "Day", minimum="2026-01-01", maximum="2026-12-31")
MOMENT = field(
    "at", "datetime", "时", "At", minimum="2026-01-01T00:00:00+08:00", maximum="2026-12-31T23:59:59+08:00"
)


def problem(made: Any, value: str, context: Context, read: str = "parse") -> tuple[str, dict[str, object]]:
    with pytest.raises(FieldProblem) as refused:
        getattr(field_types.get(made.type), read)(made, value, context)
    return refused.value.code, dict(refused.value.params)


def test_days_within_their_bounds() -> None:
    kind = field_types.get("date")
    for day in ("2026-01-01", "2026-12-31"):
        assert kind.parse(DAY, day, BERLIN) == day
    assert problem(DAY, "2025-12-31", BERLIN) == ("minimum", {"minimum": "2026-01-01"})
    assert problem(DAY, "2027-01-01", BERLIN) == ("maximum", {"maximum": "2026-12-31"})
    assert problem(DAY, "2025年12月31日", BERLIN, "from_text")[0] == "minimum"


@pytest.mark.parametrize(
    ("value", "context", "code"),
    [
        ("2026-01-01T00:00:00+08:00", BERLIN, None),
        ("2025-12-31T16:00:00Z", BERLIN, None),
        ("2025-12-31T15:59:59.999999Z", BERLIN, "minimum"),
        ("2025-12-31T17:00", BERLIN, None),
        ("2025-12-31T16:59", BERLIN, "minimum"),
        ("2025-12-31T23:59", SHANGHAI, "minimum"),
        ("2026-01-01", SHANGHAI, None),
        ("2026-12-31T15:59:59Z", SHANGHAI, None),
        ("2026-12-31T16:00:00Z", SHANGHAI, "maximum"),
        ("2026-12-31T17:00", BERLIN, "maximum"),
    ],
)
def test_moments_within_their_bounds_whatever_the_zone(
    value: str, context: Context, code: str | None
) -> None:
    if code is None:
        assert field_types.get("datetime").parse(MOMENT, value, context)
    else:
        assert problem(MOMENT, value, context)[0] == code


def test_the_bound_is_told_in_the_persons_zone() -> None:
    assert problem(MOMENT, "2020-01-01", BERLIN)[1] == {"minimum": "2025-12-31 17:00:00"}
    assert problem(MOMENT, "2030/1/1 8:00", SHANGHAI, "from_text")[1] == {"maximum": "2026-12-31 23:59:59"}


def test_a_bound_from_before_bounds_were_checked_holds_nobody_up() -> None:
    for old in ("soon", "2026-01-01"):
        made = field("at", "datetime", "时", "At", minimum=old)
        assert field_types.get("datetime").parse(made, "2020-01-01T00:00Z", BERLIN)
