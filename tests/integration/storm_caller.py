"""Requests as the storm's clients send them: repeated until they are answered, with the same `Idempotency-Key`, and
refused to be wrong."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from storm_ledger import Ledger, Wrong
from storm_world import Door, World

from keyuan.kernel.ids import new_id

LIMITS = httpx.Limits(max_connections=4, max_keepalive_connections=2)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, with the time from the first sending of its request to its arrival."""

    status: int
    body: Any
    headers: Mapping[str, str]
    began: float
    ended: float
    repeated: bool

    @property
    def operation(self) -> str | None:
        """The operation of a write that changed something."""
        return self.headers.get("operation-id")

    def codes(self) -> set[str]:
        """The codes of the errors of a refusal."""
        return {e["code"] for e in self.body.get("errors", ())} if isinstance(self.body, dict) else set()


class Caller:
    """One program with the API key of a user; it knocks now at one door, now at the other."""

    def __init__(self, world: World, ledger: Ledger, login: str, chance: random.Random) -> None:
        self.world, self.ledger, self.login, self.chance = world, ledger, login, chance
        headers = {"Authorization": f"Bearer {world.keys[login]}", "Accept-Language": "en"}
        self._client = httpx.AsyncClient(
            headers=headers, timeout=90, limits=LIMITS, verify=False, trust_env=False
        )

    async def __aenter__(self) -> Caller:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, path: str, *allowed: int, **params: Any) -> Told:
        """Read something; anything but 200 and what is `allowed` is wrong."""
        return await self.call("GET", path, (200, *allowed), params=params)

    async def ask(self, path: str, body: Any, *allowed: int) -> Told:
        """Read something with a question in the body."""
        return await self.call("POST", path, (200, *allowed), json=body)

    async def write(self, method: str, path: str, body: Any, *allowed: int, match: int | None = None) -> Told:
        """Write something, once, whatever happens on the way."""
        headers = {"Idempotency-Key": new_id()}
        if match is not None:
            headers["If-Match"] = f'"{match}"'
        more = {} if body is None else {"json": body}
        return await self.call(method, path, (200, 201, 204, *allowed), headers=headers, **more)

    async def call(self, method: str, path: str, allowed: tuple[int, ...], **more: Any) -> Told:
        """Send a request until it is answered. Raises `Wrong` for an answer that is not allowed, and for a connection
        that breaks or 503 when nothing was killed."""
        began = time.monotonic()
        repeated = False
        for _ in range(50):
            door = await self._door()
            sent = time.monotonic()
            trouble = ""
            try:
                answer = await self._client.request(method, door.url + path, **more)
                if answer.status_code == 503 and "retry-after" in answer.headers:
                    trouble = answer.text
            except httpx.TransportError as error:
                trouble = repr(error)
            if not trouble:
                break
            if not door.disturbed(sent, time.monotonic()):
                raise Wrong(f"{self.login}: {method} {path} {more}: {trouble}, and nothing was killed")
            self.ledger.counts["repeated requests"] += 1
            repeated = True
        else:
            raise Wrong(f"{self.login}: {method} {path} is never answered")
        self.ledger.counts["requests"] += 1
        if answer.status_code not in allowed:
            raise Wrong(f"{self.login}: {method} {path} {more}: {answer.status_code} {answer.text}")
        body = answer.json() if answer.content else None
        return Told(answer.status_code, body, answer.headers, began, time.monotonic(), repeated)

    async def _door(self) -> Door:
        """A door, rather one that is not disturbed; one that is opens again."""
        doors = self.chance.sample(self.world.doors, 2)
        for door in doors:
            if not door.disturbances or door.disturbances[-1][1] != float("inf"):
                return door
        # some try while it is shut, the others wait until it opens
        if self.chance.random() < 0.8:
            await doors[0].opens()
        else:
            await asyncio.sleep(0)
        return doors[0]
