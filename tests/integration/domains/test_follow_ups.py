"""Follow-ups and tasks: what they are about, the figures they move, the next step."""

from __future__ import annotations

from datetime import UTC, datetime

import anyio
import pytest
from world import World, codes

from keyuan.access import system_principal
from keyuan.kernel import clock
from keyuan.kernel.errors import Invalid
from keyuan.records import pipeline
from keyuan.records.unit_of_work import UnitOfWork

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


async def test_about_and_references_agree(world: World) -> None:
    customer = await world.one("customer", name="客户")
    contact = await world.one("contact", name="张三", customer=customer)
    deal = await world.one("opportunity", name="甲", customer=customer)
    said = {"method": "phone", "content": "谈了价格\n下周再谈"}

    by_about = await world.get(
        "activity", await world.one("activity", **said, about={"object": "opportunity", "id": deal})
    )
    assert (by_about["opportunity"], by_about["customer"], by_about["contact"]) == (deal, customer, None)
    assert by_about["name"] == "谈了价格"
    by_reference = await world.get(
        "activity", await world.one("activity", **said, opportunity=deal, contact=contact)
    )
    assert by_reference["about"] == {"object": "opportunity", "id": deal}
    with_person = await world.get(
        "activity", await world.one("activity", **said, contact=contact, customer=customer)
    )
    assert with_person["about"] == {"object": "customer", "id": customer}
    person = await world.get("activity", await world.one("activity", **said, contact=contact))
    assert (person["about"], person["customer"]) == ({"object": "contact", "id": contact}, customer)

    other = await world.one("customer", name="另一客户")
    await world.change("activity", with_person["id"], about={"object": "customer", "id": other})
    assert (await world.get("activity", with_person["id"]))["customer"] == other
    await world.change("activity", with_person["id"], customer=customer)
    assert (await world.get("activity", with_person["id"]))["about"]["id"] == customer
    loose = await world.get("activity", await world.one("activity", **said))
    assert loose["about"] is None


async def test_the_summary_follows_the_content_until_somebody_writes_one(world: World) -> None:
    activity = await world.one("activity", content="第一行" * 30)
    assert (await world.get("activity", activity))["name"] == ("第一行" * 30)[:59] + "…"
    await world.change("activity", activity, content="改了")
    assert (await world.get("activity", activity))["name"] == "改了"
    await world.change("activity", activity, name="要点")
    await world.change("activity", activity, content="又改了")
    assert (await world.get("activity", activity))["name"] == "要点"


async def test_last_activity_is_the_latest_whatever_the_order(world: World) -> None:
    customer = await world.one("customer", name="客户")
    deal = await world.one("opportunity", name="甲", customer=customer)
    version = (await world.get("customer", customer))["version"]
    days = [f"2026-03-{d:02}T00:00:00+00:00" for d in (3, 9, 1, 7, 5, 8)]

    async with anyio.create_task_group() as group:
        for day in days:
            group.start_soon(
                lambda d=day: world.one("activity", content="电话", opportunity=deal, happened_at=d)
            )
    for kind, record in (("customer", customer), ("opportunity", deal)):
        assert (await world.get(kind, record))["last_activity_at"] == "2026-03-09T00:00:00+00:00"
    assert (await world.get("customer", customer))["version"] == version
    latest = (await world.all("activity", "happened_at"))[-1]
    await world.delete("activity", latest["id"])
    assert (await world.get("customer", customer))["last_activity_at"] == "2026-03-08T00:00:00+00:00"


async def test_the_next_step_is_a_task_of_the_same_operation(world: World) -> None:
    customer = await world.one("customer", name="客户")
    with clock.frozen(NOON):
        made = await world.make("activity", {
            "content": "谈了价格", "customer": customer, "next_at": "2026-03-09T01:00:00Z", "next_step": "送报价",
        })  # fmt: skip
    activity = made[0].id
    (task,) = await world.all("task")
    assert (task["name"], task["due_at"], task["status"]) == ("送报价", "2026-03-09T01:00:00+00:00", "todo")
    assert (task["customer"], task["activity"], task["owner"]) == (customer, activity, world.me.user)
    assert task["operation"] == (await world.get("activity", activity))["operation"]
    assert (await world.get("customer", customer))["next_activity_at"] == "2026-03-09T01:00:00+00:00"

    await world.change("activity", activity, next_at="2026-03-10T01:00:00Z")
    (task,) = await world.all("task")
    assert task["due_at"] == "2026-03-10T01:00:00+00:00"
    await world.change("activity", activity, next_at=None)
    (task,) = await world.all("task")
    assert task["status"] == "cancelled"
    assert (await world.get("customer", customer))["next_activity_at"] is None
    await world.change("activity", activity, next_at="2026-03-11T01:00:00Z", next_step=None)
    assert sorted((t["status"], t["name"]) for t in await world.all("task")) == [
        ("cancelled", "送报价"), ("todo", "跟进：谈了价格"),
    ]  # fmt: skip


