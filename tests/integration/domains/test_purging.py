"""Purging while somebody else begins to point at the record."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest
from world import World

from keyuan.kernel.errors import Conflict
from keyuan.records import pipeline
from keyuan.records.hooks import Change
from keyuan.records.unit_of_work import UnitOfWork

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("trusted", [False, True])
async def test_a_purge_waits_for_who_points_at_the_record_and_then_is_refused(
    world: World, trusted: bool
) -> None:
    tag, customer = await world.one("tag", name="标签"), await world.one("customer", name="甲")
    pointing, purging_waits = anyio.Event(), anyio.Event()
    refused: list[Conflict] = []

    async def point(uow: UnitOfWork) -> None:
        await pipeline.update(uow, "customer", [Change(customer, {"tags": [tag]})])
        pointing.set()
        await purging_waits.wait()

    async def purge(uow: UnitOfWork) -> None:
        await pipeline.purge(uow, "tag", [tag])

    async def try_to_purge() -> None:
        try:
            await world.do(purge, trusted=trusted)
        except Conflict as e:
            refused.append(e)
        finally:
            purging_waits.set()

    async with anyio.create_task_group() as group:
        group.start_soon(world.do, point)
        await pointing.wait()
        # what the product deletes of itself does not wait for them
        await world.do(lambda uow: pipeline.delete(uow, "tag", [tag]), trusted=True)
        group.start_soon(try_to_purge)
        with anyio.fail_after(30):
            while not purging_waits.is_set() and not await waiting(world):
                await anyio.lowlevel.checkpoint()
        purging_waits.set()
    assert [e.code for e in refused] == ["purge_referenced"]
    assert (await world.get("customer", customer))["tags"] == [tag]


async def waiting(world: World) -> bool:
    """Whether somebody waits for a lock."""
    async with world.runtime.pool.connection() as connection:
        cursor = await connection.execute(
            "select exists (select from pg_locks l join pg_stat_activity a using (pid)"
            " where not l.granted and a.datname = current_database())"
        )
        row = await cursor.fetchone()
    return bool(row and row[0])
