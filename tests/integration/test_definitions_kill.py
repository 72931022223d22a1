"""A process that dies at any statement of a change leaves the old definition or the new one, and its jobs go on later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from definition_samples import COMPANY, PERSON
from psycopg import AsyncCursor
from psycopg._connection_base import BaseConnection

from keyuan.access import system_principal
from keyuan.records import pipeline
from keyuan.records.hooks import Hooks
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.services.definitions import fields, objects
from keyuan.services.definitions.indexes import missing
from keyuan.services.definitions.work import run_pending
from keyuan.storage.organisations import Organisation, Organisations

pytestmark = pytest.mark.anyio

ADMIN = system_principal("test")


class Killed(BaseException):
    """The process is no more."""


class Countdown:
    """Lets so many statements through; the next one finds the process dead, and all its connections with it."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.task = asyncio.current_task()

    def tick(self, connection: Any) -> None:
        if asyncio.current_task() is not self.task:
            return  # the pool at its own work, which goes on for the next process
        if self.left <= 0:
            connection.pgconn.finish()
            raise Killed
        self.left -= 1


@contextmanager
def killed_after(statements: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Countdown]:
    """Die before the statement after so many, BEGIN and COMMIT counted."""
    countdown = Countdown(statements)
    execute, command = AsyncCursor.execute, BaseConnection._exec_command

    async def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        countdown.tick(self.connection)
        return await execute(self, *args, **kwargs)

    def commanded(self: Any, *args: Any, **kwargs: Any) -> Any:
        countdown.tick(self)
        return (yield from command(self, *args, **kwargs))

    with monkeypatch.context() as patch:
        patch.setattr(AsyncCursor, "execute", counted)
        patch.setattr(BaseConnection, "_exec_command", commanded)
        yield countdown


@pytest.fixture
async def runtime(make_runtime: Any) -> Runtime:
    made: Runtime = await make_runtime((COMPANY, PERSON), Hooks())
    return made


def reborn(runtime: Runtime) -> Runtime:
    """The runtime of a process that has just started."""
    organisations = Organisations(runtime.pool, runtime.organisations.standard)
    return Runtime(runtime.pool, runtime.side_pool, organisations, runtime.hooks, {})


async def organisation(runtime: Runtime) -> Organisation:
    async with runtime.pool.connection() as connection:
        return await runtime.organisations.get(connection, "test")


async def create(runtime: Runtime, object_key: str, *rows: dict[str, Any]) -> None:
    async def work(uow: UnitOfWork) -> None:
        await pipeline.create(uow, object_key, rows)

    await run(runtime, ADMIN, work)


async def whole(runtime: Runtime) -> None:
    """The tables are those of the definitions, but for what jobs are still to do, and can be written."""
    made = await organisation(runtime)
    async with runtime.pool.connection() as connection:
        todo = await missing(connection, made)
    assert not todo.now, str(todo)
    assert not todo.troubles, str(todo)


async def at_every_statement(
    runtime: Runtime,
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[Runtime], Awaitable[object]],
    check: Callable[[Runtime], Awaitable[object]],
) -> int:
    """Do something in processes that die one statement later each time, until one lives to the end."""
    for statements in range(500):
        process = reborn(runtime)
        try:
            with killed_after(statements, monkeypatch):
                await act(process)
        except Killed:
            await check(reborn(runtime))
        else:
            await check(reborn(runtime))
            return statements
    raise AssertionError("never done")


