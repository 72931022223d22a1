"""The record pipeline on objects of its own: what is written, refused, kept and undone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest

from keyuan.access import Policy, Principal, system_principal
from keyuan.kernel import clock
from keyuan.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from keyuan.kernel.ids import new_id
from keyuan.records import pipeline, stored, undo, upsert
from keyuan.records.hooks import Change, Hooks, Item
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.schema.declare import choices, field, object_, rule

pytestmark = pytest.mark.anyio

ACCOUNT = object_(
    "account", "账户", "Account", "Accounts",
    area="test",
    fields=[
        field("name", "text", "名称", "Name", required=True, search=True),
        field("code", "text", "编码", "Code", unique=True),
        field("number", "auto_number", "编号", "Number",
              parts=[{"kind": "text", "text": "A"}, {"kind": "counter", "digits": 4}], gapless=True),
        field("loose", "auto_number", "流水", "Loose number", parts=[{"kind": "counter", "digits": 3}]),
        field("level", "choice", "级别", "Level", default="b", choices=choices(("a", "甲", "A"), ("b", "乙", "B"))),
        field("parent", "reference", "上级", "Parent", target="account", acyclic=True, on_delete="clear"),
        field("revenue", "money", "收入", "Revenue"),
        field("staff", "integer", "人数", "Staff", minimum=0),
        field("doubled", "integer", "双倍", "Doubled", default={"expr": "staff * 2"}),
        field("deals", "rollup", "商机数", "Deals", object="deal", via="account"),
        field("won", "rollup", "赢单额", "Won", object="deal", via="account", measure="sum", field="amount",
              filter=["state", "=", "won"]),
        field("latest", "rollup", "最近", "Latest", object="deal", via="account", measure="max", field="closes",
              result="date"),
    ],
    rules=[rule("coalesce(staff, 0) != 13", "人数不能为 13", "Staff may not be 13", "staff")],
)  # fmt: skip

DEAL = object_(
    "deal", "交易", "Deal", "Deals",
    area="test",
    fields=[
        field("name", "text", "名称", "Name", required=True),
        field("account", "reference", "账户", "Account", target="account"),
        field("state", "choice", "状态", "State", default="open",
              choices=choices(("open", "进行", "Open"), ("won", "赢单", "Won"))),
        field("amount", "money", "金额", "Amount"),
        field("closes", "date", "结束", "Closes"),
        field("lines", "lines", "明细", "Lines", object="deal_line", via="deal"),
        field("total", "rollup", "合计", "Total", object="deal_line", via="deal", measure="sum", field="price"),
    ],
)  # fmt: skip

LINE = object_(
    "deal_line", "明细", "Line", "Lines",
    area="test", owned=False, parent="deal",
    fields=[
        field("name", "text", "名称", "Name", required=True),
        field("deal", "reference", "交易", "Deal", target="deal", required=True, on_delete="cascade"),
        field("price", "decimal", "价格", "Price"),
        field("position", "integer", "序号", "Position"),
    ],
)  # fmt: skip

OBJECTS = (ACCOUNT, DEAL, LINE)

Do = Callable[..., Awaitable[Any]]


@pytest.fixture
async def runtime(make_runtime: Callable[..., Awaitable[Runtime]]) -> Runtime:
    """An organisation with the test's objects."""
    return await make_runtime(OBJECTS, Hooks())


@pytest.fixture
def do(runtime: Runtime) -> Do:
    """Run work in a unit of its own, as the system unless told otherwise."""

    async def doing(
        work: Callable[[UnitOfWork], Awaitable[Any]], principal: Principal | None = None, **more: Any
    ) -> Any:
        return await run(runtime, principal or system_principal("test"), work, **more)

    return doing


async def make(do: Do, object_key: str, *rows: Mapping[str, Any]) -> list[Item]:
    return await do(lambda uow: pipeline.create(uow, object_key, rows))


async def now(do: Do, object_key: str, record: str) -> dict[str, Any]:
    found = await do(lambda uow: stored.lock(uow, object_key, [record], ""))
    return found[record]


