"""Opportunities: pipeline, stage, outcome, closing and the trail of stages, whichever way they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
from world import World, codes

from keyuan.access import system_principal
from keyuan.kernel import clock
from keyuan.kernel.errors import Conflict, Invalid
from keyuan.records import pipeline
from keyuan.records.hooks import Change
from keyuan.records.unit_of_work import UnitOfWork

pytestmark = pytest.mark.anyio

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


async def trail(world: World, opportunity: str) -> list[tuple[Any, ...]]:
    """The stays: (from, stage, seconds, whether it goes on), by name."""
    names = {s["id"]: s["name"] for s in await world.all("stage")}
    stays = await world.all("stage_history", "entered_at", "id", opportunity=opportunity)
    return [(names.get(s["from_stage"]), s["name"], s["seconds"], s["left_at"] is None) for s in stays]


async def test_a_new_opportunity_stands_in_the_first_stage_of_the_default_pipeline(world: World) -> None:
    stages = await world.stages()
    made = await world.get("opportunity", await world.one("opportunity", name="甲"))
    assert (made["stage"], made["outcome"], made["probability"]) == (stages["新建"], "open", "10.00")
    assert made["closed_at"] is None
    assert made["stage_entered_at"] == made["created_at"]
    assert await trail(world, made["id"]) == [(None, "新建", None, True)]


async def test_moving_on_sets_probability_and_writes_the_time_in_stage(world: World) -> None:
    stages = await world.stages()
    with clock.frozen(START):
        deal = await world.one("opportunity", name="甲")
    with clock.frozen(START + timedelta(days=2, seconds=5)):
        await world.change("opportunity", deal, stage=stages["需求明确"])
    with clock.frozen(START + timedelta(days=3)):
        await world.change("opportunity", deal, stage=stages["方案验证"], probability="65")
    made = await world.get("opportunity", deal)
    assert made["probability"] == "65.00"
    assert made["stage_entered_at"] == "2026-03-05T01:00:00+00:00"
    assert await trail(world, deal) == [
        (None, "新建", 2 * 86400 + 5, False),
        ("新建", "需求明确", 86400 - 5, False),
        ("需求明确", "方案验证", None, True),
    ]


async def test_a_change_of_something_else_leaves_stage_and_trail_alone(world: World) -> None:
    deal = await world.one("opportunity", name="甲")
    before = await world.get("opportunity", deal)
    await world.change("opportunity", deal, name="乙", stage=before["stage"], outcome="open")
    after = await world.get("opportunity", deal)
    assert after["stage_entered_at"] == before["stage_entered_at"]
    assert len(await trail(world, deal)) == 1


async def test_a_stage_belongs_to_the_pipeline(world: World) -> None:
    other = await world.one(
        "pipeline", name="渠道", stages=[{"name": "报备", "position": 1, "probability": "20"}]
    )
    stages, theirs = await world.stages(), await world.stages(other)
    deal = await world.one("opportunity", name="甲")
    with pytest.raises(Invalid) as refused:
        await world.change("opportunity", deal, stage=theirs["报备"])
    assert codes(refused.value) == {"stage": "stage_pipeline"}
    with pytest.raises(Invalid) as refused:
        await world.one("opportunity", name="乙", pipeline=other, stage=stages["新建"])
    assert codes(refused.value) == {"stage": "stage_pipeline"}
    await world.change("opportunity", deal, pipeline=other)
    assert (await world.get("opportunity", deal))["stage"] == theirs["报备"]
    named = await world.get("opportunity", await world.one("opportunity", name="丙", stage=theirs["报备"]))
    assert named["pipeline"] == other


async def test_writing_the_stage_of_an_end_closes_and_leaving_it_opens(world: World) -> None:
    stages = await world.stages()
    deal = await world.one("opportunity", name="甲")
    with clock.frozen(START):
        await world.change("opportunity", deal, stage=stages["赢单"])
    won = await world.get("opportunity", deal)
    assert (won["outcome"], won["probability"], won["closed_at"]) == (
        "won",
        "100.00",
        "2026-03-02T01:00:00+00:00",
    )
    await world.change("opportunity", deal, stage=stages["需求明确"])
    again = await world.get("opportunity", deal)
    assert (again["outcome"], again["probability"], again["closed_at"]) == ("open", "30.00", None)


async def test_writing_the_outcome_moves_to_its_stage(world: World) -> None:
    stages = await world.stages()
    deal = await world.one("opportunity", name="甲")
    await world.change("opportunity", deal, outcome="won", closed_at="2026-01-05T08:00:00+08:00")
    won = await world.get("opportunity", deal)
    assert (won["stage"], won["closed_at"]) == (stages["赢单"], "2026-01-05T00:00:00+00:00")
    await world.change("opportunity", deal, outcome="lost", lost_reason="price")
    lost = await world.get("opportunity", deal)
    assert (lost["stage"], lost["probability"], lost["lost_reason"]) == (stages["输单"], "0.00", "price")
    assert lost["closed_at"] != won["closed_at"]
    await world.change("opportunity", deal, outcome="open")
    again = await world.get("opportunity", deal)
    assert (again["stage"], again["closed_at"], again["lost_reason"]) == (stages["新建"], None, None)


async def test_stage_and_outcome_that_contradict_are_refused(world: World) -> None:
    stages = await world.stages()
    deal = await world.one("opportunity", name="甲")
    for values in (
        {"stage": stages["赢单"], "outcome": "lost"},
        {"stage": stages["需求明确"], "outcome": "won"},
    ):
        with pytest.raises(Invalid) as refused:
            await world.change("opportunity", deal, **values)
        assert codes(refused.value).get("outcome") == "stage_outcome"


async def test_an_open_opportunity_has_no_closing_time_and_a_closed_one_has(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await world.one("opportunity", name="甲", closed_at="2026-01-05T08:00:00Z")
    assert codes(refused.value) == {"closed_at": "rule"}
    deal = await world.one("opportunity", name="甲", outcome="won")
    with pytest.raises(Invalid) as refused:
        await world.change("opportunity", deal, closed_at=None)
    assert codes(refused.value) == {"closed_at": "rule"}


async def test_a_pipeline_without_an_end_keeps_the_stage(world: World) -> None:
    other = await world.one(
        "pipeline", name="简单", stages=[{"name": "洽谈", "position": 1, "probability": "20"}]
    )
    theirs = await world.stages(other)
    deal = await world.one("opportunity", name="甲", pipeline=other)
    await world.change("opportunity", deal, outcome="won")
    won = await world.get("opportunity", deal)
    assert (won["stage"], won["outcome"], won["probability"]) == (theirs["洽谈"], "won", "100.00")
    await world.change("opportunity", deal, outcome="open")
    again = await world.get("opportunity", deal)
    assert (again["stage"], again["outcome"], again["probability"]) == (theirs["洽谈"], "open", "20.00")
    await world.act("opportunity", deal, "lose", reason="price")
    await world.change("opportunity", deal, outcome="open", probability="35")
    assert (await world.get("opportunity", deal))["probability"] == "35.00"


async def test_a_pipeline_without_stages_takes_nothing(world: World) -> None:
    empty = await world.one("pipeline", name="空")
    with pytest.raises(Invalid) as refused:
        await world.one("opportunity", name="甲", pipeline=empty)
    assert codes(refused.value) == {"pipeline": "no_stages"}


async def test_entering_a_stage_asks_for_its_fields(world: World) -> None:
    stages = await world.stages()
    await world.change(
        "stage", stages["方案验证"], required_fields=["amount", "expected_close", "lines", "contacts"]
    )
    deal = await world.one("opportunity", name="甲", amount="100")
    with pytest.raises(Invalid) as refused:
        await world.change("opportunity", deal, stage=stages["方案验证"])
    assert codes(refused.value) == dict.fromkeys(("expected_close", "lines", "contacts"), "required")
    person = await world.one("contact", name="张三")
    line = {"name": "软件", "price": "50", "quantity": "2"}
    values = {"expected_close": "2026-09-30", "contacts": [person]}
    with pytest.raises(Invalid):
        await world.change("opportunity", deal, stage=stages["方案验证"], lines=[], **values)
    await world.change("opportunity", deal, lines=[line], **values)
    await world.change("opportunity", deal, stage=stages["方案验证"])
    with pytest.raises(Invalid) as refused:
        await world.one("opportunity", name="乙", stage=stages["方案验证"], amount="1", **values)
    assert codes(refused.value) == {"lines": "required"}
    # leaving fields empty later, or standing in the stage, is nobody's business of the gate
    await world.change("opportunity", deal, expected_close=None)


async def test_what_is_brought_in_passes_the_gates_and_keeps_its_times(world: World) -> None:
    async def bring(uow: UnitOfWork) -> Any:
        rows = [
            {"name": "甲", "outcome": "lost", "closed_at": "2017-03-01", "stage_entered_at": "2016-12-01"},
            {"name": "乙", "outcome": "won", "closed_at": "2017-03-02"},
            {"name": "丙", "created_at": "2016-11-01T00:00:00Z"},
        ]
        return await pipeline.create(uow, "opportunity", rows)

    made = await world.do(bring, kind="import", principal=system_principal("test"), trusted=True)
    lost, won, still = [await world.get("opportunity", i.id) for i in made]
    assert (lost["closed_at"], lost["stage_entered_at"]) == (
        "2017-02-28T16:00:00+00:00",
        "2016-11-30T16:00:00+00:00",
    )
    assert won["stage_entered_at"] == won["closed_at"] == "2017-03-01T16:00:00+00:00"
    assert still["stage_entered_at"] == "2016-11-01T00:00:00+00:00"
    # and a later move ends the stay that was brought in
    stages = await world.stages()
    with clock.frozen(datetime(2016, 11, 2, tzinfo=UTC)):
        await world.change("opportunity", still["id"], stage=stages["需求明确"])
    assert await trail(world, still["id"]) == [(None, "新建", 86400, False), ("新建", "需求明确", None, True)]


async def test_winning_losing_invalidating_and_reopening(world: World) -> None:
    stages = await world.stages()
    rival = await world.one("competitor", name="对手")
    deal = await world.one("opportunity", name="甲")
    await world.change("opportunity", deal, stage=stages["方案验证"])
    with pytest.raises(Invalid) as refused:
        await world.act("opportunity", deal, "lose", competitor=rival)
    assert codes(refused.value) == {"reason": "required"}
    with pytest.raises(Invalid) as refused:
        await world.act("opportunity", deal, "lose", reason="weather")
    assert codes(refused.value) == {"reason": "choice"}
    with pytest.raises(Invalid) as refused:
        await world.act("opportunity", deal, "lose", reason="price", because="x")
    assert codes(refused.value) == {"because": "unknown"}
    await world.act("opportunity", deal, "lose", reason="price", competitor={"id": rival})
    lost = await world.get("opportunity", deal)
    assert (lost["outcome"], lost["lost_reason"], lost["competitor"]) == ("lost", "price", rival)
    with pytest.raises(Conflict, match="opportunity_closed"):
        await world.act("opportunity", deal, "win")
    await world.act("opportunity", deal, "reopen")
    again = await world.get("opportunity", deal)
    assert (again["outcome"], again["stage"], again["lost_reason"]) == ("open", stages["方案验证"], None)
    with pytest.raises(Conflict, match="opportunity_open"):
        await world.act("opportunity", deal, "reopen")
    await world.act("opportunity", deal, "win", amount="888.5", closed_at="2026-02-03T00:00:00Z")
    won = await world.get("opportunity", deal)
    assert (won["outcome"], won["amount"]["amount"], won["closed_at"]) == (
        "won",
        "888.50",
        "2026-02-03T00:00:00+00:00",
    )
    await world.act("opportunity", deal, "reopen", stage=stages["新建"])
    await world.act("opportunity", deal, "invalidate", reason="duplicate")
    assert (await world.get("opportunity", deal))["invalid_reason"] == "duplicate"


async def test_losing_by_any_way_asks_for_the_reason_the_stage_wants(world: World) -> None:
    stages = await world.stages()
    deal = await world.one("opportunity", name="甲")
    for values in ({"outcome": "lost"}, {"stage": stages["输单"]}):
        with pytest.raises(Invalid) as refused:
            await world.change("opportunity", deal, **values)
        assert codes(refused.value) == {"lost_reason": "required"}


async def test_what_is_used_stays(world: World) -> None:
    main = (await world.all("pipeline", default=True))[0]["id"]
    stages = await world.stages()
    deal = await world.one("opportunity", name="甲")
    for kind, record in (("stage", stages["新建"]), ("pipeline", main)):
        with pytest.raises(Conflict, match="referenced"):
            await world.delete(kind, record)
    with pytest.raises(Invalid) as refused:
        await world.change("stage", stages["新建"], kind="won")
    assert codes(refused.value) == {"kind": "stays"}
    await world.delete("stage", stages["商务采购"])
    with pytest.raises(Invalid) as refused:
        await world.change("opportunity", deal, stage=stages["商务采购"])
    assert codes(refused.value) == {"stage": "reference"}
    await world.change("stage", stages["立项汇报"], active=False)
    with pytest.raises(Invalid) as refused:
        await world.change("opportunity", deal, stage=stages["立项汇报"])
    assert codes(refused.value) == {"stage": "stage_inactive"}


async def test_one_default_pipeline_in_use(world: World) -> None:
    main = (await world.all("pipeline", default=True))[0]["id"]
    other = await world.one(
        "pipeline", name="渠道", default=True, stages=[{"name": "报备", "probability": "5"}]
    )
    assert [p["id"] for p in await world.all("pipeline", default=True)] == [other]
    assert (await world.get("opportunity", await world.one("opportunity", name="甲")))["pipeline"] == other
    with pytest.raises(Invalid) as refused:
        await world.change("pipeline", other, active=False)
    assert codes(refused.value) == {"active": "default_pipeline"}
    await world.change("pipeline", main, default=True)
    assert [p["id"] for p in await world.all("pipeline", default=True)] == [main]


async def test_a_pipeline_out_of_use_takes_no_more_deals_and_those_in_it_go_on(world: World) -> None:
    stages = [{"name": "报备", "probability": "5"}, {"name": "审核", "probability": "20"}]
    other = await world.one("pipeline", name="渠道", stages=stages)
    deal = await world.one("opportunity", name="甲", pipeline=other)
    await world.change("pipeline", other, active=False)
    for refused_way in (
        world.one("opportunity", name="乙", pipeline=other),
        world.change("opportunity", await world.one("opportunity", name="丙"), pipeline=other),
    ):
        with pytest.raises(Invalid) as refused:
            await refused_way
        assert codes(refused.value) == {"pipeline": "pipeline_inactive"}
    second = next(s["id"] for s in await world.all("stage", pipeline=other) if s["name"] == "审核")
    await world.change("opportunity", deal, stage=second)
    assert (await world.get("opportunity", deal))["stage"] == second


async def test_gates_ask_for_what_somebody_can_fill(world: World) -> None:
    stages = await world.stages()
    for keys in (["weighted_amount"], ["code"], ["stage_entered_at"], ["nothing"], "amount"):
        with pytest.raises(Invalid) as refused:
            await world.change("stage", stages["方案验证"], required_fields=keys)
        assert codes(refused.value) == {"required_fields": "field_keys"}
    await world.change("stage", stages["方案验证"], required_fields=["amount", "lines", "lines_amount"])


async def test_an_outcome_that_is_none(world: World) -> None:
    deal = await world.one("opportunity", name="甲")
    with pytest.raises(Invalid) as refused:
        await world.change("opportunity", deal, outcome=None)
    assert codes(refused.value)["outcome"] == "required"


async def test_a_won_deal_makes_the_customer_one_that_bought_and_undo_takes_it_back(world: World) -> None:
    customer = await world.one("customer", name="客户")
    deal = await world.one("opportunity", name="甲", customer=customer, amount="70")
    stages = await world.stages()
    operation = await world.act("opportunity", deal, "win")
    bought = await world.get("customer", customer)
    assert (bought["status"], bought["won_amount"], bought["won_opportunities"]) == ("active", "70.00", 1)
    assert (bought["open_opportunities"], bought["open_amount"]) == (0, "0")
    report = await world.undo(operation)
    assert (report.changed, report.forbidden) == ([], [])
    back = await world.get("opportunity", deal)
    assert (back["outcome"], back["stage"], back["closed_at"]) == ("open", stages["新建"], None)
    assert await trail(world, deal) == [(None, "新建", None, True)]
    customer_back = await world.get("customer", customer)
    assert (customer_back["status"], customer_back["won_amount"]) == ("potential", "0")


async def test_deleting_and_restoring_takes_the_trail_along(world: World) -> None:
    stages = await world.stages()
    deal = await world.one("opportunity", name="甲", lines=[{"name": "软件", "price": "1"}])
    await world.change("opportunity", deal, stage=stages["需求明确"])
    operation = await world.delete("opportunity", deal)
    assert await world.all("stage_history") == []
    await world.undo(operation)
    assert len(await trail(world, deal)) == 2
    assert len(await world.all("opportunity_line", opportunity=deal)) == 1


async def test_moves_at_the_same_time_leave_one_unbroken_trail(world: World) -> None:
    stages = await world.stages()
    deal = await world.one("opportunity", name="甲")
    targets = [stages[n] for n in ("需求明确", "方案验证", "立项汇报", "商务采购")] * 2

    async with anyio.create_task_group() as group:
        for target in targets:
            group.start_soon(lambda t=target: world.change("opportunity", deal, stage=t))
    stays = await world.all("stage_history", "entered_at", "id", opportunity=deal)
    assert [s["left_at"] is None for s in stays].count(True) == 1
    by_id = {s["id"]: s for s in stays}
    assert len(by_id) == len(stays)
    current = next(s for s in stays if s["left_at"] is None)
    assert current["stage"] == (await world.get("opportunity", deal))["stage"]
    followed = sorted((s["from_stage"] or "") for s in stays)
    left = sorted([""] + [s["stage"] for s in stays if s["left_at"] is not None])
    assert followed == left


async def test_tasks_of_a_stage_are_given_to_the_owner(world: World) -> None:
    stages = await world.stages()
    tasks = [{"name": "准备方案", "days": 3, "priority": "high"}, {"name": "约技术交流"}]
    await world.change("stage", stages["方案验证"], tasks=tasks)
    customer = await world.one("customer", name="客户")
    deal = await world.one("opportunity", name="甲", customer=customer)
    with clock.frozen(START):
        operation = await world.change("opportunity", deal, stage=stages["方案验证"])
    made = await world.all("task", "due_at")
    assert [(t["name"], t["due_at"], t["priority"]) for t in made] == [
        ("约技术交流", "2026-03-02T01:00:00+00:00", "normal"),
        ("准备方案", "2026-03-05T01:00:00+00:00", "high"),
    ]
    assert {(t["owner"], t["opportunity"], t["customer"]) for t in made} == {(world.me.user, deal, customer)}
    assert (await world.get("opportunity", deal))["next_activity_at"] == "2026-03-02T01:00:00+00:00"
    await world.undo(operation)
    assert await world.all("task") == []
    for wrong in ([{"days": 1}], [{"name": "x", "days": -1}], [{"name": "x", "who": "me"}], {"name": "x"}):
        with pytest.raises(Invalid) as refused:
            await world.change("stage", stages["方案验证"], tasks=wrong)
        assert codes(refused.value) == {"tasks": "stage_tasks"}
    with pytest.raises(Invalid) as refused:
        await world.change("stage", stages["方案验证"], required_fields=["amount", "nonsense"])
    assert codes(refused.value) == {"required_fields": "field_keys"}


async def test_lines_take_name_and_price_of_their_product(world: World) -> None:
    product = await world.one("product", name="服务器", price="1000", unit="台")
    deal = await world.one(
        "opportunity", name="甲",
        lines=[{"product": product, "quantity": "2"}, {"product": product, "price": "900", "discount": "10"}],
    )  # fmt: skip
    first, second = await world.all("opportunity_line", "position", opportunity=deal)
    assert (first["name"], first["price"]["amount"], first["unit"]) == ("服务器", "1000.00", "台")
    assert (second["name"], second["price"]["amount"]) == ("服务器", "900.00")
    assert (await world.get("opportunity", deal))["lines_amount"] == "2810.00"
    with pytest.raises(Invalid) as refused:
        await world.one("opportunity", name="乙", lines=[{"quantity": "2"}])
    assert codes(refused.value) == {"lines.0.name": "required"}


async def test_a_bulk_move_is_one_operation_and_refuses_whole(world: World) -> None:
    stages = await world.stages()
    deals = [i.id for i in await world.make("opportunity", *({"name": f"商机{n}"} for n in range(20)))]

    async def move(uow: UnitOfWork) -> str:
        await pipeline.update(uow, "opportunity", [Change(d, {"stage": stages["需求明确"]}) for d in deals])
        return uow.operation

    operation = await world.do(move)
    assert {o["probability"] for o in await world.all("opportunity")} == {"30.00"}
    assert (await world.undo(operation)).changed == []
    assert {o["stage"] for o in await world.all("opportunity")} == {stages["新建"]}
    assert len(await world.all("stage_history")) == 20
