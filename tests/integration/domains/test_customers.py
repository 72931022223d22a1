"""Customers, contacts, tags, leads and saved views: the rules that are their own."""

from __future__ import annotations

from dataclasses import replace

import anyio
import pytest
from world import World, codes

from keyuan.access import Policy
from keyuan.kernel.errors import Conflict, Invalid
from keyuan.kernel.ids import new_id
from keyuan.records import pipeline
from keyuan.records.hooks import Change
from keyuan.records.unit_of_work import UnitOfWork

pytestmark = pytest.mark.anyio


async def primaries(world: World, customer: str) -> list[str]:
    """The primary contacts of a customer, by name."""
    return [c["name"] for c in await world.all("contact", "name", customer=customer, primary=True)]


async def test_codes_of_customers_are_given_and_credit_codes_checked(world: World) -> None:
    first, second = await world.make("customer", {"name": "甲"}, {"name": "乙"})
    assert (first.after["code"], second.after["code"]) == ("C000001", "C000002")
    good = await world.one("customer", name="丙", credit_code="91310000775785552l".upper())
    assert (await world.get("customer", good))["credit_code"] == "91310000775785552L"
    await world.change("customer", good, credit_code="９１３１００００７７５７８５５５２ｌ")
    assert (await world.get("customer", good))["credit_code"] == "91310000775785552L"
    for wrong in ("913100007757855521", "9131000077578555", "91310000775785552I"):
        with pytest.raises(Invalid) as refused:
            await world.change("customer", good, credit_code=wrong)
        assert codes(refused.value) == {"credit_code": "credit_code"}
    with pytest.raises(Invalid) as refused:
        await world.one("customer", name="张三", record_type="person", credit_code="91310000775785552L")
    assert codes(refused.value) == {"credit_code": "rule"}


async def test_a_group_of_companies_is_no_circle(world: World) -> None:
    top = await world.one("customer", name="集团")
    middle = await world.one("customer", name="子公司", parent=top)
    with pytest.raises(Invalid) as refused:
        await world.change("customer", top, parent=middle)
    assert codes(refused.value) == {"parent": "cycle"}
    with pytest.raises(Conflict, match="referenced"):
        await world.delete("customer", top)


async def test_one_primary_contact_gives_way_to_the_next(world: World) -> None:
    customer, other = [i.id for i in await world.make("customer", {"name": "甲"}, {"name": "乙"})]
    await world.make(
        "contact",
        {"name": "一", "customer": customer, "primary": True},
        {"name": "二", "customer": customer, "primary": True},
        {"name": "三", "customer": other, "primary": True},
    )
    assert (await primaries(world, customer), await primaries(world, other)) == (["二"], ["三"])
    operation = (await world.make("contact", {"name": "四", "customer": customer, "primary": True}))[0].after[
        "operation"
    ]
    assert await primaries(world, customer) == ["四"]
    report = await world.undo(operation)
    assert (report.undone, report.changed) == (2, [])
    assert await primaries(world, customer) == ["二"]

    (third,) = await world.all("contact", name="三")
    moved = await world.change("contact", third["id"], customer=customer)
    assert (await primaries(world, customer), await primaries(world, other)) == (["三"], [])
    await world.undo(moved)
    assert (await primaries(world, customer), await primaries(world, other)) == (["二"], ["三"])
    with pytest.raises(Invalid) as refused:
        await world.one("contact", name="五", primary=True)
    assert codes(refused.value) == {"primary": "rule"}
    with pytest.raises(Invalid) as refused:
        await world.change("contact", third["id"], left=True)
    assert codes(refused.value) == {"primary": "rule"}


async def test_a_primary_contact_that_comes_back_does_not_take_the_place_back(world: World) -> None:
    customer = await world.one("customer", name="甲")
    first = await world.one("contact", name="一", customer=customer, primary=True)
    await world.delete("contact", first)
    await world.one("contact", name="二", customer=customer, primary=True)

    async def restore(uow: UnitOfWork) -> None:
        await pipeline.restore(uow, "contact", [first])

    await world.do(restore)
    assert await primaries(world, customer) == ["二"]
    assert (await world.get("contact", first))["primary"] is False


async def test_primary_contacts_set_at_the_same_time_leave_one(world: World) -> None:
    customer = await world.one("customer", name="甲")
    people = [
        i.id
        for i in await world.make("contact", *({"name": f"人{n}", "customer": customer} for n in range(8)))
    ]

    async with anyio.create_task_group() as group:
        for person in people:
            group.start_soon(lambda p=person: world.change("contact", p, primary=True))
        group.start_soon(lambda: world.one("contact", name="新人", customer=customer, primary=True))
    assert len(await primaries(world, customer)) == 1


async def test_the_database_refuses_a_second_primary_contact_by_itself(world: World) -> None:
    customer = await world.one("customer", name="甲")
    await world.make(
        "contact", {"name": "一", "customer": customer, "primary": True}, {"name": "二", "customer": customer}
    )

    async def by_force(uow: UnitOfWork) -> None:
        await uow.execute('update org_test.contact set "primary" = true')

    with pytest.raises(Exception, match="uq_contact_customer_primary"):
        await world.do(by_force)


