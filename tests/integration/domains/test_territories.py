"""Which pipeline a deal goes into, by the departments that pipelines are for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from world import World, codes

from keyuan.access import Policy, Principal
from keyuan.kernel.errors import Invalid
from keyuan.kernel.ids import new_id
from keyuan.records.draft import Draft, draft

pytestmark = pytest.mark.anyio

STAGES = [{"name": "报备", "position": 1, "probability": "5"}]


class Company:
    """总部 over 华东 over 上海, and 华南 beside 华东; somebody in each of them, and somebody in none."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.departments: dict[str, str] = {}
        self.people: dict[str, str] = {}

    async def build(self) -> Company:
        for name, above in (("总部", None), ("华东", "总部"), ("上海", "华东"), ("华南", "总部")):
            parent = self.departments.get(above or "")
            self.departments[name] = await self.world.one("department", name=name, parent=parent)
            await self.person(name, self.departments[name])
        await self.person("无", None)
        return self

    async def person(self, name: str, department: str | None, *others: str) -> None:
        self.people[name] = await self.world.one(
            "user", name=name, login=f"u{len(self.people)}", department=department, departments=list(others)
        )

    async def pipeline(self, name: str, *departments: str, **more: Any) -> str:
        ids = [self.departments[d] for d in departments]
        return await self.world.one(
            "pipeline", **({"name": name, "departments": ids, "stages": STAGES} | more)
        )

    async def deal(self, owner: str, **values: Any) -> str:
        return await self.world.one("opportunity", name="商机", owner=self.people[owner], **values)

    async def goes_into(self, owner: str) -> str:
        deal = await self.world.get("opportunity", await self.deal(owner))
        stage = await self.world.get("stage", deal["stage"])
        assert stage["pipeline"] == deal["pipeline"]
        return str((await self.world.get("pipeline", deal["pipeline"]))["name"])


@pytest.fixture
async def company(world: World) -> Company:
    return await Company(world).build()


async def test_a_deal_goes_into_the_pipeline_of_the_nearest_department_of_its_owner(company: Company) -> None:
    await company.pipeline("华东流程", "华东")
    assert [await company.goes_into(who) for who in company.people] == [
        "标准销售流程", "华东流程", "华东流程", "标准销售流程", "标准销售流程",
    ]  # fmt: skip
    await company.pipeline("总部流程", "总部", position=-5)
    await company.pipeline("上海流程", "上海", "华南", position=9)
    assert [await company.goes_into(who) for who in company.people] == [
        "总部流程", "华东流程", "上海流程", "上海流程", "标准销售流程",
    ]  # fmt: skip


async def test_of_several_pipelines_of_a_department_the_first_by_order(company: Company) -> None:
    await company.pipeline("乙", "华东", position=2)
    first = await company.pipeline("甲", "华东", position=1)
    assert await company.goes_into("上海") == "甲"
    await company.world.change("pipeline", first, position=3)
    assert await company.goes_into("上海") == "乙"


async def test_pipelines_out_of_use_deleted_or_without_stages_are_passed_over(company: Company) -> None:
    retired = await company.pipeline("停用", "华东", position=1)
    await company.world.change("pipeline", retired, active=False)
    await company.world.delete("pipeline", await company.pipeline("删除", "华东", position=2))
    await company.pipeline("空", "华东", position=3, stages=[])
    assert await company.goes_into("华东") == "标准销售流程"
    await company.pipeline("总部流程", "总部", position=4)
    assert await company.goes_into("华东") == "总部流程"


async def test_the_main_department_counts_before_the_others(company: Company) -> None:
    await company.pipeline("华南流程", "华南")
    await company.person("兼任", company.departments["上海"], company.departments["华南"])
    assert await company.goes_into("兼任") == "华南流程"
    await company.pipeline("总部流程", "总部")
    assert await company.goes_into("兼任") == "总部流程"


async def test_a_pipeline_of_departments_takes_no_deals_of_other_people(company: Company) -> None:
    world = company.world
    theirs = await company.pipeline("华东流程", "华东")
    for who in ("华东", "上海"):
        made = await world.get("opportunity", await company.deal(who, pipeline=theirs))
        assert made["pipeline"] == theirs
    stage = (await world.all("stage", pipeline=theirs))[0]["id"]
    for who in ("总部", "华南", "无"):
        for values in ({"pipeline": theirs}, {"stage": stage}):
            with pytest.raises(Invalid) as refused:
                await company.deal(who, **values)
            assert codes(refused.value) == {"pipeline": "pipeline_departments"}
        deal = await company.deal(who)
        with pytest.raises(Invalid) as refused:
            await world.change("opportunity", deal, pipeline=theirs)
        assert codes(refused.value) == {"pipeline": "pipeline_departments"}
        await world.change("opportunity", deal, pipeline=theirs, owner=company.people["上海"])
    [made] = await world.make(
        "opportunity", {"name": "旧", "owner": company.people["华南"], "pipeline": theirs}, trusted=True
    )
    assert (await world.get("opportunity", made.id))["pipeline"] == theirs


async def test_the_default_pipeline_and_those_of_no_department_take_everybodys_deals(
    company: Company,
) -> None:
    world = company.world
    free = await company.pipeline("渠道")
    usual = (await world.all("pipeline", default=True))[0]["id"]
    await world.change("pipeline", usual, departments=[company.departments["上海"]])
    for pipeline in (free, usual):
        deal = await world.get("opportunity", await company.deal("华南", pipeline=pipeline))
        assert deal["pipeline"] == pipeline
    assert await company.goes_into("华南") == "标准销售流程"