async def test_create_fills_defaults_numbers_and_stamps(do: Do) -> None:
    first, second = await make(do, "account", {"name": "甲", "staff": 4}, {"name": "乙", "level": "a"})
    assert first.after["level"] == "b"
    assert first.after["doubled"] == 8
    assert second.after["doubled"] is None
    assert (first.after["number"], second.after["number"]) == ("A0001", "A0002")
    assert (first.after["loose"], second.after["loose"]) == ("001", "002")
    stored = await now(do, "account", first.id)
    assert stored["version"] == 1
    assert stored["deals"] == 0
    assert stored["won"] == "0"
    assert stored["name"] == "甲"
    assert {k: stored[k] for k in stored if k in first.after and k not in ("created_at", "updated_at")} == {
        k: first.after.get(k) for k in stored if k in first.after and k not in ("created_at", "updated_at")
    }


async def test_errors_of_all_rows_are_told_and_nothing_is_written(do: Do) -> None:
    with pytest.raises(Invalid) as refused:
        await make(do, "account", {"name": "好"}, {"staff": -1, "nonsense": 1}, {"name": "坏", "staff": 13})
    assert {(e.field, e.code) for e in refused.value.errors} == {
        ("items.1.name", "required"),
        ("items.1.staff", "minimum"),
        ("items.1.nonsense", "unknown"),
        ("items.2.staff", "rule"),
    }
    assert (await do(lambda uow: uow.fetch('select count(*) from "org_test"."account"')))[0][0] == 0


async def test_skip_writes_the_good_rows(do: Do) -> None:
    rows = [{"name": "好"}, {"name": ""}, {"name": "也好"}]
    items = await do(lambda uow: pipeline.create(uow, "account", rows, on_error="skip"))
    assert [bool(i.errors) for i in items] == [False, True, False]
    assert (await do(lambda uow: uow.fetch('select count(*) from "org_test"."account"')))[0][0] == 2


async def test_numbers_that_records_bring_are_not_given_again(do: Do) -> None:
    """As an import does that brings the numbers of another system."""
    rows = [
        {"name": "a", "number": "A0005", "loose": "7"},
        {"name": "b", "number": "A0003", "loose": "KH-99"},
        {"name": "c"},
    ]
    items = await do(lambda uow: pipeline.create(uow, "account", rows), trusted=True)
    assert [(i.after["number"], i.after["loose"]) for i in items] == [
        ("A0005", "7"), ("A0003", "KH-99"), ("A0006", "008"),
    ]  # fmt: skip
    older = [{"name": "d", "number": "A0001", "loose": "002"}]
    await do(lambda uow: pipeline.create(uow, "account", older), trusted=True)
    (following,) = await make(do, "account", {"name": "e"})
    assert (following.after["number"], following.after["loose"]) == ("A0007", "009")


async def test_gapless_numbers_lose_none_when_a_save_fails(do: Do) -> None:
    await make(do, "account", {"name": "一"})

    async def failing(uow: UnitOfWork) -> None:
        await pipeline.create(uow, "account", [{"name": "二"}])
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await do(failing)
    (third,) = await make(do, "account", {"name": "三"})
    assert third.after["number"] == "A0002"
    assert third.after["loose"] == "003"


async def test_unique_is_refused_at_the_field_and_free_after_deletion(do: Do) -> None:
    (first,) = await make(do, "account", {"name": "一", "code": "c1"})
    with pytest.raises(Invalid) as refused:
        await make(do, "account", {"name": "二", "code": "c1"})
    assert [(e.field, e.code) for e in refused.value.errors] == [("code", "taken")]
    with pytest.raises(Invalid) as in_batch:
        await make(do, "account", {"name": "二", "code": "c2"}, {"name": "三", "code": "c1"})
    assert [(e.field, e.code) for e in in_batch.value.errors] == [("items.1.code", "taken")]
    await do(lambda uow: pipeline.delete(uow, "account", [first.id]))
    await make(do, "account", {"name": "二", "code": "c1"})
    with pytest.raises(Invalid):
        await do(lambda uow: pipeline.restore(uow, "account", [first.id]))


