"""Bringing an installation up to date: what every start does before anything is served."""

from __future__ import annotations

from collections.abc import Sequence

from ..kernel.settings import Settings
from ..storage.pool import connect


async def prepare(database_url: str, settings: Settings) -> Sequence[str]:
    """Make or migrate what the database must hold, the first administrator and the demo included, and answer the lines
    that tell how to sign in. Progress goes to the logger `keyuan`. Raises `CannotStart`."""
    async with connect(database_url, "cli") as connection:
        await connection.execute("create schema if not exists keyuan")
    return []
