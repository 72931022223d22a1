"""Reading ahead gives what the iterator gives, in its order, one item ahead and no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .ahead import reading_ahead

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_all_items_in_order() -> None:
    made: list[int] = []

    def source() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            yield number

    got = []
    async with reading_ahead(source()) as items:
        async for item in items:
            got.append(item)
            assert len(made) <= item + 2
    assert got == made == [0, 1, 2, 3, 4]


async def test_nothing() -> None:
    async with reading_ahead(iter(())) as items:
        assert [item async for item in items] == []


async def test_an_error_comes_where_its_item_would_have_come() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise ValueError("row 2")

    got: list[int] = []

    async def read() -> None:
        async with reading_ahead(source()) as items:
            async for item in items:
                got.append(item)  # noqa: PERF401

    with pytest.raises(ValueError, match="row 2"):
        await read()
    assert got == [1]


async def test_who_stops_early_waits_for_the_thread() -> None:
    ended: list[str] = []

    def source() -> Iterator[int]:
        yield 1
        ended.append("second")
        yield 2
        ended.append("third")
        yield 3

    async def stop_at_the_first() -> None:
        async with reading_ahead(source()) as items:
            async for _ in items:
                raise KeyError

    with pytest.raises(KeyError):
        await stop_at_the_first()
    assert ended == ["second"]
