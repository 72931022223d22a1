"""A web application in this process with two organisations, and people of every kind to sign in as."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
import psycopg
import pytest

from keyuan import domains
from keyuan.access import system_principal
from keyuan.api.app import create_app
from keyuan.api.callers import COOKIE
from keyuan.api.gate import Gate
from keyuan.kernel.ids import new_id
from keyuan.kernel.settings import Settings
from keyuan.records import pipeline
from keyuan.records.hooks import Change
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.services import setup
from keyuan.services.identity import api_keys, passwords, sign_in

BASE = "http://keyuan.test"
SECRET = "a key for tests"
PASSWORD = "Sunny-Day-2026"


@asynccontextmanager
async def started(app: Gate) -> AsyncIterator[None]:
    """The application between its start and its stop, as an ASGI server takes it through them."""
    to_app, from_app = (anyio.create_memory_object_stream[dict[str, Any]](2) for _ in range(2))
    try:
        async with anyio.create_task_group() as group:
            scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
            group.start_soon(app, scope, to_app[1].receive, from_app[0].send)
            await to_app[0].send({"type": "lifespan.startup"})
            assert (await from_app[1].receive())["type"] == "lifespan.startup.complete"
            try:
                yield
            finally:
                await to_app[0].send({"type": "lifespan.shutdown"})
                assert (await from_app[1].receive())["type"] == "lifespan.shutdown.complete"
    finally:
        for stream in (*to_app, *from_app):
            stream.close()


@dataclass
class Site:
    """The application and what the tests know of it: ids of users by login, API keys by login, for each organisation."""

    app: Gate
    runtime: Runtime
    users: dict[tuple[str, str], str] = field(default_factory=dict)
    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    url: str = ""

    def client(self, **more: Any) -> httpx.AsyncClient:
        """A client without cookies or keys, which speaks English."""
        headers = {"Accept-Language": "en", **more.pop("headers", {})}
        address = more.pop("address", "192.0.2.1")
        transport = httpx.ASGITransport(self.app, client=(address, 1234), raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers, **more)

    def program(self, login: str, organisation: str = "acme") -> httpx.AsyncClient:
        """A client with the API key of a user."""
        return self.client(headers={"Authorization": f"Bearer {self.keys[organisation, login]}"})

    @asynccontextmanager
    async def browser(
        self, login: str, organisation: str = "acme", **more: Any
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A client that has signed in and sends the CSRF token."""
        async with self.client(**more) as client:
            body = {"login": login, "password": PASSWORD, "organisation": organisation}
            answer = await client.post("/api/v1/session", json=body)
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
            client.headers["Sec-Fetch-Site"] = "same-origin"
            assert COOKIE in client.cookies
            yield client

    @asynccontextmanager
    async def holding(self, login: str, **role: Any) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody of `acme` with nothing but such a role, who has the usual ones again afterwards."""
        async with self.program("root") as root, self.program(login) as client:
            user = f"/api/v1/records/user/{self.users['acme', login]}"
            held = [r["id"] for r in (await root.get(user)).json()["roles"]]
            made = await root.post("/api/v1/records/role", json={"name": f"Role {new_id()}", **role})
            assert made.status_code == 201, made.text
            assert (await root.patch(user, json={"roles": [made.json()["id"]]})).status_code == 200
            yield client
            assert (await root.patch(user, json={"roles": held})).status_code == 200

    async def write(self, organisation: str, object_key: str, *rows: dict[str, Any]) -> list[str]:
        """Make records as the program itself; their ids."""

        async def work(uow: UnitOfWork) -> list[str]:
            return [item.id for item in await pipeline.create(uow, object_key, rows)]

        return await run(self.runtime, system_principal(organisation), work, kind="test", trusted=True)


async def furnish(site: Site, slug: str) -> None:
    """Departments, roles and people of an organisation:

    head office ← north ← north-1, head office ← south. `boss` (executive) heads the head office, `nora` (sales
    manager) north; `norman` and `nick` (sales) work in north and north-1, `sue` (sales) in south, `fin` (finance) in the
    head office; `root` is administrator, `idle` is not active."""
    await site.runtime.organisations.create(slug, slug.title())
    await setup.furnish(site.runtime, slug, domains.load().seeds)
    async with site.runtime.pool.connection() as connection:
        cursor = await connection.execute(f'select key, id::text from "org_{slug}".role'.encode())
        role = dict(await cursor.fetchall())
    head, north, south, north_1 = await site.write(
        slug, "department", {"name": "Head office"}, {"name": "North"}, {"name": "South"}, {"name": "North 1"}
    )
    people = {
        "root": (head, [role["administrator"]]),
        "boss": (head, [role["executive"]]),
        "nora": (north, [role["sales_manager"]]),
        "norman": (north, [role["sales"]]),
        "nick": (north_1, [role["sales"]]),
        "sue": (south, [role["sales"]]),
        "idle": (south, [role["sales"]]),
        "fin": (head, [role["finance"]]),
    }
    ids = await site.write(
        slug,
        "user",
        *(
            {
                "name": login.title(),
                "login": login,
                "email": f"{login}@{slug}.test",
                "mobile": f"1380013800{number}",
                "department": department,
                "roles": held,
                "active": login != "idle",
            }
            for number, (login, (department, held)) in enumerate(people.items())
        ),
    )
    known = dict(zip(people, ids, strict=True))

    async def rest(uow: UnitOfWork) -> None:
        def change(id_: str, **values: Any) -> Change:
            return Change(id_, values)

        await pipeline.update(
            uow,
            "department",
            [
                change(head, head=known["boss"]),
                change(north, parent=head, head=known["nora"]),
                change(south, parent=head),
                change(north_1, parent=north),
            ],
        )
        await pipeline.update(uow, "user", [change(known["norman"], manager=known["nora"])])
        hashed = await passwords.hash_password(PASSWORD)
        for id_ in ids:
            await sign_in.store(uow.connection, slug, id_, hashed, must_change=False)

    await run(site.runtime, system_principal(slug), rest, kind="test", trusted=True)
    async with site.runtime.pool.connection() as connection:
        for login, id_ in known.items():
            site.users[slug, login] = id_
            site.keys[slug, login] = (await api_keys.create(connection, slug, id_, "tests")).text


@asynccontextmanager
async def opened(database_url: str, folder: Path) -> AsyncIterator[Site]:
    """The application on a database."""
    app = create_app(Settings(data_dir=folder, database_url=database_url, secret_key=SECRET))
    async with started(app):
        assert app.holder.application is not None
        yield Site(app, app.holder.application.runtime)


@contextmanager
def web_process(database_url: str, folder: Path, **environment: str) -> Iterator[str]:
    """`keyuan web` on a database in a process of its own; its address."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    known = {name: value for name, value in os.environ.items() if not name.startswith("KEYUAN_")}
    known |= {
        "KEYUAN_DATABASE_URL": database_url,
        "KEYUAN_DATA_DIR": str(folder),
        "KEYUAN_SECRET_KEY": SECRET,
        **environment,
    }
    address = f"http://127.0.0.1:{port}"
    with (folder / f"web-{port}.log").open("w+") as log:
        arguments = [sys.executable, "-m", "keyuan", "web", "--port", str(port)]
        process = subprocess.Popen(arguments, env=known, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            pause, until = threading.Event(), time.monotonic() + 60
            while True:
                with suppress(httpx.TransportError):
                    if httpx.get(f"{address}/api/v1/health").status_code == 200:
                        break
                assert process.poll() is None, (folder / f"web-{port}.log").read_text()
                assert time.monotonic() < until, "the web process does not answer"
                pause.wait(0.05)
            yield address
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="session")
def furnished(server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Site]]:
    """A database with the organisations `acme` and `other`, to be copied: its name, and what is known of it."""
    with server.database() as url:

        async def make() -> Site:
            async with opened(url, tmp_path_factory.mktemp("data")) as site:
                for slug in ("acme", "other"):
                    await furnish(site, slug)
                return site

        with ThreadPoolExecutor(1) as apart:  # other fixtures of the run may have a loop in this thread
            known = apart.submit(anyio.run, make).result()
        with psycopg.connect(url) as connection:
            name = connection.info.dbname
        yield name, known


@pytest.fixture(scope="module")
async def site(
    server: Any, furnished: tuple[str, Site], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """The application on a copy of the furnished database."""
    template, known = furnished
    with server.database(template) as url:
        async with opened(url, tmp_path_factory.mktemp("data")) as site:
            site.users, site.keys, site.url = known.users, known.keys, url
            yield site