async def test_contacts_count_for_their_customer(world: World) -> None:
    customer = await world.one("customer", name="甲")
    await world.make("contact", *({"name": f"人{n}", "customer": customer} for n in range(3)))
    assert (await world.get("customer", customer))["contacts_count"] == 3
    with pytest.raises(Conflict, match="referenced"):
        await world.delete("customer", customer)


async def test_managed_tags_belong_to_those_who_manage_them(world: World) -> None:
    person = replace(world.me, policy=Policy.from_roles([{"permissions": {"tag": dict.fromkeys(
        ("create", "read", "edit", "delete"), "all")}}]))  # fmt: skip
    managed = await world.one("tag", name="战略", managed=True)
    free = (await world.make("tag", {"name": "随手"}, principal=person))[0].id
    for work in (
        lambda uow: pipeline.create(uow, "tag", [{"name": "新", "managed": True}]),
        lambda uow: pipeline.delete(uow, "tag", [managed]),
    ):
        with pytest.raises(Invalid) as refused:
            await world.do(work, principal=person)
        assert codes(refused.value) == {"managed": "managed_tag"}
    await world.do(lambda uow: pipeline.delete(uow, "tag", [free]), principal=person)


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("new", "working", True), ("new", "converted", True), ("working", "new", False), ("working", "interested", True),
        ("interested", "working", True), ("failed", "working", True), ("failed", "interested", False),
        ("invalid", "working", True), ("converted", "working", False), ("converted", "failed", False),
    ],
)  # fmt: skip
async def test_leads_go_their_way(world: World, old: str, new: str, allowed: bool) -> None:
    lead = await world.one("lead", company="公司", status=old, failed_reason="x")
    if allowed:
        await world.change("lead", lead, status=new)
        assert (await world.get("lead", lead))["status"] == new
    else:
        with pytest.raises(Invalid) as refused:
            await world.change("lead", lead, status=new)
        assert codes(refused.value) == {"status": "status_flow"}


async def test_a_lead_given_up_has_a_reason_until_it_is_worked_on_again(world: World) -> None:
    lead = await world.one("lead", company="公司")
    assert (await world.get("lead", lead))["name"] == "公司"
    with pytest.raises(Invalid) as refused:
        await world.change("lead", lead, status="failed")
    assert codes(refused.value) == {"failed_reason": "required"}
    with pytest.raises(Conflict, match="lead_open"):
        await world.act("lead", lead, "reopen")
    await world.act("lead", lead, "invalidate", reason="空号")
    assert (await world.get("lead", lead))["failed_reason"] == "空号"
    await world.act("lead", lead, "reopen")
    again = await world.get("lead", lead)
    assert (again["status"], again["failed_reason"]) == ("working", None)
    with pytest.raises(Invalid) as refused:
        await world.one("lead", mobile="13800138000")
    assert codes(refused.value) == {"name": "required"}


async def test_views_say_what_they_show_and_a_person_has_one_default(world: World) -> None:
    mine = {"name": "我的", "object": "customer", "default": True}
    await world.make("view", mine, {**mine, "name": "其他对象", "object": "contact"})
    last = await world.one(
        "view", **{**mine, "name": "新的"}, filter=["owner", "=", "@me"], sort=["-updated_at", "name"]
    )
    assert [v["id"] for v in await world.all("view", object="customer", default=True)] == [last]
    for wrong, code in (
        ({"object": "nothing"}, "unknown_object"), ({"filter": ["owner"]}, "expr_filter_form"), ({"sort": "name"}, "paths"),
        ({"columns": ["a b"]}, "paths"), ({"settings": []}, "form"),
    ):  # fmt: skip
        if wrong == {"settings": []}:
            wrong = {"settings": ["x"]}
        with pytest.raises(Invalid) as refused:
            await world.one("view", **{**mine, **wrong})
        assert codes(refused.value) == {next(iter(wrong)): code}


async def test_a_bulk_edit_closes_no_circle_either(world: World) -> None:
    a, b, d, e = [i.id for i in await world.make("customer", *({"name": n} for n in "甲乙丙丁"))]
    await world.change("customer", b, parent=d)
    await world.change("customer", e, parent=a)

    async def edit(uow: UnitOfWork) -> None:
        await pipeline.update(uow, "customer", [Change(a, {"parent": b}), Change(d, {"parent": e})])

    with pytest.raises(Invalid) as refused:
        await world.do(edit)
    assert set(codes(refused.value).values()) == {"cycle"}
    ids = [new_id(), new_id()]
    with pytest.raises(Invalid) as refused:
        await world.make(
            "customer",
            {"id": ids[0], "name": "戊", "parent": ids[1]},
            {"id": ids[1], "name": "己", "parent": ids[0]},
        )
    assert codes(refused.value) == {"items.0.parent": "cycle", "items.1.parent": "cycle"}
