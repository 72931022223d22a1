"""Who may see some records and not others, on every object and every path; and each field in turn hidden and masked. What is
not to be seen can neither be read nor used nor inferred, and an attempt answers as if it were not there."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from contract_values import value_of, word, writable
from contract_world import ACTIONS, OBJECTS, ContractWorld, pointing, role

from keyuan.access import Principal
from keyuan.kernel.errors import Forbidden, Invalid, NotFound, Problem
from keyuan.kernel.ids import new_id
from keyuan.records import pipeline, read, upsert
from keyuan.records.undo import undo
from keyuan.records.unit_of_work import UnitOfWork
from keyuan.services import files

pytestmark = [pytest.mark.anyio, pytest.mark.contract]

every_object = pytest.mark.parametrize("key", OBJECTS)


# -- records that may not be seen --------------------------------------------------------------------------------------


def root(world: ContractWorld, key: str) -> str:
    """The object whose records decide about those of the object: its parent's parent's …, or itself."""
    while world.registry.objects[key].parent:
        parent = world.registry.field(key, world.registry.objects[key].parent)
        assert parent is not None
        key = world.registry.targets(parent)[0]
    return key


def but_one(world: ContractWorld, key: str, **more: Any) -> Principal:
    """Somebody who may do everything but for the first record of the object, or the one above it."""
    above = root(world, key)
    scope = {"filter": ["id", "!=", world.target(above, 0)]}
    return world.person(
        role({"*": "all", above: dict.fromkeys(ACTIONS, scope)}, **more), user=world.target("user", 1)
    )


@every_object
async def test_what_may_not_be_seen_is_on_no_list(world: ContractWorld, key: str) -> None:
    who, unseen, seen = but_one(world, key), world.target(key, 0), world.target(key, 1)
    name = (await world.get(key, unseen))["name"]
    found = await world.ids(key, who)
    assert seen in found
    assert unseen not in found
    assert await world.count(key, who) == len(found) < await world.count(key)
    assert await world.figures(key, who) == [{"count": len(found)}]
    groups = await world.figures(key, who, group_by=["id"], limit=10_000)
    assert {g["id"] for g in groups} == found
    assert unseen not in await world.ids(key, who, filter=["name", "=", name])
    assert unseen not in await world.ids(key, who, filter=["or", ["id", "=", unseen], ["name", "=", name]])
    assert await world.count(key, who, filter=["id", "=", unseen]) == 0
    assert (await world.figures(key, who, filter=["id", "=", unseen])) == [{"count": 0}]
    assert unseen not in await world.ids(key, who, deleted="only")
    if world.registry.objects[key].searchable:
        assert unseen not in await world.ids(key, who, q=word(0))
        assert unseen not in {r["id"] for r in await world.search(word(0), who)}
    nobody = world.person(role({}), user=world.target("user", 1))
    for attempt in (world.list(key, nobody), world.count(key, nobody), world.figures(key, nobody)):
        with pytest.raises(Problem) as refused:
            await attempt
        assert refused.value.status == 404


@every_object
async def test_what_may_not_be_seen_cannot_be_read(world: ContractWorld, key: str) -> None:
    who, unseen, seen = but_one(world, key), world.target(key, 0), world.target(key, 1)
    for record, there in ((seen, True), (unseen, False), (new_id(), False)):
        for attempt in (
            lambda r=record: world.get(key, r, who),
            lambda r=record: world.get(key, r, who, deleted=None),
            lambda r=record: world.entries(read.history, key, r, who),
            lambda r=record: world.entries(read.timeline, key, r, who),
        ):
            if there:
                await attempt()
            else:
                with pytest.raises(NotFound):
                    await attempt()


@every_object
async def test_what_may_not_be_seen_is_at_no_end_of_a_path(world: ContractWorld, key: str) -> None:
    """What points at the record shows that it points somewhere and no more."""
    who, unseen = but_one(world, key), world.target(key, 0)
    name = (await world.get(key, unseen))["name"]
    for other, field in pointing(world, key):
        if root(world, other) == root(world, key):
            continue  # hidden together with the record
        await world.drafts(20)
        n = world.number()
        values = world.full(other, n + n % 2) | {field.key: unseen}
        try:
            at = (await world.create(other, values)).id
        except Invalid:
            continue  # its rules do not let it point there
        one = ["id", "=", at]
        assert (await world.list(other, filter=one, fields=f"{field.key}.name"))[0][
            f"{field.key}.name"
        ] == name
        assert await world.ids(other, filter=["and", one, [f"{field.key}.name", "=", name]]) == {at}
        shown = (await world.list(other, who, filter=one, fields=f"{field.key},{field.key}.name"))[0]
        assert shown[field.key] == {"id": unseen, "name": None, "masked": True}
        assert shown[f"{field.key}.name"] is None
        assert name not in msgspec.json.encode((await world.get(other, at, who))[field.key]).decode()
        assert await world.ids(other, who, filter=["and", one, [f"{field.key}.name", "=", name]]) == set()
        assert await world.ids(other, who, filter=["and", one, [f"{field.key}.version", ">", 0]]) == set()
        for path in (field.key, f"{field.key}.name"):
            rows = await world.figures(other, who, filter=one, group_by=[path])
            assert name not in msgspec.json.encode(rows).decode(), path
        # nor do the records that something is the child of
    for place in (
        f for f in world.registry.fields(key).values() if f.type in ("reference", "user", "department")
    ):
        target = place.target
        if world.registry.field(target, key) is not None:
            continue  # there the word is the field's: `department` of a user, not the departments about one
        if not await world.ids(key, filter=["and", ["id", "=", unseen], [place.key, "is_null", False]]):
            continue
        above = (await world.get(key, unseen))[place.key]["id"]
        condition = ["and", ["id", "=", above], ["any", f"{key}.{place.key}", ["id", "=", unseen]]]
        assert await world.ids(target, filter=condition) == {above}
        assert await world.ids(target, who, filter=condition) == set()


@every_object
async def test_what_may_not_be_seen_cannot_be_written(world: ContractWorld, key: str) -> None:
    who, unseen = but_one(world, key, capabilities=["users"]), world.target(key, 0)
    before = await world.get(key, unseen)
    await world.drafts(10)
    hidden = await world.create(key, world.minimal(key, world.number() // 2 * 2))

    async def restore(uow: UnitOfWork) -> None:
        await pipeline.restore(uow, key, [unseen])

    for attempt in (
        lambda: world.update(key, unseen, {"name": "x"}, who),
        lambda: world.update(key, unseen, {"name": "x"}, who, version=999),
        lambda: world.delete(key, unseen, who),
        lambda: world.do(restore, who),
    ):
        with pytest.raises((NotFound, Forbidden)) as refused:
            await attempt()
        assert str(before["name"]) not in str(refused.value.as_json("en"))
    assert await world.get(key, unseen) == before
    _, operation = await world.update(key, hidden.id, {"name": value_of(world, key, world.registry.fields(key)["name"], world.number())},
                                      trusted=True)  # fmt: skip
    with pytest.raises((NotFound, Forbidden)):
        await world.do(lambda uow: undo(uow, operation), who, kind="undo")
    for field in writable(world.registry, key):
        if not field.unique or before.get(field.key) is None:
            continue
        values = {**world.minimal(key, 2 * world.number() + 1), field.key: before[field.key]}
        with pytest.raises((Invalid, Forbidden)) as taken:
            await world.create(key, values, who)
        if isinstance(taken.value, Invalid):
            assert [(e.field, e.code, e.params) for e in taken.value.errors] == [(field.key, "taken", {})]
        with pytest.raises((NotFound, Forbidden)):
            await world.do(
                lambda uow, f=field, v=values: upsert.upsert(uow, key, f.key, str(before[f.key]), v), who
            )
    for other, field in pointing(world, key):
        if world.by_people(other) and not world.registry.objects[other].administrative:
            fields = world.registry.fields(other)
            full = world.full(other, 2 * world.number() + 1)
            values = {k: v for k, v in full.items() if world.registry.type_of(fields[k]).output != "files"}
            errors: tuple[Any, ...] = ()
            try:
                made = await world.create(other, {**values, field.key: unseen}, who)
            except Invalid as problem:
                errors = problem.errors
            except Forbidden:
                continue
            # written only where a rule of the object put another record there
            assert field.key in {e.field for e in errors} or made.after[field.key] not in (unseen, None)


@every_object
async def test_files_of_what_may_not_be_seen(world: ContractWorld, key: str) -> None:
    names = [
        f.key for f in world.registry.fields(key).values() if world.registry.type_of(f).output == "files"
    ]
    if not names:
        return
    await world.drafts(20)
    record = await world.create(key, world.full(key, 2 * world.number()))
    above = root(world, key)
    scope = {"filter": ["id", "!=", record.id if above == key else world.target(above, 0)]}
    blind = role({"*": "all", above: dict.fromkeys(ACTIONS, scope)})
    for name in names:
        file = record.after[name][0]
        async with world.runtime.pool.connection() as c:
            assert (await files.find(c, world.organisation, world.me, file)).id == file
            for rules in (blind, *(role({"*": "all"}, {key: {name: v}}) for v in ("hidden", "masked"))):
                with pytest.raises(NotFound):
                    await files.find(c, world.organisation, world.person(rules), file)


# -- scopes ------------------------------------------------------------------------------------------------------------

EXPECTED = {
    "none": set(),
    "own": {"me"},
    "subordinates": {"me", "report"},
    "department": {"me", "peer"},
    "department_tree": {"me", "peer", "below"},
    "all": {"me", "peer", "below", "report", "other"},
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
    from dataclasses import replace

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
    for scope, names in EXPECTED.items():
        who = me(world, people, role({above: scope}))
        wanted = {records[n] for n in names}
        if scope == "none":
            with pytest.raises(NotFound):
                await world.list(key, who)
        else:
            assert set(records.values()) & await world.ids(key, who) == wanted, scope
        for action in ("edit", "delete"):
            who = me(
                world, people, role({"*": "all", above: {**dict.fromkeys(ACTIONS, "all"), action: scope}})
            )
            for name, record in records.items():
                if key != above and action == "delete":
                    continue  # what hangs on a record is deleted by whoever may edit that
                await may(world, who, key, record, action, name in names)


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
