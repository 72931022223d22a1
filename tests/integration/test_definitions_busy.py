"""Definitions change while other connections read, write and hold locks, and while another administrator changes them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from definition_samples import COMPANY, PERSON

from keyuan.access import system_principal
from keyuan.kernel.errors import Unavailable
from keyuan.records import pipeline
from keyuan.records.hooks import Hooks
from keyuan.records.pipeline import Change
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.services.definitions import fields
from keyuan.services.definitions.indexes import missing
from keyuan.services.definitions.work import run_pending
from keyuan.storage import migrate
from keyuan.storage.organisations import Organisation, Organisations
from keyuan.storage.pool import open_pool

pytestmark = pytest.mark.anyio

ADMIN = system_principal("test")
FIELD = {"key": "size", "label": {"zh": "规模", "en": "Size"}}


@pytest.fixture
async def runtime(make_runtime: Any) -> Runtime:
    made: Runtime = await make_runtime((COMPANY, PERSON), Hooks())
    return made


@asynccontextmanager
async def another_process(runtime: Runtime) -> AsyncIterator[Runtime]:
    """What another process holds: connections and a cache of its own."""
    url = str(runtime.pool.conninfo)
    async with open_pool(url, "web", size=3) as pool, open_pool(url, "web", size=1) as side:
        organisations = Organisations(pool, runtime.organisations.standard)
        yield Runtime(pool, side, organisations, runtime.hooks, {})


async def organisation(runtime: Runtime) -> Organisation:
    async with runtime.pool.connection() as connection:
        return await runtime.organisations.get(connection, "test")


async def create(runtime: Runtime, object_key: str, *rows: dict[str, Any]) -> list[str]:
    async def work(uow: UnitOfWork) -> list[str]:
        return [item.id for item in await pipeline.create(uow, object_key, rows)]

    return await run(runtime, ADMIN, work)


async def agrees(runtime: Runtime) -> None:
    made = await organisation(runtime)
    async with runtime.pool.connection() as connection:
        assert str(await missing(connection, made)) == "nothing to do"


async def somebody_waits(url: str) -> None:
    """Return once a connection waits for a lock."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as watcher:
        while True:
            cursor = await watcher.execute("select count(*) from pg_locks where not granted")
            row = await cursor.fetchone()
            if row and row[0]:
                return
            await asyncio.sleep(0)


HOLDING = {
    "a reader": "select count(*) from org_test.company",
    "a writer": "update org_test.company set staff = 1",
    "somebody who locked a row": "select id from org_test.company for update",
    "a maintainer": "lock table org_test.company in share update exclusive mode",
    "somebody who locked the version": "update org_test.state set policy_version = policy_version + 1",
}


@pytest.mark.parametrize("holder", HOLDING)
async def test_waits_for_others_and_then_goes_on(runtime: Runtime, holder: str) -> None:
    await create(runtime, "company", {"name": "华为"})
    url = str(runtime.pool.conninfo)
    async with await psycopg.AsyncConnection.connect(url) as other:
        await other.execute(HOLDING[holder].encode())
        changing = asyncio.create_task(
            fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text", "index": True})
        )
        await somebody_waits(url)
        await other.rollback()
        assert (await asyncio.wait_for(changing, 30)).changed
    await agrees(runtime)


