"""The installation that the storm goes over: `keyuan serve` with its PostgreSQL, web and worker, and a second `keyuan web`
on the same database; its people; and the killing of its processes."""

from __future__ import annotations

import asyncio
import random
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from serving import KEYUAN, Serving, environ, free_port

from keyuan.domains.runtime import open_runtime
from keyuan.kernel.settings import Settings
from keyuan.services.identity import api_keys
from keyuan.storage.server import running_url

ADMINISTRATOR = {"KEYUAN_ADMIN_EMAIL": "root@storm.test", "KEYUAN_ADMIN_PASSWORD": "Sunny-Day-2026"}
SLUG = "main"
R = "/api/v1/records"

KINDS = ("web process", "web", "second web", "worker", "backend", "postmaster")
"""What is killed: the process that answers, the one that watches over it, the second web with all of its, the worker, one
process of the database server (which ends the others and recovers), the server itself."""


@dataclass(eq=False)
class Door:
    """An address of the application. While it is `disturbed` connections may break and 503 may be answered; a disturbance
    is from a kill until the door has answered well again."""

    url: str
    disturbances: list[list[float]] = field(default_factory=list)
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    def disturb(self) -> None:
        """A kill is about to happen."""
        self.disturbances.append([time.monotonic(), float("inf")])
        self._open.clear()

    def calm(self) -> None:
        """It has answered well since."""
        self.disturbances[-1][1] = time.monotonic()
        self._open.set()

    async def opens(self) -> None:
        """Wait until it is not disturbed any more."""
        await self._open.wait()

    def disturbed(self, began: float, ended: float) -> bool:
        """Whether something of that time was within a disturbance."""
        return any(began <= until and since <= ended for since, until in self.disturbances)


