"""Who may see some records and not others, on every object and every path; and each field in turn hidden and masked. What is
not to be seen can neither be read nor used nor inferred, and an attempt answers as if it were not there."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from contract_values import value_of, word, writable
from contract_world import ACTIONS, OBJECTS, ContractWorld, pointing, role, root

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
        values = world.full(other, world.even()) | {field.key: unseen}
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
    who, unseen = but_one(world, key, capabilities=["users", "records.purge"]), world.target(key, 0)
    before = await world.get(key, unseen)
    await world.drafts(10)
    hidden = await world.create(key, world.minimal(key, world.even()))

    async def restore(uow: UnitOfWork) -> None:
        await pipeline.restore(uow, key, [unseen])

    async def purge(uow: UnitOfWork) -> None:
        await pipeline.purge(uow, key, [unseen])

    for attempt in (
        lambda: world.update(key, unseen, {"name": "x"}, who),
        lambda: world.update(key, unseen, {"name": "x"}, who, version=999),
        lambda: world.delete(key, unseen, who),
        lambda: world.do(restore, who),
        lambda: world.do(purge, who),
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
        values = {**world.minimal(key, world.odd()), field.key: before[field.key]}
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
            full = world.full(other, world.odd())
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
    record = await world.create(key, world.full(key, world.even()))
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