async def test_update_keeps_history_only_of_real_changes(do: Do) -> None:
    (one,) = await make(do, "account", {"name": "一", "staff": 1})
    for staff in (1, 2, 2, 3):
        await do(lambda uow, s=staff: pipeline.update(uow, "account", [Change(one.id, {"staff": s})]))
    stored = await now(do, "account", one.id)
    assert (stored["version"], stored["staff"]) == (3, 3)
    rows = await do(
        lambda uow: uow.fetch(
            'select version, staff, changed from "org_test"."account__history" order by version'
        )
    )
    assert rows == [(1, 1, ["staff"]), (2, 2, ["staff"])]


async def test_conflict_shows_both_sides(do: Do) -> None:
    (one,) = await make(do, "account", {"name": "一", "staff": 1})
    await do(lambda uow: pipeline.update(uow, "account", [Change(one.id, {"staff": 2}, 1)]))
    with pytest.raises(Conflict) as refused:
        await do(lambda uow: pipeline.update(uow, "account", [Change(one.id, {"staff": 3}, 1)]))
    assert refused.value.extra["current"]["values"] == {"staff": 2}
    assert refused.value.extra["yours"] == {"version": 1, "values": {"staff": 3}}


async def test_rollups_follow_every_kind_of_write(do: Do) -> None:
    a, b = await make(do, "account", {"name": "a"}, {"name": "b"})
    deals = await make(
        do,
        "deal",
        *(
            {"name": f"d{n}", "account": a.id, "amount": n * 10, "state": "won", "closes": f"2026-01-0{n}"}
            for n in (1, 2, 3)
        ),
    )
    stored = await now(do, "account", a.id)
    assert (stored["deals"], stored["won"], stored["latest"], stored["version"]) == (
        3,
        "60.00",
        "2026-01-03",
        1,
    )
    await do(lambda uow: pipeline.update(uow, "deal", [Change(deals[2].id, {"account": b.id})]))
    assert (await now(do, "account", a.id))["won"] == "30.00"
    assert (await now(do, "account", b.id))["won"] == "30.00"
    await do(lambda uow: pipeline.update(uow, "deal", [Change(deals[1].id, {"state": "open"})]))
    assert (await now(do, "account", a.id))["won"] == "10.00"
    await do(lambda uow: pipeline.delete(uow, "deal", [deals[0].id]))
    stored = await now(do, "account", a.id)
    assert (stored["deals"], stored["won"]) == (1, "0")
    await do(lambda uow: pipeline.restore(uow, "deal", [deals[0].id]))
    assert (await now(do, "account", a.id))["won"] == "10.00"


async def test_rollups_are_right_under_many_clients(do: Do) -> None:
    a, b = await make(do, "account", {"name": "a"}, {"name": "b"})

    async def client(number: int) -> None:
        for n in range(10):
            target = a if (n + number) % 2 else b
            (deal,) = await make(
                do, "deal", {"name": f"{number}-{n}", "account": target.id, "amount": 1, "state": "won"}
            )
            other = b if target is a else a
            await do(
                lambda uow, d=deal, o=other: pipeline.update(uow, "deal", [Change(d.id, {"account": o.id})])
            )

    async with anyio.create_task_group() as group:
        for number in range(5):
            group.start_soon(client, number)
    found = [await now(do, "account", x.id) for x in (a, b)]
    assert [f["deals"] for f in found] == [25, 25]
    assert [f["won"] for f in found] == ["25.00", "25.00"]


async def test_who_sends_lines_for_an_old_version_is_told(do: Do) -> None:
    (deal,) = await make(do, "deal", {"name": "d", "lines": [{"name": "x", "price": 1}]})

    def send(version: int, *lines: dict[str, Any]) -> Any:
        change = Change(deal.id, {"lines": list(lines)}, version)
        return do(lambda uow: pipeline.update(uow, "deal", [change]))

    (line,) = await do(lambda uow: uow.fetch("select id from org_test.deal_line where deleted_at is null"))
    same = {"id": str(line[0]), "name": "x", "price": 1}
    (item,) = await send(1, same)
    assert item.after["version"] == 1, "nothing differs"
    (item,) = await send(1, {**same, "price": 2})
    assert item.after["version"] == 2
    for lines in ((same,), ({"name": "theirs", "price": 3},), ()):
        with pytest.raises(Conflict):
            await send(1, *lines)
    (item,) = await send(2, {**same, "price": 2}, {"name": "y", "price": 1})
    (item,) = await send(3)
    assert item.after["version"] == 4
    rows = await do(lambda uow: uow.fetch("select version, changed from org_test.deal__history order by 1"))
    assert rows == [(1, ["lines"]), (2, ["lines"]), (3, ["lines"])]


