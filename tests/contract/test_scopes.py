"""Each scope for each action, on every object, and the grants that widen scopes until their end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from contract_world import ACTIONS, OBJECTS, ContractWorld, role, root

from keyuan.access import Principal
from keyuan.kernel import clock
from keyuan.kernel.errors import Forbidden, Invalid, NotFound
from keyuan.query.requests import ListQuery
from keyuan.records import pipeline, read
from keyuan.records.unit_of_work import UnitOfWork
from keyuan.services import sharing

pytestmark = [pytest.mark.anyio, pytest.mark.contract]

every_object = pytest.mark.parametrize("key", OBJECTS)

EXPECTED = {
    "none": set[str](),
    "own": {"me"},
    "subordinates": {"me", "report"},
    "department": {"me", "peer"},
    "department_tree": {"me", "peer", "below"},
    "all": {"me", "peer", "below", "report", "other"},
    "filter": {"below", "other"},
}
"""Whose records each scope takes in."""


@pytest.fixture(scope="module")
async def people(world: ContractWorld) -> dict[str, str]:
    """Users: `me` and `peer` of one department, `below` of one under it, `report` and `other` of another."""
    one, other = await world.create_all("department", [{"name": "Scope 1"}, {"name": "Scope 2"}])
    below = await world.create("department", {"name": "Scope below", "parent": one.id})
    homes = {"me": one, "peer": one, "below": below, "report": other, "other": other}
    made = {
        name: (await world.create("user", {"name": f"Scope {name}", "department": home.id})).id
        for name, home in homes.items()
    }
    return {**made, "department": one.id, "department_below": below.id}


def me(world: ContractWorld, people: dict[str, str], *roles: Any) -> Principal:
    """The person the scopes are about."""
    return replace(
        world.person(*roles, user=people["me"]),
        department=people["department"],
        departments=(people["department"],),
        department_tree=(people["department"], people["department_below"]),
        people=(people["me"], people["report"]),
    )


@every_object
async def test_scopes(world: ContractWorld, people: dict[str, str], key: str) -> None:
    """Each scope takes in the records of those it should, and what hangs on them."""
    above = root(world, key)
    if not world.registry.objects[above].owned:
        who = me(world, people, role({above: "own"}))
        with pytest.raises(NotFound):
            await world.list(key, who)
        return
    records: dict[str, str] = {}
    for name in EXPECTED["all"]:
        await world.drafts(10)
        made = await world.create(above, {**world.minimal(above, world.number()), "owner": people[name]})
        records[name] = made.id if above == key else await hung(world, key, above, made.id)
    for name_of, names in EXPECTED.items():
        scope: Any = name_of
        if scope == "filter":
            scope = {"filter": ["owner", "in", [people[n] for n in sorted(names)]]}
        wanted = {records[n] for n in names}
        who = me(world, people, role({"user": {"read": "all"}, above: scope}))
        if scope == "none":
            with pytest.raises(NotFound):
                await world.list(key, who)
        else:
            assert set(records.values()) & await world.ids(key, who) == wanted, scope
        assert (
            set(records.values()) & await exported(world, key, only(world, people, above, "export", scope))
            == wanted
        )
        for action in ("edit", "delete"):
            who = only(world, people, above, action, scope)
            for name, record in records.items():
                if key != above and action == "delete":
                    continue  # what hangs on a record is deleted by whoever may edit that
                await may(world, who, key, record, action, name in names)
        if key == above:
            who = only(world, people, above, "create", scope)
            for name in EXPECTED["all"]:
                await may_make(world, who, key, people[name], name in names)


def only(world: ContractWorld, people: dict[str, str], above: str, action: str, scope: Any) -> Principal:
    """Who may do one action within a scope and everything else without bounds."""
    return me(world, people, role({"*": "all", above: {**dict.fromkeys(ACTIONS, "all"), action: scope}}))


async def exported(world: ContractWorld, key: str, who: Principal) -> set[str]:
    """The records that an export holds."""
    query = ListQuery.read({"fields": "id", "limit": 1000})
    async with world.runtime.pool.connection() as c:
        try:
            found = await read.list_records(
                c, world.organisation, who, key, query, action="export", cipher=world.cipher
            )
        except Forbidden:
            return set()
    return {r["id"] for r in msgspec.json.decode(found.body)}


async def hung(world: ContractWorld, key: str, above: str, record: str) -> str:
    """A record of the object that hangs on one of another."""
    parent = world.registry.objects[key].parent
    field = world.registry.field(key, parent)
    assert field is not None
    value = {"object": above, "id": record} if field.type == "reference_any" else record
    assert above in world.registry.targets(field), "write the way over several parents here"
    return (await world.create(key, {**world.minimal(key, world.number()), parent: value})).id


class Undone(Exception):
    """Ends a unit of work that is only tried."""


async def may(world: ContractWorld, who: Principal, key: str, record: str, action: str, wanted: bool) -> None:
    """Whether somebody may edit or delete a record, tried and taken back."""

    async def work(uow: UnitOfWork) -> None:
        if action == "delete":
            await pipeline.delete(uow, key, [record])
        else:
            await pipeline.update(uow, key, [pipeline.Change(record, {})])
        raise Undone

    with pytest.raises(Undone if wanted else (NotFound, Forbidden)):
        await world.do(work, who)


async def may_make(world: ContractWorld, who: Principal, key: str, owner: str, wanted: bool) -> None:
    """Whether somebody may make a record that another is to own, tried and taken back."""
    values = {**world.minimal(key, world.even()), "owner": owner}

    async def work(uow: UnitOfWork) -> None:
        await pipeline.create(uow, key, [values])
        raise Undone

    with pytest.raises(Undone if wanted else (Invalid, Forbidden)) as refused:
        await world.do(work, who)
    if isinstance(refused.value, Invalid):
        assert [(e.field, e.code) for e in refused.value.errors] == [("owner", "outside_scope")]


# -- grants ------------------------------------------------------------------------------------------------------------


@every_object
async def test_grants_end(world: ContractWorld, key: str) -> None:
    """A record shared until a moment is there up to it on every path, and gone from that moment on."""
    above = root(world, key)
    shared = (await world.create(above, world.minimal(above, world.even()))).id
    record = shared if above == key else await hung(world, key, above, shared)
    scope = {"filter": ["id", "!=", shared]}
    who = world.person(role({"*": "all", above: dict.fromkeys(ACTIONS, scope)}), user=world.target("user", 1))
    end = clock.now() + timedelta(hours=1)
    before, until = end - timedelta(microseconds=1), end
    assert not await everywhere(world, key, record, who)

    async def share(uow: UnitOfWork, level: str) -> str:
        user = world.target("user", 1)
        return await sharing.add(uow, above, shared, kind="user", grantee=user, level=level, until=end)

    await world.do(lambda uow: share(uow, "read"))
    for moment, there in ((clock.now(), True), (before, True), (until, False)):
        with clock.frozen(moment):
            assert await everywhere(world, key, record, who) == there
            await may(world, who, key, record, "edit", False)
            await may(world, who, key, record, "delete", False)
    grant = await world.do(lambda uow: share(uow, "edit"))
    for moment, there in ((before, True), (until, False)):
        with clock.frozen(moment):
            assert await everywhere(world, key, record, who) == there
            await may(world, who, key, record, "edit", there)
            assert record not in await exported(world, key, who)
    await world.do(lambda uow: sharing.remove(uow, above, shared, grant))
    assert not await everywhere(world, key, record, who)


async def everywhere(world: ContractWorld, key: str, record: str, who: Principal) -> bool:
    """Whether a record is there: the same on all paths."""
    one = ["id", "=", record]
    found = {
        "list": record in await world.ids(key, who, filter=one),
        "count": await world.count(key, who, filter=one) == 1,
        "aggregate": await world.figures(key, who, filter=one) == [{"count": 1}],
    }
    for name, attempt in {
        "get": lambda: world.get(key, record, who),
        "history": lambda: world.entries(read.history, key, record, who),
        "timeline": lambda: world.entries(read.timeline, key, record, who),
    }.items():
        try:
            await attempt()
            found[name] = True
        except NotFound:
            found[name] = False
    if world.registry.objects[key].searchable:
        name = str((await world.get(key, record))["name"])
        if record in await world.ids(key, q=name):
            found["search"] = record in await world.ids(key, who, q=name)
    assert len(set(found.values())) == 1, found
    return found["list"]
