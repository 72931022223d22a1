"""Types: what literals become in their place, what is short for what, and what does not fit."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from keyuan.expr.ast import Expr, Literal, walk
from keyuan.expr.errors import ExprError
from keyuan.expr.filters import from_filter
from keyuan.expr.parser import parse
from keyuan.expr.scope import Resolved, UnknownPath
from keyuan.expr.shape import literals, shape
from keyuan.expr.text import to_text
from keyuan.expr.types import Type
from keyuan.expr.typing import check, check_condition
from keyuan.kernel.i18n import catalogue

ID = "018f0000-0000-7000-8000-000000000001"


class Fields:
    """One field of each type, named by it; `parent.` leads to the same one step away."""

    def resolve(self, path: tuple[str, ...]) -> Resolved:
        steps = path[1:] if path[0] == "parent" else path
        if len(path) > 2:
            raise UnknownPath(2, "expr_path_too_long")
        if len(steps) != 1 or steps[0] not in set(Type):
            raise UnknownPath(len(path) - 1)
        type = Type(steps[0])
        return Resolved(type, frozenset({"won", "lost"}) if type in (Type.CHOICE, Type.CHOICES) else None)

    def children(self, path: tuple[str, ...]) -> Fields:
        if path != ("kids",):
            raise UnknownPath()
        return self


def typed(text: str, expected: Type | None = None) -> Expr:
    return check(parse(text), Fields(), expected)


@pytest.mark.parametrize(
    ("text", "type"),
    [
        ("1", Type.INTEGER),
        ("1.0", Type.NUMBER),
        ("'x'", Type.TEXT),
        ("null", Type.TEXT),
        ("integer + 1", Type.INTEGER),
        ("integer + number", Type.NUMBER),
        ("integer / 2", Type.NUMBER),
        ("date - 3", Type.DATE),
        ("3 + date", Type.DATE),
        ("date - date", Type.INTEGER),
        ("date - '2026-01-01'", Type.INTEGER),
        ("datetime - datetime", Type.DURATION),
        ("datetime + duration", Type.DATETIME),
        ("duration / duration", Type.NUMBER),
        ("duration * 1.5", Type.DURATION),
        ("-duration", Type.DURATION),
        ("text & number", Type.TEXT),
        ("number > 1", Type.BOOLEAN),
        ("if(boolean, 1, 2.5)", Type.NUMBER),
        ("if(boolean, choice, text)", Type.TEXT),
        ("if(boolean, choice, null)", Type.CHOICE),
        ("if(boolean, date, '2026-01-31')", Type.DATE),
        ("if(boolean, null)", Type.TEXT),
        ("coalesce(null, integer, 0)", Type.INTEGER),
        ("coalesce(datetime, '2026-01-31')", Type.DATETIME),
        ("coalesce(reference, @me)", Type.REFERENCE),
        ("max(date, today())", Type.DATE),
        ("round(number)", Type.INTEGER),
        ("round(number, 2)", Type.NUMBER),
        ("date_add(datetime, 1, 'month')", Type.DATETIME),
        ("date(2026, 1, integer)", Type.DATE),
        ("number('12')", Type.NUMBER),
        ("isnull(json)", Type.BOOLEAN),
        ("@my_departments", Type.REFERENCES),
        ("parent.choice", Type.CHOICE),
    ],
)
def test_types(text: str, type: Type) -> None:
    tree = typed(text)
    assert tree.type is type
    assert all(node.type is not None for node in walk(tree))


@pytest.mark.parametrize(
    ("data", "written", "values"),
    [
        (["date", "=", "2026-01-31"], 'date = date("2026-01-31")', (date(2026, 1, 31),)),
        (["number", "=", "12.50"], "number = 12.50", (Decimal("12.50"),)),
        (["number", ">", 5], "number > 5.0", (Decimal(5),)),
        (["integer", "=", "12"], "integer = 12", (12,)),
        (["integer", "<", 12.5], "integer < 12.5", (Decimal("12.5"),)),
        (["integer", "=", 2**63], "integer = 9223372036854775808.0", (Decimal(2**63),)),
        (["duration", ">=", 3600], "duration >= 3600", (3600,)),
        (["reference", "=", ID.upper()], f'reference = "{ID}"', (ID,)),
        (["text", "=", "@me"], 'text = "@me"', ("@me",)),
        (["text", "in", ["@me", "x"]], 'text in ("@me", "x")', (("@me", "x"),)),
        (["datetime", "=", "2026-01-31"], 'datetime = date("2026-01-31")', (date(2026, 1, 31),)),
        (["datetime", "<", "2026-01-31T09:30"], None, (datetime(2026, 1, 31, 9, 30),)),
        (["datetime", ">=", "@today"], "datetime >= today()", ()),
        (["text", "=", None], "isnull(text)", ()),
        (["text", "!=", None], "not isnull(text)", ()),
        (["choice", "in", ["won", None]], 'isnull(choice) or choice in ("won")', (("won",),)),
        (["choice", "in", [None]], "isnull(choice)", ()),
        (["choice", "in", []], "choice in ()", ()),
        (["choices", "in", ["won"]], 'has_any(choices, "won")', (("won",),)),
        (["choices", "contains", "won"], 'has_any(choices, "won")', (("won",),)),
        (["integer", "in", [1, "2.5"]], "integer in (1.0, 2.5)", ((Decimal(1), Decimal("2.5")),)),
        (["datetime", "in", ["2026-01-31"]], 'datetime = date("2026-01-31")', (date(2026, 1, 31),)),
        (["number", "between", [1, None]], "number >= 1.0", (Decimal(1),)),
        (["number", "between", [None, 2]], "number <= 2.0", (Decimal(2),)),
        (["number", "between", [1, 2]], "between(number, 1.0, 2.0)", (Decimal(1), Decimal(2))),
        (["datetime", "between", ["2026-01-01", "2026-01-31"]],
         'datetime >= date("2026-01-01") and datetime <= date("2026-01-31")', (date(2026, 1, 1), date(2026, 1, 31))),
        (["reference", "in", "@my_departments"], "reference in (@my_departments)", ()),
        (["references", "has_any", ["@me", ID]], None, ((ID,),)),
        (["any", "kids", ["date", ">", "2026-01-31"]], 'any(kids, date > date("2026-01-31"))', (date(2026, 1, 31),)),
    ],
)  # fmt: skip
def test_values_take_the_type_of_their_place(
    data: object, written: str | None, values: tuple[object, ...]
) -> None:
    tree = check_condition(from_filter(data), Fields())
    assert written is None or to_text(tree) == written
    assert literals(tree) == values
    assert [type(value) for value in literals(tree)] == [type(value) for value in values]
    assert all(
        node.type is not None
        for node in walk(tree)
        if not isinstance(node, Literal) or node.value is not None
    )


@pytest.mark.parametrize(
    ("text", "reason", "start"),
    [
        ("1 + x", "expr_unknown_path", 4),
        ("parent.parent.text", "expr_path_too_long", 0),
        ("any(nobody, text = 'x')", "expr_unknown_path", 0),
        ("number + text", "expr_operands", 0),
        ("date + date", "expr_operands", 0),
        ("datetime - date", "expr_operands", 0),
        ("datetime + 1", "expr_operands", 0),
        ("text = number", "expr_operands", 0),
        ("boolean < true", "expr_operands", 0),
        ("reference > reference", "expr_operands", 0),
        ("json = 'x'", "expr_type", 7),
        ("json = json", "expr_operands", 0),
        ("choices = 'won'", "expr_many", 0),
        ("number = 'x'", "expr_literal", 9),
        ("date > '31.01.2026'", "expr_literal", 7),
        ("date > 5", "expr_operands", 0),
        ("reference = 'me'", "expr_literal", 12),
        ("choice = 'open'", "expr_unknown_choice", 9),
        ("choice in ('won', 'open')", "expr_unknown_choice", 18),
        ("has_all(choices, 'open')", "expr_unknown_choice", 17),
        ("has_all(choices)", "expr_arguments", 0),
        ("has_any(text, 'x')", "expr_type", 8),
        ("text = @me", "expr_operands", 0),
        ("if(1, 2, 3)", "expr_type", 3),
        ("if(boolean, 1, date)", "expr_mixed", 15),
        ("not 1", "expr_type", 4),
        ("text and boolean", "expr_type", 0),
        ("len(5)", "expr_type", 4),
        ("round(text)", "expr_type", 6),
        ("round(1, 2, 3)", "expr_arguments", 0),
        ("contains(number, '1')", "expr_type", 9),
        ("within(text, 'today')", "expr_type", 7),
        ("date_add(date, 1, 'hours')", "expr_type", 9),
        ("date_add(date, 1, 'eon')", "expr_word", 18),
        ("date_add(date, 1, text)", "expr_word", 18),
        ("start_of(date, 'day')", "expr_word", 15),
        ("text(date, 'nothing')", "expr_format", 11),
        ("text(date, text)", "expr_format", 11),
        ("text(number, 'YYYY')", "expr_type", 5),
        ("date(1)", "expr_arguments", 0),
        ("date(1, 2)", "expr_arguments", 0),
        ("between(number, null, null)", "expr_expects_two", 0),
        ("text in (1)", "expr_operands", 9),
        ("number in (choices)", "expr_operands", 11),
        ("-text", "expr_type", 1),
    ],
)
def test_what_does_not_fit(text: str, reason: str, start: int) -> None:
    with pytest.raises(ExprError) as caught:
        typed(text)
    assert (caught.value.reason, getattr(caught.value.at, "start", None)) == (reason, start)
    for language in ("zh", "en"):
        shown = caught.value.as_json(language)
        assert shown["errors"][0]["message"]
        assert shown["position"]["start"] == start


@pytest.mark.parametrize(
    ("text", "expected", "fits"),
    [
        ("1", Type.NUMBER, True),
        ("1.5", Type.INTEGER, False),
        ("integer + 1", Type.NUMBER, True),
        ("number", Type.INTEGER, False),
        ("choice", Type.TEXT, True),
        ("text", Type.CHOICE, True),
        ("'2026-01-31'", Type.DATE, True),
        ("if(boolean, '2026-01-31')", Type.DATE, True),
        ("if(boolean, 'x')", Type.DATE, False),
        ("date", Type.DATETIME, False),
        ("null", Type.REFERENCE, True),
        ("@me", Type.REFERENCE, True),
        ("1", Type.BOOLEAN, False),
        ("boolean", Type.BOOLEAN, True),
    ],
)
def test_the_expected_type(text: str, expected: Type, fits: bool) -> None:
    if fits:
        typed(text, expected)
    else:
        with pytest.raises(ExprError):
            typed(text, expected)


def test_the_shape_is_the_same_for_other_values() -> None:
    def shape_of(data: object) -> str:
        return shape(check_condition(from_filter(data), Fields()))

    assert shape_of(["number", ">", 5]) == shape_of(["number", ">", "7.25"])
    assert shape_of(["choice", "in", ["won"]]) == shape_of(["choice", "in", ["won", "lost"]])
    assert shape_of(["date", "within", "last_7_days"]) == shape_of(["date", "within", "last_30_days"])
    assert shape_of(["date", "within", "last_7_days"]) != shape_of(["date", "within", "next_7_days"])
    assert shape_of(["datetime", ">", "2026-01-31"]) != shape_of(["datetime", ">", "2026-01-31T09:30"])
    assert shape_of(["integer", "=", 1]) != shape_of(["integer", "=", 1.5])
    formats = [shape(typed(f"text(date, '{form}')")) for form in ("YYYY-MM", "MM-YYYY")]
    assert formats[0] != formats[1]


def test_a_statement_cannot_explode() -> None:
    def nested(levels: int) -> str:
        return "pad_left(" * levels + "text" + ", 9, '0')" * levels

    assert typed(nested(5))
    with pytest.raises(ExprError) as caught:
        typed(nested(20))
    assert caught.value.reason == "expr_too_costly"


def test_every_reason_has_words() -> None:
    words = catalogue()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        for reason in re.findall(r'"(expr_[a-z_]+)"', file.read_text("utf-8")):
            assert f"field.{reason}" in words, (file.name, reason)