async def test_lines_are_made_changed_and_deleted_with_their_parent(do: Do) -> None:
    (deal,) = await make(
        do, "deal", {"name": "d", "lines": [{"name": "x", "price": 1}, {"name": "y", "price": "2.5"}]}
    )
    rows = await do(
        lambda uow: uow.fetch(
            'select id, name, price::text, position from "org_test"."deal_line" where deleted_at is null order by position'
        )
    )
    assert [r[1:] for r in rows] == [("x", "1.00", 0), ("y", "2.50", 1)]
    assert (await now(do, "deal", deal.id))["total"] == "3.50"
    sent = [{"id": rows[1][0], "price": 4}, {"name": "z", "price": 1}]
    await do(lambda uow: pipeline.update(uow, "deal", [Change(deal.id, {"lines": sent})]))
    names = await do(
        lambda uow: uow.fetch(
            'select name, price::text from "org_test"."deal_line" where deleted_at is null order by position'
        )
    )
    assert names == [("y", "4.00"), ("z", "1.00")]
    assert (await now(do, "deal", deal.id))["total"] == "5.00"
    with pytest.raises(Invalid) as refused:
        await do(
            lambda uow: pipeline.update(
                uow, "deal", [Change(deal.id, {"lines": [{"name": "ok"}, {"price": 1}]})]
            )
        )
    assert [(e.field, e.code) for e in refused.value.errors] == [("lines.1.name", "required")]
    await do(lambda uow: pipeline.delete(uow, "deal", [deal.id]))
    alive = 'select count(*) from "org_test"."deal_line" where deleted_at is null'
    assert (await do(lambda uow: uow.fetch(alive)))[0][0] == 0
    await do(lambda uow: pipeline.restore(uow, "deal", [deal.id]))
    assert (await do(lambda uow: uow.fetch(alive)))[0][0] == 2


async def test_a_referenced_record_is_not_deleted(do: Do) -> None:
    (a,) = await make(do, "account", {"name": "a"})
    await make(do, "deal", {"name": "d", "account": a.id})
    with pytest.raises(Conflict) as refused:
        await do(lambda uow: pipeline.delete(uow, "account", [a.id]))
    assert refused.value.code == "referenced"
    assert refused.value.errors[0].params["count"] == 1
    await make(do, "deal", *({"name": "d", "account": a.id} for _ in range(120)))
    with pytest.raises(Conflict) as refused:
        await do(lambda uow: pipeline.delete(uow, "account", [a.id]))
    assert refused.value.errors[0].params["count"] == "100+"  # counting ends there


async def test_references_are_cleared_where_the_definition_says_so(do: Do) -> None:
    top, low = await make(do, "account", {"name": "top"}, {"name": "low"})
    await do(lambda uow: pipeline.update(uow, "account", [Change(low.id, {"parent": top.id})]))
    await do(lambda uow: pipeline.delete(uow, "account", [top.id]))
    assert (await now(do, "account", low.id))["parent"] is None


async def test_references_must_lead_somewhere_and_not_in_circles(do: Do) -> None:
    a, b, c = await make(do, "account", {"name": "a"}, {"name": "b"}, {"name": "c"})
    with pytest.raises(Invalid) as nowhere:
        await make(do, "deal", {"name": "d", "account": new_id()})
    assert [(e.field, e.code) for e in nowhere.value.errors] == [("account", "reference")]
    await do(
        lambda uow: pipeline.update(
            uow, "account", [Change(a.id, {"parent": b.id}), Change(b.id, {"parent": c.id})]
        )
    )
    for target in (a, b, c):
        with pytest.raises(Invalid) as circle:
            await do(lambda uow, t=target: pipeline.update(uow, "account", [Change(c.id, {"parent": t.id})]))
        assert [(e.field, e.code) for e in circle.value.errors] == [("parent", "cycle")]