async def test_a_deal_stays_in_its_pipeline_whoever_owns_it_then(company: Company) -> None:
    world = company.world
    theirs = await company.pipeline(
        "华东流程", "华东", stages=[*STAGES, {"name": "谈判", "probability": "50"}]
    )
    deal = await company.deal("上海")
    await world.change("opportunity", deal, owner=company.people["华南"])
    second = (await world.all("stage", pipeline=theirs, name="谈判"))[0]["id"]
    await world.change("opportunity", deal, stage=second)
    made = await world.get("opportunity", deal)
    assert (made["pipeline"], made["stage"]) == (theirs, second)


async def test_a_draft_tells_what_would_be_taken_and_what_may_be_chosen(company: Company) -> None:
    """Without writing anything: the pipeline and its first stage, and the pipelines that take deals of the owner."""
    world = company.world
    usual = (await world.get("opportunity", await company.deal("无")))["pipeline"]
    theirs = await company.pipeline("华东流程", "华东")
    closed = await company.pipeline("停用流程", "华东", active=False)
    before = len(await world.all("opportunity"))

    async def drafted(**given: str) -> Draft:
        return await world.do(lambda uow: draft(uow, "opportunity", given))

    own = await drafted(owner=company.people["上海"])
    stage = (await world.all("stage", pipeline=theirs))[0]["id"]
    assert (own.values["pipeline"], own.values["stage"]) == (theirs, stage)
    assert set(own.offers["pipeline"][2]) == {usual, theirs}
    other = await drafted(owner=company.people["华南"])
    assert other.values["pipeline"] == usual
    assert other.offers["pipeline"] == ["id", "in", [usual]]
    chosen = await drafted(owner=company.people["上海"], pipeline=usual)
    first = await world.get("stage", chosen.values["stage"])
    assert first["pipeline"] == usual
    assert "pipeline" not in chosen.values
    assert closed not in own.offers["pipeline"][2]
    # what is wrong is not told, and nothing is left
    await drafted(pipeline="nothing", amount="abc", colour="red")
    assert len(await world.all("opportunity")) == before


def somebody(company: Company, who: str, fields: dict[str, Any], pipelines: Any) -> Principal:
    """Somebody who makes deals for anybody and may read these pipelines."""
    names = ("user", "department", "stage", "opportunity")
    permissions: dict[str, Any] = {name: {"read": "all"} for name in names}
    permissions |= {"opportunity": {"read": "all", "create": "all"}, "pipeline": {"read": pipelines}}
    policy = Policy.from_roles([{"permissions": permissions, "fields": fields}])
    return replace(
        company.world.me, user=company.people[who], policy=policy, departments=(),
        department_tree=(), people=(company.people[who],), department=company.departments.get(who),
    )  # fmt: skip


async def test_a_draft_tells_of_no_pipelines_that_the_caller_may_not_read(company: Company) -> None:
    """Neither offers them for the deals of others nor completes anything from them."""
    world = company.world
    usual = (await world.all("pipeline", default=True))[0]["id"]
    theirs = await company.pipeline("华东流程", "华东")
    open_to_all = await company.pipeline("渠道")
    me = somebody(company, "华南", {}, {"filter": ["name", "!=", "华东流程"]})

    async def drafted(by: Principal, **given: str) -> Draft:
        return await world.do(lambda uow: draft(uow, "opportunity", given), principal=by)

    other = await drafted(me, owner=company.people["上海"])
    assert set(other.offers["pipeline"][2]) == {usual, open_to_all}
    assert not {"pipeline", "stage", "probability", "stage_entered_at"} & other.values.keys()
    unread = await drafted(somebody(company, "华南", {}, "none"), owner=company.people["上海"])
    assert unread.offers["pipeline"] == ["id", "in", []]
    # where departments are hidden, what is offered does not tell who is in which
    for fields in ({"pipeline": {"departments": "hidden"}}, {"user": {"department": "masked"}}):
        for whose in ("上海", "总部"):
            of = await drafted(somebody(company, "华南", fields, "all"), owner=company.people[whose])
            assert set(of.offers["pipeline"][2]) == {usual, theirs, open_to_all}


async def test_what_is_refused_says_nothing_of_a_pipeline_that_the_caller_may_not_read(
    company: Company,
) -> None:
    """The rules of deals are silent of stages and pipelines that are not seen, as of those that are not there."""
    world = company.world
    usual = (await world.all("pipeline", default=True))[0]["id"]
    theirs = await company.pipeline("华东流程", "华东")
    stage = (await world.all("stage", pipeline=theirs))[0]["id"]
    me = somebody(company, "华南", {}, {"filter": ["name", "!=", "华东流程"]})
    for pipeline_id, stage_id in ((theirs, stage), (new_id(), new_id())):
        for values, wrong in (
            ({"pipeline": pipeline_id}, {"pipeline"}),
            ({"stage": stage_id, "outcome": "won"}, {"stage"}),
            ({"stage": stage_id, "pipeline": usual}, {"stage"}),
            ({"stage": stage_id, "pipeline": pipeline_id, "outcome": "lost"}, {"stage", "pipeline"}),
        ):
            with pytest.raises(Invalid) as refused:
                await world.make("opportunity", {"name": "商机", **values}, principal=me)
            assert codes(refused.value) == dict.fromkeys(wrong, "reference")
