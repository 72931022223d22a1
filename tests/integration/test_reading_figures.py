"""Figures against Python: groups, date buckets, measures, order, scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from reading_world import ADMINISTRATOR, Reader, World, reading, refused_at, role

from keyuan.kernel.ids import new_id

pytestmark = pytest.mark.anyio

ANNA, BEN = new_id(), new_id()
Row = dict[str, Any]


class Filled:
    """The world, its deals, customers and stages."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.deals: list[Row] = []
        self.customers: dict[str, Row] = {}
        self.stages: dict[str, Row] = {}


@pytest.fixture(scope="module")
def filled(module_database_url: str) -> Filled:
    world = World.make(module_database_url)
    made = Filled(world)
    world.add("user", {"id": ANNA, "name": "安娜"}, {"id": BEN, "name": "本"})
    stages = [{"id": new_id(), "name": n, "position": i} for i, n in enumerate(("初步", "报价", "Abschluss"))]
    customers = [
        {"id": new_id(), "name": f"c{n}", "industry": (None, "steel", "retail")[n % 3], "owner": (ANNA, BEN)[n % 2],
         "level": (None, 1, 2, 3)[n % 4], "founded": (None, "2020-02-29")[n % 2], "active": (True, False, None)[n % 3]}
        for n in range(8)
    ]  # fmt: skip
    moments = (None, "2026-03-31T16:00:00Z", "2026-03-31T15:59:59Z", "2025-12-31T16:30:00Z", "2024-02-29T00:00:00Z",
               "2026-01-04T15:59:59Z", "2026-01-04T16:00:00Z")  # fmt: skip
    for n in range(90):
        made.deals.append({
            "id": new_id(), "name": f"d{n}", "customer": customers[n % 8]["id"] if n % 9 else None,
            "stage": stages[n % 3]["id"] if n % 5 else None, "amount": (None, "10", "0.5", "99999999.99")[n % 4],
            "outcome": ("open", "won", "lost", None)[n % 4], "closed_at": moments[n % 7],
            "expected": (None, "2026-01-01", "2026-05-31", "2025-12-28")[n % 4], "owner": (ANNA, BEN, None)[n % 3],
        })  # fmt: skip
    world.add("stage", *stages)
    world.add("customer", *customers)
    world.add("deal", *made.deals)
    world.add("deal", {"name": "gone", "amount": "5", "deleted_at": "2026-01-01T00:00:00Z"})
    made.customers = {c["id"]: c for c in customers}
    made.stages = {s["id"]: s for s in stages}
    return made


@pytest.fixture
async def reader(filled: Filled) -> AsyncIterator[Reader]:
    async with reading(filled.world) as made:
        yield made


def grouped(rows: list[Row], *keys: Callable[[Row], Any]) -> dict[tuple[Any, ...], list[Row]]:
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(key(row) for key in keys)].append(row)
    return found


def amounts(rows: list[Row]) -> list[Decimal]:
    return [Decimal(r["amount"]).quantize(Decimal("0.01")) for r in rows if r["amount"] is not None]


def customer(filled: Filled, row: Row, key: str) -> Any:
    return filled.customers[row["customer"]][key] if row["customer"] else None


async def test_totals(filled: Filled, reader: Reader) -> None:
    who = filled.world.person(ADMINISTRATOR)
    measures = [["count"], ["count", "amount"], ["count_distinct", "customer"], ["sum", "amount"], ["avg", "amount"],
                ["min", "amount"], ["max", "amount"], ["min", "closed_at"], ["max", "expected"],
                ["avg", "customer.level"], ["sum", "customer.level"], ["sum", "customer.double"]]  # fmt: skip
    found = await reader.figures(who, "deal", measures=measures)
    held = amounts(filled.deals)
    levels = [v for r in filled.deals if (v := customer(filled, r, "level")) is not None]
    average = (sum(held) / len(held)).quantize(Decimal("0.000001"))
    level = (Decimal(sum(levels)) / len(levels)).quantize(Decimal("0.000001"))
    assert found == [{
        "count": 90, "count_amount": len(held), "count_distinct_customer": 8, "sum_amount": str(sum(held)),
        "avg_amount": format(average.normalize(), "f"), "min_amount": "0.50", "max_amount": "99999999.99",
        "min_closed_at": "2024-02-29T00:00:00+00:00", "max_expected": "2026-05-31",
        "avg_customer.level": format(level.normalize(), "f"), "sum_customer.level": sum(levels),
        "sum_customer.double": 2 * sum(levels),
    }]  # fmt: skip
    assert await reader.figures(
        who, "deal", filter=["name", "=", "nobody"], measures=["count", ["sum", "amount"]]
    ) == [{"count": 0, "sum_amount": None}]


