"""Lists and single records: what they show, of whom, in how many statements."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from reading_world import ADMINISTRATOR, EVERYTHING, Reader, World, reading, refused_at, role

from keyuan.access import Principal
from keyuan.kernel.errors import Forbidden, NotFound, Problem
from keyuan.kernel.ids import new_id
from keyuan.query.requests import ListQuery
from keyuan.records import read

pytestmark = pytest.mark.anyio

ANNA, BEN = new_id(), new_id()


@dataclass
class Filled:
    """The world and ids of what is in it."""

    world: World
    customers: list[str]
    deals: list[str]
    stages: list[str]
    labels: list[str]
    file: str


@pytest.fixture(scope="module")
def filled(module_database_url: str) -> Filled:
    world = World.make(module_database_url)
    world.add("user", {"id": ANNA, "name": "安娜"}, {"id": BEN, "name": "本"})
    file = new_id()
    world.insert(
        "file", {"id": file, "name": "a.pdf", "media_type": "application/pdf", "size": 12, "sha256": "x"}
    )
    labels = world.add("label", {"name": "重点"}, {"name": "旧", "deleted_at": "2026-01-02T00:00:00Z"})
    stages = world.add("stage", {"name": "初步", "position": 1}, {"name": "报价", "position": 2})
    customers = world.add(
        "customer",
        {
            "name": "华为技术", "industry": "software", "phone": "13800138000", "revenue": "1200.5", "level": 3,
            "growth": "12.5", "note": "好", "id_number": "X1", "founded": "1987-09-15",
            "seen_at": "2026-03-01T08:00:00+08:00", "active": True, "kinds": ["b", "a"],
            "labels": [*labels, new_id()], "files": [file],
            "address": {"province": "440000", "detail": "坂田"}, "extra": {"k": [1, None]}, "owner": ANNA,
            "deal_total": "12.30",
        },
        {"name": "阿里", "owner": BEN, "phone": "021-1234"},
        {"name": "删了", "owner": ANNA, "deleted_at": "2026-02-01T00:00:00Z", "industry": "steel"},
    )  # fmt: skip
    world.add("customer", {"name": "子公司", "owner": ANNA, "group": customers[0]},
              {"name": "外孙", "owner": ANNA, "group": customers[1]})  # fmt: skip
    deals = world.add(
        "deal",
        {"name": "大单", "customer": customers[0], "stage": stages[0], "amount": {"amount": "10", "currency": "CNY"},
         "owner": ANNA},
        {"name": "别人的客户", "customer": customers[1], "owner": ANNA},
        {"name": "客户删了", "customer": customers[2], "owner": ANNA},
        {"name": "没有客户", "owner": BEN},
    )  # fmt: skip
    world.add(
        "deal_line",
        {"name": "二", "deal": deals[0], "position": 2, "price": "1.5", "secret": "甲"},
        {"name": "一", "deal": deals[0], "position": 1},
        {"name": "没了", "deal": deals[0], "position": 0, "deleted_at": "2026-02-01T00:00:00Z"},
    )
    world.add(
        "contact", {"name": "王五", "customer": customers[0]}, {"name": "赵六", "customer": customers[1]}
    )
    world.add("remark", {"name": "一", "about": {"object": "customer", "id": customers[0]}},
              {"name": "二", "about": {"object": "customer", "id": customers[1]}},
              {"name": "三", "about": {"object": "deal", "id": deals[0]}},
              {"name": "四", "about": {"object": "customer", "id": customers[2]}})  # fmt: skip
    return Filled(world, customers, deals, stages, labels, file)


@pytest.fixture
async def reader(filled: Filled) -> AsyncIterator[Reader]:
    async with reading(filled.world) as made:
        yield made


def anna(world: World, permissions: dict[str, Any], fields: dict[str, Any] | None = None) -> Principal:
    return world.person(role(permissions, fields), user=ANNA)


async def test_every_type_shows_its_canonical_value(filled: Filled, reader: Reader) -> None:
    who = filled.world.person(ADMINISTRATOR)
    found = await reader.list(who, "customer", fields="*", filter=["name", "=", "华为技术"])
    assert found == [await reader.get(who, "customer", filled.customers[0])]
    record = found[0]
    missing = record["labels"].pop()
    assert missing["name"] is None
    assert missing["masked"] is True
    expected = {
        "id": filled.customers[0], "version": 1, "name": "华为技术", "industry": "software", "phone": "13800138000",
        "revenue": {"amount": "1200.50", "currency": "CNY", "base": "1200.50", "rate_date": "2026-06-15"},
        "level": 3, "growth": "12.50", "note": "好", "id_number": "X1", "founded": "1987-09-15",
        "seen_at": "2026-03-01T00:00:00+00:00", "active": True, "kinds": ["a", "b"],
        "labels": [{"id": filled.labels[0], "name": "重点"}, {"id": filled.labels[1], "name": "旧", "deleted": True}],
        "files": [{"id": filled.file, "name": "a.pdf", "size": 12, "media_type": "application/pdf"}],
        "address": {"province": "440000", "city": None, "district": None, "detail": "坂田"},
        "extra": {"k": [1, None]}, "group": None, "phone_end": "8000", "big": True, "double": 6,
        "group_industry": None, "deal_total": "12.30", "owner": {"id": ANNA, "name": "安娜"}, "owner_department": None,
        "created_at": "2026-01-01T00:00:00+00:00", "updated_at": "2026-01-01T00:00:00+00:00", "created_by": None,
        "updated_by": None,
    }  # fmt: skip
    assert record == expected
    assert list(record) == ["id", "version", *(f for f in filled.world.registry.fields("customer"))]


async def test_lines_are_nested_in_their_order(filled: Filled, reader: Reader) -> None:
    record = await reader.get(filled.world.person(ADMINISTRATOR), "deal", filled.deals[0])
    assert [(line["name"], line["price"], line["secret"]) for line in record["lines"]] == [
        ("一", None, None),
        ("二", "1.50", "甲"),
    ]
    assert set(record["lines"][0]) == {"id", "version", "name", "position", "quantity", "price", "secret"}
    none = await reader.get(filled.world.person(ADMINISTRATOR), "deal", filled.deals[1])
    assert none["lines"] == []
    hidden = anna(filled.world, {"*": "all"}, {"deal_line": {"price": "hidden", "secret": "masked"}})
    lines = (await reader.get(hidden, "deal", filled.deals[0]))["lines"]
    assert [(line.get("price", "hidden"), line["secret"]) for line in lines] == [
        ("hidden", None),
        ("hidden", "***"),
    ]


async def test_paths_of_answers(filled: Filled, reader: Reader) -> None:
    who = filled.world.person(ADMINISTRATOR)
    fields = (
        "customer.name,customer.owner,customer.owner.name,customer.revenue,customer.revenue.base,"
        "customer.address.province,customer.double,customer.labels,customer.id_number"
    )
    record = (await reader.list(who, "deal", fields=fields, filter=["name", "=", "大单"]))[0]
    assert record["customer.name"] == "华为技术"
    assert record["customer.owner"] == {"id": ANNA, "name": "安娜"}
    assert record["customer.owner.name"] == "安娜"
    assert record["customer.revenue"]["amount"] == "1200.50"
    assert record["customer.revenue.base"] == "1200.50"
    assert record["customer.address.province"] == "440000"
    assert record["customer.double"] == 6
    assert record["customer.labels"][0]["name"] == "重点"
    assert record["customer.id_number"] == "X1"
    assert set(record) == {"id", "version", *fields.split(",")}


async def test_keys_longer_than_postgresql_keeps(filled: Filled, reader: Reader) -> None:
    """Names of columns end at 63 bytes, keys of answers do not."""
    who = filled.world.person(ADMINISTRATOR)
    long = "owner_department.parent.head.department.parent.parent.created_by"
    other = "owner.department.parent.parent.head.manager.employee_number.x"
    assert len(long) > 63
    record = (await reader.list(who, "customer", fields=["name", long], limit=1))[0]
    assert set(record) == {"id", "version", "name", long}
    one = await reader.get(who, "customer", filled.customers[0], fields=(long,))
    assert set(one) == {"id", "version", long}
    key = "group.owner.department.parent.parent.head.employee_number"
    rows = await reader.figures(
        who, "customer", group_by=[key], measures=[["count_distinct", key]], sort=f"-count_distinct_{key}"
    )
    assert set(rows[0]) == {key, f"count_distinct_{key}"}
    with pytest.raises(Problem):
        await reader.list(who, "customer", fields=other)


async def test_references_to_what_may_not_be_seen(filled: Filled, reader: Reader) -> None:
    who = anna(filled.world, {"*": "own"})
    fields = "name,customer,customer.name,customer.industry,customer.owner,customer_phone,stage,owner"
    found = {r["name"]: r for r in await reader.list(who, "deal", fields=fields)}
    assert set(found) == {"大单", "别人的客户", "客户删了"}
    assert found["大单"]["customer"] == {"id": filled.customers[0], "name": "华为技术"}
    assert found["大单"]["customer_phone"] == "13800138000"
    # stages and users cannot be read at all
    assert found["大单"]["stage"] == {"id": filled.stages[0], "name": None, "masked": True}
    assert found["大单"]["owner"] == {"id": ANNA, "name": None, "masked": True}
    unseen = found["别人的客户"]
    assert unseen["customer"] == {"id": filled.customers[1], "name": None, "masked": True}
    assert [
        unseen[k] for k in ("customer.name", "customer.industry", "customer.owner", "customer_phone")
    ] == [None] * 4
    gone = found["客户删了"]
    assert gone["customer"] == {"id": filled.customers[2], "name": "删了", "deleted": True}
    assert [gone[k] for k in ("customer.name", "customer.industry", "customer.owner", "customer_phone")] == [
        None
    ] * 4


async def test_deleted_records_are_nowhere_but_in_names(filled: Filled, reader: Reader) -> None:
    """What lies in the recycle bin counts as empty in conditions, orders and groups, in roles' filters too."""
    admin = filled.world.person(ADMINISTRATOR)
    assert await reader.names(admin, "deal", filter=["customer.industry", "=", "steel"]) == []
    assert await reader.names(admin, "deal", filter=["customer.name", "=", None], sort="name") == [
        "客户删了",
        "没有客户",
    ]
    assert await reader.names(admin, "deal", sort="customer.industry,name", filter=["customer", "!=", None]) == [
        "大单", "别人的客户", "客户删了",
    ]  # fmt: skip
    figures = await reader.figures(admin, "deal", group_by=["customer.industry"])
    assert figures == [{"customer.industry": "software", "count": 1}, {"customer.industry": None, "count": 3}]
    assert await reader.names(admin, "label", filter=["any", "customers", ["name", "=", "删了"]]) == []
    scoped = filled.world.person(role({"deal": {"filter": ["customer.industry", "=", "steel"]}}))
    assert await reader.names(scoped, "deal") == []
    assert await reader.names(admin, "deal", filter=["any", "lines", ["name", "=", "没了"]]) == []
    assert await reader.names(admin, "deal", filter=["any", "lines", ["name", "=", "一"]]) == ["大单"]
    assert await reader.names(admin, "customer", filter=["any", "labels", ["name", "=", "旧"]]) == []