async def test_adding_a_field(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    await create(runtime, "company", {"name": "华为"})
    body = {
        "key": "size", "label": "Size", "type": "decimal", "default": "1.5", "index": True, "unique": False, "required": True,
    }  # fmt: skip
    versions = {(await organisation(runtime)).schema_version}

    async def act(process: Runtime) -> None:
        if (await organisation(process)).registry.field("company", "x_size") is None:
            await fields.add_field(process, ADMIN, "company", body)

    async def check(process: Runtime) -> None:
        await whole(process)
        made = await organisation(process)
        versions.add(made.schema_version)
        async with process.pool.connection() as connection:
            cursor = await connection.execute(
                "select (select count(*) from org_test.definition), (select count(*) from org_test.change"
                " where kind = 'definition'), (select count(*) from information_schema.columns where table_schema = 'org_test'"
                " and table_name = 'company' and column_name = 'x_size')"
            )
            counts = await cursor.fetchone()
        there = made.registry.field("company", "x_size") is not None
        assert counts == ((1, 1, 1) if there else (0, 0, 0))

    statements = await at_every_statement(runtime, monkeypatch, act, check)
    assert statements > 15
    assert len(versions) == 2


async def test_making_an_object(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"key": "visit", "label": "Visit", "fields": [{"key": "who", "type": "user"}]}

    async def act(process: Runtime) -> None:
        if "x_visit" not in (await organisation(process)).registry.objects:
            await objects.create_object(process, ADMIN, body)

    async def check(process: Runtime) -> None:
        await whole(process)
        if "x_visit" in (await organisation(process)).registry.objects:
            await create(process, "x_visit", {"name": "一"})

    await at_every_statement(runtime, monkeypatch, act, check)
    assert "x_visit" in (await organisation(reborn(runtime))).registry.objects


async def test_a_conversion_and_its_jobs(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each death the field is of its old type with the old values or of the new with the new ones."""
    await fields.add_field(
        runtime, ADMIN, "company", {"key": "size", "label": "Size", "type": "text", "search": True}
    )
    await create(runtime, "company", *({"name": f"c{n}", "x_size": str(n)} for n in range(5)))
    body = {"type": "integer", "unique": True}
    seen: set[str] = set()

    async def act(process: Runtime) -> None:
        field = (await organisation(process)).registry.field("company", "x_size")
        assert field is not None
        if field.type == "text" and field.becoming is None:
            await fields.retype_field(process, ADMIN, "company", "x_size", body)
        results = await run_pending(process, "test")
        assert {r for _, r in results} <= {"done"}

    async def check(process: Runtime) -> None:
        made = await organisation(process)
        field = made.registry.field("company", "x_size")
        assert field is not None
        seen.add(f"{field.type} {field.becoming is not None}")
        async with process.pool.connection() as connection:
            cursor = await connection.execute(
                f"select {field.physical}::text from org_test.company order by name".encode()
            )
            assert await cursor.fetchall() == [(str(n),) for n in range(5)]
        await whole(process)

    await at_every_statement(runtime, monkeypatch, act, check)
    assert seen == {"text False", "text True", "integer False"}
    async with runtime.pool.connection() as connection:
        assert str(await missing(connection, await organisation(reborn(runtime)))) == "nothing to do"
        cursor = await connection.execute(
            "select state, count(*) from org_test.definition_job group by 1 order by 1"
        )
        # the drop of the old column is for later
        assert await cursor.fetchall() == [("done", 2), ("pending", 1)]
    with pytest.raises(Exception, match="taken"):
        await create(runtime, "company", {"name": "again", "x_size": 3})


async def test_a_job_killed_after_its_switch_leaves_the_next_conversion_alone(runtime: Runtime) -> None:
    """The switch is one transaction, the note that the job is done the next: what dies in between is run again."""
    await fields.add_field(runtime, ADMIN, "company", {"key": "size", "label": "Size", "type": "text"})
    await create(runtime, "company", *({"name": f"c{n}", "x_size": str(n)} for n in range(5)))
    await fields.retype_field(runtime, ADMIN, "company", "x_size", {"type": "integer"})
    assert {r for _, r in await run_pending(runtime, "test")} == {"done"}
    async with runtime.pool.connection() as connection:
        await connection.execute("update org_test.definition_job set state = 'running' where kind = 'retype'")
    await fields.retype_field(runtime, ADMIN, "company", "x_size", {"type": "decimal"})
    assert {r for _, r in await run_pending(runtime, "test")} == {"done"}
    field = (await organisation(runtime)).registry.field("company", "x_size")
    assert field is not None
    assert (field.type, field.becoming) == ("decimal", None)
    async with runtime.pool.connection() as connection:
        cursor = await connection.execute(
            f"select trunc({field.physical})::int from org_test.company order by name".encode()
        )
        assert await cursor.fetchall() == [(n,) for n in range(5)]


async def test_a_rollup_job(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    await create(runtime, "company", *({"name": f"c{n}"} for n in range(3)))
    await fields.add_field(runtime, ADMIN, "company", {
        "key": "n", "label": "N", "type": "rollup", "options": {"object": "person", "via": "company"}})  # fmt: skip

    async def act(process: Runtime) -> None:
        await run_pending(process, "test")

    async def check(process: Runtime) -> None:
        field = (await organisation(process)).registry.field("company", "x_n")
        assert field is not None
        async with process.pool.connection() as connection:
            cursor = await connection.execute("select count(x_n) from org_test.company")
            row = await cursor.fetchone()
        assert row is not None
        assert field.state == "pending" or row == (3,)

    await at_every_statement(runtime, monkeypatch, act, check)
    field = (await organisation(reborn(runtime))).registry.field("company", "x_n")
    assert field is not None
    assert field.state == "ready"


async def test_the_server_ends_the_connection(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change whose connection is cut off before its commit is done again by itself."""
    url = runtime.pool.conninfo
    assert isinstance(url, str)
    execute = AsyncCursor.execute
    for cut_at in (4, 12, 20):
        count = 0

        async def cutting(self: Any, *args: Any, cut_at: int = cut_at, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == cut_at:
                with psycopg.connect(url, autocommit=True) as other:
                    other.execute("select pg_terminate_backend(%s, 5000)", [self.connection.info.backend_pid])
            return await execute(self, *args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(AsyncCursor, "execute", cutting)
            made = await fields.add_field(
                runtime, ADMIN, "company", {"key": f"f{cut_at}", "label": "F", "type": "text"}
            )
        assert made.changed
        assert count > cut_at
        await whole(reborn(runtime))