@pytest.mark.parametrize("measures", [
    [["count"], ["sum", "amount"], ["avg", "amount"], ["min", "amount"], ["max", "closed_at"], ["count", "amount"]],
    [["count"], ["count_distinct", "owner"], ["sum", "amount"]],
])  # fmt: skip
@pytest.mark.parametrize("paths", [
    ["stage.name"], ["stage"], ["stage.position", "outcome"], ["customer.industry"], ["stage.name", "customer.industry"],
    ["owner", "stage.name"], ["outcome"], ["customer.active", "stage"],
])  # fmt: skip
async def test_groups(filled: Filled, reader: Reader, paths: list[str], measures: list[list[str]]) -> None:
    """By fields, references and paths; references to few are grouped before they are followed, which must not show."""

    def value(row: Row, path: str) -> Any:
        match path.split("."):
            case ["stage"]:
                return None if row["stage"] is None else (row["stage"], filled.stages[row["stage"]]["name"])
            case ["owner"]:
                return (
                    None if row["owner"] is None else (row["owner"], {ANNA: "安娜", BEN: "本"}[row["owner"]])
                )
            case ["stage", key]:
                return None if row["stage"] is None else filled.stages[row["stage"]][key]
            case ["customer", key]:
                return customer(filled, row, key)
        return row[path]

    def shown(found: Any) -> Any:
        return (found["id"], found["name"]) if isinstance(found, dict) else found

    rows = await reader.figures(filled.world.person(ADMINISTRATOR), "deal", group_by=paths, measures=measures)
    expected = grouped(filled.deals, *(lambda r, p=p: value(r, p) for p in paths))
    assert {tuple(shown(r[p]) for p in paths) for r in rows} == set(expected)
    for row in rows:
        members = expected[tuple(shown(row[p]) for p in paths)]
        held = amounts(members)
        assert row["count"] == len(members)
        assert row["sum_amount"] == (str(sum(held)) if held else None)
        if "avg_amount" in row:
            mean = (sum(held) / len(held)).quantize(Decimal("0.000001")) if held else None
            assert row["avg_amount"] == (None if mean is None else format(mean.normalize(), "f"))
            assert row["min_amount"] == (str(min(held)) if held else None)
            assert row["count_amount"] == len(held)
            last = max((r["closed_at"] for r in members if r["closed_at"]), default=None)
            assert row["max_closed_at"] == (None if last is None else last.replace("Z", "+00:00"))
        else:
            assert row["count_distinct_owner"] == len({r["owner"] for r in members if r["owner"]})


