"""Filters against a plain reading of their rules in Python, on random conditions and records with and without values."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading_world import ADMINISTRATOR, World, reading, role

from keyuan.kernel import clock
from keyuan.kernel.ids import new_id

ANNA, BEN, EAST, WEST = (new_id() for _ in range(4))
NOW = datetime(2026, 6, 15, 2, 30, tzinfo=UTC)  # 10:30 in Shanghai
EMPTY = object()


class Filled:
    """The world, its customers by id, and the contacts of each."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.customers: dict[str, dict[str, Any]] = {}
        self.contacts: dict[str, list[dict[str, Any]]] = {}


@pytest.fixture(scope="module")
def filled(module_database_url: str) -> Filled:
    world = World.make(module_database_url)
    made = Filled(world)
    world.add("department", {"id": EAST, "name": "东"}, {"id": WEST, "name": "西"})
    world.add("user", {"id": ANNA, "name": "安娜"}, {"id": BEN, "name": "本"})
    labels = world.add("label", {"name": "重点"}, {"name": "旧"})
    values: dict[str, tuple[Any, ...]] = {
        "name": ("华为", "Huawei 100%", "a_b", "阿里", "x"), "industry": (None, "steel", "retail", "software"),
        "level": (None, 1, 2, 3, -1), "revenue": (None, "10.00", "999.50", "5000"), "growth": (None, "0", "12.50"),
        "note": (None, "好客户", "Bad"), "founded": (None, "2026-06-15", "2026-06-14", "2025-01-31", "1999-12-31"),
        "seen_at": (None, "2026-06-14T16:00:00+00:00", "2026-06-14T15:59:59+00:00", "2026-06-15T15:59:59+00:00",
                    "2026-05-31T16:00:00+00:00"),
        "active": (None, True, False), "kinds": (None, ["a"], ["a", "b"], ["b", "c"]),
        "labels": (None, [labels[0]], labels), "owner": (None, ANNA, BEN), "owner_department": (None, EAST, WEST),
        "phone": (None, "13800138000", "13900001111"), "id_number": (None, "X1", "X2"),
        "address": (None, {"province": "440000"}, {"city": "440300", "detail": "坂田"}),
    }  # fmt: skip
    rows = []
    for n in range(80):
        row = {
            key: many[(n * (2 * k + 1) + n // 7) % len(many)] for k, (key, many) in enumerate(values.items())
        }
        row["id"] = new_id()
        row["group"] = rows[n // 3]["id"] if n % 4 == 1 else None
        rows.append(row)
    world.add("customer", *rows)
    for n, row in enumerate(rows):
        made.customers[row["id"]] = row
        made.contacts[row["id"]] = [
            {"name": f"k{i}", "age": (None, 20, 40)[(n + i) % 3], "customer": row["id"]} for i in range(n % 3)
        ]
        if made.contacts[row["id"]]:
            world.add("contact", *made.contacts[row["id"]])
    return made


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


# -- the rules, read plainly -------------------------------------------------------------------------------------------


def look(filled: Filled, row: dict[str, Any] | None, path: str) -> Any:
    """The value at a path, as something Python compares; None where there is none."""
    if row is None:
        return None
    head, _, rest = path.partition(".")
    if rest and head == "group":
        return look(filled, filled.customers.get(row["group"] or ""), rest)
    if path == "owner.name":
        return {ANNA: "安娜", BEN: "本"}.get(row["owner"])
    if path == "revenue.currency":
        return row["revenue"] and "CNY"
    if path == "address.province":
        return row["address"] and "440000"
    value = row.get(path)
    return None if value is None else comparable(path, value)


def comparable(key: str, value: Any) -> Any:
    """A value of a field as something Python compares."""
    if key in ("revenue", "growth", "level"):
        return Decimal(str(value))
    if key == "founded":
        return date.fromisoformat(value)
    if key == "seen_at":
        return datetime.fromisoformat(value)
    return value


def local(moment: datetime) -> date:
    return (moment + timedelta(hours=8)).date()


def given_value(path: str, value: Any) -> Any:
    if value == "@me":
        return ANNA
    if value == "@my_department":
        return EAST
    return comparable(path.rsplit(".", 1)[-1], value)


PERIODS: dict[str, tuple[date | None, date | None]] = {
    "today": (date(2026, 6, 15), date(2026, 6, 15)), "yesterday": (date(2026, 6, 14), date(2026, 6, 14)),
    "this_month": (date(2026, 6, 1), date(2026, 6, 30)), "last_2_days": (date(2026, 6, 14), date(2026, 6, 15)),
    "last_30_days": (date(2026, 5, 17), date(2026, 6, 15)), "last_year": (date(2025, 1, 1), date(2025, 12, 31)),
    "this_fiscal_year": (date(2026, 4, 1), date(2027, 3, 31)), "last_fiscal_year": (date(2025, 4, 1), date(2026, 3, 31)),
    "this_week": (date(2026, 6, 15), date(2026, 6, 21)), "last_quarter": (date(2026, 1, 1), date(2026, 3, 31)),
}  # fmt: skip


def test_leaf(filled: Filled, row: dict[str, Any], path: str, op: str, raw: Any) -> bool:
    """One comparison."""
    value = look(filled, row, path)
    if op == "is_null":
        return (value is None) == raw
    if op == "within":
        if value is None:
            return False
        day = local(value) if isinstance(value, datetime) else value
        first, last = PERIODS[raw]
        return (first is None or first <= day) and (last is None or day <= last)
    if raw is None:
        return (value is None) == (op == "=")
    if op in ("in", "not_in"):
        found = any(value is None if item is None else value == given_value(path, item) for item in raw)
        return found == (op == "in")
    if op == "between":
        low, high = (given_value(path, item) for item in raw)
        return value is not None and low <= value <= high
    wanted = given_value(path, raw)
    if op == "contains":
        if isinstance(value, list):
            return wanted in value
        if isinstance(value, dict):
            value = value.get("detail")
        return value is not None and wanted.lower() in value.lower()
    if op == "starts_with":
        return value is not None and value.lower().startswith(wanted.lower())
    if op == "!=":
        return value is None or value != wanted
    if value is None:
        return False
    if op == "=":
        return bool(value == wanted)
    return {"<": value < wanted, "<=": value <= wanted, ">": value > wanted, ">=": value >= wanted}[op]


test_leaf.__test__ = False  # type: ignore[attr-defined]


def meets(filled: Filled, row: dict[str, Any], f: list[Any]) -> bool:
    """The rules of conditions."""
    match f:
        case ["and", *parts]:
            return all(meets(filled, row, p) for p in parts)
        case ["or", *parts]:
            return any(meets(filled, row, p) for p in parts)
        case ["not", part]:
            return not meets(filled, row, part)
        case ["any", "contacts"]:
            return bool(filled.contacts[row["id"]])
        case ["any", "contacts" | "contact.customer", ["age", ">", age]]:
            return any(c["age"] is not None and c["age"] > age for c in filled.contacts[row["id"]])
        case ["any", "group.contact", ["age", "is_null", wanted]]:
            return any((c["age"] is None) == wanted for c in filled.contacts.get(row["group"] or "", ()))
        case ["any", "customers", inner]:
            return any(meets(filled, r, inner) for r in filled.customers.values() if r["group"] == row["id"])
        case ["any", "labels", ["name", "=", name]]:
            return name in ("重点", "旧")[: len(row["labels"] or ())]
    path, op, raw = f
    return test_leaf(filled, row, path, op, raw)


# -- random conditions -------------------------------------------------------------------------------------------------

COMPARE = ("=", "!=", "<", "<=", ">", ">=")
TEXTS = {"name": ["华为", "HUAWEI 100%", "a_b", "x", "", "%", "_", "0%"], "phone": ["13800138000", "138"],
         "owner.name": ["安娜", "本"], "revenue.currency": ["CNY", "USD"]}  # fmt: skip
ORDERED: dict[str, list[Any]] = {
    "level": [1, 2, -1, "3", 1.5, 10**20], "revenue": ["10", 999.5, "5000.00", 0], "growth": ["12.5", 0],
    "founded": ["2026-06-14", "2025-01-31", "1999-12-31"],
    "seen_at": ["2026-06-14T16:00:00Z", "2026-06-15T00:00:00+08:00", "2026-06-14T15:59:59+00:00"],
}  # fmt: skip
EQUAL: dict[str, list[Any]] = {
    "industry": ["steel", "retail", None], "owner": [ANNA, BEN, "@me", None], "id_number": ["X1", "x1", None],
    "owner_department": [EAST, WEST, "@my_department", None], "address.province": ["440000", "110000"],
}  # fmt: skip


def under_group(names: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from([*names, *(f"group.{n}" for n in names)])


def of(table: dict[str, list[Any]], path: str) -> list[Any]:
    return table[path if path in table else path.removeprefix("group.")]


@st.composite
def leaves(draw: st.DrawFn) -> list[Any]:
    kind = draw(st.integers(0, 7))
    if kind == 0:
        path = draw(under_group(["name", "phone", "owner.name", "revenue.currency"]))
        return [
            path,
            draw(st.sampled_from(("=", "!=", "contains", "starts_with"))),
            draw(st.sampled_from(of(TEXTS, path))),
        ]
    if kind == 1:
        path = draw(under_group(list(ORDERED)))
        return [path, draw(st.sampled_from(COMPARE)), draw(st.sampled_from(of(ORDERED, path)))]
    if kind == 2:
        path = draw(under_group(list(ORDERED)))
        values = st.sampled_from(of(ORDERED, path))
        return draw(st.one_of(
            st.tuples(st.just(path), st.just("between"), st.lists(values, min_size=2, max_size=2)),
            st.tuples(st.just(path), st.sampled_from(("in", "not_in")), st.lists(values | st.none(), max_size=3)),
        ).map(list))  # fmt: skip
    if kind == 3:
        path = draw(under_group(list(EQUAL)))
        return [path, draw(st.sampled_from(("=", "!="))), draw(st.sampled_from(of(EQUAL, path)))]
    if kind == 4:
        path = draw(under_group(list(EQUAL)))
        values = st.sampled_from(of(EQUAL, path))
        return [path, draw(st.sampled_from(("in", "not_in"))), draw(st.lists(values, max_size=3))]
    if kind == 5:
        names = [*EQUAL, *ORDERED, "name", "note", "kinds", "labels", "active", "address"]
        return [draw(under_group(names)), "is_null", draw(st.booleans())]
    if kind == 6:
        return draw(st.sampled_from([
            ["active", "=", True], ["active", "=", False], ["active", "!=", True], ["active", "=", None],
            ["kinds", "contains", "a"], ["kinds", "contains", "c"], ["note", "contains", "bad"],
            ["address", "contains", "坂"], ["any", "contacts"], ["any", "contacts", ["age", ">", 30]],
            ["any", "contact.customer", ["age", ">", 20]], ["any", "group.contact", ["age", "is_null", True]],
            ["any", "customers", ["level", ">", 1]], ["any", "customers", ["not", ["industry", "=", "steel"]]],
            ["any", "labels", ["name", "=", "旧"]], ["and"], ["or"],
        ]))  # fmt: skip
    path = draw(under_group(["founded", "seen_at"]))
    return [path, "within", draw(st.sampled_from(sorted(PERIODS)))]


conditions = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        inner.map(lambda f: ["not", f]),
        st.lists(inner, max_size=3).map(lambda parts: ["and", *parts]),
        st.lists(inner, max_size=3).map(lambda parts: ["or", *parts]),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(condition=conditions)
def test_filters_find_what_they_say(
    filled: Filled, loop: asyncio.AbstractEventLoop, condition: list[Any]
) -> None:
    who = filled.world.person(ADMINISTRATOR, user=ANNA, department=EAST, departments=(EAST,))

    async def work() -> tuple[set[str], int, list[dict[str, Any]]]:
        async with reading(filled.world) as reader:
            found = await reader.list(who, "customer", fields="id", limit=1000, filter=condition)
            number = await reader.count(who, "customer", filter=condition)
            return (
                {r["id"] for r in found},
                number.value,
                await reader.figures(who, "customer", filter=condition),
            )

    with clock.frozen(NOW):
        ids, number, figures = loop.run_until_complete(work())
    expected = {i for i, row in filled.customers.items() if meets(filled, row, condition)}
    assert ids == expected
    assert number == len(expected)
    assert figures == [{"count": len(expected)}]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(condition=conditions)
def test_a_scope_is_what_its_filter_finds(
    filled: Filled, loop: asyncio.AbstractEventLoop, condition: list[Any]
) -> None:
    """The same condition as a role's scope, where it looks at everything, lets the same records through."""
    rules = role({"customer": {"read": {"filter": condition}}})
    who = filled.world.person(rules, user=ANNA, department=EAST, departments=(EAST,))

    async def work() -> set[str]:
        async with reading(filled.world) as reader:
            return {r["id"] for r in await reader.list(who, "customer", fields="id", limit=1000)}

    # blind values belong to requests: a role's filter cannot look at encrypted fields and takes nothing in then
    secret = "id_number" in repr(condition)
    with clock.frozen(NOW):
        found = loop.run_until_complete(work())
    expected = {i for i, row in filled.customers.items() if meets(filled, row, condition)}
    assert found == (set() if secret else expected)
