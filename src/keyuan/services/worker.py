"""The worker process."""

from __future__ import annotations

import asyncio
import signal

from ..kernel.settings import Settings
from ..storage.pool import open_pool


async def work(database_url: str, settings: Settings) -> None:
    """Run jobs until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with open_pool(database_url, "worker", size=settings.pool_size):
        await stopped.wait()
