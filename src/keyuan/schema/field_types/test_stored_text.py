"""Patterns of text fields."""

from __future__ import annotations

from time import perf_counter

import pytest

from keyuan.schema.declare import field
from keyuan.schema.field_types import Context, FieldProblem, get


def parsed(pattern: str, text: str) -> object:
    return get("text").parse(field("t", "text", "x", "X", pattern=pattern), text, Context(today="2026-01-01"))


def test_the_whole_text_is_of_the_pattern() -> None:
    assert parsed("[0-9]{3}", "123") == "123"
    with pytest.raises(FieldProblem) as refused:
        parsed("[0-9]{3}", "1234")
    assert refused.value.code == "pattern"


@pytest.mark.parametrize(
    ("pattern", "text", "codes"),
    [
        ("(a+)+b", "a" * 60, {"pattern"}),  # known to fail, for there is no b
        ("(a+)+b", "a" * 60 + "bc", {"pattern", "pattern_slow"}),
        ("(([a-z])+.)+[A-Z]([a-z])+", "a" * 200, {"pattern_slow"}),
    ],
)
def test_a_pattern_that_takes_for_ever_is_given_up(pattern: str, text: str, codes: set[str]) -> None:
    begun = perf_counter()
    with pytest.raises(FieldProblem) as refused:
        parsed(pattern, text)
    assert refused.value.code in codes
    assert perf_counter() - begun < 5
