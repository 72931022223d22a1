"""Filter JSON: what it means, its way back, and its errors."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any as AnyValue

import pytest

from keyuan.expr.ast import (
    And,
    Any,
    Between,
    Compare,
    Expr,
    Has,
    In,
    IsNull,
    Literal,
    Match,
    Not,
    Or,
    Path,
    Placeholder,
    Pointer,
    Within,
    literal,
    paths,
)
from keyuan.expr.errors import ExprError
from keyuan.expr.filters import MAX_DEPTH, NotAFilter, from_filter, to_filter
from keyuan.expr.parser import parse
from keyuan.expr.rewrite import map_paths
from keyuan.expr.types import Type

A = Path(("a",))
X = literal("x")


@pytest.mark.parametrize(
    ("data", "tree"),
    [
        (["a", "=", "x"], Compare("=", A, X)),
        (["a", "!=", None], Compare("!=", A, literal(None))),
        (["a.b", "<", 12.5], Compare("<", Path(("a", "b")), literal(Decimal("12.5")))),
        (["a", "=", 0.1], Compare("=", A, literal(Decimal("0.1")))),
        (["a", "=", {"field": "b.c"}], Compare("=", A, Path(("b", "c")))),
        (["a", "=", "@me"], Compare("=", A, Placeholder("me"))),
        (["a", "=", "@you"], Compare("=", A, literal("@you"))),
        (["a", "in", ["x", None, "@me"]], In(A, (X, literal(None), Placeholder("me")))),
        (["a", "not_in", []], Not(In(A, ()))),
        (["a", "in", "@my_departments"], In(A, (Placeholder("my_departments"),))),
        (["a", "between", [1, None]], Between(A, literal(1), literal(None))),
        (["a", "not_between", [1, 2]], Not(Between(A, literal(1), literal(2)))),
        (["a", "contains", "x"], Match("contains", A, X)),
        (["a", "not_contains", "x"], Not(Match("contains", A, X))),
        (["a", "starts_with", "x"], Match("starts_with", A, X)),
        (["a", "ends_with", "x"], Match("ends_with", A, X)),
        (["a", "has_any", ["x"]], Has("any", A, (X,))),
        (["a", "has_all", ["x"]], Has("all", A, (X,))),
        (["a", "has_none", ["x"]], Not(Has("any", A, (X,)))),
        (["a", "is_null", True], IsNull(A)),
        (["a", "is_null", False], Not(IsNull(A))),
        (["a", "within", "next_2_fiscal_quarters"], Within(A, "next_n_fiscal_quarters", 2)),
        (["a", "not_within", "today"], Not(Within(A, "today"))),
        (["and"], And(())),
        (["or", ["a", "=", "x"], ["and"]], Or((Compare("=", A, X), And(())))),
        (["not", ["a", "=", "x"]], Not(Compare("=", A, X))),
        (["any", "kids"], Any(("kids",), And(()))),
        (["any", "kids", ["a", "=", "x"]], Any(("kids",), Compare("=", A, X))),
        (["and", "=", "x"], Compare("=", Path(("and",)), X)),
    ],
)
def test_meaning(data: list[AnyValue], tree: Expr) -> None:
    assert from_filter(data) == tree
    assert from_filter(to_filter(tree)) in (tree, from_filter(to_filter(from_filter(data))))


def test_short_forms() -> None:
    assert from_filter(["a", "is_null"]) == IsNull(A)
    assert from_filter(["a", "is_not_null"]) == Not(IsNull(A))
    assert from_filter(["a", "is_not_null", False]) == IsNull(A)


@pytest.mark.parametrize(
    ("data", "reason", "pointer"),
    [
        (None, "expr_filter_form", ""),
        ([], "expr_filter_form", ""),
        ({}, "expr_filter_form", ""),
        ("a", "expr_filter_form", ""),
        (["a"], "expr_filter_form", ""),
        (["a", "=", 1, 2], "expr_filter_form", ""),
        (["not"], "expr_filter_form", ""),
        (["not", ["a", "=", 1], ["a", "=", 1]], "expr_filter_form", ""),
        (["and", ["a", "=", 1], ["b"]], "expr_filter_form", "/2"),
        (["or", ["not", ["and", ["x", "y", 1]]]], "expr_unknown_operator", "/1/1/1/1"),
        (["a", "like", 1], "expr_unknown_operator", "/1"),
        (["a b", "=", 1], "expr_unknown_path", "/0"),
        (["a;drop table x", "=", 1], "expr_unknown_path", "/0"),
        (["", "=", 1], "expr_unknown_path", "/0"),
        (["a..b", "=", 1], "expr_unknown_path", "/0"),
        (["a", "="], "expr_value_missing", ""),
        (["a", "=", [1]], "expr_filter_value", "/2"),
        (["a", "=", {"field": "b", "x": 1}], "expr_filter_value", "/2"),
        (["a", "=", {"field": 1}], "expr_filter_value", "/2"),
        (["a", "=", {"field": "b c"}], "expr_unknown_path", "/2"),
        (["a", "in", ["x", ["y"]]], "expr_filter_value", "/2/1"),
        (["a", "in", ["x"] * 1_001], "expr_too_many_values", "/2"),
        (["a", "between", [1]], "expr_expects_two", "/2"),
        (["a", "between", 1], "expr_expects_two", "/2"),
        (["a", "is_null", "yes"], "expr_expects_boolean", "/2"),
        (["a", "within", "sometime"], "expr_unknown_period", "/2"),
        (["a", "within", 7], "expr_unknown_period", "/2"),
        (["a", "within", "last_36501_days"], "expr_unknown_period", "/2"),
        (["a", "=", "x\0"], "expr_character", "/2"),
        (["a", "=", "\udfff"], "expr_character", "/2"),
        (["a", "=", "x" * 10_001], "expr_text_too_long", "/2"),
        (["a", "=", 10**60], "expr_number_too_long", "/2"),
        (["a", "=", 1e300], "expr_number_too_long", "/2"),
        (["a", "=", float("nan")], "expr_number_too_long", "/2"),
        (["a", "=", float("inf")], "expr_number_too_long", "/2"),
    ],
)
def test_errors_have_a_place(data: object, reason: str, pointer: str) -> None:
    with pytest.raises(ExprError) as caught:
        from_filter(data)
    assert (caught.value.reason, caught.value.at) == (reason, Pointer(pointer))
    assert caught.value.errors[0].field == "filter" + pointer


def test_depth_and_size_are_bounded() -> None:
    def nested(levels: int) -> AnyValue:
        data: AnyValue = ["a", "=", 1]
        for _ in range(levels - 1):
            data = ["not", data]
        return data

    assert from_filter(nested(MAX_DEPTH))
    for levels in (MAX_DEPTH + 1, 10_000):
        with pytest.raises(ExprError) as caught:
            from_filter(nested(levels))
        assert caught.value.reason == "expr_too_deep"
    assert from_filter(["and", *[["a", "=", 1]] * 499])
    with pytest.raises(ExprError) as caught:
        from_filter(["and", *[["a", "=", 1]] * 500])
    assert caught.value.reason == "expr_too_large"


def test_what_filter_json_cannot_write() -> None:
    for text in ("a + 1 = 2", "len(a) > 3", "1 < a and if(a, b, c)", "a = b + 1"):
        with pytest.raises(NotAFilter):
            to_filter(parse(text))


def test_paths_and_prefixes() -> None:
    tree = from_filter(["and", ["a.b", "=", {"field": "c"}], ["any", "kids", ["d", "=", 1]]])
    assert paths(tree) == {("a", "b"), ("c",), ("kids",), ("kids", "d")}
    moved = map_paths(tree, lambda steps: ("up", *steps))
    assert paths(moved) == {("up", "a", "b"), ("up", "c"), ("up", "kids"), ("up", "kids", "d")}


def test_a_moment_beside_a_day_is_no_filter() -> None:
    """What stands beside a day in filter JSON is read as a day, so that another comparison cannot be written there."""
    day = Path(("closes",), type=Type.DATE)
    moment = Literal(datetime(2026, 1, 3, 8, tzinfo=UTC), type=Type.DATETIME)
    with pytest.raises(NotAFilter):
        to_filter(Compare("=", day, moment))
