"""Who may see some records and not others, on every object and every path; and each field in turn hidden and masked. What is
not to be seen can neither be read nor used nor inferred, and an attempt answers as if it were not there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import msgspec
import pytest
from contract_values import value_of, word, writable
from contract_world import ACTIONS, OBJECTS, ContractWorld, role

from keyuan.access import Principal, field_access
from keyuan.expr import filters, parser
from keyuan.expr.ast import Path, walk
from keyuan.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from keyuan.kernel.ids import new_id
from keyuan.records import pipeline, read, upsert
from keyuan.records.undo import undo
from keyuan.records.unit_of_work import UnitOfWork
from keyuan.schema.field_types.base import SUMMED
from keyuan.schema.model import Field
from keyuan.schema.registry import Place
from keyuan.services import files
from keyuan.services.definitions.shown import definition_json

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


def pointing(world: ContractWorld, key: str) -> list[tuple[str, Field]]:
    """The fields by which records of other objects point at those of the object."""
    found = []
    for place in world.registry.pointing_at[key]:
        field = world.registry.field(*place)
        assert field is not None
        if field.type in ("reference", "user", "department") and not field.read_only and place.object != key:
            found.append((place.object, field))
    return found


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
            await world.drafts(10)
            with pytest.raises((Invalid, Forbidden)) as refused:
                await world.create(
                    other, {**world.full(other, 2 * world.number() + 1), field.key: unseen}, who
                )
            if isinstance(refused.value, Invalid):
                assert field.key in {e.field for e in refused.value.errors}


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


# -- fields that may not be seen ---------------------------------------------------------------------------------------


async def told(work: Awaitable[Any]) -> dict[str, Any]:
    """The problem that an attempt ends in."""
    with pytest.raises(Problem) as refused:
        await work
    return dict(refused.value.as_json("en"))


async def as_unknown(attempt: Callable[[str], Awaitable[Any]], key: str) -> None:
    """The attempt is refused in the words in which it is on a field that does not exist."""
    unknown = f"zz{key[2:]}"
    actual, expected = await told(attempt(key)), await told(attempt(unknown))
    assert str(actual) == str(expected).replace(unknown, key)
    assert actual["status"] == 400


def comparisons(field: Field, world: ContractWorld) -> Iterator[tuple[str, Any]]:
    """Operators with something to compare with."""
    for operator in {*world.registry.type_of(field).field_operators(field), "=", "is_null", "contains"}:
        match operator:
            case "is_null":
                yield operator, True
            case "in" | "not_in":
                yield operator, ["x"]
            case "between":
                yield operator, [1, 2]
            case "within":
                yield operator, "today"
            case _:
                yield operator, "x"


def ingredients(world: ContractWorld, object_key: str, field: Field) -> set[Place]:
    """The fields that a formula or roll-up is made from, worked out apart from the product."""
    found: set[Place] = set()

    def path(at: str, steps: tuple[str, ...]) -> None:
        for step in steps:
            one = world.registry.field(at, step)
            if one is None:
                return
            found.add(Place(at, step))
            at = one.target if world.registry.type_of(one).output == "reference" else at

    if field.type == "formula":
        for node in walk(parser.parse(str(field.options["expression"]))):
            if isinstance(node, Path):
                path(object_key, node.steps)
    elif field.type == "rollup":
        child = str(field.options["object"])
        path(child, (str(field.options["via"]),))
        if field.options.get("field"):
            path(child, (str(field.options["field"]),))
        if condition := field.options.get("filter"):
            for node in walk(filters.from_filter(condition)):
                if isinstance(node, Path):
                    path(child, node.steps)
    return found


def made_from(world: ContractWorld, place: Place) -> list[Place]:
    """The formulas and roll-ups that have the field in them, at any depth."""
    found: list[Place] = []
    waiting = [place]
    while waiting:
        at = waiting.pop()
        for key in world.registry.objects:
            for field in world.registry.fields(key).values():
                new = Place(key, field.key)
                if new not in found and at in ingredients(world, key, field):
                    found.append(new)
                    waiting.append(new)
    return found


@pytest.mark.parametrize("level", ["hidden", "masked"])
@every_object
async def test_fields_that_may_not_be_seen(world: ContractWorld, key: str, level: str) -> None:
    """Each field in turn."""
    await world.drafts(30)
    n = 2 * world.number()
    record = (await world.create(key, world.full(key, n))).id
    name = world.registry.fields(key)["name"]
    await world.update(key, record, {"name": value_of(world, key, name, n + 5003)}, trusted=True)
    await world.update(key, record, {"name": value_of(world, key, name, n)}, trusted=True)
    whole = await world.get(key, record)
    ways = pointing(world, key)[:1]
    above = next(
        (f for f in world.registry.fields(key).values() if f.type == "reference" and f.target != key), None
    ) or next(f for f in world.registry.fields(key).values() if f.type == "user")
    for field in world.registry.fields(key).values():
        rules = role({"*": "all", key: "all"}, {key: {field.key: level}}, capabilities=["users"])
        who = world.person(rules, user=world.target("user", 1))
        assert field_access(world.registry, who.policy, key, field.key) == level
        await cannot_be_used(world, who, key, field, level, ways, above)
        await cannot_be_read(world, who, key, field, level, record, whole)
        if world.by_people(key):
            await cannot_be_written(world, who, key, field, level, record, whole)
        for other, dependent in made_from(world, Place(key, field.key)):
            assert field_access(world.registry, who.policy, other, dependent) in ("hidden", "masked")
            for attempt in (
                lambda k, o=other: world.list(o, who, filter=[k, "is_null", False]),
                lambda k, o=other: world.list(o, who, sort=k),
                lambda k, o=other: world.figures(o, who, group_by=[k]),
            ):
                await as_unknown(attempt, dependent)
            shown = await world.list(other, who, fields="*", limit=20, sort="-created_at")
            real = await world.list(other, fields="*", limit=20, sort="-created_at")
            for a, b in zip(shown, real, strict=True):
                assert a.get(dependent) is None or str(a[dependent]) != str(b[dependent])


async def cannot_be_used(
    world: ContractWorld, who: Principal, key: str, field: Field, level: str,
    ways: list[tuple[str, Field]], above: Field,
) -> None:  # fmt: skip
    """Neither in conditions nor orders, groups, measures, from here or from elsewhere."""
    attempts: list[Callable[[str], Awaitable[Any]]] = []
    for operator, value in comparisons(field, world):
        attempts.append(lambda k, o=operator, v=value: world.list(key, who, filter=[k, o, v]))
    attempts += [
        lambda k: world.count(key, who, filter=[k, "=", "x"]),
        lambda k: world.figures(key, who, filter=["not", [k, "is_null", True]]),
        lambda k: (
            world.list(key, who, filter=["name" if k != "name" else "id", "=", {"field": k}])
            if field.key != "name"
            else world.list(key, who, filter=[k, "=", {"field": "name"}])
        ),
        lambda k: world.list(key, who, sort=k),
        lambda k: world.list(key, who, sort=f"-{k}"),
        lambda k: world.figures(key, who, group_by=[k]),
        lambda k: world.figures(key, who, group_by=[[k, "month"]]),
    ]
    attempts += [lambda k, m=m: world.figures(key, who, measures=[[m, k]]) for m in SUMMED]
    parts = world.registry.type_of(field).parts(field)
    attempts += [lambda k, p=p: world.list(key, who, filter=[f"{k}.{p}", "is_null", True]) for p in parts]
    if world.registry.type_of(field).output == "reference":
        attempts.append(lambda k: world.list(key, who, filter=[f"{k}.id", "is_null", True]))
        attempts.append(lambda k: world.list(key, who, sort=f"{k}.created_at"))
        attempts.append(lambda k: world.list(key, who, fields=f"{k}.created_at"))
    for other, via in ways:
        path = f"{via.key}.{{}}"
        attempts += [
            lambda k, o=other, p=path: world.list(o, who, filter=[p.format(k), "is_null", True]),
            lambda k, o=other, p=path: world.list(o, who, sort=p.format(k)),
            lambda k, o=other, p=path: world.figures(o, who, group_by=[p.format(k)]),
            lambda k, o=other, p=path: world.figures(o, who, measures=[["max", p.format(k)]]),
        ]
        if level == "hidden":
            attempts.append(lambda k, o=other, p=path: world.list(o, who, fields=p.format(k)))
    if above.key != field.key:
        attempts.append(
            lambda k: world.list(
                above.target, who, filter=["any", f"{key}.{above.key}", [k, "is_null", True]]
            )
        )
    if level == "hidden":
        attempts.append(lambda k: world.list(key, who, fields=k))
        attempts.append(lambda k: world.get(key, new_id(), who, fields=(k,)))
    for attempt in attempts:
        await as_unknown(attempt, field.key)


async def cannot_be_read(
    world: ContractWorld, who: Principal, key: str, field: Field, level: str, record: str,
    whole: dict[str, Any],
) -> None:  # fmt: skip
    """Neither in records nor lists, histories, timelines, searches."""
    listed = (
        (await world.list(key, who, fields="*", filter=["id", "=", record]))[0] if field.key != "id" else {}
    )
    usual = (await world.list(key, who, filter=["id", "=", record]))[0]
    for shown in (await world.get(key, record, who), listed, usual):
        if level == "hidden":
            assert field.key not in shown
        elif whole[field.key] not in (None, [], {}):
            assert shown.get(field.key) is None or plainly(shown[field.key]) != plainly(whole[field.key])
    history = await world.entries(read.history, key, record, who)
    told_of = {c["field"]: c for e in history for c in e["changes"]}
    assert field.key not in told_of or level == "masked"
    if field.key in told_of:
        assert all(plainly(told_of[field.key][s]) != plainly(whole[field.key]) for s in ("before", "after"))
    timeline = await world.entries(read.timeline, key, record, who)
    seen = msgspec.json.encode([history, timeline, listed, usual]).decode()
    for secret in secrets(field, whole[field.key]):
        others = msgspec.json.encode({k: v for k, v in whole.items() if k != field.key}).decode()
        if secret not in others:
            assert secret not in seen, field.key
    definition = definition_json(world.organisation, who, key)
    described = next((f for f in definition["fields"] if f["key"] == field.key), None)
    assert (described is None) == (level == "hidden")
    if described:
        offered = (described[k] for k in ("operators", "sortable", "groupable", "measures"))
        assert not any(offered)
    if field.search and world.registry.objects[key].searchable:
        for secret in secrets(field, whole[field.key]):
            found = record in await world.ids(key, q=secret)
            rest = [f for f in world.registry.fields(key).values() if f.search and f.key != field.key]
            if found and not any(secret in str(whole.get(f.key)) for f in rest):
                assert record not in await world.ids(key, who, q=secret), (field.key, secret)
                assert record not in {r["id"] for r in await world.search(secret, who)}


def plainly(value: Any) -> str:
    """A value as text, of references the name alone."""
    if isinstance(value, dict) and "name" in value:
        return str(value["name"])
    return str(value)


def secrets(field: Field, value: Any) -> list[str]:
    """Parts of a value that nothing else would hold by chance."""
    if field.type in ("text", "long_text", "rich_text", "email", "url", "phone", "auto_number") and value:
        return [t for t in (str(value), *str(value).split()) if len(t) >= 7]
    if field.type == "money" and value:
        return [str(value["amount"])]
    return []


async def cannot_be_written(
    world: ContractWorld, who: Principal, key: str, field: Field, level: str, record: str,
    whole: dict[str, Any],
) -> None:  # fmt: skip
    """Writes are refused alike whether the value sent is the right one or another, and conflicts do not show it."""
    kind = world.registry.type_of(field)
    code = "unknown" if level == "hidden" else "read_only"
    given = whole[field.key]
    if kind.output in ("reference", "reference_any") and given:
        given = {k: v for k, v in given.items() if k != "name"}
    answers = []
    for value in (given, "another value"):
        with pytest.raises((Invalid, Forbidden)) as refused:
            await world.update(key, record, {field.key: value}, who)
        answers.append([(e.field, e.code) for e in refused.value.errors])
        if isinstance(refused.value, Invalid):
            assert [e for e in answers[-1] if e[0] == field.key] == [(field.key, code)]
    assert answers[0] == answers[1]
    with pytest.raises((Conflict, Forbidden)) as conflict:
        await world.update(key, record, {field.key: "x"}, who, version=999_999)
    answer = msgspec.json.encode(conflict.value.as_json("en")).decode()
    for secret in (*secrets(field, whole[field.key]), field_text(whole[field.key])):
        assert secret is None or secret not in answer, field.key
    assert f'"{field.key}":null' in answer or field.key not in conflict.value.extra.get("current", {})


def field_text(value: Any) -> str | None:
    """A time or name that a conflict could give away."""
    return value if isinstance(value, str) and len(value) > 15 else None
