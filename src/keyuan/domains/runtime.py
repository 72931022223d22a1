"""What a process needs to work on records, opened for the length of a block: web, worker and command line alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..kernel.settings import Settings
from ..records.runtime import Runtime
from ..services.cipher import cipher_of
from ..storage.organisations import Organisations
from ..storage.pool import Use, open_pool
from . import Standard, load


@asynccontextmanager
async def open_runtime(
    url: str, settings: Settings, use: Use, *, size: int = 4, standard: Standard | None = None
) -> AsyncIterator[Runtime]:
    """Connections to the database at `url` and the definitions, hooks and actions of the product (or those given)."""
    declared = standard or load()
    async with (
        open_pool(url, use, size=size) as pool,
        open_pool(url, use, size=2, min_size=0, durable=False) as side_pool,
    ):
        organisations = Organisations(pool, declared.objects)
        yield Runtime(pool, side_pool, organisations, declared.hooks, declared.actions, cipher_of(settings))
