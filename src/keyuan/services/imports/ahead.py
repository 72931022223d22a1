"""Reading ahead: while the database writes some rows, the next are read."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


@asynccontextmanager
async def reading_ahead(source: AsyncGenerator[T, None], most: int = 2) -> AsyncIterator[AsyncIterator[T]]:
    """The items of a generator that gives others their turn (`kernel.turns`), of which `most` lie ready while one is
    worked on. What the generator raises is raised where its item would have come."""
    ready: asyncio.Queue[T] = asyncio.Queue(most)

    async def read() -> None:
        async for item in source:
            await ready.put(item)

    reading = asyncio.create_task(read())

    async def items() -> AsyncIterator[T]:
        while True:
            following = asyncio.create_task(ready.get())
            await asyncio.wait([following, reading], return_when=asyncio.FIRST_COMPLETED)
            if not following.done():  # all is read and taken
                following.cancel()
                await reading
                return
            yield following.result()

    try:
        yield items()
    finally:
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await reading
        await source.aclose()
