"""The demo in an organisation: complete, as told, once, also after it was interrupted."""

from __future__ import annotations

from collections import Counter
from typing import Any

import anyio
import pytest
from world import World

from keyuan.access import system_principal
from keyuan.records.undo import undo
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.services.demo import Changes
from keyuan.services.demo import load as loading
from keyuan.services.demo.generate import generate
from keyuan.services.demo.load import Size, load

pytestmark = pytest.mark.anyio

SMALL = Size(customers=30, opportunities=90, leads=20)


async def counted(world: World) -> dict[str, int]:
    """How many records of each kind there are."""
    keys = (
        "customer",
        "contact",
        "lead",
        "opportunity",
        "opportunity_line",
        "stage_history",
        "activity",
        "task",
        "user",
    )

    async def work(uow: UnitOfWork) -> dict[str, int]:
        found = {}
        for key in keys:
            rows = await uow.fetch(f"select count(*) from {uow.table_name(key)} where deleted_at is null")
            found[key] = int(rows[0][0])
        return found

    return await world.do(work)


async def test_the_demo_is_there_as_it_was_told(world: World) -> None:
    before = await counted(world)
    written = await load(world.runtime, "test", SMALL)
    there = await counted(world)
    assert (there["customer"], there["opportunity"]) == (30, 90)
    assert there["user"] == before["user"] + 80
    assert written > sum(there.values()) / 2

    deals = await world.all("opportunity")
    stays = await world.all("stage_history")
    current = Counter(s["opportunity"] for s in stays if s["left_at"] is None)
    assert set(current.values()) == {1}
    assert len(current) == len(deals)
    by_deal = {s["opportunity"]: s for s in stays if s["left_at"] is None}
    for deal in deals:
        stay = by_deal[deal["id"]]
        assert (stay["stage"], stay["entered_at"]) == (deal["stage"], deal["stage_entered_at"])
        assert (deal["closed_at"] is None) == (deal["outcome"] == "open")
        assert deal["created_at"] <= deal["stage_entered_at"]
    # Few were handed over by one seller to another.
    assert len([d for d in deals if d["created_by"] == d["owner"]]) > 70
    passed = [s for s in stays if s["left_at"] is not None]
    joined = {s["opportunity"] for s in passed}
    assert all(by_deal[o]["from_stage"] is not None for o in joined)
    customers = await world.all("customer")
    won = {d["customer"] for d in deals if d["outcome"] == "won"}
    assert all(c["status"] in ("active", "lost") for c in customers if c["id"] in won)
    assert sum(c["contacts_count"] for c in customers) == there["contact"]
    assert {c["code"] for c in customers} == {f"C{n:06}" for n in range(1, 31)}
    await history_has_its_months(world)
    tasks = await world.all("task")
    assert any(t["status"] == "todo" for t in tasks)
    assert all(t["created_by"] == t["owner"] for t in tasks)


async def history_has_its_months(world: World) -> None:
    """What ended in a month lies in the partition of that month."""

    async def work(uow: UnitOfWork) -> list[tuple[Any, ...]]:
        table = uow.table_name("opportunity").rstrip('"') + '__history"'
        return await uow.fetch(
            "select h.tableoid::regclass::text, to_char(h.valid_to at time zone 'UTC', 'YYYYMM')"
            f" from {table} h group by 1, 2"
        )

    parts = await world.do(work)
    assert len({month for _, month in parts}) > 15
    assert all(name.strip('"').endswith(f"__{month}") for name, month in parts)


async def test_a_demo_is_loaded_once_and_only_where_nothing_is(world: World) -> None:
    assert await load(world.runtime, "test", SMALL)
    there = await counted(world)
    assert await load(world.runtime, "test", SMALL) == 0
    assert await load(world.runtime, "test", Size()) == 0
    assert await counted(world) == there


async def test_records_of_ones_own_are_left_alone(world: World) -> None:
    await world.one("lead", company="真实公司")
    assert await load(world.runtime, "test", SMALL) == 0
    assert (await counted(world))["user"] == 1


@pytest.mark.parametrize("lean", [False, True])
async def test_loading_that_was_interrupted_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, lean: bool
) -> None:
    size = Size(customers=300, opportunities=300, leads=10, follow_ups=0.5, lean=lean)
    monkeypatch.setattr(loading, "_UNIT", 100)
    written = loading._write_batch

    class Killed(BaseException):
        pass

    first: list[UnitOfWork] = []

    async def killed(uow: UnitOfWork, object_key: str, rows: list[dict[str, Any]]) -> int:
        if object_key == "opportunity":
            first.append(uow)
            if uow is not first[0]:
                with anyio.fail_after(60):
                    while not (await counted(world))["customer"]:
                        await anyio.sleep(0)
                raise Killed  # in the middle of a unit, after another was committed
        return await written(uow, object_key, rows)

    monkeypatch.setattr(loading, "_write_batch", killed)
    with pytest.raises(BaseException):  # noqa: B017
        await load(world.runtime, "test", size)
    half = await counted(world)
    assert 0 < half["customer"] < 300

    monkeypatch.setattr(loading, "_write_batch", written)
    assert await load(world.runtime, "test", Size())
    whole = await counted(world)
    assert (whole["customer"], whole["opportunity"]) == (300, 300)
    assert await load(world.runtime, "test", size) == 0
    story = generate(size.seed, 300, 300, leads=10, follow_ups=0.5, planned=False)
    told = Counter(key for key, rows in story for _ in rows if not isinstance(rows, Changes))
    assert whole["lead"] == told["lead"]

    async def operations(uow: UnitOfWork) -> list[tuple[Any, ...]]:
        return await uow.fetch(
            f"select count(*), count(distinct operation) from {uow.table_name('customer')}"
        )

    ((_, operation_count),) = await world.do(operations)
    assert operation_count == 1
    missing = await world.do(lambda uow: _missing_indexes(uow))
    assert missing == ()


async def _missing_indexes(uow: UnitOfWork) -> tuple[Any, ...]:
    from keyuan.services.definitions.indexes import missing

    return (await missing(uow.connection, uow.organisation)).steps


async def test_the_demo_is_undone_as_one_operation(world: World) -> None:
    await load(world.runtime, "test", SMALL)
    before = await world.all("customer")
    report = await run(
        world.runtime, system_principal("test"), lambda uow: undo(uow, before[0]["operation"]), kind="undo"
    )
    assert report.changed == []
    there = await counted(world)
    assert (there["customer"], there["opportunity"], there["activity"], there["stage_history"]) == (
        0,
        0,
        0,
        0,
    )
