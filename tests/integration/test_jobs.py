"""The relay and the queue: nothing is skipped, nothing is lost with a worker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import anyio
import procrastinate
import psycopg
import pytest

from keyuan.access import system_principal
from keyuan.kernel.settings import Settings
from keyuan.records import pipeline
from keyuan.records.hooks import Hooks
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.schema.declare import field, object_
from keyuan.services.files import FileStore
from keyuan.services.jobs import queue, relay
from keyuan.services.jobs.relay import Changed
from keyuan.services.jobs.tasks import Work, declare, definition_changes, resume
from keyuan.storage.pool import Connection, autocommit

pytestmark = pytest.mark.anyio

NOTE = object_(
    "note",
    "便签",
    "Note",
    "Notes",
    area="test",
    fields=[field("name", "text", "名称", "Name", required=True)],
)


@pytest.fixture
async def runtime(make_runtime: Callable[..., Awaitable[Runtime]]) -> Runtime:
    return await make_runtime((NOTE,), Hooks())


async def write(runtime: Runtime, *names: str) -> None:
    rows = [{"name": n} for n in names]
    await run(runtime, system_principal("test"), lambda uow: pipeline.create(uow, "note", rows))


async def collect(runtime: Runtime, *, patiently: bool = True) -> list[Changed]:
    """What the relay hands over; `patiently`: of all that was committed before."""
    found: list[Changed] = []

    async def consume(slug: str, changes: Sequence[Changed]) -> None:
        assert slug == "test"
        found.extend(changes)

    async with autocommit(runtime.pool) as connection:
        if patiently:
            await all_before_are_done(connection)
        while await relay.relay_once(connection, ["test"], [consume]):
            pass
    return found


async def all_before_are_done(connection: Connection) -> None:
    """Wait until every transaction that was open has ended. The relay waits for those of the whole server, where tests
    in other databases and autovacuum write too."""
    row = await (await connection.execute("select pg_current_xact_id()::text")).fetchone()
    assert row
    over = "select 1 where pg_snapshot_xmin(pg_current_snapshot()) > %s::xid8"
    with anyio.fail_after(120):
        while not await (await connection.execute(over, row)).fetchone():
            await anyio.lowlevel.checkpoint()


async def test_each_change_is_handed_over_once_and_in_order(runtime: Runtime) -> None:
    await write(runtime, "a", "b")
    await write(runtime, "c")
    first = await collect(runtime)
    assert [c.kind for c in first] == ["create"] * 3
    assert await collect(runtime) == []
    await write(runtime, "d")
    assert len(await collect(runtime)) == 1


async def test_a_slow_transaction_is_not_skipped(runtime: Runtime) -> None:
    written, go = anyio.Event(), anyio.Event()

    async def slow(uow: UnitOfWork) -> None:
        await pipeline.create(uow, "note", [{"name": "slow"}])
        written.set()
        await go.wait()

    async def slow_writer() -> None:
        await run(runtime, system_principal("test"), slow)

    async with anyio.create_task_group() as group:
        group.start_soon(slow_writer)
        await written.wait()
        await write(runtime, "quick")
        early = await collect(runtime, patiently=False)
        assert early == []  # the quick one waits for the slow one, which has the lower transaction
        go.set()
    assert len(await collect(runtime)) == 2


async def test_what_a_failing_consumer_was_given_is_given_again(runtime: Runtime) -> None:
    await write(runtime, "a")

    async def failing(slug: str, changes: Sequence[Changed]) -> None:
        raise RuntimeError

    async with autocommit(runtime.pool) as connection:
        with pytest.raises(RuntimeError):
            await relay.relay_once(connection, ["test"], [failing])
    assert len(await collect(runtime)) == 1


async def test_only_one_relay_leads(runtime: Runtime) -> None:
    url = runtime.pool.conninfo
    seen: list[str] = []

    async def consumer(name: str) -> relay.Consumer:
        async def consume(slug: str, changes: Sequence[Changed]) -> None:
            seen.append(name)

        return consume

    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as other:
        await other.execute("select pg_advisory_lock(%s)", [relay.relay_lock_key()])
        async with anyio.create_task_group() as group:
            group.start_soon(relay.run, url, runtime, [await consumer("second")])
            await write(runtime, "a")
            await anyio.wait_all_tasks_blocked()
            assert seen == []
            await other.execute("select pg_advisory_unlock_all()")
            with anyio.fail_after(20):
                while not seen:
                    await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
    assert seen == ["second"]


async def test_the_queue_is_made_once_and_asks_once_for_definition_work(runtime: Runtime) -> None:
    await queue.prepare(runtime.pool)
    await queue.prepare(runtime.pool)
    app = procrastinate.App(connector=queue.connector(runtime.pool.conninfo))

    @app.task(name="definitions")
    async def definitions(slug: str) -> None: ...

    line = Changed(1, "1", None, "", "note", "", "definition", 1, None, None)  # type: ignore[arg-type]
    async with app.open_async():
        consume = definition_changes(app)
        await consume("test", [line])
        await consume("test", [line])
        assert len(list(await app.job_manager.list_jobs_async())) == 1


async def test_a_new_worker_looks_at_once_for_what_was_left_half_done(
    runtime: Runtime, tmp_path: Path
) -> None:
    await queue.prepare(runtime.pool)
    app = procrastinate.App(connector=queue.connector(runtime.pool.conninfo))
    declare(app, Work(runtime, FileStore(Settings(data_dir=tmp_path))))
    async with app.open_async():
        await resume(app)
        await resume(app)
        (job,) = await app.job_manager.list_jobs_async()
        assert (job.task_name, job.queueing_lock) == ("due-definitions", "due-definitions")
        await app.run_worker_async(wait=False, install_signal_handlers=False)
        (job,) = [j for j in await app.job_manager.list_jobs_async() if j.task_name == "due-definitions"][:1]
        assert job.status == "succeeded"
