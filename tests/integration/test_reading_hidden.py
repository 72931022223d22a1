"""Nothing hidden or masked can be used or inferred: not by filter, order, group, measure, search, path, child, formula
or roll-up. Each attempt answers exactly like one on a field that does not exist."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from reading_world import Reader, World, reading, role

from keyuan.access import Access, Principal, field_access
from keyuan.kernel.errors import Problem
from keyuan.kernel.ids import new_id
from keyuan.schema.declare import field, object_
from keyuan.schema.registry import Registry
from keyuan.services.identity.objects import OBJECTS as IDENTITY

pytestmark = pytest.mark.anyio

ANNA = new_id()


@pytest.fixture(scope="module")
def world(module_database_url: str) -> World:
    made = World.make(module_database_url)
    made.add("user", {"id": ANNA, "name": "安娜"})
    labels = made.add("label", {"name": "重点"})
    customers = made.add(
        "customer",
        {"name": "华为", "phone": "13800138000", "note": "机密", "level": 3, "revenue": "5000", "owner": ANNA,
         "industry": "steel", "id_number": "X1", "labels": labels, "deal_total": "10"},
        {"name": "阿里", "phone": "13911112222", "note": "公开", "level": 1, "revenue": "50", "owner": ANNA},
    )  # fmt: skip
    made.add("customer", {"name": "子", "group": customers[0], "owner": ANNA})
    made.add("contact", {"name": "王五", "mobile": "13722223333", "customer": customers[0], "age": 40})
    made.add("deal", {"name": "大单", "customer": customers[0], "owner": ANNA, "amount": "100", "outcome": "won",
                      "closed_at": "2026-03-01T00:00:00Z"})  # fmt: skip
    return made


@pytest.fixture
async def reader(world: World) -> AsyncIterator[Reader]:
    async with reading(world) as made:
        yield made


def anna(world: World, fields: dict[str, Any], permissions: dict[str, Any] | None = None) -> Principal:
    return world.person(role(permissions or {"*": "all"}, fields), user=ANNA)


Attempt = Callable[[Reader, Principal, str], Awaitable[object]]

VALUES = {"phone": "x", "note": "x", "level": 1, "revenue": 1, "industry": "steel", "id_number": "X1",
          "owner": ANNA, "labels": ANNA, "big": True, "phone_end": "x", "deal_total": 1, "group_industry": "x"}  # fmt: skip


def _filters(path: str, value: object) -> list[list[Any]]:
    return [
        [path, "=", value], [path, "!=", value], [path, "in", [value]], [path, "is_null", True], [path, "<", value],
        [path, "contains", value], [path, "between", [value, value]], ["not", [path, "=", value]],
        ["or", ["name", "=", "x"], [path, "=", value]], ["name", "=", {"field": path}], [path, "=", {"field": "name"}],
        [path, "within", "today"], [path, "nonsense", value],
    ]  # fmt: skip


async def told(work: Awaitable[object]) -> Any:
    """The problem that an attempt ends in."""
    with pytest.raises(Problem) as refused:
        await work
    return refused.value.as_json("en")


async def same_as_unknown(attempt: Callable[[str], Awaitable[object]], key: str) -> None:
    """The attempt on a field is refused, in the words in which it is on a field that does not exist."""
    unknown = f"zz{key[2:]}"
    expected, actual = await told(attempt(unknown)), await told(attempt(key))
    assert str(actual) == str(expected).replace(unknown, key)
    assert actual["status"] == 400


CASES = [
    *((key, level, key) for key in ("phone", "note", "level", "revenue", "industry", "id_number", "owner", "labels")
      for level in ("hidden", "masked")),
    ("phone", "hidden", "phone_end"), ("phone", "masked", "phone_end"), ("revenue", "masked", "big"),
    ("revenue", "hidden", "big"), ("industry", "masked", "group_industry"), ("group", "hidden", "group_industry"),
]  # fmt: skip


@pytest.mark.parametrize(("restricted", "level", "key"), CASES)
async def test_neither_filtered_nor_sorted_nor_figured(
    world: World, reader: Reader, restricted: str, level: str, key: str
) -> None:
    who = anna(world, {"customer": {restricted: level}})

    async def check(attempt: Callable[[str], Awaitable[object]]) -> None:
        await same_as_unknown(attempt, key)

    for condition in _filters("{}", VALUES[key]):

        def with_path(path: str, condition: list[Any] = condition) -> Any:
            return eval(repr(condition).replace("{}", path))

        await check(lambda k: reader.list(who, "customer", filter=with_path(k)))
        await check(lambda k: reader.count(who, "customer", filter=with_path(k)))
        await check(lambda k: reader.figures(who, "customer", filter=with_path(k)))
        await check(lambda k: reader.list(who, "customer", filter=with_path(f"group.{k}")))
        await check(lambda k: reader.list(who, "deal", filter=with_path(f"customer.{k}")))
        await check(lambda k: reader.list(who, "contact", filter=with_path(f"customer.group.{k}")))
        await check(lambda k: reader.list(who, "customer", filter=["any", "customers", with_path(k)]))
        await check(lambda k: reader.list(who, "label", filter=["any", "customers", with_path(k)]))
        await check(lambda k: reader.list(who, "deal", filter=["any", "customer.customers", with_path(k)]))
    for word in ("{}", "-{}"):
        await check(lambda k, word=word: reader.list(who, "customer", sort=word.format(k)))  # type: ignore[misc]
        await check(lambda k, word=word: reader.list(who, "deal", sort=word.format(f"customer.{k}")))  # type: ignore[misc]
    await check(lambda k: reader.figures(who, "customer", group_by=[k]))
    await check(lambda k: reader.figures(who, "customer", group_by=[[k, "month"]]))
    await check(lambda k: reader.figures(who, "deal", group_by=[f"customer.{k}"]))
    for function in ("count", "count_distinct", "sum", "avg", "min", "max", "nonsense"):
        await check(lambda k, f=function: reader.figures(who, "customer", measures=[[f, k]]))  # type: ignore[misc]
        await check(lambda k, f=function: reader.figures(who, "deal", measures=[[f, f"customer.{k}"]]))  # type: ignore[misc]
    if level == "hidden":
        await check(lambda k: reader.list(who, "customer", fields=k))
        await check(lambda k: reader.list(who, "deal", fields=f"customer.{k}"))
        await check(lambda k: reader.get(who, "customer", new_id(), fields=(k,)))
    # the parts of a value are no way round
    if key == "revenue":
        await same_as_unknown(
            lambda k: reader.list(who, "customer", filter=[f"{k}.currency", "=", "CNY"]), key
        )
        await same_as_unknown(lambda k: reader.list(who, "customer", sort=f"{k}.base"), key)


@pytest.mark.parametrize("level", ["masked", "hidden"])
async def test_what_lies_behind_a_reference(world: World, reader: Reader, level: str) -> None:
    who = anna(world, {"customer": {"owner": level}})
    await same_as_unknown(lambda k: reader.list(who, "customer", filter=[f"{k}.name", "=", "x"]), "owner")
    await same_as_unknown(lambda k: reader.list(who, "customer", fields=f"{k}.name"), "owner")
    condition = ["name", "=", "x"]
    await same_as_unknown(
        lambda k: reader.list(who, "user", filter=["any", f"customers.{k}", condition]), "owner"
    )
    await same_as_unknown(lambda k: reader.figures(who, "customer", group_by=[f"{k}.name"]), "owner")


async def test_what_lies_behind_records_that_may_not_be_read(world: World, reader: Reader) -> None:
    unreadable = anna(world, {}, {"*": "all", "user": "none"})
    for path in ("owner.name", "owner.id", "owner.login", "owner.version", "group.owner.name"):
        unknown = path.rsplit(".", 1)[0] + ".zz"
        for attempt in (
            lambda p: reader.list(unreadable, "customer", filter=[p, "=", ANNA]),
            lambda p: reader.list(unreadable, "customer", sort=p),
            lambda p: reader.list(unreadable, "customer", fields=p),
            lambda p: reader.figures(unreadable, "customer", group_by=[p]),
        ):
            assert str(await told(attempt(path))) == str(await told(attempt(unknown))).replace(unknown, path)
    await told(reader.list(unreadable, "customer", sort="owner"))


async def test_children_that_may_not_be_read(world: World, reader: Reader) -> None:
    who = anna(world, {}, {"customer": "all"})
    for name in ("deals", "deal", "deals.customer", "labels", "users"):
        found = await told(reader.list(who, "customer", filter=["any", name, ["name", "=", "x"]]))
        unknown = await told(reader.list(who, "customer", filter=["any", "zz", ["name", "=", "x"]]))
        assert str(found) == str(unknown).replace("zz", name)


async def test_children_are_only_those_that_may_be_seen(world: World, reader: Reader) -> None:
    own = world.person(role({"customer": "all", "deal": "own"}), user=new_id())
    assert await reader.names(own, "customer", filter=["any", "deals"]) == []
    assert await reader.names(anna(world, {}), "customer", filter=["any", "deals", ["amount", ">", 1]]) == [
        "华为"
    ]
    assert await reader.names(own, "customer", filter=["not", ["any", "deals"]], sort="name") == [
        "阿里",
        "华为",
        "子",
    ]


async def test_search_tells_nothing_of_restricted_fields(world: World, reader: Reader) -> None:
    everything = anna(world, {})
    for q, key in (
        ("机密", "note"),
        ("1380013", "phone"),
        ("13800138000", "phone"),
        ("华为", "name"),
        ("hw", "name"),
    ):
        assert await reader.names(everything, "customer", q=q) == ["华为"], q
        assert [r["name"] for r in await reader.search(everything, q, objects="customer")] == ["华为"], q
        for level in ("hidden", "masked"):
            who = anna(world, {"customer": {key: level}})
            assert await reader.list(who, "customer", q=q) == [], (q, level)
            assert (await reader.count(who, "customer", q=q)).value == 0
            assert await reader.figures(who, "customer", q=q) == [{"count": 0}]
            assert await reader.search(who, q) == [], (q, level)
    # a tag cannot be named by what is typed
    who = anna(world, {"customer": {"note": "hidden"}})
    for q in ("note:机密", "'note:机密'", "机密 | note:机密", "note:*", "note", "机密:*"):
        assert await reader.list(who, "customer", q=q) == []


async def test_search_shows_only_records_that_may_be_seen(world: World, reader: Reader) -> None:
    somebody = world.person(role({"*": "own"}), user=new_id())
    assert await reader.search(somebody, "华为") == []
    found = await reader.search(anna(world, {"customer": {"owner": "hidden"}}), "华为")
    assert found[0]["owner"] is None
    masked = await reader.search(anna(world, {}, {"*": "all", "user": "none"}), "华为")
    assert masked[0]["owner"] == {"id": ANNA, "name": None, "masked": True}


def access(world: World, fields: dict[str, Any], object_key: str, key: str, **permissions: Any) -> Access:
    policy = anna(world, fields, permissions or {"*": {"read": "all", "edit": "all"}}).policy
    return field_access(world.registry, policy, object_key, key)


@pytest.mark.parametrize(
    ("fields", "object_key", "key", "expected"),
    [
        ({}, "customer", "phone", "edit"),
        ({}, "customer", "phone_end", "read"),
        ({}, "customer", "created_at", "read"),
        ({}, "customer", "deal_total", "read"),
        ({}, "customer", "nonsense", "hidden"),
        ({"customer": {"phone": "nonsense"}}, "customer", "phone", "hidden"),
        ({"customer": {"*": "read"}}, "customer", "phone", "read"),
        ({"customer": {"*": "read", "phone": "edit"}}, "customer", "phone", "edit"),
        ({"*": {"phone": "masked"}}, "customer", "phone", "masked"),
        ({"*": {"phone": "masked"}}, "customer", "phone_end", "masked"),
        ({"*": {"phone": "masked"}}, "deal", "customer_phone", "masked"),
        ({"customer": {"phone": "hidden"}}, "deal", "customer_phone", "hidden"),
        ({"deal": {"customer": "masked"}}, "deal", "customer_phone", "hidden"),
        ({"customer": {"phone": "read"}}, "deal", "customer_phone", "read"),
        ({"customer": {"group": "hidden"}}, "customer", "group_industry", "hidden"),
        ({"deal": {"amount": "masked"}}, "customer", "deal_total", "hidden"),
        ({"deal": {"outcome": "masked"}}, "customer", "deal_total", "hidden"),
        ({"deal": {"outcome": "hidden"}}, "customer", "deal_total", "hidden"),
        ({"deal": {"customer": "hidden"}}, "customer", "deal_total", "hidden"),
        ({"deal": {"name": "hidden"}}, "customer", "deal_total", "read"),
        ({"customer": {"deal_total": "masked"}}, "customer", "deal_total", "masked"),
    ],
)
def test_field_access(
    world: World, fields: dict[str, Any], object_key: str, key: str, expected: Access
) -> None:
    assert access(world, fields, object_key, key) == expected


def test_field_access_goes_with_the_object(world: World) -> None:
    assert access(world, {}, "customer", "deal_total", customer="all") == "hidden"
    assert access(world, {}, "deal", "customer_phone", deal="all") == "hidden"
    assert access(world, {}, "deal", "customer", deal="all") == "read"
    assert access(world, {}, "customer", "phone", deal="all") == "hidden"
    assert access(world, {}, "customer", "phone", customer="all") == "read"
    assert access(world, {}, "contact", "mobile", customer={"read": "own", "edit": "own"}) == "edit"
    assert access(world, {}, "deal", "lines", deal={"read": "all", "edit": "all"}) == "edit"


def test_several_roles_show_what_one_of_them_shows(world: World) -> None:
    hides = role({"customer": {"read": "all", "edit": "all"}}, {"customer": {"phone": "hidden"}})
    masks = role({"customer": "own"}, {"customer": {"phone": "masked"}})
    elsewhere = role({"deal": "all"})
    for roles, expected in (((hides,), "hidden"), ((hides, masks), "masked"), ((hides, elsewhere), "hidden"),
                            ((hides, role({"*": "own"})), "edit")):  # fmt: skip
        policy = world.person(*roles).policy
        assert field_access(world.registry, policy, "customer", "phone") == expected


def test_policies_of_the_same_rules_are_one(world: World) -> None:
    one = world.person(role({"customer": "all", "deal": "own"}), role({"*": "own"})).policy
    same = world.person(role({"*": "own"}), role({"deal": "own", "customer": "all"})).policy
    other = world.person(role({"customer": "all", "deal": "all"}), role({"*": "own"})).policy
    assert one is same
    assert one is not other


def test_a_formula_of_itself_and_of_what_is_gone_is_hidden(module_database_url: str) -> None:
    thing = object_(
        "thing", "物", "Thing", "Things", area="x",
        fields=[
            field("name", "text", "名", "Name"),
            field("secret", "text", "密", "Secret", encrypted=True),
            field("a", "formula", "a", "a", expression="b"),
            field("b", "formula", "b", "b", expression="a"),
            field("gone", "formula", "c", "c", expression="nothing"),
            field("broken", "formula", "d", "d", expression="(("),
            field("far", "formula", "e", "e", expression="owner.nothing"),
            field("coded", "formula", "f", "f", expression="secret"),
            field("fine", "formula", "g", "g", expression="name"),
        ],
    )  # fmt: skip
    registry = Registry("x", 1, (*IDENTITY, thing))
    policy = World(module_database_url, None).person({"administrator": True}).policy  # type: ignore[arg-type]
    found = {key: field_access(registry, policy, "thing", key) for key in registry.fields("thing")}
    assert {k for k, v in found.items() if v == "hidden"} == {"a", "b", "gone", "broken", "far", "coded"}
    assert found["fine"] == "read"