@pytest.mark.parametrize("scope", ["subordinates", "department", "department_tree"])
async def test_names_and_single_records_by_scope(filled: Filled, reader: Reader, scope: str) -> None:
    """In the rows of an answer the predicate has another form than where rows are looked for."""
    world, own, below, other = filled.world, new_id(), new_id(), new_id()
    world.add("department", *({"id": d, "name": d} for d in (own, below, other)))
    world.add("user", {"id": (member := new_id()), "name": "下属"})
    held = {
        "mine": (ANNA, other),
        "own": (BEN, own),
        "below": (BEN, below),
        "team": (member, other),
        "none": (BEN, other),
    }
    seen = {"subordinates": {"mine", "team"}, "department": {"mine", "own"},
            "department_tree": {"mine", "own", "below"}}[scope]  # fmt: skip
    who = world.person(role({"customer": scope, "deal": "all"}), user=ANNA, departments=(own,),
                       department_tree=(own, below), people=(ANNA, member))  # fmt: skip
    ids = dict(zip(held, world.add("customer", *(
        {"name": f"{scope} {n}", "owner": o, "owner_department": d} for n, (o, d) in held.items()
    )), strict=True))  # fmt: skip
    world.add("deal", *({"name": f"{scope} {n}", "customer": i} for n, i in ids.items()))
    deals = await reader.list(
        who, "deal", fields="name,customer", filter=["name", "starts_with", f"{scope} "]
    )
    assert {d["name"].split()[1] for d in deals if d["customer"]["name"] == d["name"]} == seen
    assert {d["name"].split()[1] for d in deals if d["customer"].get("masked")} == set(held) - seen
    for name, record in ids.items():
        if name in seen:
            assert (await reader.get(who, "customer", record))["id"] == record
        else:
            with pytest.raises(NotFound):
                await reader.get(who, "customer", record)
    found = await reader.search(who, scope, objects="customer", limit=50)
    assert {r["id"] for r in found} == {ids[n] for n in seen}
    for record in ids.values():
        world.execute("delete from org_test.customer__search where id = %s", [record])
        world.execute(
            "delete from org_test.deal__search where id in (select id from org_test.deal where customer = %s)",
            [record],
        )
        world.execute("delete from org_test.deal where customer = %s", [record])
        world.execute("delete from org_test.customer where id = %s", [record])


