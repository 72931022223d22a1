"""The language reference names everything there is, and its examples are true."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keyuan.expr.ast import PLACEHOLDERS
from keyuan.expr.filters import MAX_DEPTH as FILTER_DEPTH
from keyuan.expr.filters import MAX_DIGITS, MAX_ITEMS, MAX_NODES, OPERATORS
from keyuan.expr.functions import FORMS, FUNCTIONS, Param, signature
from keyuan.expr.limits import MAX_DEPTH
from keyuan.expr.parser import parse
from keyuan.expr.periods import UNITS
from keyuan.expr.python import evaluate
from keyuan.expr.scope import Environment
from keyuan.expr.test_typing import Fields
from keyuan.expr.tokens import MAX_LENGTH
from keyuan.expr.types import MAX_DAYS, MAX_MONTHS, MAX_PADDING, QUOTIENT_SCALE, Type
from keyuan.expr.typing import check

GUIDE = Path(__file__).parents[3] / "docs" / "guide"
PAGES = {language: GUIDE.joinpath(language, "expressions.md").read_text("utf-8") for language in ("zh", "en")}
EXAMPLES = [
    (language, *example)
    for language, page in PAGES.items()
    for example in re.findall(r"`([^`]+)` → `([^`]+)`", page)
]
ENVIRONMENT = Environment(datetime(2026, 2, 1, 2, tzinfo=UTC), fiscal_year_start=4)


@pytest.mark.parametrize("language", PAGES)
def test_everything_is_named(language: str) -> None:
    page = PAGES[language]
    for name in (*FORMS, *FUNCTIONS):
        assert f"| `{signature(name)}` |" in page, name
    for function in FUNCTIONS.values():
        for param in function.params:
            assert isinstance(param, Param)
            assert all(f'`"{word}"`' in page for word in param.words), param.words
    for word in OPERATORS:
        assert f"`{word}`" in page, word
    for unit in UNITS:
        assert f"`{unit}`" in page or f"`this_{unit}`" in page, unit
    for name in PLACEHOLDERS:
        assert f"`@{name}`" in page, name
    for type in set(Type) - {Type.JSON}:
        assert re.search(rf"^\| [^|]*\b{type}\b", page, re.MULTILINE), type
    limits = (
        MAX_LENGTH,
        MAX_NODES,
        MAX_DEPTH,
        FILTER_DEPTH,
        MAX_ITEMS,
        MAX_DIGITS,
        MAX_DAYS,
        MAX_MONTHS,
        MAX_PADDING,
        QUOTIENT_SCALE,
    )
    for limit in limits:
        assert f"{limit:,}" in page, limit


@pytest.mark.parametrize(("language", "example", "result"), EXAMPLES)
def test_examples(language: str, example: str, result: str) -> None:
    trees = [check(parse(text), Fields()) for text in (example, result)]
    found, expected = (evaluate(tree, {}, ENVIRONMENT) for tree in trees)
    assert found == expected


def test_both_languages_have_the_same_examples() -> None:
    assert len(EXAMPLES) > 80
    examples = [[example[1:] for example in EXAMPLES if example[0] == language] for language in PAGES]
    assert examples[0] == examples[1]
