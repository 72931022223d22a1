"""The pool: its settings, and that it outlives a restart of the database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest

from keyuan.kernel.startup import CannotStart
from keyuan.storage.pool import Limits, connect, open_pool
from keyuan.storage.server import EmbeddedServer

pytestmark = pytest.mark.anyio


async def test_settings_do_not_depend_on_the_server(server, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as admin:
        name = admin.info.dbname
        for setting in (
            "timezone to 'Asia/Shanghai'",
            "datestyle to 'German'",
            "jit to on",
            "statement_timeout to 2000",
        ):
            admin.execute(f'alter database "{name}" set {setting}')
    async with (
        open_pool(database_url, "web", limits=Limits(1234, 567, 89_000)) as pool,
        pool.connection() as lent,
    ):
        row = await (
            await lent.execute(
                "select current_setting('timezone'), current_setting('datestyle'), current_setting('jit'),"
                " current_setting('statement_timeout'), current_setting('lock_timeout'),"
                " current_setting('idle_in_transaction_session_timeout'), current_setting('application_name'),"
                " current_setting('search_path')"
            )
        ).fetchone()
    assert row == ("UTC", "ISO, YMD", "off", "1234ms", "567ms", "89s", "keyuan web", "public")


async def test_a_statement_over_its_time_is_ended(database_url: str) -> None:
    async with connect(database_url, "web", limits=Limits(20, 20, 0)) as alone:
        with pytest.raises(psycopg.errors.QueryCanceled):
            await alone.execute("select pg_sleep(10)")


async def test_prepared_as_asked(database_url: str) -> None:
    async def prepared(threshold: int | None, times: int) -> int:
        async with (
            open_pool(database_url, "web", prepare_threshold=threshold) as pool,
            pool.connection() as lent,
        ):
            for _ in range(times):
                await lent.execute("select 42")
            row = await (
                await lent.execute(
                    "select count(*) from pg_prepared_statements where not from_sql", prepare=False
                )
            ).fetchone()
            assert row
            return int(row[0])

    assert await prepared(5, 4) == 0
    assert await prepared(5, 7) == 1
    assert await prepared(0, 1) == 1
    assert await prepared(None, 20) == 0


async def test_lends_only_living_connections(database_url: str) -> None:
    """The server closes all idle connections: nobody who borrows afterwards notices."""
    async with open_pool(database_url, "web", size=4, min_size=4) as pool:
        with psycopg.connect(database_url, autocommit=True) as other:
            ended = other.execute(
                "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
                " and backend_type = 'client backend'"
            ).fetchone()
        assert ended == (4,)

        async def one() -> object:
            async with pool.connection() as lent:
                return await (await lent.execute("select 1")).fetchone()

        assert await asyncio.gather(*(one() for _ in range(8))) == [(1,)] * 8


async def test_waits_while_the_database_restarts(tmp_path: Path) -> None:
    """Requests that arrive while the database is away are answered when it is back."""
    embedded = EmbeddedServer(tmp_path / "data", sync=False, options={"fsync": "off"})
    with embedded:
        async with open_pool(embedded.url(), "web", size=2) as pool:
            embedded.stop()

            async def one() -> object:
                async with pool.connection(timeout=60) as lent:
                    return await (await lent.execute("select 1")).fetchone()

            waiting = asyncio.gather(one(), one(), one())
            await asyncio.sleep(0)
            embedded.start()
            assert await asyncio.wait_for(waiting, 60) == [(1,)] * 3


async def test_unreachable_says_so(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="did not answer"):
        async with open_pool(f"postgresql:///x?host={tmp_path}", "cli", wait=0.2):
            pass


async def test_ids_are_text_and_json_is_read(database_url: str) -> None:
    async with connect(database_url, "web") as alone:
        wanted = "0190a6c4-0000-7000-8000-000000000001"
        row = await (
            await alone.execute(
                "select %s::uuid, array[%s::uuid], jsonb_build_object('n', 1)", [wanted, wanted]
            )
        ).fetchone()
    assert row == (wanted, [wanted], {"n": 1})