async def test_references_to_any(filled: Filled, reader: Reader) -> None:
    admin = filled.world.person(ADMINISTRATOR)
    found = {r["name"]: r["about"] for r in await reader.list(admin, "remark", fields="name,about")}
    assert found["一"] == {"object": "customer", "id": filled.customers[0], "name": "华为技术"}
    assert found["三"] == {"object": "deal", "id": filled.deals[0], "name": "大单"}
    assert found["四"] == {"object": "customer", "id": filled.customers[2], "name": "删了", "deleted": True}
    # a remark can be seen through its deal, yet names nobody that cannot
    deals = anna(filled.world, {"deal": "all"})
    assert [r["about"]["name"] for r in await reader.list(deals, "remark", fields="about")] == ["大单"]


async def test_names_that_are_hidden_or_masked(filled: Filled, reader: Reader) -> None:
    for level, shown in (("hidden", None), ("masked", "华***")):
        who = anna(filled.world, {"*": "all"}, {"customer": {"name": level}})
        deal = await reader.get(who, "deal", filled.deals[0], fields=("customer",))
        assert deal["customer"] == {"id": filled.customers[0], "name": shown}
        remark = await reader.list(who, "remark", fields="about", filter=["name", "=", "一"])
        assert remark[0]["about"]["name"] == shown