@dataclass(eq=False)
class World:
    """The processes."""

    folder: Path
    serving: Serving
    second: subprocess.Popen[bytes] | None = None
    doors: list[Door] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    departments: dict[str, str] = field(default_factory=dict)
    kills: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, folder: Path) -> World:
        """Start everything and wait until it answers."""
        data = folder / "data"
        world = cls(folder, Serving(data, folder / "serve.log", **ADMINISTRATOR))
        try:
            world.serving.ready()
            world.doors = [Door(f"http://127.0.0.1:{port}") for port in (world.serving.port, free_port())]
            world.start_second()
        except BaseException:
            world.stop()
            raise
        return world

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.serving.folder

    def database_url(self) -> str:
        """Where the database is."""
        url = running_url(self.data)
        assert url is not None, "the database does not run"
        return url

    def start_second(self) -> None:
        """Start the second web."""
        known = environ(KEYUAN_DATABASE_URL=self.database_url(), KEYUAN_DATA_DIR=str(self.data))
        port = self.doors[1].url.rpartition(":")[2]
        with (self.folder / "second.log").open("ab") as log:
            self.second = subprocess.Popen(
                [*KEYUAN, "web", "--port", port], env=known, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def said(self) -> str:
        """What all processes have written."""
        places = (self.serving.output, self.folder / "second.log")
        return "\n".join(place.read_text("utf-8", "replace") for place in places if place.exists())

    def stop(self) -> None:
        """End everything."""
        if self.second is not None and self.second.poll() is None:
            self.second.terminate()
            self.second.wait(30)
        self.serving.stop()

    # -- killing -----------------------------------------------------------------------------------------------------

    async def kill(self, kind: str, chance: random.Random, client: httpx.AsyncClient) -> None:
        """Kill something and wait until all is well again."""
        await self.complete(client)
        doors = {
            "web process": self.doors[:1],
            "web": self.doors[:1],
            "second web": self.doors[1:],
            "worker": [],
        }
        concerned = doors.get(kind, self.doors)
        while (victim := self._victim(kind, chance)) is None:
            await self.complete(
                client
            )  # one that ended of itself is started again, as where its database had gone
        for door in concerned:
            door.disturb()
        victim.kill()
        self.kills.append(kind)
        await asyncio.to_thread(victim.wait, 30)
        if kind == "second web":
            assert self.second is not None
            self.second.wait()
            self.start_second()
        await self.complete(client)
        for door in concerned:
            door.calm()

    async def complete(self, client: httpx.AsyncClient, seconds: float = 60) -> None:
        """Wait until every process is there and both doors answer well."""
        until = time.monotonic() + seconds
        while not (self._whole() and all([await _healthy(client, door) for door in self.doors])):
            assert time.monotonic() < until, f"not all processes came back; they said:\n{self.said()}"
            assert self.serving.process.poll() is None, f"serve ended: {self.said()}"
            await asyncio.sleep(0.05)

    def _whole(self) -> bool:
        try:
            return bool(
                self.serving.children("worker")
                and self._answering()
                and self._postmaster()
                and running_url(self.data)
            )
        except psutil.Error:
            return False

    def _answering(self) -> psutil.Process | None:
        masters = self.serving.children("web")
        inner = [p for master in masters for p in master.children() if p.status() != psutil.STATUS_ZOMBIE]
        return inner[-1] if inner else None

    def _postmaster(self) -> psutil.Process | None:
        return next(
            (p for p in self.serving.family() if p.name() == "postgres" and "-D" in p.cmdline()), None
        )

    def _victim(self, kind: str, chance: random.Random) -> psutil.Process | None:
        if kind == "web process":
            found = self._answering()
        elif kind == "second web":
            assert self.second is not None
            found = psutil.Process(self.second.pid)
        elif kind in ("web", "worker"):
            found = next(iter(self.serving.children(kind)), None)
        else:
            found = self._postmaster()
            if kind == "backend" and found is not None:
                backends = [p for p in found.children() if "keyuan" in " ".join(p.cmdline())]
                found = chance.choice(backends) if backends else None
        return found

    # -- people ------------------------------------------------------------------------------------------------------

    async def people(self) -> None:
        """Two departments under a head office, and somebody of every kind, with an API key for each:

        `boss` (executive) and `fin` (finance) in the head office, `nora` (sales manager) heads north, in which `norman`
        sells, north 1 below it has `nick`, south has `sue`."""
        settings = Settings(data_dir=self.data, database_url=self.database_url())
        async with open_runtime(self.database_url(), settings, "cli") as runtime:
            listed = await runtime.organisations.list()
            assert [o.slug for o in listed] == [SLUG]

            async def key(user: str) -> str:
                async with runtime.pool.connection() as connection:
                    return (await api_keys.create(connection, SLUG, user, "storm")).text

            async with httpx.AsyncClient(base_url=self.doors[0].url, timeout=60) as client:
                body = {
                    "login": ADMINISTRATOR["KEYUAN_ADMIN_EMAIL"],
                    "password": ADMINISTRATOR["KEYUAN_ADMIN_PASSWORD"],
                }
                answer = await client.post("/api/v1/session", json=body)
                assert answer.status_code == 200, answer.text
                self.users["root"] = answer.json()["user"]["id"]
                client.cookies.clear()
                self.keys["root"] = await key(self.users["root"])
                client.headers["Authorization"] = f"Bearer {self.keys['root']}"

                async def made(object_key: str, **values: Any) -> str:
                    answer = await client.post(f"{R}/{object_key}", json=values)
                    assert answer.status_code == 201, answer.text
                    return str(answer.json()["id"])

                roles = (await client.get(f"{R}/role", params={"fields": "key"})).json()["records"]
                role = {r["key"]: r["id"] for r in roles}
                head = self.departments["head"] = await made("department", name="Storm head office")
                north = self.departments["north"] = await made("department", name="North", parent=head)
                self.departments["north 1"] = await made("department", name="North 1", parent=north)
                self.departments["south"] = await made("department", name="South", parent=head)
                for login, held, department in (
                    ("boss", "executive", "head"), ("fin", "finance", "head"), ("nora", "sales_manager", "north"),
                    ("norman", "sales", "north"), ("nick", "sales", "north 1"), ("sue", "sales", "south"),
                ):  # fmt: skip
                    self.users[login] = await made(
                        "user", name=login.title(), login=login, email=f"{login}@storm.test",
                        department=self.departments[department], roles=[role[held]],
                    )  # fmt: skip
                    self.keys[login] = await key(self.users[login])
                place = f"{R}/department/{north}"
                assert (await client.patch(place, json={"head": self.users["nora"]})).status_code == 200


async def _healthy(client: httpx.AsyncClient, door: Door) -> bool:
    try:
        return (await client.get(f"{door.url}/api/v1/health", timeout=10)).status_code == 200
    except httpx.TransportError:
        return False