async def test_two_at_once_cannot_close_a_circle(do: Do) -> None:
    a, b = await make(do, "account", {"name": "a"}, {"name": "b"})
    outcomes: list[str] = []

    async def point(x: Item, y: Item) -> None:
        try:
            await do(lambda uow: pipeline.update(uow, "account", [Change(x.id, {"parent": y.id})]))
            outcomes.append("written")
        except Invalid:
            outcomes.append("refused")

    async with anyio.create_task_group() as group:
        group.start_soon(point, a, b)
        group.start_soon(point, b, a)
    assert sorted(outcomes) == ["refused", "written"]


async def test_upserts_at_once_make_one_record(do: Do) -> None:
    answers: list[str] = []

    async def put(n: int) -> None:
        kind, _ = await do(
            lambda uow: upsert.upsert(uow, "account", "code", "k", {"name": f"n{n}", "staff": n})
        )
        answers.append(kind)

    async with anyio.create_task_group() as group:
        for n in range(6):
            group.start_soon(put, n)
    assert sorted(answers) == ["create"] + ["update"] * 5
    assert (await do(lambda uow: uow.fetch('select count(*), max(version) from "org_test"."account"')))[
        0
    ] == (1, 6)


async def test_undo_of_a_bulk_edit_reports_what_others_changed(do: Do) -> None:
    items = await make(do, "account", *({"name": f"n{n}", "staff": n} for n in range(5)))
    op = new_id()
    await do(
        lambda uow: pipeline.update(uow, "account", [Change(i.id, {"level": "a"}) for i in items]),
        operation=op,
    )
    await do(lambda uow: pipeline.update(uow, "account", [Change(items[2].id, {"staff": 99})]))
    report = await do(lambda uow: undo.undo(uow, op), kind="undo")
    assert report.undone == 4
    assert report.changed == [{"object": "account", "id": items[2].id}]
    assert [(await now(do, "account", i.id))["level"] for i in items] == ["b", "b", "a", "b", "b"]
    with pytest.raises(Conflict):
        await do(lambda uow: undo.undo(uow, op), kind="undo")
    again = await do(lambda uow: undo.undo(uow, report.operation), kind="undo")
    assert again.undone == 4
    assert (await now(do, "account", items[0].id))["level"] == "a"


async def test_undo_of_creation_deletion_and_a_save_with_lines(do: Do) -> None:
    op = new_id()
    (a,) = await do(lambda uow: pipeline.create(uow, "account", [{"name": "a", "code": "x"}]), operation=op)
    deal_op = new_id()
    (deal,) = await do(
        lambda uow: pipeline.create(
            uow, "deal", [{"name": "d", "account": a.id, "lines": [{"name": "l", "price": 3}]}]
        ),
        operation=deal_op,
    )
    held = await do(lambda uow: undo.undo(uow, op), kind="undo")
    assert (held.undone, len(held.changed)) == (0, 1)
    delete_op = new_id()
    await do(lambda uow: pipeline.delete(uow, "deal", [deal.id]), operation=delete_op)
    back = await do(lambda uow: undo.undo(uow, delete_op), kind="undo")
    assert back.undone == 2
    assert (await now(do, "deal", deal.id))["total"] == "3.00"
    # nothing went back, so it is not undone: without what held it up it can be
    await do(lambda uow: pipeline.delete(uow, "deal", [deal.id]))
    assert (await do(lambda uow: undo.undo(uow, op), kind="undo")).undone == 1