async def test_masked_fields(filled: Filled, reader: Reader) -> None:
    masked = dict.fromkeys(
        ("phone", "revenue", "note", "id_number", "labels", "address", "owner", "level", "files"), "masked"
    )
    who = anna(filled.world, {"*": "all"}, {"customer": masked})
    record = await reader.get(who, "customer", filled.customers[0])
    assert record["phone"] == "138****8000"
    assert record["note"] == "好***"
    assert record["id_number"] == "***"
    for key in ("revenue", "labels", "address", "owner", "level", "files", "phone_end", "big", "double"):
        assert record[key] is None, key
    through = await reader.get(
        who, "deal", filled.deals[0], fields=("customer.phone", "customer_phone", "customer.big")
    )
    assert through["customer.phone"] == "138****8000"
    assert through["customer_phone"] is None
    assert through["customer.big"] is None


async def test_hidden_fields_are_not_there(filled: Filled, reader: Reader) -> None:
    who = anna(filled.world, {"*": "all"}, {"customer": {"phone": "hidden"}})
    record = await reader.get(who, "customer", filled.customers[0])
    assert "phone" not in record
    assert "phone_end" not in record
    assert "phone" not in (await reader.list(who, "customer"))[0]
    assert "customer_phone" not in await reader.get(who, "deal", filled.deals[0])


