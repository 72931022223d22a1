"""Long work that lets others have their turn: what waits for the database goes on as soon as its answer is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")


async def in_turns(items: Iterable[T], each: int = 10) -> AsyncIterator[T]:
    """The items, with a turn for others after every few (about a millisecond's work of theirs)."""
    for number, item in enumerate(items, 1):
        yield item
        if number % each == 0:
            await asyncio.sleep(0)
