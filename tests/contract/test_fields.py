"""Each field in turn hidden, masked and read-only, on every object and every path: what may not be seen can neither be read
nor used nor inferred, and an attempt answers as if the field were not there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from contract_values import ANOTHER, NOT_MADE, REFUSED, edit, value_of, writable
from contract_world import OBJECTS, ContractWorld, pointing, role

from keyuan.access import Principal, field_access
from keyuan.expr import filters, parser
from keyuan.expr.ast import Path, walk
from keyuan.kernel.errors import Conflict, Forbidden, Invalid, Problem
from keyuan.kernel.ids import new_id
from keyuan.records import read
from keyuan.schema.field_types.base import SUMMED
from keyuan.schema.model import Field
from keyuan.schema.registry import Place
from keyuan.services.definitions.shown import definition_json

pytestmark = [pytest.mark.anyio, pytest.mark.contract]

every_object = pytest.mark.parametrize("key", OBJECTS)


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


GROUPS = 3
"""Fields are taken away in so many turns: every third at once, so that neighbours are never gone together."""


@pytest.mark.parametrize("level", ["hidden", "masked"])
@every_object
async def test_fields_that_may_not_be_seen(world: ContractWorld, key: str, level: str) -> None:
    """Each field in turn."""
    await world.drafts(30)
    n = world.even()
    record = (await world.create(key, world.full(key, n))).id
    name = world.registry.fields(key)["name"]
    await world.update(key, record, {"name": value_of(world, key, name, n + ANOTHER)}, trusted=True)
    await world.update(key, record, {"name": value_of(world, key, name, n)}, trusted=True)
    whole = await world.get(key, record)
    fields = list(world.registry.fields(key).values())
    for turn in range(GROUPS):
        gone = fields[turn::GROUPS]
        who = someone(world, key, {f.key: level for f in gone})
        answers = await read_all(world, who, key, record)
        for field in gone:
            assert field_access(world.registry, who.policy, key, field.key) == level
            await cannot_be_used(world, who, key, field, level)
            cannot_be_read(field, level, whole, answers)
            await cannot_be_found(world, who, key, field, whole, gone)
            if world.by_people(key):
                await cannot_be_written(world, who, key, field, level, record, whole)
        await nor_what_is_made_from_them(world, who, key, gone)


def someone(world: ContractWorld, key: str, fields: dict[str, str]) -> Principal:
    """Who may do everything but for some fields of an object."""
    rules = role({"*": "all", key: "all"}, {key: fields}, capabilities=["users"])
    return world.person(rules, user=world.target("user", 1))


async def nor_what_is_made_from_them(
    world: ContractWorld, who: Principal, key: str, gone: list[Field]
) -> None:
    """Formulas and roll-ups made from fields that may not be seen are as little seen."""
    made: dict[str, set[str]] = {}
    for field in gone:
        for place in made_from(world, Place(key, field.key)):
            made.setdefault(place.object, set()).add(place.field)
    for other, dependents in made.items():
        query = {"fields": ",".join(sorted(dependents)), "limit": 20, "sort": "-id"}
        real = await world.list(other, **query)
        seen = {d for d in dependents if field_access(world.registry, who.policy, other, d) != "hidden"}
        shown = await world.list(other, who, **{**query, "fields": ",".join(["id", *sorted(seen)])})
        for dependent in sorted(dependents):
            assert field_access(world.registry, who.policy, other, dependent) in ("hidden", "masked")
            for attempt in (
                lambda k, o=other: world.list(o, who, filter=[k, "is_null", False]),
                lambda k, o=other: world.list(o, who, sort=k),
                lambda k, o=other: world.figures(o, who, group_by=[k]),
            ):
                await as_unknown(attempt, dependent)
            for a, b in zip(shown, real, strict=True):
                assert a.get(dependent) is None or str(a[dependent]) != str(b[dependent])


async def cannot_be_used(world: ContractWorld, who: Principal, key: str, field: Field, level: str) -> None:
    """Neither in conditions nor orders, groups, measures, from here or from elsewhere."""
    attempts: list[Callable[[str], Awaitable[Any]]] = []
    for operator, value in comparisons(field, world):
        attempts.append(lambda k, o=operator, v=value: world.list(key, who, filter=[k, o, v]))
    attempts += [
        lambda k: world.count(key, who, filter=[k, "=", "x"]),
        lambda k: world.figures(key, who, filter=["not", [k, "is_null", True]]),
        lambda k: world.list(key, who, filter=["id", "=", {"field": k}]),
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
    for other, via in pointing(world, key)[:1]:
        path = f"{via.key}.{{}}"
        attempts += [
            lambda k, o=other, p=path: world.list(o, who, filter=[p.format(k), "is_null", True]),
            lambda k, o=other, p=path: world.list(o, who, sort=p.format(k)),
            lambda k, o=other, p=path: world.figures(o, who, group_by=[p.format(k)]),
            lambda k, o=other, p=path: world.figures(o, who, measures=[["max", p.format(k)]]),
        ]
        if level == "hidden":
            attempts.append(lambda k, o=other, p=path: world.list(o, who, fields=p.format(k)))
    for above in aboves(world, key):
        if field_access(world.registry, who.policy, key, above.key) in ("read", "edit"):
            attempts.append(
                lambda k, a=above: world.list(
                    a.target, who, filter=["any", f"{key}.{a.key}", [k, "is_null", True]]
                )
            )
    if level == "hidden":
        attempts.append(lambda k: world.list(key, who, fields=k))
        attempts.append(lambda k: world.get(key, new_id(), who, fields=(k,)))
    for attempt in attempts:
        await as_unknown(attempt, field.key)


def aboves(world: ContractWorld, key: str) -> list[Field]:
    """Two references of an object, so that one is there when the other is gone."""
    found = [
        f for f in world.registry.fields(key).values()
        if f.type in ("reference", "user") and f.target != key and not world.registry.field(f.target, key)
    ]  # fmt: skip
    return found[:2]


@dataclass(frozen=True)
class Answers:
    """What somebody is shown of a record: whole, on lists, in its history and timeline, as a line of another."""

    records: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    history: list[dict[str, Any]]
    timeline: list[dict[str, Any]]
    described: dict[str, dict[str, Any]]


async def read_all(world: ContractWorld, who: Principal, key: str, record: str) -> Answers:
    """Read a record in every way."""
    one: Any = ["id", "=", record]
    records = [
        await world.get(key, record, who),
        *await world.list(key, who, fields="*", filter=one),
        *await world.list(key, who, filter=one),
    ]
    assert len(records) == 3
    lines = []
    for other, via in lines_of(world, key):
        for holder in await world.list(other, who, fields=via, limit=50, sort="-id"):
            lines += [line for line in holder[via] or () if line["id"] == record]
    definition = definition_json(world.organisation, who, key)
    return Answers(
        records,
        lines,
        await world.entries(read.history, key, record, who),
        await world.entries(read.timeline, key, record, who),
        {f["key"]: f for f in definition["fields"]},
    )


def lines_of(world: ContractWorld, key: str) -> list[tuple[str, str]]:
    """The fields in which other objects hold the object's records as lines."""
    return [
        (other, f.key)
        for other in world.registry.objects
        for f in world.registry.fields(other).values()
        if f.type == "lines" and f.options["object"] == key
    ]