async def test_what_was_undone_and_came_back_can_be_undone_again(do: Do) -> None:
    old, *_ = await make(do, "account", {"name": "old", "staff": 1}, {"name": "x"})
    op = new_id()

    async def work(uow: UnitOfWork) -> list[Item]:
        await pipeline.update(uow, "account", [Change(old.id, {"staff": 2})])
        return await pipeline.create(uow, "account", [{"name": "b"}, {"name": "c"}, {"name": "d"}])

    b, *_ = await do(work, operation=op)
    for _ in range(2):
        away = await do(lambda uow: undo.undo(uow, op), kind="undo")
        assert (away.undone, away.changed) == (4, [])
        back = await do(lambda uow, away=away: undo.undo(uow, away.operation), kind="undo")
        assert (back.undone, back.changed) == (4, [])
        assert (await now(do, "account", old.id))["staff"] == 2
    # what somebody changed in between stays
    await do(lambda uow: pipeline.update(uow, "account", [Change(b.id, {"level": "a"})]))
    last = await do(lambda uow: undo.undo(uow, op, purge=True), kind="undo")
    assert (last.undone, last.changed) == (3, [{"object": "account", "id": b.id}])
    assert (await now(do, "account", old.id))["staff"] == 1


async def test_an_undo_of_lines_is_a_new_version_of_their_record(do: Do) -> None:
    """Whoever saw the lines as they were before the undo learns of it, whatever became of the record meanwhile."""
    (deal,) = await make(
        do, "deal", {"name": "d", "lines": [{"name": "x", "price": 1}, {"name": "y", "price": 2}]}
    )
    first, _ = (
        str(r[0])
        for r in await do(lambda uow: uow.fetch("select id from org_test.deal_line order by position"))
    )

    async def save(version: int, **values: Any) -> str:
        operation = new_id()
        await do(
            lambda uow: pipeline.update(uow, "deal", [Change(deal.id, values, version)]), operation=operation
        )
        return operation

    async def undone(operation: str) -> tuple[str, int]:
        """The undo, and the version of the deal after it."""
        again = new_id()
        report = await do(lambda uow: undo.undo(uow, operation), kind="undo", operation=again)
        assert report.forbidden == []
        return again, (await now(do, "deal", deal.id))["version"]

    async def prices() -> list[tuple[str, str]]:
        found = await do(
            lambda uow: uow.fetch(
                "select name, price::text from org_test.deal_line where deleted_at is null order by name"
            )
        )
        return [(a, b) for a, b in found]

    edited = await save(1, lines=[{"id": first, "price": 9}, {"name": "z", "price": 3}])
    back, version = await undone(edited)
    assert (version, await prices()) == (3, [("x", "1.00"), ("y", "2.00")])
    with pytest.raises(Conflict):
        await save(2, lines=[])
    _, version = await undone(back)
    assert (version, await prices()) == (4, [("x", "9.00"), ("z", "3.00")])

    # the record itself was changed since: it stays, its lines go back
    removed = await save(4, lines=[])
    await save(5, name="e")
    _, version = await undone(removed)
    assert (version, len(await prices())) == (7, 2)
    assert (await now(do, "deal", deal.id))["name"] == "e"

    # name and lines in one save: one new version
    both = await save(7, name="f", lines=[])
    _, version = await undone(both)
    assert (version, len(await prices())) == (9, 2)

    # a line written alone is no change of its record, nor is the undo of that
    alone = new_id()
    await do(lambda uow: pipeline.update(uow, "deal_line", [Change(first, {"price": 5})]), operation=alone)
    _, version = await undone(alone)
    assert (version, await prices()) == (9, [("x", "9.00"), ("z", "3.00")])
    history = await do(lambda uow: uow.fetch("select changed from org_test.deal__history order by version"))
    assert [r[0] for r in history][:4] == [["lines"]] * 4


async def test_who_may_not_edit_may_not_undo(do: Do) -> None:
    op = new_id()
    await do(lambda uow: pipeline.create(uow, "account", [{"name": "a"}]), operation=op)
    stranger = Principal(user=new_id(), organisation="test")
    with pytest.raises(Forbidden):
        await do(lambda uow: undo.undo(uow, op), stranger, kind="undo")
    with pytest.raises(NotFound):
        await do(lambda uow: undo.undo(uow, new_id()), kind="undo")


