"""What expression text means, and what is said where it means nothing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from keyuan.expr.ast import (
    And,
    Any,
    Binary,
    Call,
    Case,
    Compare,
    Has,
    In,
    IsNull,
    Literal,
    Match,
    Not,
    Or,
    Path,
    Placeholder,
    Span,
    Unary,
    Within,
    literal,
)
from keyuan.expr.errors import ExprError
from keyuan.expr.limits import MAX_DEPTH
from keyuan.expr.parser import parse
from keyuan.expr.text import to_text

A, B, C = Path(("a",)), Path(("b",)), Path(("c",))
ONE, TWO = literal(1), literal(2)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1 + 2 * a", Binary("+", ONE, Binary("*", TWO, A))),
        ("(1 + 2) * a", Binary("*", Binary("+", ONE, TWO), A)),
        ("a - b - c", Binary("-", Binary("-", A, B), C)),
        ("a / b % c", Binary("%", Binary("/", A, B), C)),
        ("-5", literal(-5)),
        ("- -5", Unary("-", literal(-5))),
        ("+a", A),
        ("-a * b", Binary("*", Unary("-", A), B)),
        ("a - -1.50", Binary("-", A, literal(Decimal("-1.50")))),
        (".5", literal(Decimal("0.5"))),
        ("a or b and not c", Or((A, And((B, Not(C)))))),
        ("a AND b And c", And((A, B, C))),
        ("a && b || c", Or((And((A, B)), C))),
        ("not a = b", Not(Compare("=", A, B))),
        ("a == b", Compare("=", A, B)),
        ("a <> b", Compare("!=", A, B)),
        ("a & b & 1", Call("concat", (A, B, ONE))),
        ("a & b = c", Compare("=", Call("concat", (A, B)), C)),
        ("a in (1, 2)", In(A, (ONE, TWO))),
        ("a not in (1)", Not(In(A, (ONE,)))),
        ("a in ()", In(A, ())),
        ("a in @my_departments", In(A, (Placeholder("my_departments"),))),
        ("and(a, b, c)", And((A, B, C))),
        ("OR(a, b)", Or((A, B))),
        ("not(a)", Not(A)),
        ("true", literal(True)),
        ("NULL", literal(None)),
        ("customer.industry", Path(("customer", "industry"))),
        ("客户.行业", Path(("客户", "行业"))),
        ("`in`.`and`", Path(("in", "and"))),
        ("today()", Placeholder("today")),
        ("@me", Placeholder("me")),
        ("'it''s'", literal("it's")),
        ('"say ""x"""', literal('say "x"')),
        ("“引号”", literal("引号")),
        ("（a ＋ 1）×2 ≥ b", Compare(">=", Binary("*", Binary("+", A, ONE), TWO), B)),
        ("if(a, 1)", Case(((A, ONE),), literal(None))),
        ("If(a, 1, b, 2, c)", Case(((A, ONE), (B, TWO)), C)),
        ("switch(a, 1, b, c)", Case(((Compare("=", A, ONE), B),), C)),
        ("isnull(a)", IsNull(A)),
        ("contains(a, 'x')", Match("contains", A, literal("x"))),
        ("has_none(a, 'x')", Not(Has("any", A, (literal("x"),)))),
        ('within(a, "last_30_days")', Within(A, "last_n_days", 30)),
        ('within(a, "this_fiscal_year")', Within(A, "this_fiscal_year")),
        ("any(contacts)", Any(("contacts",), And(()))),
        ("any(contacts, a = 1)", Any(("contacts",), Compare("=", A, ONE))),
        ('date("2026-01-31")', literal(date(2026, 1, 31))),
        ('datetime("2026-01-31 09:30")', literal(datetime(2026, 1, 31, 9, 30))),
        ("date(a)", Call("date", (A,))),
        ('DATE_ADD(a, 1, "days")', Call("date_add", (A, ONE, literal("days")))),
        ("\u3000a\n+\tb", Binary("+", A, B)),
    ],
)
def test_meaning(text: str, tree: object) -> None:
    parsed = parse(text)
    assert parsed == tree
    assert parse(to_text(parsed)) == tree


