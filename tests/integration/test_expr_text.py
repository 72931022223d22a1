"""Text and filter JSON give back the tree they came from, and whatever is thrown at them gives a tree or an
`ExprError`."""

from __future__ import annotations

import json
import string
from datetime import UTC, datetime
from typing import Any

import expr_random as world
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from keyuan.expr.ast import Call, Expr, Literal, walk
from keyuan.expr.errors import ExprError
from keyuan.expr.filters import OPERATORS, NotAFilter, from_filter, to_filter
from keyuan.expr.functions import FORMS, FUNCTIONS
from keyuan.expr.parser import parse
from keyuan.expr.python import holds
from keyuan.expr.rewrite import rebuilt
from keyuan.expr.scope import Environment
from keyuan.expr.shape import shape
from keyuan.expr.text import to_text
from keyuan.expr.types import Type
from keyuan.expr.typing import check, check_condition

SCOPE = world.TableScope()
ROWS = world.random_rows(25)
RECORDS = [world.record(row, ROWS) for row in ROWS]
ENVIRONMENT = Environment(datetime(2026, 1, 31, 16, 30, tzinfo=UTC), me=world.IDS[0])
QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=100)
TREES = st.one_of(
    [world.expressions(type) for type in (Type.BOOLEAN, Type.TEXT, Type.NUMBER, Type.DATE, Type.DATETIME)]
)


@QUICK
@given(TREES)
def test_text_reads_back(tree: Expr) -> None:
    assume(not any(map(_constant_date, walk(tree))))
    text = to_text(tree)
    assert parse(text) == tree
    assert to_text(parse(text)) == text


def _constant_date(node: Expr) -> bool:
    """A constant text inside `date(…)`: the parser makes the date of it, or an error."""
    return isinstance(node, Call) and node.name in ("date", "datetime") and isinstance(node.args[0], Literal)


@QUICK
@given(world.expressions(Type.BOOLEAN, 2))
def test_a_checked_condition_survives_filter_json(tree: Expr) -> None:
    checked = check_condition(tree, SCOPE)
    try:
        data = to_filter(checked)
    except NotAFilter:
        return
    again = check_condition(from_filter(json.loads(json.dumps(data))), SCOPE)
    assert to_filter(again) == data
    for record in RECORDS:
        assert holds(again, record, ENVIRONMENT) == holds(checked, record, ENVIRONMENT)


@QUICK
@given(world.expressions(Type.BOOLEAN, 2))
def test_equal_trees_have_one_shape(tree: Expr) -> None:
    again = rebuilt(tree, lambda child: child)
    assert tree == again
    assert hash(tree) == hash(again)
    assert shape(tree) == shape(again)


WORDS = st.sampled_from([
    *FORMS, *FUNCTIONS, *"+-*/%&=<>(),.", "!=", "<=", ">=", "and", "or", "not", "in", "true", "null", "@me", "@x", "1",
    "0.5", '"x"', "'", '"', "t1",
    "parent.n1", "kids", "`and`", "“", "”", "（", "，", "9" * 70,
    "date(\"2026-13-01\")", "within(d1,\"last_0_days\")", "\0", "\ud800", "😀",
])  # fmt: skip


@QUICK
@given(
    st.one_of(
        st.text(),
        st.text(string.printable),
        st.lists(WORDS, max_size=30).map(" ".join),
        st.lists(WORDS, max_size=30).map("".join),
    )
)
def test_any_text_is_a_tree_or_an_error(text: str) -> None:
    try:
        tree = parse(text)
        assert parse(to_text(tree)) == tree
        check(tree, SCOPE)
    except ExprError as error:
        _complete(error)


ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=5),
    st.sampled_from([*OPERATORS, *world.FIELDS, "and", "or", "not", "any", "kids",
        "@me", "@today", "this_month", "last_99999_days", "2026-01-31", 10**400]),
    st.just({"field": "t1"}),
)  # fmt: skip
JSON = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["field", "x"]), inner, max_size=2)
    ),
)
TESTS = st.tuples(st.sampled_from(list(world.FIELDS)), st.sampled_from(OPERATORS), JSON).map(list)
FILTERS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: ["and", *items]),
        st.lists(inner, max_size=3).map(lambda items: ["or", *items]),
        inner.map(lambda item: ["not", item]),
        inner.map(lambda item: ["any", "kids", item]),
    ),
)


@QUICK
@given(st.one_of(JSON, TESTS, FILTERS))
def test_any_json_is_a_condition_or_an_error(data: Any) -> None:
    try:
        tree = from_filter(data)
        check_condition(tree, SCOPE)
    except ExprError as error:
        _complete(error)
        return
    # Numbers come back as decimal strings, which mean the same; the second time nothing changes.
    assert to_filter(from_filter(to_filter(tree))) == to_filter(tree)


def _complete(error: ExprError) -> None:
    """The error has a place and words in both languages that can be sent."""
    assert error.at is not None
    for language in ("zh", "en"):
        json.dumps(error.as_json(language), ensure_ascii=False).encode()