async def test_the_recycle_bin(filled: Filled, reader: Reader) -> None:
    who = anna(filled.world, {"*": "own"})
    assert await reader.names(who, "customer", deleted="only", sort="-deleted_at") == ["删了"]
    assert "删了" not in await reader.names(who, "customer")
    with pytest.raises(NotFound):
        await reader.get(who, "customer", filled.customers[2])
    assert (await reader.get(who, "customer", filled.customers[2], deleted=True))["name"] == "删了"
    assert (await reader.get(who, "customer", filled.customers[0], deleted=None))["name"] == "华为技术"
    ben = filled.world.person(role({"customer": "own"}), user=BEN)
    assert await reader.names(ben, "customer", deleted="only") == []


async def test_one_record(filled: Filled, reader: Reader) -> None:
    who = anna(filled.world, {"*": "own"})
    assert (await reader.get(who, "customer", filled.customers[0], fields=("name",))) == {
        "id": filled.customers[0], "version": 1, "name": "华为技术",
    }  # fmt: skip
    for record in (filled.customers[1], new_id(), "x", "", filled.customers[0].upper()):
        with pytest.raises(NotFound):
            await reader.get(who, "customer", record)
    for nothing in ("nonsense", "user", "grants", "customer__history"):
        with pytest.raises(NotFound):
            await reader.get(who, nothing, filled.customers[0])
        with pytest.raises(NotFound):
            await reader.list(who, nothing)


async def test_one_statement_whatever_is_shown(filled: Filled, reader: Reader) -> None:
    who = anna(filled.world, {"*": "all"})
    fields = "*,group.owner.name,group.labels,owner.manager.department.name"
    sort = "-group,owner.name,double"
    condition = ["or", ["group.industry", "=", "software"], ["any", "contacts", ["name", "contains", "王"]]]
    reader.statements = 0
    found = await reader.list(who, "customer", fields=fields, sort=sort, filter=condition, q="hwjs")
    assert [r["name"] for r in found] == ["华为技术"]
    assert reader.statements == 1
    await reader.get(who, "deal", filled.deals[0])
    assert reader.statements == 2
    await reader.count(who, "customer", filter=condition)
    assert reader.statements == 4, "exact counts say beforehand that they may be shared"


async def test_lists_of_what_may_be_exported(filled: Filled, reader: Reader) -> None:
    async def exported(who: Principal) -> set[str]:
        query = ListQuery.read({"fields": "name"})
        answer = await read.list_records(
            reader,
            filled.world.organisation,
            who,
            "customer",
            query,
            action="export",
            cipher=filled.world.cipher,
        )  # type: ignore[arg-type]
        return {r["name"] for r in msgspec.json.decode(answer.body)}

    assert await exported(anna(filled.world, {"customer": {"read": "all", "export": "own"}})) == {
        "华为技术",
        "子公司",
        "外孙",
    }
    assert "阿里" in await exported(anna(filled.world, {"customer": {"read": "all", "export": "all"}}))
    assert "阿里" not in await exported(anna(filled.world, {"customer": {"read": "own", "export": "all"}}))
    with pytest.raises(Forbidden):
        await exported(anna(filled.world, {"customer": {"read": "all"}}))
    with pytest.raises(NotFound):
        await exported(anna(filled.world, {"deal": "all"}))


