"""History, timeline and grants of records that the pipeline wrote."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from reading_world import ADMINISTRATOR, OBJECTS, Rot13, World, role

from keyuan.access import Principal, system_principal
from keyuan.kernel import clock
from keyuan.kernel.errors import BadRequest, NotFound
from keyuan.kernel.ids import new_id
from keyuan.records import pipeline, read
from keyuan.records.hooks import Change, Hooks
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.schema.declare import field, object_

pytestmark = pytest.mark.anyio

ACTIVITY = object_(
    "activity", "跟进", "Activity", "Activities", area="office", parent="about",
    fields=[
        field("name", "text", "摘要", "Summary"),
        field("about", "reference_any", "关于", "About", targets=["customer", "deal"]),
        field("customer", "reference", "客户", "Customer", target="customer", on_delete="clear"),
        field("happened_at", "datetime", "时间", "Happened at"),
        field("code", "text", "暗号", "Code", encrypted=True),
    ],
)  # fmt: skip

STAGE_HISTORY = object_(
    "stage_history", "阶段历史", "Stage history", "Stage histories", area="sales", owned=False, parent="deal",
    fields=[
        field("name", "text", "阶段", "Stage name"),
        field("deal", "reference", "商机", "Deal", target="deal", required=True),
        field("entered_at", "datetime", "进入时间", "Entered at"),
    ],
)  # fmt: skip

START = datetime(2026, 6, 1, 8, tzinfo=UTC)


class Office:
    """The organisation with a clock that moves on by a minute with each write."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.minutes = 0
        self.users: dict[str, str] = {}

    def at(self, minutes: int) -> str:
        return (START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S+00:00")

    async def write(self, who: Principal, work: Callable[[UnitOfWork], Awaitable[Any]]) -> Any:
        self.minutes += 1
        with clock.frozen(START + timedelta(minutes=self.minutes)):
            return await run(self.runtime, who, work)

    async def create(self, who: Principal, object_key: str, **values: Any) -> str:
        return str((await self.write(who, lambda u: pipeline.create(u, object_key, [values])))[0].id)

    async def update(self, who: Principal, object_key: str, record: str, **values: Any) -> None:
        await self.write(who, lambda u: pipeline.update(u, object_key, [Change(record, values)]))

    async def read(
        self, what: Callable[..., Awaitable[Any]], who: Principal, *given: Any, **more: Any
    ) -> Any:
        async with self.runtime.pool.connection() as connection:
            organisation = await self.runtime.organisations.get(connection, "test")
            return await what(connection, organisation, who, *given, **more)

    async def pages(
        self, what: Callable[..., Awaitable[Any]], who: Principal, *given: Any, limit: int
    ) -> list[Any]:
        found: list[Any] = []
        cursor = ""
        while True:
            page = await self.read(what, who, *given, limit=limit, cursor=cursor, cipher=Rot13())
            entries = msgspec.json.decode(page.body)
            assert len(entries) <= limit
            found += entries
            if page.next_cursor is None:
                return found
            cursor = page.next_cursor


@pytest.fixture
async def office(make_runtime: Callable[..., Awaitable[Runtime]]) -> Office:
    runtime = await make_runtime((*OBJECTS, ACTIVITY, STAGE_HISTORY), Hooks())
    made = Office(Runtime(**{**{k: getattr(runtime, k) for k in runtime.__slots__}, "cipher": Rot13()}))
    system = system_principal("test")
    for name in ("安娜", "本"):
        made.users[name] = await made.create(system, "user", name=name)
    return made


def person(office: Office, name: str, *roles: dict[str, Any]) -> Principal:
    return World("", None).person(*(roles or (ADMINISTRATOR,)), user=office.users[name])  # type: ignore[arg-type]


async def test_history_tells_who_changed_what(office: Office) -> None:
    anna, ben = person(office, "安娜"), person(office, "本")
    record = await office.create(anna, "customer", name="华为", id_number="X1", level=1)
    made = office.minutes
    await office.update(ben, "customer", record, name="华为技术", id_number="X2", owner=office.users["本"])
    await office.update(anna, "customer", record, level=1)  # changes nothing
    await office.update(anna, "customer", record, level=5, kinds=["a"], revenue="12")
    await office.write(ben, lambda u: pipeline.delete(u, "customer", [record]))
    await office.write(ben, lambda u: pipeline.restore(u, "customer", [record]))
    found = await office.pages(read.history, anna, "customer", record, limit=50)
    who = {n: {"id": i, "name": n} for n, i in office.users.items()}
    assert [(e["version"], e["kind"], e["by"], e["at"]) for e in found] == [
        (5, "restore", who["本"], office.at(made + 5)), (4, "delete", who["本"], office.at(made + 4)),
        (3, "update", who["安娜"], office.at(made + 3)), (2, "update", who["本"], office.at(made + 1)),
        (1, "create", who["安娜"], office.at(made)),
    ]  # fmt: skip
    assert {c["field"]: (c["before"], c["after"]) for c in found[3]["changes"]} == {
        "name": ("华为", "华为技术"), "id_number": ("X1", "X2"), "owner": (who["安娜"], who["本"]),
    }  # fmt: skip
    today = (START + timedelta(hours=8)).date().isoformat()
    assert {c["field"]: (c["before"], c["after"]) for c in found[2]["changes"]} == {
        "level": (1, 5), "kinds": (None, ["a"]),
        "revenue": (None, {"amount": "12.00", "currency": "CNY", "base": "12.00", "rate_date": today}),
    }  # fmt: skip
    assert found[0]["changes"] == found[1]["changes"] == found[4]["changes"] == []
    assert len({e["operation"] for e in found[:4]}) == 4
    for limit in (1, 2, 3, 4, 5):
        assert await office.pages(read.history, anna, "customer", record, limit=limit) == found


async def test_history_respects_fields_and_scope(office: Office) -> None:
    anna = person(office, "安娜")
    record = await office.create(anna, "customer", name="华为", phone="13800138000", note="一")
    await office.update(anna, "customer", record, phone="13900139000")
    await office.update(anna, "customer", record, note="二", level=2)
    rules = {"customer": {"phone": "masked", "note": "hidden"}}
    reader = person(office, "本", role({"*": "all", "user": "none"}, rules))
    found = await office.pages(read.history, reader, "customer", record, limit=1)
    masked = {"id": office.users["安娜"], "name": None, "masked": True}
    assert [(e["version"], e["by"], e["changes"]) for e in found] == [
        (3, masked, [{"field": "level", "before": None, "after": 2}]),
        (2, masked, [{"field": "phone", "before": "138****8000", "after": "139****9000"}]),
        (1, masked, []),
    ]
    nothing = person(office, "本", role({"*": "all"}, {"customer": {"phone": "hidden", "level": "hidden"}}))
    kept = await office.pages(read.history, nothing, "customer", record, limit=1)
    assert [(e["version"], [c["field"] for c in e["changes"]]) for e in kept] == [(3, ["note"]), (1, [])]
    own = person(office, "本", role({"*": "own"}))
    for who, which in ((own, record), (anna, new_id()), (anna, "x")):
        with pytest.raises(NotFound):
            await office.read(read.history, who, "customer", which)
        with pytest.raises(NotFound):
            await office.read(read.timeline, who, "customer", which)
    for cursor in ("x", "-1", "９", "99999999999"):
        with pytest.raises(BadRequest):
            await office.read(read.history, anna, "customer", record, cursor=cursor)


async def test_timeline_puts_everything_in_order(office: Office) -> None:
    anna = person(office, "安娜")
    customer = await office.create(anna, "customer", name="华为")
    deal = await office.create(anna, "deal", name="大单", customer=customer)
    made = office.minutes
    for n in range(4):
        moment = office.at(made + 2 * n)
        about = {"object": "deal", "id": deal}
        await office.create(
            anna, "activity", name=f"a{n}", about=about, customer=customer, happened_at=moment, code="s"
        )
        await office.update(anna, "deal", deal, name=f"大单{n}")
    await office.create(anna, "stage_history", name="初步", deal=deal, entered_at=office.at(made + 3))
    gone = await office.create(
        anna, "activity", name="gone", about={"object": "deal", "id": deal}, happened_at=office.at(9)
    )
    await office.write(anna, lambda u: pipeline.delete(u, "activity", [gone]))
    await office.create(anna, "activity", name="timeless", about={"object": "deal", "id": deal})

    found = await office.pages(read.timeline, anna, "deal", deal, limit=100)
    times = [datetime.fromisoformat(e["at"]) for e in found]
    assert times == sorted(times, reverse=True)
    kinds = [e["type"] for e in found]
    assert (kinds.count("change"), kinds.count("activity"), kinds.count("stage_history")) == (5, 4, 1)
    assert [e["record"]["name"] for e in found if e["type"] == "activity"] == ["a3", "a2", "a1", "a0"]
    assert all(e["record"]["code"] == "s" for e in found if e["type"] == "activity")
    assert found[-1]["kind"] == "create"
    for limit in (1, 2, 3, 7, 10, 11):
        assert await office.pages(read.timeline, anna, "deal", deal, limit=limit) == found, limit

    # the customer's timeline has the follow-ups of its deals, which name it, and no stages
    of_customer = await office.pages(read.timeline, anna, "customer", customer, limit=3)
    assert [e["type"] for e in of_customer] == ["activity"] * 4 + ["change"]
    # whoever may not see the deal does not see what happened about it
    ben = person(office, "本", role({"customer": "all", "user": "all"}))
    assert [e["type"] for e in await office.pages(read.timeline, ben, "customer", customer, limit=3)] == [
        "change"
    ]
    unlinked = person(
        office, "安娜", role({"*": "all"}, {"activity": {"customer": "masked", "about": "hidden"}})
    )
    assert [
        e["type"] for e in await office.pages(read.timeline, unlinked, "customer", customer, limit=3)
    ] == ["change"]
    timeless = person(office, "安娜", role({"*": "all"}, {"activity": {"happened_at": "masked"}}))
    assert "activity" not in [
        e["type"] for e in await office.pages(read.timeline, timeless, "deal", deal, limit=3)
    ]
    for cursor in ("x", "e30x", "eyJ2ZXJzaW9uIjotMX0", "eyJzb3VyY2VzIjp7ImFjdGl2aXR5IjpbIngiLCJ4Il19fQ"):
        with pytest.raises(BadRequest):
            await office.read(read.timeline, anna, "deal", deal, cursor=cursor)


async def test_grants_of_a_record(office: Office) -> None:
    anna, ben = person(office, "安娜"), person(office, "本", role({"customer": "own"}))
    record = await office.create(anna, "customer", name="华为")
    other = await office.create(anna, "customer", name="阿里")
    assert await office.read(read.grants_of, anna, "customer", record) == b"[]"
    grant = {
        "id": new_id(), "object": "customer", "record": record, "grantee_kind": "user", "grantee": office.users["本"],
        "level": "edit", "reason": "team", "created_by": office.users["安娜"],
        "until": datetime(2100, 1, 1, tzinfo=UTC), "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    with pytest.raises(NotFound):
        await office.read(read.grants_of, ben, "customer", record)
    async with office.runtime.pool.connection() as connection:
        names, holes = ", ".join(grant), ", ".join(f"%({k})s" for k in grant)
        await connection.execute(f"insert into org_test.grants ({names}) values ({holes})".encode(), grant)
    shown = {
        "id": grant["id"], "grantee_kind": "user", "grantee": {"id": office.users["本"], "name": "本"}, "level": "edit",
        "until": "2100-01-01T00:00:00+00:00", "reason": "team", "created_at": "2026-01-01T00:00:00+00:00",
        "created_by": {"id": office.users["安娜"], "name": "安娜"},
    }  # fmt: skip
    assert msgspec.json.decode(await office.read(read.grants_of, anna, "customer", record)) == [shown]
    seen = msgspec.json.decode(await office.read(read.grants_of, ben, "customer", record))
    assert seen[0]["grantee"] == {"id": office.users["本"], "name": None, "masked": True}
    assert await office.read(read.grants_of, anna, "customer", other) == b"[]"