def cannot_be_read(field: Field, level: str, whole: dict[str, Any], answers: Answers) -> None:
    """Neither in records nor lists, lines, histories, timelines, definitions."""
    for shown in (*answers.records, *answers.lines):
        if level == "hidden":
            assert field.key not in shown
        elif whole[field.key] not in (None, [], {}):
            assert shown.get(field.key) is None or plainly(shown[field.key]) != plainly(whole[field.key])
    told_of = {c["field"]: c for e in answers.history for c in e["changes"]}
    assert field.key not in told_of or level == "masked"
    if field.key in told_of:
        assert all(plainly(told_of[field.key][s]) != plainly(whole[field.key]) for s in ("before", "after"))
    entries = [*answers.history, *(e for e in answers.timeline if e["type"] == "change")]
    for stamp, told, made in (
        ("updated_at", "at", False), ("created_at", "at", True), ("updated_by", "by", False), ("created_by", "by", True)
    ):  # fmt: skip
        if field.key == stamp:
            kinds = {e["kind"] for e in entries if nameless(e[told]) is not None}
            assert not (kinds & {"create"} if made else kinds - {"create"}), stamp
    seen = msgspec.json.encode([answers.records, answers.lines, answers.history, answers.timeline]).decode()
    others = msgspec.json.encode({k: v for k, v in whole.items() if k != field.key}).decode()
    for secret in secrets(field, whole[field.key]):
        assert secret in others or secret not in seen, field.key
    described = answers.described.get(field.key)
    assert (described is None) == (level == "hidden")
    if described:
        offered = (described[k] for k in ("operators", "sortable", "groupable", "measures"))
        assert not any(offered)