async def test_counts(filled: Filled, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    who = anna(filled.world, {"*": "own"})
    assert (await reader.count(who, "customer")).value == 3
    assert (await reader.count(who, "customer", deleted="only")).value == 1
    assert (await reader.count(who, "customer", filter=["group.name", "=", "华为技术"])).value == 1
    assert (await reader.count(who, "customer", filter=["group.name", "=", "阿里"])).value == 0
    assert await reader.count(who, "customer", count="none") is None
    monkeypatch.setattr("keyuan.query.counting.CAP", 2)
    capped = await reader.count(who, "customer", count="capped")
    assert (capped.value, capped.capped) == (2, True)
    monkeypatch.setattr("keyuan.query.counting.CAP", 3)
    capped = await reader.count(who, "customer", count="capped")
    assert (capped.value, capped.capped) == (3, False)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"fields": "nonsense"}, "fields"),
    ({"fields": "name.first"}, "fields"),
    ({"fields": "owner.password"}, "fields"),
    ({"fields": "group.group.group.group.group.group.group.name"}, "fields"),
    ({"fields": "a' or 1=1"}, "fields"),
    ({"fields": ","  * 5 + "\ud800"}, "fields"),
    ({"fields": [1]}, "fields"),
    ({"fields": ",".join(f"f{n}" for n in range(300))}, "fields"),
    ({"sort": "nonsense"}, "sort"),
    ({"sort": "--name"}, "sort"),
    ({"sort": "note"}, "sort"),
    ({"sort": "kinds"}, "sort"),
    ({"sort": "extra"}, "sort"),
    ({"sort": "id_number"}, "sort"),
    ({"sort": "labels"}, "sort"),
    ({"sort": {"name": 1}}, "sort"),
    ({"limit": "0"}, "limit"),
    ({"limit": "1001"}, "limit"),
    ({"limit": "many"}, "limit"),
    ({"limit": True}, "limit"),
    ({"limit": "９"}, "limit"),
    ({"count": "all"}, "count"),
    ({"deleted": "yes"}, "deleted"),
    ({"nonsense": "1"}, "nonsense"),
    ({"q": "a\0b"}, "q"),
    ({"cursor": "nonsense"}, "cursor"),
    ({"cursor": "é"}, "cursor"),
    ({"filter": "{"}, "filter"),
    ({"filter": "{}"}, "filter"),
    ({"filter": 1}, "filter"),
    ({"filter": []}, "filter"),
    ({"filter": ["name"]}, "filter"),
    ({"filter": ["name", "~", "x"]}, "filter/1"),
    ({"filter": ["nonsense", "=", "x"]}, "filter/0"),
    ({"filter": ["and", ["name", "=", "x"], ["level", "contains", 1]]}, "filter/2/1"),
    ({"filter": ["note", "=", "x"]}, "filter/1"),
    ({"filter": ["active", "<", True]}, "filter/1"),
    ({"filter": ["level", "=", "many"]}, "filter/2"),
    ({"filter": ["industry", "=", "mining"]}, "filter/2"),
    ({"filter": ["owner", "=", "me"]}, "filter/2"),
    ({"filter": ["owner", "<", ANNA]}, "filter/1"),
    ({"filter": ["id_number", "contains", "X"]}, "filter/1"),
    ({"filter": ["id_number", "=", {"field": "name"}]}, "filter/1"),
    ({"filter": ["name", "=", {"field": "id_number"}]}, "filter/1"),
    ({"filter": ["extra", "=", "x"]}, "filter/1"),
    ({"filter": ["any", "nonsense", ["name", "=", "x"]]}, "filter"),
    ({"filter": ["any", "contacts", ["nonsense", "=", "x"]]}, "filter/2/0"),
    ({"filter": ["any", "name", ["name", "=", "x"]]}, "filter"),
    ({"filter": ["seen_at", "within", "someday"]}, "filter/2"),
    ({"filter": ["founded", "=", "2026-02-30"]}, "filter/2"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "field"), BAD)
async def test_what_cannot_be_asked(
    filled: Filled, reader: Reader, query: dict[str, Any], field: str
) -> None:
    with refused_at(field):
        await reader.list(filled.world.person(EVERYTHING), "customer", **query)


async def test_all_bad_fields_are_told_at_once(filled: Filled, reader: Reader) -> None:
    with pytest.raises(Problem) as refused:
        await reader.list(filled.world.person(EVERYTHING), "customer", fields="one,name,two")
    assert [e.params["path"] for e in refused.value.errors] == ["one", "two"]
