"""The rules under the rights of an ordinary salesperson: what the product does of itself needs none, the rest does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world import World, codes

from keyuan.access import Policy, Principal
from keyuan.kernel.errors import Forbidden, Invalid, NotFound
from keyuan.records import pipeline
from keyuan.services.identity.ready_roles import READY_ROLES

pytestmark = pytest.mark.anyio


async def person(world: World, login: str, department: str, role: str = "sales") -> Principal:
    """Someone with a ready role in a department."""
    user = await world.one("user", name=login, login=login, department=department)
    rules = next(dict(r) for r in READY_ROLES if r["key"] == role)
    return replace(
        world.me, user=user, department=department, departments=(department,), department_tree=(department,),
        people=(user,), policy=Policy.from_roles([rules]),
    )  # fmt: skip


async def test_a_salesperson_works_a_deal_from_lead_to_loss(world: World) -> None:
    department = await world.one("department", name="上海组")
    seller = await person(world, "seller", department)
    mine = World(world.runtime, seller)
    stages = await world.stages()

    lead = await mine.one("lead", company="公司", mobile="13800138000")
    await mine.one("activity", content="第一次电话", lead=lead, next_at="2030-01-01T00:00:00Z")
    assert (await world.get("lead", lead))["status"] == "working"
    customer = await mine.one("customer", name="公司")
    first = await mine.one("contact", name="张三", customer=customer, primary=True)
    await mine.one("contact", name="李四", customer=customer, primary=True)
    assert (await world.get("contact", first))["primary"] is False
    deal = await mine.one(
        "opportunity", name="一期", customer=customer, amount="100", lines=[{"name": "软件", "price": "100"}]
    )
    await mine.change("opportunity", deal, stage=stages["方案验证"])
    await mine.act("opportunity", deal, "win")
    assert (await world.get("customer", customer))["status"] == "active"
    await mine.act("opportunity", deal, "reopen")
    operation = await mine.act("opportunity", deal, "lose", reason="price")
    assert (await mine.undo(operation)).changed == []
    assert (await world.get("opportunity", deal))["outcome"] == "open"
    tasks = await world.all("task")
    assert {t["owner"] for t in tasks} == {seller.user}
    stays = await world.all("stage_history", opportunity=deal)
    assert [s["left_at"] for s in stays].count(None) == 1


async def test_what_people_may_not_do_the_product_does_not_do_for_them(world: World) -> None:
    department = await world.one("department", name="上海组")
    seller, other = await person(world, "one", department), await person(world, "two", department)
    mine, theirs = World(world.runtime, seller), World(world.runtime, other)
    customer = await theirs.one("customer", name="别人的")
    deal = await theirs.one("opportunity", name="别人的", customer=customer)

    with pytest.raises(NotFound):
        await mine.change("opportunity", deal, outcome="won")
    with pytest.raises(NotFound):
        await mine.act("opportunity", deal, "win")
    for about in ({"customer": customer}, {"about": {"object": "opportunity", "id": deal}}):
        with pytest.raises((Invalid, Forbidden)):
            await mine.one("activity", content="偷看", **about)
    with pytest.raises(Invalid) as refused:
        await mine.one("contact", name="王五", customer=customer, primary=True)
    assert codes(refused.value) == {"customer": "reference"}
    stages = await world.stages()
    for key, values in (("stage", {"name": "新的"}), ("pipeline", {"name": "新的"})):
        with pytest.raises(Forbidden):
            await mine.make(key, {**values, **({"pipeline": deal} if key == "stage" else {})})
    with pytest.raises(Forbidden):
        await mine.change("stage", stages["新建"], probability="99")
    own = await mine.one("opportunity", name="我的")
    for values in ({"stage_entered_at": "2020-01-01T00:00:00Z"}, {"lines_amount": "5"}, {"stagnant": True}):
        with pytest.raises(Invalid) as refused:
            await mine.change("opportunity", own, **values)
        assert set(codes(refused.value).values()) == {"read_only"}
    stay = (await world.all("stage_history", opportunity=own))[0]
    with pytest.raises(Invalid) as refused:
        await mine.change("stage_history", stay["id"], left_at="2030-01-01T00:00:00Z")
    assert codes(refused.value) == {"left_at": "read_only"}


async def test_private_views_are_ones_own_and_shared_ones_everybodys(world: World) -> None:
    department = await world.one("department", name="上海组")
    mine = World(world.runtime, await person(world, "one", department))
    theirs = World(world.runtime, await person(world, "two", department))
    private, shared = [
        i.id
        for i in await theirs.make(
            "view",
            {"name": "私有", "object": "customer"},
            {"name": "共享", "object": "customer", "visibility": "shared"},
        )
    ]
    with pytest.raises(NotFound):
        await mine.change("view", private, name="改")
    with pytest.raises(Forbidden):
        await mine.change("view", shared, name="改")
    with pytest.raises(Forbidden):
        await mine.do(lambda uow: pipeline.delete(uow, "view", [shared]), principal=mine.me)
    with pytest.raises(Invalid) as refused:
        await mine.one("view", name="角色", object="nothing")
    assert codes(refused.value) == {"object": "unknown_object"}
