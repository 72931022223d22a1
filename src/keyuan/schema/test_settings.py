"""Settings: what is taken, what is not, and what stands in for values that are no longer valid."""

from __future__ import annotations

from typing import Any

import pytest

from keyuan.kernel.i18n import message
from keyuan.schema.settings import SETTINGS, check, settings_of


def test_defaults_are_valid() -> None:
    for setting in SETTINGS.values():
        assert setting.parse(setting.default) == setting.default
        assert setting.json_schema()


def test_rows_over_defaults() -> None:
    known = settings_of([("currency", "USD"), ("language", "fr"), ("password_length", 3), ("seeded", True)])
    assert known["currency"] == "USD"
    assert known["language"] == "zh"
    assert known["password_length"] == 10
    assert known["seeded"] is True


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("name", "  明珠  ", "明珠"),
        ("time_zone", "Europe/Berlin", "Europe/Berlin"),
        ("exchange_rates", {"USD": 7.1, "EUR": "7.80"}, {"USD": "7.1", "EUR": "7.80"}),
        ("fiscal_year_start", None, None),
    ],
)
def test_taken(key: str, value: Any, kept: Any) -> None:
    assert check({key: value}) == ({key: kept}, [])


@pytest.mark.parametrize(
    ("key", "value", "field", "code"),
    [
        ("nothing", 1, "nothing", "unknown"),
        ("name", "", "name", "required"),
        ("name", 5, "name", "type"),
        ("name", "x" * 101, "name", "too_long"),
        ("name", "a\0b", "name", "characters"),
        ("name", "a\ud800b", "name", "characters"),
        ("currency", "cny", "currency", "currency"),
        ("time_zone", "Mars/Olympus", "time_zone", "time_zone"),
        ("time_zone", ["UTC"], "time_zone", "time_zone"),
        ("language", "fr", "language", "one_of"),
        ("language", ["zh"], "language", "one_of"),
        ("fiscal_year_start", 13, "fiscal_year_start", "between"),
        ("fiscal_year_start", True, "fiscal_year_start", "type"),
        ("fiscal_year_start", 1.0, "fiscal_year_start", "type"),
        ("exchange_rates", [], "exchange_rates", "type"),
        ("exchange_rates", {"USD": "-1"}, "exchange_rates.USD", "rate"),
        ("exchange_rates", {"USD": "NaN"}, "exchange_rates", "type"),
        ("exchange_rates", {"dollar": "1"}, "exchange_rates", "currency"),
    ],
)
def test_refused(key: str, value: Any, field: str, code: str) -> None:
    kept, errors = check({key: value})
    assert kept == {}
    assert [(e.field, e.code) for e in errors] == [(field, code)]
    assert message("field." + code, "zh", **errors[0].params)
