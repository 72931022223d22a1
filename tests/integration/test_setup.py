"""Set-up: everything once, however often it is started and wherever it is killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from keyuan.domains import load
from keyuan.domains.runtime import open_runtime
from keyuan.kernel.settings import Settings
from keyuan.kernel.startup import CannotStart
from keyuan.services.identity import sign_in
from keyuan.services.setup import prepare

pytestmark = pytest.mark.anyio

SAID = re.compile(r"Sign in as (\S+?)(?: with the password (\S+) \(it must be changed\))?\.\Z")


async def start(url: str, folder: Path, **more: Any) -> Sequence[str]:
    settings = Settings(data_dir=folder, database_url=url, secret_key="tests", **more)
    async with open_runtime(url, settings, "cli") as runtime:
        return await prepare(runtime, settings, load().seeds)


async def enter(url: str, folder: Path, login: str, password: str) -> None:
    settings = Settings(data_dir=folder, database_url=url, secret_key="tests")
    async with open_runtime(url, settings, "cli") as runtime, runtime.pool.connection() as connection:
        organisation = await runtime.organisations.get(connection, "main")
        await sign_in.sign_in(runtime.pool, organisation, login, password, address="192.0.2.1", agent="")


def told(lines: Sequence[str]) -> tuple[str, str | None]:
    (line,) = lines
    found = SAID.match(line)
    assert found, line
    return found[1], found[2]


def facts(url: str) -> dict[str, Any]:
    with psycopg.connect(url) as connection:

        def one(query: str) -> Any:
            row = connection.execute(query).fetchone()  # type: ignore[call-overload]
            return row[0] if row else None

        return {
            "organisations": one("select array_agg(slug) from keyuan.organisation"),
            "roles": one("select count(*) from org_main.role"),
            "users": one('select count(*) from org_main."user"'),
            "credentials": one("select count(*) from org_main.credential"),
            "must_change": one("select bool_or(must_change) from org_main.credential"),
        }


async def test_an_empty_database_becomes_an_installation(database_url: str, tmp_path: Path) -> None:
    login, password = told(await start(database_url, tmp_path))
    assert login == "admin"
    assert password is not None
    assert facts(database_url) == {
        "organisations": ["main"], "roles": 8, "users": 1, "credentials": 1, "must_change": True
    }  # fmt: skip
    # nobody has signed in: the password may never have been seen, so there is a new one
    again, newer = told(await start(database_url, tmp_path))
    assert again == login
    assert newer not in (None, password)
    with pytest.raises(Exception, match="wrong_credentials"):
        await enter(database_url, tmp_path, login, password)
    assert newer is not None
    await enter(database_url, tmp_path, login, newer)
    assert await start(database_url, tmp_path) == []
    await enter(database_url, tmp_path, login, newer)
    assert facts(database_url)["users"] == 1


async def test_a_chosen_administrator(database_url: str, tmp_path: Path) -> None:
    chosen = {"admin_email": "Boss@Example.com", "admin_password": "Chosen-Word-1"}
    assert told(await start(database_url, tmp_path, **chosen)) == ("boss@example.com", None)
    assert facts(database_url)["must_change"] is False
    await enter(database_url, tmp_path, "boss@example.com", "Chosen-Word-1")
    # later starts leave the account alone, whatever the environment says
    assert await start(database_url, tmp_path, **(chosen | {"admin_password": "Other-Word-1"})) == []
    await enter(database_url, tmp_path, "boss@example.com", "Chosen-Word-1")


async def test_an_address_that_is_none(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="KEYUAN_ADMIN_EMAIL 'nobody'"):
        await start(database_url, tmp_path, admin_email="nobody", admin_password="Chosen-Word-1")
    assert told(await start(database_url, tmp_path))[0] == "admin"


async def test_what_an_administrator_changed_stays(database_url: str, tmp_path: Path) -> None:
    await start(database_url, tmp_path)
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from org_main.role where key = 'marketing'")
    await start(database_url, tmp_path)
    assert facts(database_url)["roles"] == 7


def test_killed_anywhere(database_url: str, tmp_path: Path) -> None:
    """Kill the set-up at moments all over its run; the start that is left alone completes it."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("KEYUAN_")}
    environ |= {"KEYUAN_DATABASE_URL": database_url, "KEYUAN_DATA_DIR": str(tmp_path), "KEYUAN_DEMO": "0"}
    command = [sys.executable, "-m", "keyuan", "migrate"]

    def run(steps: int | None) -> str:
        """Run it; killed once so many tables and indexes are there or under way."""
        process = subprocess.Popen(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if steps is not None:
            with psycopg.connect(database_url, autocommit=True) as watcher:
                while process.poll() is None:
                    row = watcher.execute(
                        "select (select count(*) from pg_class where relnamespace::regnamespace::text"
                        " in ('keyuan', 'org_main')) + (select count(*) from pg_locks where mode ="
                        " 'AccessExclusiveLock' and database = (select oid from pg_database where datname ="
                        " current_database()))"
                    ).fetchone()
                    if row and row[0] >= steps:
                        process.send_signal(signal.SIGKILL)
                        break
        said, errors = process.communicate(timeout=120)
        assert steps is not None or process.returncode == 0, errors
        return said

    for steps in (1, 20, 250, 600):
        run(steps)
    login, password = told(run(None).splitlines())
    assert login == "admin"
    assert password
    assert facts(database_url) == {
        "organisations": ["main"], "roles": 8, "users": 1, "credentials": 1, "must_change": True
    }  # fmt: skip
