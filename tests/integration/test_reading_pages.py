"""Paging: going through the pages of any order gives every record once, in that order."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from reading_world import ADMINISTRATOR, Reader, World, reading, role

from keyuan.access import Principal
from keyuan.kernel.errors import BadRequest
from keyuan.kernel.ids import new_id
from keyuan.schema.text.pinyin import sort_key

ANNA, BEN = new_id(), new_id()
OWNERS = {ANNA: "安娜", BEN: "本"}
COUNT = 60

KEYS = ("name", "level", "revenue", "growth", "founded", "seen_at", "active", "industry", "owner", "group", "double",
        "big", "phone_end", "group_industry", "id", "version", "owner.name", "group.level", "revenue.currency",
        "created_at", "deleted_at", "deal_total")  # fmt: skip


class Filled:
    """The world and its customers as they were put in."""

    def __init__(self, world: World, rows: list[dict[str, Any]]) -> None:
        self.world = world
        self.rows = rows


@pytest.fixture(scope="module")
def filled(module_database_url: str) -> Filled:
    world = World.make(module_database_url)
    world.add("user", *({"id": i, "name": n} for i, n in OWNERS.items()))
    rows: list[dict[str, Any]] = []
    # few values of each kind, so that many records are equal in several keys
    for n in range(COUNT):
        row: dict[str, Any] = {
            "id": new_id(),
            "name": ("甲", "乙", "丙", "A", "b ")[n % 5],
            "version": n % 3 + 1,
        }
        for key, values in {
            "level": (None, 1, 2, -3), "revenue": (None, "10", "9.5", "-1"), "growth": ("0", None, "12.5"),
            "founded": ("2020-01-01", None, "1999-12-31"), "phone": (None, "13800138000", "13900000009"),
            "seen_at": (None, "2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00Z"), "active": (True, None, False),
            "industry": (None, "steel", "retail"), "owner": (ANNA, None, BEN), "deal_total": (None, "1.5", "20"),
            "created_at": ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00.5Z"),
        }.items():  # fmt: skip
            row[key] = values[(n * 7 + len(key) * n // 3) % len(values)]
        row["group"] = rows[n // 2]["id"] if n % 3 == 0 and n else None
        rows.append(row)
    world.add("customer", *rows)
    return Filled(world, rows)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def value(filled: Filled, row: dict[str, Any], path: str) -> Any:
    """What a record is sorted by, in Python; None where it has no value."""
    group = next((r for r in filled.rows if r["id"] == row["group"]), None)
    match path:
        case "name":
            return sort_key(row["name"].strip())
        case "owner" | "owner.name":
            name = OWNERS.get(row["owner"])
            return None if name is None else sort_key(name)
        case "group":
            return None if group is None else sort_key(group["name"].strip())
        case "revenue" | "growth" | "deal_total":
            return None if row[path] is None else float(row[path])
        case "double":
            return None if row["level"] is None else row["level"] * 2
        case "big":
            return row["revenue"] is not None and float(row["revenue"]) > 1000
        case "phone_end":
            return None if row["phone"] is None else row["phone"][-4:]
        case "group_industry":
            return group and group["industry"]
        case "group.level":
            return group and group["level"]
        case "revenue.currency":
            return row["revenue"] and "CNY"
        case "seen_at" | "created_at":
            return row[path] and datetime.fromisoformat(row[path])
        case "deleted_at":
            return None
    return row[path]


def expected(filled: Filled, sort: list[str], rows: list[dict[str, Any]]) -> list[str]:
    """The ids in the order asked for: nulls last whatever the direction, equal ones by id."""
    found = sorted(rows, key=lambda r: r["id"], reverse=bool(sort) and sort[-1].startswith("-"))
    for word in reversed(sort):
        path, down = word.removeprefix("-"), word.startswith("-")
        present = [r for r in found if value(filled, r, path) is not None]
        present.sort(key=lambda r: value(filled, r, path), reverse=down)
        if down:  # sorted() keeps equal ones in order when reversed as well
            pass
        found = present + [r for r in found if value(filled, r, path) is None]
    return [r["id"] for r in found]


async def all_pages(reader: Reader, who: Principal, limit: int, **query: Any) -> list[str]:
    """The ids of all pages."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page, cursor = await reader.page(who, "customer", fields="id", limit=limit, cursor=cursor, **query)
        assert len(page) <= limit
        assert page or cursor is None
        assert cursor is None or len(page) == limit
        found += [r["id"] for r in page]
    return found


def distinct(sort: list[str]) -> list[str]:
    seen: dict[str, str] = {}
    for word in sort:
        seen.setdefault(word.removeprefix("-"), word)
    return list(seen.values())


orders = st.lists(
    st.builds(lambda key, sign: sign + key, st.sampled_from(KEYS), st.sampled_from(("", "-"))), min_size=0, max_size=4
).map(distinct)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sort=orders, limit=st.integers(1, 25))
def test_pages_hold_everything_once_in_order(
    filled: Filled, loop: asyncio.AbstractEventLoop, sort: list[str], limit: int
) -> None:
    async def work() -> list[str]:
        async with reading(filled.world) as reader:
            return await all_pages(reader, filled.world.person(ADMINISTRATOR), limit, sort=sort or ["id"])

    assert loop.run_until_complete(work()) == expected(filled, sort or ["id"], filled.rows)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sort=orders, limit=st.integers(1, 10), level=st.sampled_from([None, 1, -3]))