@pytest.mark.parametrize(
    ("text", "reason", "start", "end"),
    [
        ("", "expr_ends_early", 0, 0),
        ("a +", "expr_ends_early", 3, 3),
        ("(a", "expr_ends_early", 2, 2),
        ("a b", "expr_unexpected", 2, 3),
        ("a + * b", "expr_unexpected", 4, 5),
        ("if(a; b)", "expr_character", 4, 5),
        ("a ^ b", "expr_character", 2, 3),
        ("a ] b", "expr_character", 2, 3),
        ("(a]", "expr_character", 2, 3),
        ("f(a", "expr_ends_early", 3, 3),
        ("len(a b)", "expr_expected", 6, 7),
        ("a < b < c", "expr_chained", 6, 7),
        ("'abc", "expr_unfinished_text", 0, 4),
        ("'a\0'", "expr_character", 0, 4),
        ("'\ud800'", "expr_character", 0, 3),
        ("1" * 61, "expr_number_too_long", 0, 61),
        ("x" * 101, "expr_unknown_path", 0, 101),
        ("a.b.c.d.e.f.g.h.i.j.k", "expr_unknown_path", 0, 21),
        ("a.", "expr_ends_early", 2, 2),
        ("`a b`", "expr_unknown_path", 0, 5),
        ("@you", "expr_unknown_placeholder", 0, 4),
        ("2 + lenn(a)", "expr_unknown_function_hint", 4, 8),
        ("vlookup(a)", "expr_unknown_function", 0, 7),
        ("isnull(a, b)", "expr_arguments", 0, 12),
        ("if(a)", "expr_arguments", 0, 5),
        ("today(1)", "expr_arguments", 0, 8),
        ("any(1, a)", "expr_arguments", 0, 9),
        ('within(a, "someday")', "expr_unknown_period", 10, 19),
        ('within(a, "last_99999_days")', "expr_unknown_period", 10, 27),
        ('date("2026-02-30")', "expr_not_a_date", 5, 17),
        ('datetime("2026-01-31T25:00")', "expr_not_a_datetime", 9, 27),
        ("客户 = ‘x", "expr_unfinished_text", 5, 7),
    ],
)
def test_errors_have_a_place(text: str, reason: str, start: int, end: int) -> None:
    with pytest.raises(ExprError) as caught:
        parse(text)
    assert (caught.value.reason, caught.value.at) == (reason, Span(start, end))


def test_a_hint_names_our_function() -> None:
    for written, ours in (("substitute(a)", "replace"), ("VALUE(a)", "number"), ("roud(a)", "round")):
        with pytest.raises(ExprError) as caught:
            parse(written)
        assert caught.value.errors[0].params["hint"] == ours


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000 + "a" + ")" * 5_000,
        "-" * 10_000,
        "-" * 9_000 + "a",
        "not " * 2_000 + "a",
        "if(a," * 2_000,
        "a" + "+a" * 4_999,
        "a" + ".a" * 4_999,
        "a" + " and (a" * 1_000,
        "[" * 10_000,
        "'" * 9_999,
        '"' * 9_999,
        "a" * 1_000_000,
        "a" + " in (" * 1_500,
    ],
)
def test_nothing_exhausts_the_stack(text: str) -> None:
    with pytest.raises(ExprError):
        parse(text)


def test_the_deepest_that_is_allowed() -> None:
    depth = MAX_DEPTH - 1
    assert parse("a" + "+a" * depth)
    assert parse("(" * depth + "a" + ")" * depth) == A
    with pytest.raises(ExprError) as caught:
        parse("a" + "+a" * (depth + 1))
    assert caught.value.reason == "expr_too_deep"


def test_many_parts_but_not_too_many() -> None:
    assert parse(" and ".join(["a"] * 499))
    with pytest.raises(ExprError) as caught:
        parse(" and ".join(["a"] * 500))
    assert caught.value.reason == "expr_too_large"
    assert parse(f"a in ({', '.join(['1'] * 1_000)})")
    with pytest.raises(ExprError) as caught:
        parse(f"a in ({', '.join(['1'] * 1_001)})")
    assert caught.value.reason == "expr_too_many_values"


def test_literals_of_different_types_differ() -> None:
    assert len({Literal(1), Literal(True), Literal(Decimal(1)), Literal("1"), Literal(None)}) == 5