def month(day: date, count: int) -> date:
    at = day.year * 12 + day.month - 1 + count
    return date(at // 12, at % 12 + 1, 1)


BUCKETS: dict[str, Callable[[date], date]] = {
    "day": lambda d: d,
    "week": lambda d: d - timedelta(days=d.weekday()),
    "month": lambda d: d.replace(day=1),
    "quarter": lambda d: date(d.year, (d.month - 1) // 3 * 3 + 1, 1),
    "year": lambda d: date(d.year, 1, 1),
    "fiscal_year": lambda d: date(d.year if d.month >= 4 else d.year - 1, 4, 1),
    "fiscal_quarter": lambda d: month(d, -((d.month - 4) % 3)),
}


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("path", ["closed_at", "expected"])
async def test_buckets_of_dates(filled: Filled, reader: Reader, path: str, bucket: str) -> None:
    """In the organisation's zone (Shanghai) and fiscal year (from April)."""

    def start(row: Row) -> str | None:
        if row[path] is None:
            return None
        if path == "expected":
            day = date.fromisoformat(row[path])
        else:
            day = (datetime.fromisoformat(row[path]).astimezone(UTC) + timedelta(hours=8)).date()
        return BUCKETS[bucket](day).isoformat()

    found = await reader.figures(filled.world.person(ADMINISTRATOR), "deal", group_by=[[path, bucket]])
    key = f"{path}.{bucket}"
    expected = {k[0]: len(v) for k, v in grouped(filled.deals, start).items()}
    assert {r[key]: r["count"] for r in found} == expected
    days = [r[key] for r in found]
    assert days == sorted(days, key=lambda d: (d is None, d))


async def test_buckets_through_paths(filled: Filled, reader: Reader) -> None:
    found = await reader.figures(
        filled.world.person(ADMINISTRATOR), "deal", group_by=[["customer.founded", "year"], "stage.name"]
    )
    expected = grouped(
        filled.deals,
        lambda r: customer(filled, r, "founded") and "2020-01-01",
        lambda r: r["stage"] and filled.stages[r["stage"]]["name"],
    )
    assert {(r["customer.founded.year"], r["stage.name"]): r["count"] for r in found} == {
        k: len(v) for k, v in expected.items()
    }


async def test_order_and_limit(filled: Filled, reader: Reader) -> None:
    who = filled.world.person(ADMINISTRATOR)
    ask: dict[str, Any] = {"group_by": ["customer"], "measures": [["sum", "amount"], ["count"]]}
    everything = await reader.figures(who, "deal", **ask)
    names = [r["customer"] and r["customer"]["name"] for r in everything]
    assert names == [*(f"c{n}" for n in range(8)), None]
    best = await reader.figures(who, "deal", **ask, sort="-sum_amount,customer", limit=3)
    assert best == sorted(everything, key=lambda r: -Decimal(r["sum_amount"] or 0))[:3]
    last = await reader.figures(who, "deal", **ask, sort="-customer", limit=1)
    assert last[0]["customer"]["name"] == "c7"
    few = await reader.figures(who, "deal", **ask, sort=["count", "-customer"])
    assert [r["count"] for r in few] == sorted(r["count"] for r in everything)


async def test_scope_filter_and_what_may_not_be_seen(filled: Filled, reader: Reader) -> None:
    who = filled.world.person(role({"deal": "own", "customer": "own", "stage": "all"}), user=ANNA)
    mine = [r for r in filled.deals if r["owner"] == ANNA]
    assert await reader.figures(who, "deal") == [{"count": len(mine)}]
    found = await reader.figures(who, "deal", group_by=["customer.industry"])

    def seen(row: Row) -> Any:
        return customer(filled, row, "industry") if customer(filled, row, "owner") == ANNA else None

    expected = {k[0]: len(v) for k, v in grouped(mine, seen).items()}
    assert {r["customer.industry"]: r["count"] for r in found} == expected
    by_customer = await reader.figures(who, "deal", group_by=["customer"], filter=["outcome", "=", "won"])
    for row in by_customer:
        shown = row["customer"]
        if shown is not None:
            visible = filled.customers[shown["id"]]["owner"] == ANNA
            assert (shown["name"] is not None) == visible
            assert shown.get("masked", False) == (not visible)
    owners = await reader.figures(who, "deal", group_by=["owner"])
    assert owners == [{"owner": {"id": ANNA, "name": None, "masked": True}, "count": len(mine)}]
    assert await reader.figures(who, "deal", deleted="only") == [{"count": 0}]
    admin = filled.world.person(ADMINISTRATOR)
    assert await reader.figures(admin, "deal", deleted="only", measures=[["sum", "amount"]]) == [
        {"sum_amount": "5.00"}
    ]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"group_by": ["nonsense"]}, "group_by/0"),
    ({"group_by": ["stage", "customer.kinds"]}, "group_by/1"),
    ({"group_by": ["lines"]}, "group_by/0"),
    ({"group_by": [["closed_at", "century"]]}, "group_by/0"),
    ({"group_by": [["outcome", "month"]]}, "group_by/0"),
    ({"group_by": [["closed_at", "month", "x"]]}, "group_by/0"),
    ({"group_by": [1]}, "group_by/0"),
    ({"group_by": "stage"}, "group_by"),
    ({"group_by": ["customer.id_number"]}, "group_by/0"),
    ({"measures": [["median", "amount"]]}, "measures/0"),
    ({"measures": [["count"], ["sum", "outcome"]]}, "measures/1"),
    ({"measures": [["sum"]]}, "measures/0"),
    ({"measures": [["sum", "closed_at"]]}, "measures/0"),
    ({"measures": [["max", "customer.id_number"]]}, "measures/0"),
    ({"measures": [["sum", "nonsense"]]}, "measures/0"),
    ({"measures": {}}, "measures"),
    ({"measures": [["count"]] * 1 + [["count", f"f{n}"] for n in range(30)]}, "measures"),
    ({"sort": "sum_amount"}, "sort"),
    ({"sort": "-stage", "group_by": ["stage.name"]}, "sort"),
    ({"limit": 0}, "limit"),
    ({"limit": 10_001}, "limit"),
    ({"fields": "name"}, "fields"),
    ({"filter": ["nonsense", "=", 1]}, "filter/0"),
]


@pytest.mark.parametrize(("query", "field"), BAD)
async def test_what_cannot_be_asked(
    filled: Filled, reader: Reader, query: dict[str, Any], field: str
) -> None:
    with refused_at(field):
        await reader.figures(filled.world.person(ADMINISTRATOR), "deal", **query)