async def test_of_records_in_ones_own_name_nothing_is_asked_about_the_owner(do: Do) -> None:
    (me, other) = await make(do, "user", {"name": "我", "login": "me"}, {"name": "他", "login": "other"})
    who = Principal(
        user=me.id, organisation="test", policy=Policy.from_roles([{"id": new_id(), "administrator": True}])
    )

    async def asked(**values: Any) -> set[str]:
        """The people and departments that making an account in `me`'s name asks for."""

        async def work(uow: UnitOfWork) -> set[str]:
            (item,) = await pipeline.create(uow, "account", [{"name": "a", **values}])
            assert item.after["owner"] == values.get("owner", me.id)
            return set().union(*uow.held.targets.values())

        found: set[str] = await do(work, who)
        return found

    assert await asked() == set()
    assert await asked(owner=other.id) == {other.id}
    with pytest.raises(Invalid) as refused:
        await asked(owner=new_id())
    assert [e.field for e in refused.value.errors] == ["owner"]


async def test_a_record_that_comes_back_between_two_looks_is_changed(
    do: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, other = await make(do, "user", {"name": "我", "login": "me"}, {"name": "他", "login": "other"})
    (a,) = await make(do, "account", {"name": "a", "owner": other.id})
    own = {"account": {"read": "own", "edit": "own"}}
    role = {"id": new_id(), "permissions": own, "fields": {}, "capabilities": []}
    who = Principal(user=me.id, organisation="test", people=(me.id,), policy=Policy.from_roles([role]))
    look, looks = stored.lock, []

    async def looking(uow: UnitOfWork, key: str, ids: Any, action: str, **more: Any) -> Any:
        found = await look(uow, key, ids, action, **more)
        if uow.principal is who and not looks:
            looks.append(action)
            await do(lambda u: pipeline.update(u, "account", [Change(a.id, {"owner": me.id})]))
        return found

    monkeypatch.setattr(stored, "lock", looking)
    await do(lambda uow: pipeline.update(uow, "account", [Change(a.id, {"name": "b"})]), who)
    assert looks == ["edit"]
    assert (await now(do, "account", a.id))["name"] == "b"


async def test_the_times_of_versions_go_forward_also_for_work_that_began_before(do: Do) -> None:
    begun = datetime(2026, 5, 1, 8, tzinfo=UTC)
    with clock.frozen(begun):
        (a,) = await make(do, "account", {"name": "a"})
    for seconds, expected in (
        (10, 10),
        (4, 10),
        (-3600, -3600),
    ):  # one that waited six seconds; a clock put back
        with clock.frozen(begun + timedelta(seconds=seconds)):
            await do(
                lambda uow, s=seconds: pipeline.update(uow, "account", [Change(a.id, {"name": f"b{s}"})])
            )
        changed = (await now(do, "account", a.id))["updated_at"]
        assert datetime.fromisoformat(changed) == begun + timedelta(seconds=expected)


async def test_work_that_changes_nothing_leaves_no_operation(do: Do) -> None:
    (a,) = await make(do, "account", {"name": "a"})
    before = (await do(lambda uow: uow.fetch('select count(*) from "org_test"."operation"')))[0][0]
    await do(lambda uow: pipeline.update(uow, "account", [Change(a.id, {"name": "a"})]))
    assert (await do(lambda uow: uow.fetch('select count(*) from "org_test"."operation"')))[0][0] == before


async def test_every_write_is_in_the_change_log(do: Do) -> None:
    (a,) = await make(do, "account", {"name": "a"})
    await do(lambda uow: pipeline.update(uow, "account", [Change(a.id, {"name": "b"})]))
    await do(lambda uow: pipeline.delete(uow, "account", [a.id]))
    await do(lambda uow: pipeline.purge(uow, "account", [a.id]))
    rows = await do(
        lambda uow: uow.fetch('select kind, version, changed from "org_test"."change" order by seq')
    )
    assert rows == [
        ("create", 1, None),
        ("update", 2, ["name"]),
        ("delete", 3, ["deleted_at"]),
        ("purge", 3, []),
    ]
    assert await do(lambda uow: uow.fetch('select 1 from "org_test"."account__history"')) == []
