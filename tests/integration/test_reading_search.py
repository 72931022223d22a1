"""Search: what is found, in which order, of which objects, by whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from reading_world import ADMINISTRATOR, Reader, World, reading, role

from keyuan.kernel.errors import BadRequest
from keyuan.kernel.ids import new_id
from keyuan.query import searching

pytestmark = pytest.mark.anyio

ANNA, BEN = new_id(), new_id()


@pytest.fixture(scope="module")
def world(module_database_url: str) -> World:
    made = World.make(module_database_url)
    made.add("user", {"id": ANNA, "name": "安娜", "login": "anna"}, {"id": BEN, "name": "本"})
    customers = [
        {"name": "深圳华为技术", "owner": BEN, "updated_at": "2026-05-05T00:00:00Z", "phone": "13812345678"},
        {"name": "华为", "owner": ANNA, "updated_at": "2026-01-02T00:00:00Z"},
        {"name": "华为终端", "owner": BEN, "updated_at": "2026-03-03T00:00:00Z"},
        {"name": "华为云", "owner": ANNA, "updated_at": "2026-04-04T00:00:00Z"},
        {"name": "阿里巴巴", "owner": ANNA, "note": "华为的对手", "updated_at": "2026-06-06T00:00:00Z"},
        {"name": "华为旧", "owner": ANNA, "deleted_at": "2026-01-01T00:00:00Z"},
    ]
    ids = made.add("customer", *customers)
    made.add("contact", {"name": "张三", "mobile": "13987654321", "customer": ids[1]},
             {"name": "章伞", "customer": ids[2]})  # fmt: skip
    made.add("deal", {"name": "华为续费", "owner": ANNA}, {"name": "华为", "owner": BEN})
    # many records of one person with a frequent word, few of another's among them
    likely = [{"name": f"试制车间{n:04}", "owner": BEN} for n in range(300)]
    likely += [{"name": f"新试制车间{n:03}", "owner": ANNA} for n in range(160)]
    made.add("deal", *likely, *({"name": f"试制车间自有{n}", "owner": ANNA} for n in range(5)))
    made.add("deal", *({"name": f"采购{n}", "owner": ANNA if n % 100 == 99 else BEN} for n in range(1200)))
    return made


@pytest.fixture
async def reader(world: World) -> AsyncIterator[Reader]:
    async with reading(world) as made:
        yield made


async def test_the_best_come_first(world: World, reader: Reader) -> None:
    who = world.person(ADMINISTRATOR)
    found = await reader.search(who, "华为", objects="customer")
    # the name itself, names that begin so, names that have it, values that begin so, others; the latest first
    assert [r["name"] for r in found] == ["华为", "华为云", "华为终端", "深圳华为技术", "阿里巴巴"]
    assert set(found[0]) == {"object", "id", "name", "owner", "updated_at"}
    assert found[0]["object"] == "customer"
    assert found[0]["owner"] == {"id": ANNA, "name": "安娜"}
    assert [r["name"] for r in await reader.search(who, "华为", objects="customer", limit=2)] == [
        "华为",
        "华为云",
    ]


async def test_the_order_does_not_tell_what_was_changed_last_to_who_may_not_see_it(
    world: World, reader: Reader
) -> None:
    who = world.person(role({"customer": "all"}, {"customer": {"updated_at": "hidden"}}))
    found = await reader.search(who, "华为", objects="customer")
    assert [r["name"] for r in found] == ["华为", "华为终端", "华为云", "深圳华为技术", "阿里巴巴"]
    assert {r["updated_at"] for r in found} == {None}


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("hw", {"华为", "华为云", "华为终端", "深圳华为技术", "华为续费"}), ("huaweiyun", {"华为云"}),
        ("为终", {"华为终端"}),
        ("13812345678", {"深圳华为技术"}), ("1381234", {"深圳华为技术"}), ("5678", {"深圳华为技术"}), ("zs", {"张三", "章伞"}),
        ("zhangsan", {"张三", "章伞"}), ("张三", {"张三"}), ("138 1234 5678", {"深圳华为技术"}), ("139876", {"张三"}),
        ("对手", {"阿里巴巴"}), ("深圳 技术", {"深圳华为技术"}), ("没有", set()), ("!!!", set()), ("", set()), ("'", set()),
        ("a & b | !c", set()), ("😀", set()), ("%", set()), ("\\", set()),
    ],
)  # fmt: skip
async def test_what_is_found(world: World, reader: Reader, q: str, expected: set[str]) -> None:
    who = world.person(ADMINISTRATOR)
    assert {r["name"] for r in await reader.search(who, q, limit=50)} == expected
    listed: set[str] = set()
    for object_key in ("customer", "contact", "deal"):
        if q.strip():
            listed |= set(await reader.names(who, object_key, q=q, limit=1000))
    assert listed == expected


async def test_several_objects(world: World, reader: Reader) -> None:
    who = world.person(ADMINISTRATOR)
    reader.statements = 0
    found = await reader.search(who, "华为")
    assert {r["object"] for r in found} == {"customer", "deal"}
    assert reader.statements == 1 + 2  # ids by index for all objects, then the records of those that have any
    assert await reader.search(who, "无人知晓") == []
    assert reader.statements == 4
    # exact names of all objects stand before the rest
    assert [(r["object"], r["name"]) for r in found[:2]] == [("customer", "华为"), ("deal", "华为")]
    # what has it in the name, of whatever object, stands before what has it elsewhere, though that was changed last
    assert found[-1]["name"] == "阿里巴巴"
    assert all("华为" in r["name"] for r in found[:-1])
    people = [{"object": r["object"], "name": r["name"]} for r in await reader.search(who, "安娜")]
    assert people == [{"object": "user", "name": "安娜"}]
    assert [r["name"] for r in await reader.search(who, "安娜", objects="user")] == ["安娜"]
    with_departments = world.person(role({"customer": "all", "department": "all"}), user=ANNA)
    assert await reader.search(with_departments, "安娜") == []
    assert await reader.search(who, "") == []


async def test_scope(world: World, reader: Reader) -> None:
    who = world.person(role({"*": "own"}), user=ANNA)
    found = await reader.search(who, "华为")
    assert [(r["object"], r["name"]) for r in found] == [
        ("customer", "华为"), ("customer", "华为云"), ("deal", "华为续费"), ("customer", "阿里巴巴"),
    ]  # fmt: skip
    assert [r["name"] for r in await reader.search(who, "zs")] == ["张三"]
    assert await reader.search(world.person(role({"stage": "all"}), user=ANNA), "华为") == []


async def test_frequent_words_are_looked_for_among_ones_own(world: World, reader: Reader) -> None:
    assert searching.CANDIDATES < 1200
    expected = {f"采购{n}" for n in range(99, 1200, 100)}
    anna = world.person(role({"deal": "own"}), user=ANNA)
    for q in ("采购", "cg", "购", "c"):
        found = await reader.search(anna, q, limit=50)
        assert {r["name"] for r in found} == expected, q
    ben = world.person(role({"deal": "own"}), user=BEN)
    assert len(await reader.search(ben, "采购", limit=50)) == 50
    assert [r["name"] for r in await reader.search(ben, "采购5", limit=1)] == ["采购5"]
    nobody = world.person(role({"deal": "own"}), user=new_id())
    assert await reader.search(nobody, "采购") == []


async def test_of_ones_own_records_too_the_likeliest_come_first(world: World, reader: Reader) -> None:
    anna = world.person(role({"deal": "own"}), user=ANNA)
    for q in ("试制", "sz"):
        found = [r["name"] for r in await reader.search(anna, q, limit=10)]
        assert {*found[:5]} == {f"试制车间自有{n}" for n in range(5)}, q
        assert all(name.startswith("新试制") for name in found[5:])


async def test_quick_search_in_lists(world: World, reader: Reader) -> None:
    who = world.person(ADMINISTRATOR)
    condition: list[Any] = ["owner", "=", ANNA]
    assert await reader.names(who, "customer", q="华为", filter=condition, sort="-updated_at") == [
        "阿里巴巴",
        "华为云",
        "华为",
    ]
    assert (await reader.count(who, "customer", q="华为")).value == 5
    assert await reader.names(who, "customer", q="华为", deleted="only") == ["华为旧"]
    assert await reader.figures(who, "deal", q="采购", group_by=["owner"]) == [
        {"owner": {"id": ANNA, "name": "安娜"}, "count": 12},
        {"owner": {"id": BEN, "name": "本"}, "count": 1188},
    ]


@pytest.mark.parametrize("objects", ["nonsense", "customer,nonsense", "deal_line__history"])
async def test_objects_that_cannot_be_searched(world: World, reader: Reader, objects: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await reader.search(world.person(ADMINISTRATOR), "x", objects=objects)
    assert refused.value.errors[0].field == "objects"
    hidden = world.person(role({"deal": "all"}))
    with pytest.raises(BadRequest) as unreadable:
        await reader.search(hidden, "x", objects="customer")
    unknown = str(refused.value.errors[0].as_json("en")).replace(
        str(refused.value.errors[0].params["object"]), "customer"
    )
    assert str(unreadable.value.errors[0].as_json("en")) == unknown