async def test_says_so_when_others_do_not_let_go(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some attempts the change is refused and nothing is left of it; readers of the table went on in between."""
    await create(runtime, "company", {"name": "华为"})
    before = await organisation(runtime)
    defaults = migrate.exclusively.__kwdefaults__
    monkeypatch.setitem(defaults, "attempts", 3)
    monkeypatch.setitem(defaults, "lock_wait", 150)
    url = str(runtime.pool.conninfo)
    read = 0

    async def reader() -> None:
        nonlocal read
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute("set statement_timeout = '3s'")
            while True:
                await (await connection.execute("select count(*) from org_test.company")).fetchone()
                read += 1

    async with await psycopg.AsyncConnection.connect(url) as other:
        await other.execute("select count(*) from org_test.company")
        reading = asyncio.create_task(reader())
        with pytest.raises(Unavailable) as problem:
            await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text"})
        assert problem.value.extra["retry_after"] > 0
        assert problem.value.as_json("zh")["status"] == 503
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert read > 3
    after = await organisation(runtime)
    assert after.schema_version == before.schema_version
    await agrees(runtime)


async def test_two_administrators_at_once(runtime: Runtime) -> None:
    """Everybody's change is made, one after another; of two who make the same field, one is told."""
    async with another_process(runtime) as other:
        results = await asyncio.gather(
            *(
                fields.add_field(
                    (runtime, other)[n % 2],
                    ADMIN,
                    "company",
                    {"key": f"f{n}", "label": "F", "type": "integer"},
                )
                for n in range(6)
            ),
            *(fields.add_field(r, ADMIN, "company", {**FIELD, "type": "text"}) for r in (runtime, other)),
            return_exceptions=True,
        )
        refused = [r for r in results if isinstance(r, BaseException)]
        assert [str(r) for r in refused] == ["('invalid', 'key: def_key_taken {}')"]
        versions = sorted(r.schema_version for r in results if not isinstance(r, BaseException))
        assert versions == list(range(versions[0], versions[0] + 7))
        for each in (runtime, other):
            registry = (await organisation(each)).registry
            assert {"x_size", *(f"x_f{n}" for n in range(6))} <= set(registry.fields("company"))
    await agrees(runtime)


async def test_an_index_is_built_while_people_write(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a table of some size a unique index is a job; the field is pending until it is there."""
    await fields.add_field(runtime, ADMIN, "person", {**FIELD, "type": "integer"})
    async with runtime.pool.connection() as connection:
        await connection.execute(
            "insert into org_test.person (id, version, created_at, updated_at, name, x_size)"
            " select gen_random_uuid(), 1, now(), now(), 'p' || n, n from generate_series(1, 20000) n"
        )
    made = await fields.update_field(runtime, ADMIN, "person", "x_size", {"unique": True})
    assert made.state == "pending"
    field = (await organisation(runtime)).registry.field("person", "x_size")
    assert field is not None
    assert field.state == "pending"
    url = str(runtime.pool.conninfo)
    async with await psycopg.AsyncConnection.connect(url) as other:
        # a transaction that began before and goes on: the build waits for it, nobody else does
        await other.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        await other.execute("select count(*) from org_test.person")
        building = asyncio.create_task(run_pending(runtime, "test"))
        await somebody_waits(url)
        await create(runtime, "person", {"name": "new", "x_size": 20001})
        assert not building.done()
        await other.rollback()
    assert await building == [(made.jobs[0], "done")]
    field = (await organisation(runtime)).registry.field("person", "x_size")
    assert field is not None
    assert field.state == "ready"
    with pytest.raises(Exception, match="taken"):
        await create(runtime, "person", {"name": "again", "x_size": 7})
    await agrees(runtime)


async def test_a_unique_index_that_cannot_be(runtime: Runtime) -> None:
    """The field says that it failed, and can be tried again when the doubles are gone."""
    async with runtime.pool.connection() as connection:
        await connection.execute(
            "insert into org_test.person (id, version, created_at, updated_at, name, age)"
            " select gen_random_uuid(), 1, now(), now(), 'p' || n, n / 2 from generate_series(2, 20001) n"
        )
    made = await fields.update_field(runtime, ADMIN, "person", "age", {"unique": True})
    assert await run_pending(runtime, "test") == [(made.jobs[0], "failed")]
    field = (await organisation(runtime)).registry.field("person", "age")
    assert field is not None
    assert field.state == "failed"
    async with runtime.pool.connection() as connection:
        await connection.execute("update org_test.person set age = null")
    again = await fields.update_field(runtime, ADMIN, "person", "age", {"unique": True})
    assert again.changed
    assert [r for _, r in await run_pending(runtime, "test")] == ["done"]
    field = (await organisation(runtime)).registry.field("person", "age")
    assert field is not None
    assert field.state == "ready"
    await agrees(runtime)


async def test_nobody_reads_or_writes_a_wrong_value(runtime: Runtime) -> None:
    """Four writers and two readers in processes of their own go on while a field is made, converted there and back, given
    other decimals and retired. Every value written is the value read, in whatever type the field then has."""
    ids = await create(runtime, "company", *({"name": f"c{n}", "staff": 0} for n in range(4)))
    stop = asyncio.Event()
    written: dict[str, int] = {}

    async def writer(process: Runtime, record: str) -> None:
        number = 0
        while not stop.is_set():
            number += 1

            async def work(uow: UnitOfWork, number: int = number) -> bool:
                values: dict[str, Any] = {"staff": number}
                has = "x_size" in uow.registry.fields("company")
                if has:
                    values["x_size"] = str(number)
                await pipeline.update(uow, "company", [Change(record, values)])
                return has

            if await run(process, ADMIN, work):
                written[record] = number

    async def reader(process: Runtime) -> int:
        looked = 0
        while not stop.is_set():
            async with process.pool.connection() as connection, connection.transaction():
                registry = (await process.organisations.get(connection, "test")).registry
                field = registry.field("company", "x_size")
                if field is not None and field.state == "ready":
                    # one statement, as a list reads them: the number in the field is the one in `staff`, or not there yet
                    cursor = await connection.execute(
                        f"select staff, {field.physical}::numeric::int from org_test.company".encode(),
                        prepare=False,
                    )
                    for staff, size in await cursor.fetchall():
                        assert size is None or size <= staff
                    looked += 1
            await asyncio.sleep(0)
        return looked

    async def size(expected: str) -> None:
        field = (await organisation(runtime)).registry.field("company", "x_size")
        assert field is not None
        assert (field.type, field.state, field.becoming) == (expected, "ready", None)
        async with runtime.pool.connection() as connection, connection.transaction():
            # nobody writes now: every record has the last number its writer wrote
            await connection.execute("lock table org_test.company in share mode")
            cursor = await connection.execute(
                f"select staff, {field.physical}::numeric::int from org_test.company"
                " where staff > 0 and exists (select from org_test.company__history h where h.id = company.id)".encode()
            )
            for staff, value in await cursor.fetchall():
                assert value in (staff, None)

    async with another_process(runtime) as a, another_process(runtime) as b:
        tasks = [asyncio.create_task(writer((a, b)[n % 2], record)) for n, record in enumerate(ids)]
        readers = [asyncio.create_task(reader(p)) for p in (a, b)]
        try:
            await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text"})
            for type, extra in (("integer", {}), ("text", {}), ("decimal", {"options": {"scale": 2}})):
                body = {"type": type, **extra}
                await fields.retype_field(runtime, ADMIN, "company", "x_size", body)
                assert {r for _, r in await run_pending(runtime, "test")} == {"done"}
                await size(type)
            await fields.update_field(runtime, ADMIN, "company", "x_size", {"options": {"scale": 4}})
            assert {r for _, r in await run_pending(runtime, "test")} == {"done"}
            await size("decimal")
            # every writer writes once more under the last definition, then all stop
            marks = dict(written)
            while any(written.get(i, 0) <= marks.get(i, 0) for i in ids):
                assert not any(t.done() for t in tasks)
                await asyncio.sleep(0)
        finally:
            stop.set()
            await asyncio.gather(*tasks)
            looked = await asyncio.gather(*readers)
        assert min(looked) > 0
        field = (await organisation(runtime)).registry.field("company", "x_size")
        assert field is not None
        async with runtime.pool.connection() as connection:
            cursor = await connection.execute(
                f"select id, {field.physical}::int from org_test.company".encode()
            )
            assert dict(await cursor.fetchall()) == written
        await fields.retire_field(runtime, ADMIN, "company", "x_size")
    await agrees(runtime)


CHANGER = """
import asyncio, sys
from definition_samples import COMPANY, PERSON
from keyuan.access import system_principal
from keyuan.records.hooks import Hooks
from keyuan.records.runtime import Runtime
from keyuan.services.definitions import fields
from keyuan.services.definitions.work import run_pending
from keyuan.services.identity.objects import OBJECTS
from keyuan.storage.organisations import Organisations
from keyuan.storage.pool import open_pool

async def main(url):
    async with open_pool(url, "web") as pool, open_pool(url, "web", size=1) as side:
        runtime = Runtime(pool, side, Organisations(pool, (*OBJECTS, COMPANY, PERSON)), Hooks(), {})
        admin = system_principal("test")
        n = int(sys.argv[2])
        while True:
            n += 1
            print(n, flush=True)
            await fields.add_field(runtime, admin, "company", {"key": f"k{n}", "label": "K", "type": "text", "default": "5"})
            await fields.retype_field(runtime, admin, "company", f"x_k{n}", {"type": "integer"})
            await run_pending(runtime, "test")
            await fields.retire_field(runtime, admin, "company", f"x_k{n}")

asyncio.run(main(sys.argv[1]))
"""


MOMENTS = (
    "select exists (select from org_test.definition where body ? 'becoming')",
    "select exists (select from org_test.definition_job where state = 'running' and progress <> '{}')",
    "select exists (select from pg_stat_activity where query like 'ALTER TABLE %' and state = 'idle in transaction')",
)
"""What another connection sees when the process is killed."""


async def test_real_processes_killed(runtime: Runtime) -> None:
    """kill -9 in the midst of a stream of changes: whoever comes next finds a whole database."""
    await create(runtime, "company", *({"name": f"c{n}"} for n in range(50)))
    url = str(runtime.pool.conninfo)
    environ = {**os.environ, "PYTHONPATH": os.path.dirname(__file__)}
    for start, moment in zip(range(100, 900, 100), MOMENTS, strict=False):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CHANGER, url, str(start), stdout=asyncio.subprocess.PIPE, env=environ
        )
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 60)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as watcher:
            while (await (await watcher.execute(moment.encode())).fetchone()) != (True,):
                assert process.returncode is None
                await asyncio.sleep(0)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        registry = (await organisation(runtime)).registry
        for field in registry.fields("company").values():
            if field.custom:
                async with runtime.pool.connection() as connection:
                    cursor = await connection.execute(
                        f"select distinct {field.physical}::text from org_test.company".encode()
                    )
                    assert await cursor.fetchall() == [("5",)]
        while any(r == "busy" for _, r in await run_pending(runtime, "test")):
            await asyncio.sleep(0)
        await create(runtime, "company", {"name": f"after {start}"})
        async with runtime.pool.connection() as connection:
            await connection.execute(f"delete from org_test.company where name = 'after {start}'".encode())
        await agrees(runtime)
