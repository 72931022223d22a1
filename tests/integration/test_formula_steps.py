"""Formulas that follow several references: their values, and that each step asks for its own rights."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from keyuan.access import Policy, Principal, field_access, system_principal
from keyuan.kernel.errors import Invalid
from keyuan.query.requests import ListQuery
from keyuan.records import pipeline, read
from keyuan.records.hooks import Hooks
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.schema.declare import field, object_
from keyuan.services.definitions import fields

pytestmark = pytest.mark.anyio

SYSTEM = system_principal("test")
NAME = field("name", "text", "名称", "Name", required=True)
REGION = object_(
    "region",
    "大区",
    "Region",
    "Regions",
    area="test",
    fields=[NAME, field("level", "integer", "级", "Level")],
)
COMPANY = object_(
    "company", "公司", "Company", "Companies", area="test",
    fields=[NAME, field("region", "reference", "大区", "Region", target="region")],
)  # fmt: skip
PERSON = object_(
    "person", "人员", "Person", "People", area="test",
    fields=[
        NAME,
        field("company", "reference", "公司", "Company", target="company"),
        field("level", "formula", "级", "Level", expression="company.region.level * 10", result="integer"),
    ],
)  # fmt: skip


@pytest.fixture
async def runtime(make_runtime: Callable[..., Awaitable[Runtime]]) -> Runtime:
    made = await make_runtime((REGION, COMPANY, PERSON), Hooks())

    async def fill(uow: UnitOfWork) -> None:
        regions = await pipeline.create(
            uow, "region", [{"name": "东", "level": 1}, {"name": "西", "level": 2}]
        )
        rows = [{"name": r.after["name"], "region": r.id} for r in regions]
        companies = await pipeline.create(uow, "company", [*rows, {"name": "无"}])
        await pipeline.create(uow, "person", [{"name": c.after["name"], "company": c.id} for c in companies])

    await run(made, SYSTEM, fill)
    return made


async def levels(runtime: Runtime, who: Principal) -> dict[str, Any]:
    async def work(uow: UnitOfWork) -> dict[str, Any]:
        query = ListQuery(fields=("name", "level"))
        answer = await read.list_records(uow.connection, uow.organisation, who, "person", query)
        return {row["name"]: row["level"] for row in msgspec.json.decode(answer.body)}

    return await run(runtime, SYSTEM, work)


def somebody(**more: Any) -> Principal:
    permissions = {"person": {"read": "all"}, "company": {"read": "all"}, "region": {"read": "all"}}
    rules = {"permissions": permissions | more.pop("permissions", {}), **more}
    return Principal(user=None, organisation="test", policy=Policy.from_roles([rules]))


async def test_the_value_and_who_sees_it(runtime: Runtime) -> None:
    assert await levels(runtime, SYSTEM) == {"东": 10, "西": 20, "无": None}
    assert await levels(runtime, somebody()) == {"东": 10, "西": 20, "无": None}
    # a record at the second step that the caller may not see gives nothing
    east = somebody(permissions={"region": {"read": {"filter": ["name", "=", "东"]}}})
    assert await levels(runtime, east) == {"东": 10, "西": None, "无": None}
    async with runtime.pool.connection() as connection:
        registry = (await runtime.organisations.get(connection, "test")).registry
    for less in (
        somebody(permissions={"region": {}}),
        somebody(permissions={"company": {}}),
        somebody(fields={"region": {"level": "hidden"}}),
        somebody(fields={"company": {"region": "hidden"}}),
    ):
        assert field_access(registry, less.policy, "person", "level") == "hidden"
    masked = somebody(fields={"region": {"level": "masked"}})
    assert field_access(registry, masked.policy, "person", "level") == "masked"


async def test_too_many_steps_are_refused_with_their_place(runtime: Runtime) -> None:
    body = {"key": "boss", "type": "reference", "label": "上级", "options": {"target": "person"}}
    await fields.add_field(runtime, SYSTEM, "person", body)
    for steps, fits in ((6, True), (7, False)):
        expression = "1 + " + "x_boss." * steps + "level"
        options = {"expression": expression, "result": "integer"}
        body = {"key": f"far_{steps}", "type": "formula", "label": "远", "options": options}
        if fits:
            await fields.add_field(runtime, SYSTEM, "person", body)
            continue
        with pytest.raises(Invalid) as refused:
            await fields.add_field(runtime, SYSTEM, "person", body)
        told = refused.value.errors[0]
        assert (told.field, told.code) == ("options.expression", "expr_path_too_long")
        assert told.params["position"] == {"start": 4, "end": len(expression)}
