"""The web application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, get
from litestar.datastructures import State

from ..kernel.settings import Settings
from ..storage.pool import Pool, open_pool


@get("/api/v1/health")
async def health(state: State) -> dict[str, str]:
    """Ready when the database answers."""
    pool: Pool = state.pool
    async with pool.connection() as connection:
        await connection.execute("select 1")
    return {"status": "ready"}


def create_app(settings: Settings | None = None) -> Litestar:
    """The application for one process."""
    used = settings or Settings.from_environment()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        assert used.database_url
        async with open_pool(used.database_url, "web", size=used.pool_size) as pool:
            app.state.pool = pool
            yield

    return Litestar([health], lifespan=[lifespan])