@example(sort=["id", "deal_total"], limit=1, level=None)
def test_pages_with_scope_and_filter(
    filled: Filled, loop: asyncio.AbstractEventLoop, sort: list[str], limit: int, level: int | None
) -> None:
    who = filled.world.person(role({"customer": "own", "user": "all"}), user=ANNA)
    condition = ["level", "=", level]
    rows = [r for r in filled.rows if r["owner"] == ANNA and r["level"] == level]
    # what lies behind a group that may not be seen counts as empty
    seen = Filled(filled.world, [r for r in filled.rows if r["owner"] == ANNA])

    async def work() -> list[str]:
        async with reading(filled.world) as reader:
            return await all_pages(reader, who, limit, sort=sort or ["id"], filter=condition)

    usable = [s for s in sort if s.removeprefix("-") not in ("deal_total",)]
    if usable != sort:  # roll-ups over what may not be read are hidden
        with pytest.raises(BadRequest):
            loop.run_until_complete(work())
        return
    assert loop.run_until_complete(work()) == expected(seen, sort or ["id"], rows)


def test_pages_of_a_quick_search(
    filled: Filled, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [r for r in filled.rows if r["name"] == "甲"]

    async def work(sort: list[str]) -> list[str]:
        async with reading(filled.world) as reader:
            return await all_pages(reader, filled.world.person(ADMINISTRATOR), 3, sort=sort, q="甲")

    for _ in range(2):
        for sort in (["-level", "founded"], ["id"], ["-created_at"], ["group", "-name"]):
            assert loop.run_until_complete(work(sort)) == expected(filled, sort, rows)
        # once more as if twelve matches were many
        from sqlalchemy import literal_column

        from keyuan.query import pages

        monkeypatch.setattr(pages, "_FEW", literal_column("5"))
        monkeypatch.setattr(pages, "_ONE_MORE", literal_column("6"))
        filled.world.registry.info.pop("plans")


def test_records_that_come_and_go_between_pages(filled: Filled, loop: asyncio.AbstractEventLoop) -> None:
    async def work() -> tuple[list[str], list[str]]:
        async with reading(filled.world) as reader:
            who = filled.world.person(ADMINISTRATOR)
            first, cursor = await reader.page(who, "customer", fields="id", limit=20, sort="level,-founded")
            assert cursor is not None
            added = filled.world.add("customer", {"name": "neu", "level": 1}, {"name": "neu", "level": 2})
            second, _ = await reader.page(
                who, "customer", fields="id", limit=100, sort="level,-founded", cursor=cursor
            )
            filled.world.execute("delete from org_test.customer__search where id = any(%s)", [added])
            filled.world.execute("delete from org_test.customer where id = any(%s)", [added])
            return [r["id"] for r in first], [r["id"] for r in second if r["id"] not in added]

    first, second = loop.run_until_complete(work())
    assert first + second == expected(filled, ["level", "-founded"], filled.rows)


def broken(good: str) -> Iterator[str]:
    """Cursors that were tampered with."""
    mark, *values = msgspec.json.decode(base64.urlsafe_b64decode(good + "=="))

    def packed(data: Any) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(data)).rstrip(b"=").decode()

    yield from ("x", "é", "=", good[:-3], good + "A", "A" * 5000, packed({}), packed([]), packed([mark]))
    yield packed(["abcdef", *values])
    yield packed([mark, *values, "more"])
    yield packed([mark, *values[:-1], None])
    yield packed([mark, *values[:-1], "not an id"])
    for bad in (1, [], {}, "x", "", "1e5", "99999999999999999999", "1.5", "NaN", "\0", "2026-01-01"):
        yield packed([mark, bad, *values[1:]])
    for bad in ("2026-02-30", "20260101", "infinity", "2026-1-1", "0000-01-01"):
        yield packed([mark, values[0], bad, values[-1]])


def test_cursors_that_are_none(filled: Filled, loop: asyncio.AbstractEventLoop) -> None:
    async def work() -> None:
        who = filled.world.person(ADMINISTRATOR)
        async with reading(filled.world) as reader:
            _, cursor = await reader.page(who, "customer", limit=3, sort="level,founded")
            assert cursor is not None
            for bad in broken(cursor):
                with pytest.raises(BadRequest) as refused:
                    await reader.page(who, "customer", sort="level,founded", cursor=bad)
                assert refused.value.errors[0].field == "cursor"
            for sort in ("level", "-level,founded", "founded,level", "name"):
                with pytest.raises(BadRequest):
                    await reader.page(who, "customer", sort=sort, cursor=cursor)
            with pytest.raises(BadRequest):
                await reader.page(who, "deal", sort="name", cursor=cursor)

    loop.run_until_complete(work())
