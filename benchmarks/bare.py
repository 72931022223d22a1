"""The bare endpoint that ours is measured against: Litestar, psycopg and granian, one statement, its JSON sent as it comes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from granian.constants import Interfaces, Loops
from granian.server import Server
from litestar import Litestar, Response, get

from keyuan.storage.pool import Pool, autocommit, open_pool


def application() -> Litestar:
    """An endpoint `/N` for each statement of the file."""
    statements: list[dict[str, Any]] = json.loads(Path(os.environ["BARE_STATEMENTS"]).read_text())
    held: dict[str, Pool] = {}

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with open_pool(os.environ["BARE_URL"], "web", size=8) as pool:
            held["pool"] = pool
            yield

    @get("/{number:int}")
    async def answer(number: int) -> Response[bytes]:
        statement = statements[number]
        async with autocommit(held["pool"]) as connection:
            cursor = await connection.execute(
                statement["text"].encode(), statement["params"], prepare=statement["prepare"]
            )
            result = cursor.pgresult
            assert result is not None
            return Response(result.get_value(0, 0) or b"", media_type="application/json")

    @get("/health")
    async def health() -> str:
        return "ready"

    return Litestar([answer, health], lifespan=[lifespan], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    os.environ["BARE_URL"], os.environ["BARE_STATEMENTS"] = sys.argv[2:4]
    Server(
        "benchmarks.bare:application", address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.ASGI, factory=True,
        workers=1, loop=Loops.auto,
    ).serve()  # fmt: skip
