"""The evaluator: examples a reader can check by hand. That PostgreSQL gives the same, tests/integration/test_expr_sql.py
shows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from keyuan.expr.filters import from_filter
from keyuan.expr.functions import FORMS, FUNCTIONS
from keyuan.expr.parser import parse
from keyuan.expr.python import evaluate, holds
from keyuan.expr.python_functions import _ANY_NULLS, _STRICT
from keyuan.expr.scope import Environment, Resolved, Scope, UnknownPath
from keyuan.expr.sql_functions import _SQL
from keyuan.expr.types import Type
from keyuan.expr.typing import check, check_condition
from keyuan.expr.values import from_canonical, to_canonical

ENVIRONMENT = Environment(
    datetime(2026, 1, 31, 16, 30, tzinfo=UTC), fiscal_year_start=4, me="018f0000-0000-7000-8000-000000000001"
)
RECORD: dict[str, Any] = {
    "name": "上海客缘 Keyuan",
    "amount": {"amount": "1234.50", "currency": "CNY"},
    "rate": "0.1",
    "count": 7,
    "active": True,
    "signed": "2026-01-31",
    "opened": "2026-01-31T15:59:59Z",
    "spent": 5400,
    "stage": "won",
    "tags": ["vip", "old"],
    "owner": {"id": "018f0000-0000-7000-8000-000000000001", "name": "王"},
    "customer": {"id": "018f0000-0000-7000-8000-000000000002", "industry": "soft"},
    "customer.size": 12,
    "contacts": [{"name": "A", "count": 1}, {"name": "B", "count": None}],
    "none": None,
}  # fmt: skip
TYPES = {
    "name": Type.TEXT,
    "amount": Type.NUMBER,
    "rate": Type.NUMBER,
    "count": Type.INTEGER,
    "active": Type.BOOLEAN,
    "signed": Type.DATE,
    "opened": Type.DATETIME,
    "spent": Type.DURATION,
    "stage": Type.CHOICE,
    "tags": Type.CHOICES,
    "owner": Type.REFERENCE,
    "customer.industry": Type.TEXT,
    "customer.size": Type.INTEGER,
    "none": Type.NUMBER,
    "nothing": Type.TEXT,
}


class Fields:
    def resolve(self, path: tuple[str, ...]) -> Resolved:
        if ".".join(path) not in TYPES:
            raise UnknownPath
        return Resolved(TYPES[".".join(path)])

    def children(self, path: tuple[str, ...]) -> Scope:
        return self


def result(text: str) -> Any:
    tree = check(parse(text), Fields())
    return to_canonical(evaluate(tree, RECORD, ENVIRONMENT), tree.type or Type.TEXT)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("amount * 2", "2469"),
        ("1 / 3", "0.33333333333333333333"),
        ("-2 / 3", "-0.66666666666666666667"),
        ("count / 0", None),
        ("7 % 3", 1),
        ("-7 % 3", -1),
        ("7 % 0", None),
        ("count + none", None),
        ("sum(count, none)", "7"),
        ("average(1, null, 2)", "1.5"),
        ("min(count, none, 3)", "3"),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(1.005, 2)", "1.01"),
        ("round(1250, -2)", "1300"),
        ("trunc(-2.7)", -2),
        ("floor(-2.1)", -3),
        ("ceil(-2.9)", -2),
        ("fixed(1.5, 2)", "1.50"),
        ("number('12.50') + 1", "13.5"),
        ("number('12 CNY')", None),
        ("name & '（' & count & '）' & nothing", "上海客缘 Keyuan（7）"),
        ("len(name)", 11),
        ("upper(right(name, 6))", "KEYUAN"),
        ("left(name, 4)", "上海客缘"),
        ("left(name, -1)", ""),
        ("mid(name, 3, 2)", "客缘"),
        ("mid(name, 0, 2)", None),
        ("find(name, 'Key')", 6),
        ("find(name, 'x')", None),
        ("replace(name, 'Keyuan', 'CRM')", "上海客缘 CRM"),
        ("pad_left(text(count), 4, '0')", "0007"),
        ("trim('  x\u3000')", "x"),
        ("text(amount)", "1234.5"),
        ("text(opened)", "2026-01-31 23:59:59"),
        ("text(signed, 'YYYY年M月D日')", "2026年1月31日"),
        ("text(active) & text(stage)", "truewon"),
        ("today()", "2026-02-01"),
        ("signed + 1", "2026-02-01"),
        ("date_add(signed, 1, 'month')", "2026-02-28"),
        ("date_add(opened, 1, 'hour')", "2026-01-31T16:59:59Z"),
        ("date_add(opened, 1, 'days')", "2026-02-01T15:59:59Z"),
        ("date(opened)", "2026-01-31"),
        ("date(2026, 2, 30)", None),
        ("date(trim('2026-02-30'))", None),
        ("datetime(signed)", "2026-01-30T16:00:00Z"),
        ("days_between(signed, '2026-03-01')", 29),
        ("months_between(signed, '2026-03-30')", 1),
        ("months_between(signed, '2026-03-31')", 2),
        ("years_between('2000-02-29', '2026-02-28')", 25),
        ("start_of(signed, 'week')", "2026-01-26"),
        ("start_of(signed, 'fiscal_year')", "2025-04-01"),
        ("end_of(signed, 'quarter')", "2026-03-31"),
        ("weekday(signed)", 6),
        ("week('2027-01-03')", 53),
        ("hour(opened)", 23),
        ("opened - datetime(signed)", 86399),
        ("duration(1.5, 'hours') = spent", True),
        ("spent * 2", 10800),
        ("number(spent) / 3600", "1.5"),
        ("if(stage = 'won', 1, stage = 'lost', 0)", 1),
        ("switch(stage, 'open', 1, 'won', 2, 3)", 2),
        ("if(none > 0, 'more', 'not more')", "not more"),
        ("coalesce(nothing, name)", "上海客缘 Keyuan"),
        ("isnull(none) and isblank(nothing) and not isnull(tags)", True),
        ("count(tags)", 2),
        ("has_any(tags, 'vip', 'new') and has_none(tags, 'x') and not has_all(tags, 'vip', 'new')", True),
        ("contains(name, 'keyUAN') and starts_with(name, '上海') and ends_with(name, 'n')", True),
        ("owner = @me", True),
        ("customer.industry = 'soft' and customer.size = 12", True),
        ("any(contacts, count = 1) and not any(contacts, count > 1)", True),
        ("none = none", False),
        ("none != none", True),
        ("none != 5 and not (none = 5) and none not in (5)", True),
        ("opened = '2026-01-31'", True),
        ("within(opened, 'yesterday')", True),
        ("9999999999999999999999 * 9999999999999999999999 - 1", 99999999999999999999980000000000000000000000),
    ],
)  # fmt: skip
def test_results(text: str, value: object) -> None:
    assert result(text) == value


def test_every_function_is_everywhere() -> None:
    assert FUNCTIONS.keys() == _SQL.keys()
    assert FUNCTIONS.keys() == _ANY_NULLS.keys() | _STRICT.keys()
    assert not _ANY_NULLS.keys() & _STRICT.keys()
    assert not FUNCTIONS.keys() & FORMS.keys()


def test_a_filter_on_a_record() -> None:
    condition = check_condition(
        from_filter(["and", ["amount", ">=", "1234.5"], ["tags", "has_all", ["old", "vip"]]]), Fields()
    )
    assert holds(condition, RECORD, ENVIRONMENT)
    assert not holds(condition, {**RECORD, "tags": []}, ENVIRONMENT)
    assert not holds(condition, {}, ENVIRONMENT)


@pytest.mark.parametrize(
    ("value", "type"),
    [
        (12, Type.TEXT), ("x", Type.NUMBER), ("1e5", Type.NUMBER), ("", Type.NUMBER), (True, Type.NUMBER), ("NaN", Type.NUMBER),
        (1.5, Type.NUMBER), ("12", Type.INTEGER), (True, Type.INTEGER), (1, Type.BOOLEAN), ("2026-02-30", Type.DATE),
        (datetime(2026, 1, 1, tzinfo=UTC), Type.DATE), ("2026-01-31", Type.DATETIME), ("2026-01-31T09:30", Type.DATETIME),
        (datetime(2026, 1, 1), Type.DATETIME), (date(2026, 1, 1), Type.DATETIME), ("x", Type.CHOICES), ([1], Type.CHOICES),
        ("me", Type.REFERENCE), ({"name": "x"}, Type.REFERENCE), (["x"], Type.REFERENCES), ({"amount": "x"}, Type.NUMBER),
    ],
)  # fmt: skip
def test_values_of_another_type_are_refused(value: object, type: Type) -> None:
    with pytest.raises(ValueError, match="not a"):
        from_canonical(value, type)


def test_canonical_values_come_back() -> None:
    for value, type in (
        ("12.5", Type.NUMBER),
        ("-0.001", Type.NUMBER),
        (5, Type.INTEGER),
        ("2026-01-31", Type.DATE),
        ("2026-01-31T15:59:59.000001Z", Type.DATETIME),
        (["a"], Type.CHOICES),
        (True, Type.BOOLEAN),
        (None, Type.TEXT),
    ):
        assert to_canonical(from_canonical(value, type), type) == value
    assert from_canonical({"amount": "12.00", "currency": "CNY"}, Type.NUMBER) == Decimal(12)
