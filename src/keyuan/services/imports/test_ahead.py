"""Reading ahead gives what the generator gives, in its order, a few items ahead and no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from .ahead import reading_ahead

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_all_items_in_order() -> None:
    made: list[int] = []

    async def source() -> AsyncGenerator[int, None]:
        for number in range(5):
            made.append(number)
            yield number

    got = []
    async with reading_ahead(source(), 1) as items:
        async for item in items:
            got.append(item)
            assert len(made) <= item + 3
    assert got == made == [0, 1, 2, 3, 4]


async def test_the_next_is_made_while_one_is_worked_on() -> None:
    made: list[int] = []

    async def source() -> AsyncGenerator[int, None]:
        for number in range(4):
            await asyncio.sleep(0)
            made.append(number)
            yield number

    async with reading_ahead(source(), 1) as items:
        async for item in items:
            for _ in range(9):  # what waits for the database gives turns
                await asyncio.sleep(0)
            assert made == list(range(min(item + 3, 4)))


async def test_nothing() -> None:
    async def source() -> AsyncGenerator[int, None]:
        return
        yield

    async with reading_ahead(source(), 1) as items:
        assert [item async for item in items] == []


async def test_an_error_comes_where_its_item_would_have_come() -> None:
    async def source() -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError("row 2")

    got: list[int] = []

    async def read(items: AsyncIterator[int]) -> None:
        async for item in items:
            got.append(item)  # noqa: PERF401

    with pytest.raises(ValueError, match="row 2"):
        async with reading_ahead(source(), 1) as items:
            await read(items)
    assert got == [1]


async def test_who_stops_early_ends_the_reading() -> None:
    ended: list[str] = []

    async def source() -> AsyncGenerator[int, None]:
        try:
            for number in range(100):
                await asyncio.sleep(0)
                yield number
        finally:
            ended.append("closed")

    async def stop_at_the_first(items: AsyncIterator[int]) -> None:
        async for _ in items:
            raise KeyError

    with pytest.raises(KeyError):
        async with reading_ahead(source(), 1) as items:
            await stop_at_the_first(items)
    assert ended == ["closed"]
