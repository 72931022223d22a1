"""Reading ahead: while the database writes some rows, the next are read in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


@asynccontextmanager
async def reading_ahead(source: Iterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """The items of an iterator, of which one is made ahead, in a thread, while the last is worked on. What the iterator
    raises is raised where its item would have come."""
    following: asyncio.Task[list[T]] | None = None

    def ask() -> asyncio.Task[list[T]]:
        # a list, for StopIteration cannot leave a coroutine
        return asyncio.create_task(
            asyncio.to_thread(lambda: [item for item in (next(source, None),) if item is not None])
        )

    async def items() -> AsyncIterator[T]:
        nonlocal following
        following = ask()
        while item := await following:
            following = ask()
            yield item[0]

    try:
        yield items()
    finally:
        if following is not None and not following.done():
            # the thread cannot be stopped, and reads from a file that is about to be closed
            await asyncio.wait([following])
        if following is not None and not following.cancelled():
            following.exception()
