"""Default values and validation rules that read the records which a record refers to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from reading_world import role

from keyuan.access import Policy, Principal, system_principal
from keyuan.expr.ast import Span
from keyuan.expr.errors import ExprError
from keyuan.expr.parser import parse
from keyuan.expr.typing import check
from keyuan.kernel.errors import Invalid
from keyuan.kernel.ids import new_id
from keyuan.records import pipeline
from keyuan.records.draft import draft
from keyuan.records.hooks import Change, Hooks, Item
from keyuan.records.in_hand import InHand
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.schema.declare import choices, field, object_, rule
from keyuan.services.cipher import FieldCipher

pytestmark = pytest.mark.anyio

FIRM = object_(
    "firm", "公司", "Firm", "Firms",
    area="test",
    fields=[
        field("name", "text", "名称", "Name", required=True),
        field("level", "choice", "级别", "Level", choices=choices(("a", "甲", "A"), ("b", "乙", "B"))),
        field("limit", "money", "额度", "Limit"),
        field("place", "address", "地址", "Place"),
        field("parent", "reference", "上级", "Parent", target="firm"),
    ],
)  # fmt: skip
BILL = object_(
    "bill", "单据", "Bill", "Bills",
    area="test",
    fields=[
        field("name", "text", "名称", "Name", required=True, default={"expr": 'firm.name & "的单据"'}),
        field("firm", "reference", "公司", "Firm", target="firm"),
        field("amount", "decimal", "金额", "Amount", default={"expr": "firm.limit / 2"}),
        field("city", "text", "城市", "City", default={"expr": "firm.place.city"}),
    ],
    rules=[
        rule("firm = null or amount <= firm.limit", "超出额度", "Above the limit", "amount"),
        rule('not (firm.level = "b" and amount > 50)', "乙级不超过 50", "At most 50 for B", "amount"),
    ],
)  # fmt: skip


@pytest.fixture
async def runtime(make_runtime: Callable[..., Awaitable[Runtime]]) -> Runtime:
    return await make_runtime((FIRM, BILL), Hooks())


async def do(runtime: Runtime, work: Callable[[UnitOfWork], Awaitable[Any]]) -> Any:
    return await run(runtime, system_principal("test"), work)


async def made(runtime: Runtime, object_key: str, *rows: dict[str, Any]) -> list[Item]:
    return await do(runtime, lambda uow: pipeline.create(uow, object_key, rows))


async def firms(runtime: Runtime) -> list[str]:
    place = {"province": "330000", "city": "330100"}
    rows = (
        {"name": "大", "level": "a", "limit": "1000", "place": place},
        {"name": "小", "level": "b", "limit": "80"},
    )
    return [item.id for item in await made(runtime, "firm", *rows)]


async def test_defaults_take_values_from_what_the_record_refers_to(runtime: Runtime) -> None:
    large, small = await firms(runtime)
    rows = (
        {"firm": large},
        {"firm": small, "name": "自己的"},
        {"name": "无", "amount": "1"},
        {"firm": large},
    )
    first, second, third, fourth = await made(runtime, "bill", *rows)
    assert (first.after["name"], first.after["amount"], first.after["city"]) == (
        "大的单据",
        "500.00",
        "330100",
    )
    assert (second.after["name"], second.after["amount"], second.after["city"]) == ("自己的", "40.00", None)
    assert (third.after["amount"], third.after["city"]) == ("1.00", None)
    assert fourth.after["name"] == "大的单据"


async def test_rules_look_at_what_the_record_refers_to(runtime: Runtime) -> None:
    large, small = await firms(runtime)
    with pytest.raises(Invalid) as refused:
        await made(runtime, "bill", {"firm": large, "amount": "1001"}, {"firm": small, "amount": "60"})
    assert [(e.field, e.as_json("en")["message"]) for e in refused.value.errors] == [
        ("items.0.amount", "Above the limit"),
        ("items.1.amount", "At most 50 for B"),
    ]
    (bill,) = await made(runtime, "bill", {"firm": large, "amount": "900"})
    with pytest.raises(Invalid):  # the same amount, for another firm
        await do(runtime, lambda uow: pipeline.update(uow, "bill", [Change(bill.id, {"firm": small})]))

    async def both(uow: UnitOfWork) -> None:
        """What the same unit of work has just written counts."""
        await pipeline.update(uow, "firm", [Change(small, {"level": "a", "limit": "2000"})])
        await pipeline.update(uow, "bill", [Change(bill.id, {"firm": small})])

    await do(runtime, both)


async def test_a_rule_says_nothing_of_what_the_caller_may_not_see(runtime: Runtime) -> None:
    """Nor does a default: whether a firm that one cannot see has a limit is not to be found out by referring to it."""
    large, small = await firms(runtime)
    may = {"bill": {"create": "all", "read": "all"}, "firm": {"read": "none"}}
    person = Principal(user=new_id(), organisation="test", policy=Policy.from_roles([role(may)]))
    for firm in (large, small):
        for row in ({"name": "x", "amount": "60"}, {"name": "x", "amount": "5000"}, {}):
            with pytest.raises(Invalid) as refused:
                await run(
                    runtime,
                    person,
                    lambda uow, row=row, firm=firm: pipeline.create(uow, "bill", [{"firm": firm, **row}]),
                )
            told = {(e.field, e.code) for e in refused.value.errors}
            assert told == {("firm", "reference")}


async def test_a_draft_says_nothing_of_what_the_caller_may_not_see(runtime: Runtime) -> None:
    large, _ = await firms(runtime)
    for read, told in (
        ("none", {}),
        ("all", {"name": "大的单据", "amount": "500.00", "city": "330100"}),
    ):
        may = {"bill": {"create": "all", "read": "all"}, "firm": {"read": read}}
        person = Principal(user=new_id(), organisation="test", policy=Policy.from_roles([role(may)]))
        answer = await run(runtime, person, lambda uow: draft(uow, "bill", {"firm": large}))
        assert {
            key: answer.values.get(key) for key in ("name", "amount", "city") if key in answer.values
        } == told
        assert answer.values["owner"] == person.user


async def test_a_draft_says_nothing_of_a_field_that_the_caller_may_not_read(
    make_runtime: Callable[..., Awaitable[Runtime]],
) -> None:
    """Nor what is made from such a default; saving counts them all."""
    note = object_(
        "note", "便条", "Note", "Notes",
        area="test",
        fields=[
            field("name", "text", "名称", "Name", required=True, default="便条"),
            field("firm", "reference", "公司", "Firm", target="firm"),
            field("secret", "integer", "密", "Secret", default=7),
            field("level", "text", "级别", "Level", default={"expr": "firm.level"}),
            field("limit", "decimal", "额度", "Limit", default={"expr": "firm.limit"}),
            field("half", "decimal", "半", "Half", default={"expr": "coalesce(limit, 1) / 2"}),
            field("next", "integer", "下一", "Next", default={"expr": "secret + 1"}),
        ],
    )  # fmt: skip
    runtime = await make_runtime((FIRM, note), Hooks())
    large, _ = await firms(runtime)
    may = {"note": {"create": "all", "read": "all"}, "firm": {"read": "all"}}
    (me,) = await made(runtime, "user", {"name": "人", "login": "somebody"})
    for access in ("hidden", "masked"):
        fields = {"firm": {"limit": access}, "note": {"secret": access}}
        policy = Policy.from_roles([{**role(may), "fields": fields}])
        person = Principal(user=me.id, organisation="test", policy=policy)
        for given, told in (({}, {"level": "a"}), ({"limit": "6"}, {"level": "a", "half": "3.00"})):
            row = {"firm": large, **given}
            answer = await run(runtime, person, lambda uow, row=row: draft(uow, "note", row))
            assert answer.values == {"name": "便条", "owner": person.user, **told}
        (saved,) = await run(runtime, person, lambda uow: pipeline.create(uow, "note", [{"firm": large}]))
        assert (saved.after["limit"], saved.after["half"], saved.after["next"]) == ("1000.00", "500.00", 8)
    everything = await do(runtime, lambda uow: draft(uow, "note", {"firm": large}))
    assert everything.values.items() >= {"limit": "1000.00", "half": "500.00", "next": 8}.items()


async def test_what_is_refused_by_a_default_says_nothing_of_a_record_that_is_not_seen(
    make_runtime: Callable[..., Awaitable[Runtime]],
) -> None:
    """Neither that a value is out of range nor that there is none."""
    bounded = object_(
        "note", "便条", "Note", "Notes",
        area="test",
        fields=[
            field("name", "text", "名称", "Name", required=True),
            field("firm", "reference", "公司", "Firm", target="firm"),
            field("share", "decimal", "份额", "Share", default={"expr": "firm.limit"}, maximum=100),
            field("level", "text", "级别", "Level", required=True, default={"expr": "firm.place.city"}),
        ],
        rules=[rule("share = null or share < 50", "太多", "Too much", "share")],
    )  # fmt: skip
    runtime = await make_runtime((FIRM, bounded), Hooks())
    may = {"note": {"create": "all", "read": "all"}, "firm": {"read": "none"}}
    person = Principal(user=new_id(), organisation="test", policy=Policy.from_roles([role(may)]))
    told = []
    for firm in (*await firms(runtime), new_id()):
        row = {"name": "x", "firm": firm}
        with pytest.raises(Invalid) as refused:
            await run(runtime, person, lambda uow, row=row: pipeline.create(uow, "note", [row]))
        told.append({(e.field, e.code) for e in refused.value.errors})
    assert ("firm", "reference") in told[0]
    assert told[0] == told[1] == told[2]


async def test_one_step_is_taken_and_no_more(runtime: Runtime) -> None:
    registry = await do(runtime, lambda uow: _registry(uow))
    scope = InHand(registry, "bill")
    check(parse("firm.limit.currency"), scope, None)
    for text, place in (("firm.parent.name", "name"), ("firm.nothing", "nothing"), ("amount.name", "name")):
        with pytest.raises(ExprError) as refused:
            check(parse(text), scope, None)
        assert isinstance(refused.value.at, Span)
        assert text[refused.value.at.start : refused.value.at.end].endswith(place), text


async def _registry(uow: UnitOfWork) -> Any:
    return uow.registry


async def test_defaults_and_rules_over_encrypted_fields_that_are_there_take_nothing_from_them(
    make_runtime: Callable[..., Awaitable[Runtime]],
) -> None:
    """They cannot be made any more; those of earlier times neither store an encrypted value in clear nor judge it."""
    vault = object_(
        "vault", "保险柜", "Vault", "Vaults",
        area="test",
        fields=[
            field("name", "text", "名称", "Name", required=True),
            field("code", "text", "密码", "Code", encrypted=True),
            field("parent", "reference", "上级", "Parent", target="vault"),
            field("plain", "text", "明文", "Plain", default={"expr": '"+" & code'}),
            field("above", "text", "上级的", "Above", default={"expr": "parent.code"}),
            field("known", "text", "已知", "Known", default={"expr": "parent.name"}),
        ],
        rules=[
            rule('code != "1234"', "太简单", "Too simple", "code"),
            rule("isnull(parent) or not isnull(parent.code)", "无密码", "No code", "parent"),
            rule('name != "bad"', "不好", "Bad", "name"),
        ],
    )  # fmt: skip
    cipher = FieldCipher(b"x" * 32)
    runtime = replace(await make_runtime((vault,), Hooks()), cipher=cipher)
    above, lone = await made(runtime, "vault", {"name": "大", "code": "1234"}, {"name": "空"})
    below, other = await made(
        runtime, "vault", {"name": "小", "code": "9", "parent": above.id}, {"name": "中", "parent": lone.id}
    )
    assert above.after["code"] == "1234"
    assert [i.after["plain"] for i in (above, lone, below, other)] == [None] * 4
    assert [(i.after["above"], i.after["known"]) for i in (below, other)] == [(None, "大"), (None, "空")]
    with pytest.raises(Invalid) as refused:
        await made(runtime, "vault", {"name": "bad", "code": "9"})
    assert [e.code for e in refused.value.errors] == ["rule"]
