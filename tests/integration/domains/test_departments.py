"""Names in the tree of departments: one of each below one department, and one of each at the top."""

from __future__ import annotations

import anyio
import pytest
from world import World, codes

from keyuan.kernel.errors import Invalid

pytestmark = pytest.mark.anyio


async def test_names_are_unique_below_a_department_and_at_the_top(world: World) -> None:
    top = await world.one("department", name="总部")
    await world.one("department", name="销售", parent=top)
    other = await world.one("department", name="分公司")
    await world.one("department", name="销售", parent=other)
    below = await world.one("department", name="总部", parent=top)
    for refused_way in (
        world.one("department", name="总部"),
        world.one("department", name="销售", parent=top),
        world.change("department", other, name="总部"),
        world.change("department", below, parent=None),
    ):
        with pytest.raises(Invalid) as refused:
            await refused_way
        assert codes(refused.value) == {"name": "taken"}
    with pytest.raises(Invalid) as refused:
        await world.make("department", {"name": "新"}, {"name": "总部"}, {"name": "又"})
    assert codes(refused.value) == {"items.1.name": "taken"}


async def test_the_name_of_a_deleted_department_is_free_until_it_comes_back(world: World) -> None:
    first = await world.one("department", name="总部")
    gone = await world.delete("department", first)
    second = await world.one("department", name="总部")
    with pytest.raises(Invalid):
        await world.undo(gone)
    await world.change("department", second, name="新总部")
    assert (await world.undo(gone)).undone == 1


async def test_of_many_who_make_it_at_once_one_does(world: World) -> None:
    made: list[str] = []
    refused: list[dict[str, str]] = []

    async def one() -> None:
        try:
            made.append(await world.one("department", name="总部"))
        except Invalid as e:
            refused.append(codes(e))

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(one)
    assert len(made) == 1
    assert refused == [{"name": "taken"}] * 7
