"""What records tell of each other: names across many-to-many fields and references to any object, and why a record that
others refer to cannot be deleted."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from contract_values import plain
from contract_world import ACTIONS, OBJECTS, ContractWorld, role, root

from keyuan.access import Principal
from keyuan.kernel.errors import Conflict, Invalid
from keyuan.records import pipeline, read
from keyuan.records.hooks import Item
from keyuan.records.unit_of_work import UnitOfWork
from keyuan.schema.model import Field

pytestmark = [pytest.mark.anyio, pytest.mark.contract]

every_object = pytest.mark.parametrize("key", OBJECTS)


def places(world: ContractWorld, key: str, *outputs: str) -> list[tuple[str, Field]]:
    """The fields of these kinds that can point at records of the object."""
    found = []
    for place in world.registry.pointing_at[key]:
        field = world.registry.field(*place)
        assert field is not None
        if world.registry.type_of(field).output in outputs and not field.read_only:
            found.append((place.object, field))
    return found


async def pointed(world: ContractWorld, other: str, field: Field, key: str, *records: str) -> Item | None:
    """A record that points at others by a field; None where the rules of its object do not let it."""
    output = world.registry.type_of(field).output
    value: Any = {
        "reference": records[0],
        "references": list(records),
        "reference_any": {"object": key, "id": records[0]},
    }[output]
    await world.drafts(10)
    try:
        made = await world.create(other, {**world.minimal(other, world.even()), field.key: value})
    except Invalid:
        return None
    return made if plain(made.after[field.key]) == value else None


@every_object
async def test_names_among_many_and_of_any_object(world: ContractWorld, key: str) -> None:
    """A field that points at several records or at any object names those that one may see, of the others their ids."""
    name = world.registry.fields(key)["name"]
    made = await world.create_all(key, [world.minimal(key, world.even()) for _ in range(2)])
    unseen, seen = made[0].id, made[1].id
    if root(world, key) != key:
        return  # several hang on the same record; the fields that point at them are tried with what is above
    scope = {"filter": ["id", "!=", unseen]}
    who = world.person(role({"*": "all", key: dict.fromkeys(ACTIONS, scope)}), user=world.target("user", 1))
    names = {r["id"]: r["name"] for r in await world.list(key, filter=["id", "in", [unseen, seen]])}
    assert name.key == "name"
    for other, field in places(world, key, "references", "reference_any"):
        if other == key:
            continue
        at = await pointed(world, other, field, key, unseen, seen)
        if at is None or at.id not in await world.ids(other, who):
            continue  # what hangs on the record is unseen with it
        several = field.type == "references"
        mine = (await world.get(other, at.id))[field.key]
        assert {r["id"]: r["name"] for r in (mine if several else [mine])}.items() <= names.items()
        one = (await world.list(other, who, filter=["id", "=", at.id], fields=f"id,{field.key}"))[0]
        whole = await world.get(other, at.id, who)
        history = await world.entries(read.history, other, at.id, who)
        for shown in (one, whole):
            told = {r["id"]: r for r in (shown[field.key] if several else [shown[field.key]])}
            assert (told[unseen]["name"], told[unseen]["masked"]) == (None, True)
            if several:
                assert told[seen]["name"] == names[seen]
        text = msgspec.json.encode([one, whole[field.key], history]).decode()
        assert names[unseen] not in text or names[unseen] in str(names[seen]), (other, field.key)


@every_object
async def test_a_refused_deletion_tells_only_of_what_one_sees(world: ContractWorld, key: str) -> None:
    """Records that keep another from being deleted are counted for those who see them at the field that refers; the
    others learn that there are some."""
    tried = 0
    for other, field in places(world, key, "reference"):
        record = (await world.create(key, world.minimal(key, world.even()))).id
        first, second = [await pointed(world, other, field, key, record) for _ in range(2)]
        if first is None or second is None:
            continue
        counts = await held(world, key, record, world.me)
        if counts is None:
            continue  # the references are cleared, or the records go along
        label = world.registry.objects[other].label
        assert (label, 2) in counts
        if root(world, other) == root(world, key):
            continue  # whoever may delete the record sees all of them
        above = root(world, other)
        everything = {"*": "all", root(world, key): "all", key: "all"}
        if above != root(world, key):
            none = world.person(role({**everything, above: "none", other: "none"}))
            assert of(label, await held(world, key, record, none)) == [UNSEEN]
        for level in ("hidden", "masked"):
            fields = {other: {field.key: level}}
            assert of(label, await held(world, key, record, world.person(role(everything, fields)))) == [
                UNSEEN
            ]
        if above == other:
            scope = {a: {"filter": ["id", "!=", first.id]} for a in ACTIONS}
            some = world.person(role({**everything, other: scope}))
            assert of(label, await held(world, key, record, some)) == [(label, 1), UNSEEN]
        tried += 1
    assert tried or key not in ("customer", "user", "stage")


UNSEEN = (None, None)


def of(label: Any, counts: list[Any] | None) -> list[Any]:
    """What is told of one object and of what is unseen; others may refer to the record through the same records."""
    return [c for c in counts or () if c in (UNSEEN, (label, c[1]))]


async def held(world: ContractWorld, key: str, record: str, who: Principal) -> list[Any] | None:
    """The objects and counts of records that a refused deletion tells of; None if it is not refused."""

    async def work(uow: UnitOfWork) -> None:
        await pipeline.delete(uow, key, [record])
        raise Undone

    with pytest.raises((Undone, Conflict)) as ended:
        await world.do(work, who)
    if isinstance(ended.value, Undone):
        return None
    assert {e.code for e in ended.value.errors} <= {"referenced", "referenced_unseen"}
    return [(e.params.get("object"), e.params.get("count")) for e in ended.value.errors]


class Undone(Exception):
    """Ends a unit of work that is only tried."""
