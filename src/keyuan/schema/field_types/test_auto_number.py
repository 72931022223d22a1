"""Numbers are read as they are made."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..declare import field
from .auto_number import TYPE

DAILY = {"parts": [{"kind": "text", "text": "O."}, {"kind": "date", "format": "YYMMDD"},
                   {"kind": "counter", "digits": 3, "start": 10, "step": 5}], "reset": "day"}  # fmt: skip
YEARLY = {"parts": [{"kind": "date", "format": "YYYY"}, {"kind": "date", "format": "YYMM"},
                    {"kind": "text", "text": "-"}, {"kind": "counter"},
                    {"kind": "text", "text": "/K"}], "reset": "year"}  # fmt: skip
PLAIN = {"parts": [{"kind": "text", "text": "C"}, {"kind": "counter", "digits": 6}]}


def number(**options: Any) -> Any:
    return field("code", "auto_number", "编号", "Code", **options)


@pytest.mark.parametrize("options", [DAILY, YEARLY, PLAIN])
@given(day=st.dates(date(2000, 1, 1), date(2099, 12, 31)), count=st.integers(0, 10**9))
def test_what_is_made_is_read(options: dict[str, Any], day: date, count: int) -> None:
    code = number(**options)
    made = TYPE.compose(code, day, count)
    assert TYPE.read(code, made) == (TYPE.period(code, day), count + 1)


@pytest.mark.parametrize("text", ["", "C", "c000001", "C-1", "C1x", "C１", "O.26013"])
def test_what_the_rule_cannot_have_made(text: str) -> None:
    assert TYPE.read(number(**PLAIN), text) is None


def test_numbers_between_two_steps_and_before_the_first() -> None:
    code = number(**DAILY)
    assert TYPE.read(code, "O.260131012") == ("20260131", 1)
    assert TYPE.read(code, "O.260131015") == ("20260131", 2)
    assert TYPE.read(code, "O.260131003") == ("20260131", 0)