async def cannot_be_found(
    world: ContractWorld, who: Principal, key: str, field: Field, whole: dict[str, Any], gone: list[Field]
) -> None:
    """Nor by a search, in the list or over all objects."""
    if not (field.search and world.registry.objects[key].searchable):
        return
    rest = [f for f in world.registry.fields(key).values() if f.search and f not in gone]
    for secret in secrets(field, whole[field.key]):
        if any(secret.lower() in str(whole.get(f.key)).lower() for f in rest):
            continue
        if whole["id"] in await world.ids(key, q=secret):
            assert whole["id"] not in await world.ids(key, who, q=secret), (field.key, secret)
            assert whole["id"] not in {r["id"] for r in await world.search(secret, who)}


def nameless(told: Any) -> Any:
    """What an entry tells, None where it is masked."""
    return None if isinstance(told, dict) and told.get("name") is None else told


def plainly(value: Any) -> str:
    """A value as text, of references the name alone."""
    if isinstance(value, dict) and "name" in value:
        return str(value["name"])
    return str(value)


def secrets(field: Field, value: Any) -> list[str]:
    """Parts of a value that nothing else would hold by chance."""
    if field.type in ("text", "long_text", "rich_text", "email", "url", "phone", "auto_number") and value:
        words = [w for w in str(value).split() if any(c.isdigit() for c in w)]
        return [t for t in dict.fromkeys((str(value), *words)) if len(t) >= 7]
    if field.type == "money" and value:
        return [str(value["amount"])]
    if field.type == "datetime" and value:
        return [str(value)]
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
            assert (field.key, code) in answers[-1]
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


# -- fields that may be seen but not written ---------------------------------------------------------------------------


@every_object
async def test_read_only_fields(world: ContractWorld, key: str) -> None:
    """They show and can be used like any other; writing them is refused unless nothing changes."""
    await world.drafts(20)
    n = world.even()
    made = await world.create(key, world.full(key, n))
    fields = world.registry.fields(key)
    who = someone(world, key, dict.fromkeys(fields, "read"))
    whole = await world.get(key, made.id)
    assert await world.get(key, made.id, who) == whole
    definition = definition_json(world.organisation, who, key)
    mine = definition_json(world.organisation, world.me, key)
    for told, full in zip(definition["fields"], mine["fields"], strict=True):
        assert told["access"] == "read"
        assert [told[k] for k in USES] == [full[k] for k in USES]
    if not world.by_people(key):
        return
    for field in writable(world.registry, key):
        if field.type in NOT_MADE or (key, field.key) in REFUSED:
            continue
        await world.drafts(5)
        with pytest.raises((Invalid, Forbidden)) as refused:
            await world.update(key, made.id, edit(world, key, field, n + ANOTHER), who)
        if isinstance(refused.value, Invalid):
            assert (field.key, "read_only") in {(e.field, e.code) for e in refused.value.errors}
        with pytest.raises((Invalid, Forbidden)):
            await world.create(key, {field.key: value_of(world, key, field, n + ANOTHER)}, who)
    assert (await world.get(key, made.id)) == whole


USES = ("operators", "sortable", "groupable", "measures")
