"""A filter of a form met before binds the same values that building and checking it would."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import expr_random as world
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from keyuan.expr.errors import ExprError
from keyuan.expr.filters import OPERATORS, from_filter
from keyuan.expr.prepared import outline, prepare
from keyuan.expr.scope import Environment
from keyuan.expr.shape import shape
from keyuan.expr.sql import binds
from keyuan.expr.types import Type
from keyuan.expr.typing import check_condition
from keyuan.expr.values import to_canonical

SCOPE = world.TableScope()
ENVIRONMENT = Environment(
    datetime(2026, 1, 31, 16, 30, tzinfo=UTC), me=world.IDS[0], my_departments=(world.IDS[1],)
)
VALUES: dict[Type, list[Any]] = {
    type: [to_canonical(value, type) for value in values] for type, values in world.VALUES.items()
}
VALUES[Type.DATETIME] += ["2026-01-31", "2026-01-31T09:30:00", "2026-01-31 09:30"]
VALUES[Type.INTEGER] += ["12", 12.5, 10**25, "12.50"]
VALUES[Type.NUMBER] += [12.5, 3, 10**40]
VALUES[Type.CHOICES] = VALUES[Type.CHOICE] = [*world.CHOICES, "unknown"]
VALUES[Type.REFERENCES] = VALUES[Type.REFERENCE] = [*world.IDS, world.IDS[0].upper(), "x"]
ODD = [
    None,
    "@me",
    "@my_departments",
    "@today",
    {"field": "t1"},
    "\0",
    True,
    1,
    "",
    "this_month",
    "last_7_days",
]


def field_tests(field: str) -> st.SearchStrategy[list[Any]]:
    """Tests of one field with values that mostly fit it."""
    value = st.sampled_from(VALUES[world.FIELDS[field]]) | st.sampled_from(ODD)
    fitting = (
        value | st.lists(value, max_size=3) | st.sampled_from(["last_30_days", "this_week"]) | st.booleans()
    )
    return st.tuples(st.just(field), st.sampled_from(OPERATORS), fitting).map(list)


FILTERS = st.recursive(
    st.sampled_from(list(world.FIELDS)).flatmap(field_tests),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: ["and", *items]),
        inner.map(lambda item: ["not", item]),
        st.sampled_from([["any", "kids", ["t1", "=", "x"]], ["any", "kids"], ["b1", "is_null"]]),
    ),
    max_leaves=4,
)


def with_other_values(data: Any, pick: random.Random) -> Any:
    """The filter with other values, mostly of the same kind."""
    match data:
        case [str(field), str(operator), value] if field in world.FIELDS:
            pool = [*VALUES[world.FIELDS[field]], *pick.sample(ODD, 1)]
            if isinstance(value, list):
                size = 2 if operator.endswith("between") else pick.randint(1, 4)
                return [field, operator, [pick.choice(pool) for _ in range(size)]]
            if isinstance(value, str) and value.startswith("last_"):
                return [field, operator, f"last_{pick.randint(0, 99)}_days"]
            return [field, operator, value if isinstance(value, bool) else pick.choice(pool)]
        case list():
            return [with_other_values(item, pick) for item in data]
    return data


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=100)
@given(FILTERS, st.randoms(use_true_random=False))
def test_prepared_is_checked(data: Any, pick: random.Random) -> None:
    form = outline(data)
    assume(form is not None)
    assert form is not None
    try:
        tree = check_condition(from_filter(data), SCOPE)
    except ExprError:
        assume(False)
        return
    prepared = prepare(tree, form, SCOPE)
    assume(prepared is not None)
    assert prepared is not None
    assert prepared.binds(form.values, ENVIRONMENT) == binds(tree, ENVIRONMENT)
    for _ in range(5):
        other = with_other_values(data, pick)
        again = outline(other)
        if again is None or again.key != form.key:
            continue
        found = prepared.binds(again.values, ENVIRONMENT)
        if found is not None:
            # What is bound without checking would have passed, for the same statement.
            checked = check_condition(from_filter(other), SCOPE)
            assert fits(shape(checked), shape(tree)), (other, shape(checked), shape(tree))
            assert found == binds(checked, ENVIRONMENT)


def fits(new: str, old: str) -> bool:
    """Whether values of the one shape may be bound to a statement of the other: the same, but that whole numbers may
    go where decimals do."""
    pairs = zip(new.replace(")", " )").split(), old.replace(")", " )").split(), strict=True)
    return all(
        one == other or (one.replace("integer", "number") == other and "?" in one) for one, other in pairs
    )


def test_what_needs_another_statement_is_refused() -> None:
    for data, other in (
        (["m1", ">=", "2026-01-31T09:30:00"], ["m1", ">=", "2026-01-31"]),
        (["m1", ">=", "2026-01-31"], ["m1", ">=", "2026-01-31T09:30:00"]),
        (["i1", "=", 12], ["i1", "=", 12.5]),
        (["i1", "=", 12], ["i1", "=", 2**70]),
        (["i1", "=", 12], ["i1", "=", "x"]),
        (["c1", "=", "won"], ["c1", "=", "unknown"]),
        (["t1", "=", "x"], ["t1", "=", "\0"]),
        (["t1", "=", "x"], ["t1", "=", 1]),
        (["b1", "=", True], ["b1", "=", 1]),
        (["n1", "=", 1], ["n1", "=", True]),
        (["i1", "in", [1, 2]], ["i1", "in", [1, 2.5]]),
    ):
        form, again = outline(data), outline(other)
        assert form is not None
        assert again is not None
        assert form.key == again.key
        prepared = prepare(check_condition(from_filter(data), SCOPE), form, SCOPE)
        assert prepared is not None
        assert prepared.binds(form.values, ENVIRONMENT) is not None
        assert prepared.binds(again.values, ENVIRONMENT) is None, other


def test_the_usual_filters_are_prepared() -> None:
    for data in (
        ["c1", "=", "won"],
        ["and", ["n1", ">", "5.00"], ["m1", "within", "this_month"], ["d1", "within", "last_30_days"]],
        ["or", ["r1", "=", "@me"], ["c1", "in", ["new", "won"]], ["t1", "contains", "客"]],
        ["not", ["any", "kids", ["n1", "between", ["1", "2"]]]],
        ["m1", ">=", "2026-01-31"],
        ["r1", "in", "@my_departments"],
        ["cs", "has_any", ["new"]],
    ):
        form = outline(data)
        tree = check_condition(from_filter(data), SCOPE)
        assert form is not None
        assert prepare(tree, form, SCOPE) is not None, data


def test_forms_are_not_confused() -> None:
    forms = [
        ["t1", "=", "x"], ["t1", "=", None], ["t1", "=", "@me"], ["t1", "=", {"field": "t2"}], ["t2", "=", "x"],
        ["t1", "!=", "x"],
        ["and"], ["or"], ["not", ["t1", "=", "x"]], ["and", ["t1", "=", "x"]], ["any", "kids"], ["t1", "is_null"],
        ["t1", "is_null", True], ["t1", "is_null", False], ["t1", "in", ["x"]], ["t1", "in", "@me"], ["d1", "within", "today"],
        ["d1", "within", "last_3_days"], ["any", "kids", ["t1", "=", "x"]], ["any", "=", "x"], ["t1", "between", ["a", "b"]],
        ["t1", "between", ["a", None]], ["and", ["t1", "=", "x"], ["t1", "=", "x"]],
        ["and", ["and", ["t1", "=", "x"], ["t1", "=", "x"]]],
    ]  # fmt: skip
    keys = [form.key for form in map(outline, forms) if form is not None]
    assert len(keys) == len(forms)
    assert len(set(keys)) == len(keys)