async def test_a_next_step_without_a_time_is_a_task_without_one(world: World) -> None:
    activity = await world.one("activity", content="谈了价格", next_step="等对方回电")
    (task,) = await world.all("task")
    assert (task["name"], task["due_at"], task["status"]) == ("等对方回电", None, "todo")
    assert (task["activity"], task["owner"]) == (activity, world.me.user)

    await world.change("activity", activity, next_step="送报价")
    (task,) = await world.all("task")
    assert (task["name"], task["due_at"]) == ("送报价", None)
    await world.change("activity", activity, next_at="2026-03-10T01:00:00Z")
    (task,) = await world.all("task")
    assert (task["name"], task["due_at"]) == ("送报价", "2026-03-10T01:00:00+00:00")
    await world.change("activity", activity, next_at=None, next_step=None)
    (task,) = await world.all("task")
    assert task["status"] == "cancelled"
    await world.change("activity", activity, next_step="再打一次")
    assert sorted((t["status"], t["name"]) for t in await world.all("task")) == [
        ("cancelled", "送报价"), ("todo", "再打一次"),
    ]  # fmt: skip
    await world.change("activity", activity, next_step=None)
    assert {t["status"] for t in await world.all("task")} == {"cancelled"}


async def test_undoing_a_follow_up_takes_its_task_away(world: World) -> None:
    customer = await world.one("customer", name="客户")
    activity = await world.one("activity", content="电话", customer=customer, next_at="2030-01-01T00:00:00Z")
    operation = (await world.get("activity", activity))["operation"]
    report = await world.undo(operation)
    assert (report.undone, report.changed) == (2, [])
    assert await world.all("task") == [] == await world.all("activity")
    assert (await world.get("customer", customer))["last_activity_at"] is None
    await world.undo(report.operation)
    assert [t["due_at"] for t in await world.all("task")] == ["2030-01-01T00:00:00+00:00"]


async def test_brought_in_follow_ups_keep_author_and_time_and_plan_only_what_lies_ahead(world: World) -> None:
    author = await world.one("user", name="老王", login="wang")

    async def bring(uow: UnitOfWork) -> None:
        common = {"content": "旧事", "owner": author, "created_by": author, "created_at": "2019-05-01T00:00:00Z",
                  "happened_at": "2019-05-01T00:00:00Z"}  # fmt: skip
        rows = [{**common, "next_at": "2019-05-08T00:00:00Z"}, {**common, "next_at": "2090-05-08T00:00:00Z"}]
        await pipeline.create(uow, "activity", rows)

    await world.do(bring, kind="import", principal=system_principal("test"), trusted=True)
    assert {
        (a["owner"], a["created_by"], a["happened_at"], a["created_at"]) for a in await world.all("activity")
    } == {(author, author, "2019-05-01T00:00:00+00:00", "2019-05-01T00:00:00+00:00")}
    assert [(t["due_at"], t["owner"]) for t in await world.all("task")] == [
        ("2090-05-08T00:00:00+00:00", author)
    ]


async def test_the_first_follow_up_takes_a_new_lead_into_work(world: World) -> None:
    lead = await world.one("lead", company="公司")
    await world.one("activity", content="电话", lead=lead)
    worked = await world.get("lead", lead)
    assert worked["status"] == "working"
    assert worked["first_activity_at"] == worked["last_activity_at"] is not None
    failed = await world.one("lead", name="某人", status="failed", failed_reason="不需要")
    await world.one("activity", content="电话", lead=failed)
    assert (await world.get("lead", failed))["status"] == "failed"


async def test_follow_ups_go_and_come_back_with_what_they_are_about(world: World) -> None:
    customer = await world.one("customer", name="客户")
    contact = await world.one("contact", name="张三", customer=customer)
    about_customer = await world.one("activity", content="访问", customer=customer, contact=contact)
    about_contact = await world.one("activity", content="电话", contact=contact)
    operation = await world.delete("contact", contact)
    assert [a["id"] for a in await world.all("activity")] == [about_customer]
    assert (await world.get("activity", about_customer))["contact"] is None
    await world.undo(operation)
    assert (await world.get("activity", about_customer))["contact"] == contact
    back = await world.get("activity", about_contact)
    assert (back["contact"], back["customer"]) == (contact, customer)


async def test_tasks_are_done_at_a_time(world: World) -> None:
    task = await world.one("task", name="打电话", due_at="2026-03-03T00:00:00Z")
    with clock.frozen(NOON):
        await world.act("task", task, "complete")
    assert (await world.get("task", task))["done_at"] == "2026-03-02T04:00:00+00:00"
    await world.change("task", task, status="cancelled")
    assert (await world.get("task", task))["done_at"] is None
    await world.act("task", task, "reopen")
    assert (await world.get("task", task))["status"] == "todo"
    with pytest.raises(Invalid) as refused:
        await world.change("task", task, done_at="2026-03-03T00:00:00Z")
    assert codes(refused.value) == {"done_at": "read_only"}
