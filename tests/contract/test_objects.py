"""Every object on every path: the product's own, one added in a single file, and one that an administrator made. Nothing
here names an object; what the rules of some ask for stands in `contract_values`."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from contract_values import (
    ANOTHER,
    EDITS,
    MAKERS,
    NOT_MADE,
    REFUSED,
    SPECIAL,
    edit,
    parsed,
    value_of,
    word,
    writable,
)
from contract_world import CUSTOM, EXAMPLES, OBJECTS, ContractWorld, same

from keyuan.kernel.errors import BadRequest, Conflict, Invalid, NotFound
from keyuan.records import read
from keyuan.records.hooks import Item
from keyuan.records.undo import undo
from keyuan.records.unit_of_work import UnitOfWork
from keyuan.schema import field_types
from keyuan.services.definitions.shown import definition_json
from keyuan.services.imports.mapping import by_headers
from keyuan.services.imports.reading import open_table
from keyuan.services.imports.run import run_step

pytestmark = [pytest.mark.anyio, pytest.mark.contract]

every_object = pytest.mark.parametrize("key", OBJECTS)


async def made(world: ContractWorld, key: str, **more: Any) -> Item:
    """A full record."""
    return await world.create(key, {**(await world.fulls(key, 1))[0], **more})


# -- the suite itself --------------------------------------------------------------------------------------------------


def test_every_field_type_has_a_maker() -> None:
    assert set(MAKERS) | NOT_MADE == set(field_types.all_types())


async def test_what_is_special_is_there(world: ContractWorld) -> None:
    named = {*SPECIAL, *EDITS, *REFUSED}
    gone = {(o, f) for o, f in named if o not in world.registry.objects or not world.registry.field(o, f)}
    assert not gone


async def test_the_custom_object_has_every_type(world: ContractWorld) -> None:
    types = {f.type for f in world.registry.fields(CUSTOM).values()}
    everywhere = {f.type for o in OBJECTS for f in world.registry.fields(o).values()}
    assert everywhere == set(field_types.all_types())
    assert set(field_types.all_types()) - types == {"lines", "rollup"}


async def test_an_object_in_one_file(world: ContractWorld) -> None:
    """Ten fields, fewer than sixty lines, nothing else in its domain."""
    folder = EXAMPLES / "example_domain"
    assert {p.name for p in folder.glob("*.py")} == {"__init__.py", "objects.py"}
    lines = (folder / "objects.py").read_text("utf-8").splitlines()
    assert len(lines) < 60
    fields = [f for f in world.registry.fields("machine").values() if not f.system]
    assert len(fields) == 10
    known = Path("src").resolve()
    assert not [p for p in known.rglob("*.py") if '"machine"' in p.read_text("utf-8")]


# -- create, read ------------------------------------------------------------------------------------------------------


@every_object
async def test_make_and_read_a_minimal_record(world: ContractWorld, key: str) -> None:
    values = world.minimal(key, world.number())
    record = await world.create(key, values)
    found = await world.get(key, record.id)
    assert found["version"] == 1
    for name, value in values.items():
        field = world.registry.fields(key)[name]
        assert same(found[name], parsed(world, field, value)), name
    for name in world.registry.fields(key):
        assert name in found


@every_object
async def test_make_and_read_a_full_record(world: ContractWorld, key: str) -> None:
    values = (await world.fulls(key, 1))[0]
    record = await world.create(key, values)
    found = await world.get(key, record.id)
    listed = (await world.list(key, fields="*", filter=["id", "=", record.id]))[0]
    assert listed == found
    for name, value in values.items():
        field = world.registry.fields(key)[name]
        if (key, name) not in SPECIAL:
            assert same(found[name], parsed(world, field, value)), (name, found[name], value)


@every_object
async def test_required_fields_are_required(world: ContractWorld, key: str) -> None:
    fields = [f for f in writable(world.registry, key) if f.required and f.default is None]
    for field in fields:
        values = {k: v for k, v in world.minimal(key, world.number()).items() if k != field.key}
        with pytest.raises(Invalid) as refused:
            await world.create(key, values)
        assert (field.key, "required") in {(e.field, e.code) for e in refused.value.errors}


@every_object
async def test_unknown_fields_are_refused(world: ContractWorld, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        await world.create(key, {**world.minimal(key, world.number()), "zz_unknown": 1})
    assert [(e.field, e.code) for e in refused.value.errors] == [("zz_unknown", "unknown")]


@every_object
async def test_unique_values_are_unique(world: ContractWorld, key: str) -> None:
    for field in writable(world.registry, key):
        if not field.unique:
            continue
        value = value_of(world, key, field, world.number())
        await world.create(key, {**world.minimal(key, world.number()), field.key: value})
        with pytest.raises(Invalid) as refused:
            await world.create(key, {**world.minimal(key, world.number()), field.key: value})
        assert [(e.field, e.code) for e in refused.value.errors] == [(field.key, "taken")]


# -- edit, conflict ----------------------------------------------------------------------------------------------------


@every_object
async def test_edit_each_field(world: ContractWorld, key: str) -> None:
    fields = [f for f in writable(world.registry, key) if f.type not in NOT_MADE]
    await world.drafts(len(fields) * 10)
    numbers = [world.number() for _ in fields]
    records = await world.create_all(key, [world.full(key, n) for n in numbers])
    for field, record, n in zip(fields, records, numbers, strict=True):
        await world.drafts(5)
        change = edit(world, key, field, n + ANOTHER)
        if (key, field.key) in REFUSED:
            with pytest.raises(Invalid) as refused:
                await world.update(key, record.id, {field.key: other_value(world, field, record)})
            assert field.key in {e.field for e in refused.value.errors}
            continue
        before = await world.get(key, record.id)
        _, operation = await world.update(key, record.id, change)
        after = await world.get(key, record.id)
        for name, value in change.items():
            wanted = parsed(world, world.registry.fields(key)[name], value)
            assert same(after[name], wanted), (field.key, name, after[name], value)
        assert after[field.key] != before[field.key], f"{field.key}: both values are the same"
        assert after["version"] == before["version"] + 1
        entry = (await world.entries(read.history, key, record.id))[0]
        assert (entry["version"], entry["kind"], entry["by"]["id"]) == (
            after["version"],
            "update",
            world.me.user,
        )
        changed = {c["field"]: c for c in entry["changes"]}
        assert changed[field.key]["after"] is not None or change[field.key] is None
        # undone at once, for an edit can reach other records (there is one default pipeline)
        report = await world.do(lambda uow, o=operation: undo(uow, o), kind="undo")
        assert (report.changed, report.forbidden) == ([], [])
        assert (await world.get(key, record.id))[field.key] == before[field.key]


def other_value(world: ContractWorld, field: Any, record: Item) -> Any:
    """Another choice or target than the record has."""
    offered = [c.value for c in field.choices] or [world.target(field.target, n) for n in (0, 1)]
    return next(v for v in offered if v != record.after[field.key])


@every_object
async def test_two_edits_at_once(world: ContractWorld, key: str) -> None:
    """The second of two who saw the same version is shown both sides."""
    record = await world.create(key, world.minimal(key, world.number()))
    field = (
        next(f for f in writable(world.registry, key) if f.key in ("name", "remark", "owner", "x_of_text"))
        if world.by_people(key)
        else world.registry.fields(key)["name"]
    )
    if not world.by_people(key):
        await world.update(key, record.id, {"name": "First"}, trusted=True, version=1)
        with pytest.raises(Conflict):
            await world.update(key, record.id, {"name": "Second"}, trusted=True, version=1)
        return
    first, second = (value_of(world, key, field, world.number()) for _ in range(2))
    path = f"/records/{key}/{record.id}"
    answer = await world.call("PATCH", path, 200, json={field.key: first}, headers={"If-Match": "1"})
    assert answer.headers["ETag"].strip('"') == "2"
    refused = await world.call("PATCH", path, 409, json={field.key: second}, headers={"If-Match": "1"})
    told = refused.json()
    assert told["current"]["version"] == 2
    assert told["current"]["values"] == {field.key: first}
    assert told["yours"] == {"version": 1, "values": {field.key: second}}


# -- lists -------------------------------------------------------------------------------------------------------------


@every_object
async def test_lists_filter_by_every_operator(world: ContractWorld, key: str) -> None:
    """Each operator that a field offers finds the records that it finds in Python."""
    await world.create_all(key, await world.fulls(key, 2))
    records = await world.list(key, fields="*")
    definition = definition_json(world.organisation, world.me, key)
    for told in definition["fields"]:
        field = world.registry.fields(key)[told["key"]]
        values = {r["id"]: comparable(field, r.get(field.key)) for r in records}
        one = next((v for v in values.values() if v is not None), None)
        for operator in told["operators"]:
            for given in operands(world, field, operator, one):
                condition = [field.key, operator, given]
                found = await world.ids(key, filter=condition)
                if operator == "within" or rounded(field):
                    assert all(
                        values[i] is not None or operator in ("is_null", "!=", "not_in") for i in found
                    ), condition
                else:
                    wanted = {i for i, v in values.items() if meets(operator, v, given)}
                    assert found == wanted, (condition, len(found), len(wanted))


def rounded(field: Any) -> bool:
    """Whether answers show a value rounded that conditions and measures take whole."""
    return field.type == "formula" and result_of(field) == "number"


def comparable(field: Any, shown: Any) -> Any:
    """A value of an answer as Python compares it."""
    if shown is None:
        return None
    if isinstance(shown, dict):
        if "base" in shown:
            return Decimal(shown["base"])
        if field.type == "json":
            return msgspec.json.encode(shown, order="sorted").decode()
        return shown["id"] if "id" in shown else shown.get("detail") or ""
    if isinstance(shown, list):
        return [v["id"] if isinstance(v, dict) and "id" in v else v for v in shown]
    result = result_of(field)
    if result == "number":
        return Decimal(shown)
    if result == "datetime":
        return datetime.fromisoformat(shown)
    return shown


def result_of(field: Any) -> str:
    """What a field results in: `number`, `integer`, `text`, `date`, `datetime`, `boolean` or something else."""
    kind = field_types.get(field.type)
    name: str = kind.expression_type(field).name.lower()
    return name


def operands(world: ContractWorld, field: Any, operator: str, one: Any) -> list[Any]:
    """What to compare a field with: a value that there is, where there is one."""
    if operator == "is_null":
        return [True, False]
    if operator == "within":
        return ["this_year", "last_30_days"]
    if one is None:
        one = example(world, field)
    if isinstance(one, list):
        one = one[0]
    shown = str(one) if isinstance(one, Decimal) else one.isoformat() if isinstance(one, datetime) else one
    if operator in ("in", "not_in"):
        return [[shown]]
    if operator == "between":
        return [[shown, shown]]
    if operator == "contains" and isinstance(shown, str) and field.type not in ("choices", "references"):
        return [shown[1:4], shown[1:4].upper()]
    return [shown[:3]] if operator == "starts_with" else [shown]


def example(world: ContractWorld, field: Any) -> Any:
    """A value of a field that no record has one of."""
    result = result_of(field)
    if field.choices:
        return field.choices[0].value
    examples = {"number": Decimal(1), "integer": 1, "duration": 1, "boolean": True, "date": "2026-01-01",
                "datetime": datetime(2026, 1, 1, tzinfo=UTC)}  # fmt: skip
    if result.startswith("reference"):
        return world.target(world.registry.targets(field)[0], 0)
    return examples.get(result, "abc")


def meets(operator: str, value: Any, given: Any) -> bool:
    """Whether a value meets a condition, as the guide says: comparing nothing with something is no, and no for `!=`."""

    def read(v: Any) -> Any:
        if isinstance(value, Decimal):
            return Decimal(v)
        return datetime.fromisoformat(v) if isinstance(value, datetime) else v

    match operator:
        case "is_null":
            return (value is None) is given
        case "!=":
            return value is None or value != read(given)
        case "not_in":
            return value is None or value not in [read(v) for v in given]
        case "in":
            return value is not None and value in [read(v) for v in given]
    if value is None:
        return False
    match operator:
        case "contains" if isinstance(value, list):
            return given in value
        case "contains":
            return given.lower() in value.lower()
        case "starts_with":
            return value.lower().startswith(given.lower())
        case "between":
            return read(given[0]) <= value <= read(given[1])
        case "=":
            return value == read(given)
        case "<":
            return value < read(given)
        case "<=":
            return value <= read(given)
        case ">":
            return value > read(given)
        case ">=":
            return value >= read(given)
    raise AssertionError(f"test_objects does not know the operator {operator}")


@every_object
async def test_lists_sort_and_page(world: ContractWorld, key: str) -> None:
    """By each field that can be sorted, both ways: the pages hold every record once, in the order of the whole."""
    await world.create_all(key, await world.fulls(key, 2))
    definition = definition_json(world.organisation, world.me, key)
    total = await world.count(key)
    for told in definition["fields"]:
        if not told["sortable"]:
            continue
        field = world.registry.fields(key)[told["key"]]
        values = {r["id"]: comparable(field, r[field.key]) for r in await world.list(key, fields=field.key)}
        for sort in (field.key, f"-{field.key}"):
            whole = [r["id"] for r in await world.list(key, sort=sort, fields="id")]
            paged: list[str] = []
            cursor: str | None = ""
            while cursor is not None:
                query = {"cursor": cursor} if cursor else {}
                page, cursor = await world.page(
                    key, sort=sort, fields="id", limit=max(2, (total + 2) // 3), **query
                )
                paged += [r["id"] for r in page]
            assert paged == whole, sort
            assert len(set(whole)) == total, sort
            ordered = [v for i in whole if (v := values[i]) is not None]
            if field.type not in ("reference", "user", "department", "text"):
                assert ordered == sorted(ordered, reverse=sort.startswith("-")), sort


@every_object
async def test_aggregate_by_every_field(world: ContractWorld, key: str) -> None:
    """Groups count what is in them; each measure is what Python makes of the values."""
    await world.create_all(key, await world.fulls(key, 2))
    records = await world.list(key, fields="*")
    assert await world.figures(key) == [{"count": len(records)}]
    definition = definition_json(world.organisation, world.me, key)
    for told in definition["fields"]:
        field = world.registry.fields(key)[told["key"]]
        values = [comparable(field, r.get(field.key)) for r in records]
        known = [v for v in values if v is not None]
        if told["groupable"]:
            rows = await world.figures(key, group_by=[field.key], limit=10_000)
            assert sum(r["count"] for r in rows) == len(records), field.key
            assert len(rows) == len(set(values)), field.key
            if result_of(field) in ("date", "datetime"):
                months = await world.figures(key, group_by=[[field.key, "month"]])
                assert sum(r["count"] for r in months) == len(records)
        for measure in told["measures"]:
            row = (await world.figures(key, measures=[[measure, field.key]]))[0]
            found = row[f"{measure}_{field.key}"]
            hashable = [v if isinstance(v, str | Decimal) else msgspec.json.encode(v) for v in known]
            match measure:
                case "count":
                    assert found == len(known), field.key
                case "count_distinct" if not (
                    known and isinstance(known[0], str) and field.type == "address"
                ):
                    assert found == len(set(hashable)), field.key
                case "sum" if known and not rounded(field):
                    assert Decimal(found) == sum(known), field.key
                case "min" | "max" if known:
                    shown = Decimal(found) if isinstance(known[0], Decimal) else found
                    shown = datetime.fromisoformat(found) if isinstance(known[0], datetime) else shown
                    assert shown == (min(known) if measure == "min" else max(known)), field.key
                case "avg" if known:
                    assert abs(Decimal(found) - sum(map(Decimal, known)) / len(known)) < 1, field.key


@every_object
async def test_search_finds_what_was_written(world: ContractWorld, key: str) -> None:
    n = world.number()
    await world.drafts(20)
    record = await world.create(key, world.full(key, n))
    if not world.registry.objects[key].searchable:
        with pytest.raises(BadRequest):
            await world.list(key, q=word(n))
        return
    fields = [
        f for f in world.registry.fields(key).values() if f.search and word(n) in str(record.after.get(f.key))
    ]
    assert fields, "none of the words of a full record can be searched"
    assert record.id in await world.ids(key, q=word(n))
    assert record.id in {r["id"] for r in await world.search(word(n), objects=key)}
    everywhere = {r["id"] for r in await world.search(word(n))}
    obj = world.registry.objects[key]
    assert (record.id in everywhere) == (not obj.administrative or key in ("user", "department"))
    if world.by_people(key):
        await world.delete(key, record.id)
        assert record.id not in {r["id"] for r in await world.search(word(n))}


# -- delete, restore, history, undo ------------------------------------------------------------------------------------


@every_object
async def test_delete_restore_and_history(world: ContractWorld, key: str) -> None:
    record = await made(world, key)
    total = await world.count(key)
    before = await world.get(key, record.id)
    await world.call("DELETE", f"/records/{key}/{record.id}", 204)
    assert await world.count(key) == total - 1
    assert record.id not in await world.ids(key)
    assert record.id in await world.ids(key, deleted="only")
    with pytest.raises(NotFound):
        await world.get(key, record.id)
    with pytest.raises(NotFound):
        await world.update(key, record.id, {"name": "gone"})
    await world.call("DELETE", f"/records/{key}/{record.id}", 404)
    answer = await world.call("POST", f"/records/{key}/{record.id}/restore", 200)
    assert answer.json()["id"] == record.id
    after = await world.get(key, record.id)
    differ = {k for k in before if before[k] != after[k]}
    assert differ <= {"version", "updated_at", "updated_by"} | moving(world, key), differ
    history = (await world.call("GET", f"/records/{key}/{record.id}/history", 200)).json()["entries"]
    assert [e["kind"] for e in history][:2] == ["restore", "delete"]
    assert history[-1]["kind"] == "create"
    await world.call("GET", f"/records/{key}/{record.id}/timeline", 200)


@every_object
async def test_purge(world: ContractWorld, key: str) -> None:
    """What was removed for good is nowhere, and nothing brings it back."""
    record = await made(world, key)
    path = f"/records/{key}/{record.id}"
    await world.call("POST", f"{path}/purge", 404)
    deleted = await world.call("DELETE", path, 204)
    purged = await world.call("POST", f"{path}/purge", 204)
    for method, place in (
        ("GET", ""),
        ("GET", "/history"),
        ("GET", "/timeline"),
        ("POST", "/restore"),
        ("POST", "/purge"),
    ):
        await world.call(method, path + place, 404)
    assert record.id not in await world.ids(key, deleted="only")
    refused = await world.call("POST", f"/operations/{purged.headers['Operation-Id']}/undo", 409)
    assert refused.json()["type"] == "urn:keyuan:problem:undo_purged"
    undone = await world.call("POST", f"/operations/{deleted.headers['Operation-Id']}/undo", 200)
    assert undone.json()["undone"] == 0
    assert {"object": key, "id": record.id} in undone.json()["changed"]
    tables = world.registry.tables[key]
    async with world.runtime.pool.connection() as connection:
        for table in (t for t in tables if t is not None):
            found = await connection.execute(
                f'select 1 from "{table.schema}"."{table.name}" where id = %s'.encode(), [record.id]
            )
            assert await found.fetchall() == [], table.name


def moving(world: ContractWorld, key: str) -> set[str]:
    """Fields whose value depends on the moment, and those the moment of a write is put into."""
    return {f.key for f in world.registry.fields(key).values() if f.type == "formula"}


@every_object
async def test_undo(world: ContractWorld, key: str) -> None:
    if not world.by_people(key):
        return
    await world.drafts(40)
    n = world.number()
    path = f"/records/{key}"
    answer = await world.call("POST", path, 201, json=world.full(key, n))
    record, version = answer.json()["id"], answer.json()["version"]
    field = next(
        f for f in writable(world.registry, key)
        if f.type not in NOT_MADE and (key, f.key) not in REFUSED and (key, f.key) not in SPECIAL
    )  # fmt: skip
    change = edit(world, key, field, n + ANOTHER)
    changed = await world.call("PATCH", f"{path}/{record}", 200, json=change)
    assert changed.json()["version"] == version + 1
    undone = await world.call("POST", f"/operations/{changed.headers['Operation-Id']}/undo", 200)
    assert undone.json()["undone"] == 1
    assert (await world.get(key, record))[field.key] == answer.json()[field.key]
    gone = await world.call("DELETE", f"{path}/{record}", 204)
    await world.call("POST", f"/operations/{gone.headers['Operation-Id']}/undo", 200)
    assert (await world.get(key, record))["id"] == record
    await world.call("POST", f"/operations/{gone.headers['Operation-Id']}/undo", 409)
    other = await world.call("POST", path, 201, json=world.minimal(key, world.number()))
    await world.call("POST", f"/operations/{other.headers['Operation-Id']}/undo", 200)
    assert other.json()["id"] not in await world.ids(key)


# -- HTTP --------------------------------------------------------------------------------------------------------------


@every_object
async def test_the_api_answers_as_it_declares(world: ContractWorld, key: str) -> None:
    """The paths of the object are in OpenAPI, and what they answer has the form declared there (`call` checks that)."""
    path = f"/records/{key}"
    await made(world, key)
    definition = (await world.call("GET", f"/objects/{key}", 200)).json()
    assert {f["key"] for f in definition["fields"]} == set(world.registry.fields(key))
    assert key in {o["key"] for o in (await world.call("GET", "/objects", 200)).json()["objects"]}
    await world.call("GET", f"/objects/{key}/fields/name", 200)
    answer = (await world.call("GET", f"{path}?fields=*&count=exact&limit=5", 200)).json()
    assert answer["count"] == await world.count(key)
    usual = (await world.call("GET", path, 200)).json()["records"]
    assert set(usual[0]) == {"id", "version", "name", *world.registry.objects[key].list_fields}
    record = answer["records"][0]["id"]
    await world.call("GET", f"{path}/{record}", 200)
    await world.call("GET", f"{path}/{record}/grants", 200)
    await world.call("POST", f"{path}/query", 200, json={"filter": ["name", "is_null", False], "limit": 2})
    await world.call("POST", f"{path}/aggregate", 200, json={"group_by": ["created_by"]})
    await world.call("GET", f"{path}/{'0' * 8}-0000-7000-8000-{'0' * 12}", 404)
    await world.call("GET", f"{path}?filter=%5B%22zz%22%2C%22%3D%22%2C1%5D", 400)
    await world.call("POST", path, 422, json={"zz_unknown": 1})


@every_object
async def test_bulk(world: ContractWorld, key: str) -> None:
    if not world.by_people(key):
        await world.call("POST", f"/records/{key}/bulk", 422, json={"creates": [{"values": {}}]})
        return
    rows = await world.fulls(key, 3)
    answer = await world.call(
        "POST", f"/records/{key}/bulk", 200, json={"creates": [{"values": r} for r in rows]}
    )
    ids = [r["id"] for r in answer.json()["results"]]
    assert len(ids) == 3
    name = value_of(world, key, world.registry.fields(key)["name"], world.number())
    body = {"updates": [{"id": ids[0], "values": {"name": name}}], "deletes": [{"id": ids[1]}]}
    answer = await world.call("POST", f"/records/{key}/bulk", 200, json=body)
    assert [r["status"] for r in answer.json()["results"]] == [200, 204]
    assert (await world.get(key, ids[0]))["name"] == name
    assert not {ids[1]} & await world.ids(key)
    broken = {"updates": [{"id": ids[2], "values": {"name": name}}, {"id": ids[0], "values": {"zz": 1}}]}
    await world.call("POST", f"/records/{key}/bulk", 422, json=broken)
    assert (await world.get(key, ids[2]))["version"] == 1
    undone = await world.call("POST", f"/operations/{answer.headers['Operation-Id']}/undo", 200)
    assert undone.json()["undone"] >= 2
    assert undone.json()["changed"] == undone.json()["forbidden"] == []
    assert {ids[1]} <= await world.ids(key)


@every_object
async def test_upsert(world: ContractWorld, key: str) -> None:
    for field in writable(world.registry, key):
        if not field.unique or field.type not in ("text", "email", "phone"):
            continue
        value = value_of(world, key, field, world.number())
        values = {k: v for k, v in world.minimal(key, world.number()).items() if k != field.key}
        path = f"/records/{key}/by/{field.key}/{quote(value)}"
        made_one = (await world.call("PUT", path, 201, json=values)).json()
        again = (await world.call("PUT", path, 200, json=values)).json()
        assert (again["id"], again["version"]) == (made_one["id"], 1)


# -- import ------------------------------------------------------------------------------------------------------------


@every_object
async def test_import_one_row_by_header_names(world: ContractWorld, key: str, tmp_path: Path) -> None:
    """A sheet whose headers are the labels; its cells are the values as people read them."""
    if not world.registry.objects[key].importable:
        return
    n = world.number()
    await world.drafts(20)
    values = world.full(key, n)
    skipped = {"files"}
    fields = [
        f for f in world.registry.fields(key).values()
        if f.key in values and world.registry.type_of(f).output not in skipped
    ]  # fmt: skip
    canonical = {f.key: parsed(world, f, values[f.key]) for f in fields}
    chinese = replace(world.context, language="zh")  # divisions are read by their Chinese names alone
    cells = [world.registry.type_of(f).to_text(f, canonical[f.key], chinese) for f in fields]
    file = tmp_path / "rows.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([[f.label.en for f in fields], cells])
    known = {f.key: (f.label.zh, f.label.en) for f in world.registry.fields(key).values()}
    step = by_headers(key, open_table(file).columns, known)
    assert set(step.fields) == set(canonical), "two fields have the same label"
    step = msgspec.structs.replace(step, file=file.name)

    async def work(uow: UnitOfWork) -> tuple[Any, str]:
        return await run_step(uow, step, tmp_path), uow.operation

    report, operation = await world.do(work, trusted=True, kind="import")
    assert (report.created, report.refused) == (1, 0), report.errors
    record = next(r for r in await world.list(key, fields="*", sort="-created_at", limit=1))
    for name, value in canonical.items():
        if (key, name) not in SPECIAL:
            assert same(record[name], value), (name, record[name], value)
    await world.do(lambda uow: undo(uow, operation), kind="undo")
    assert record["id"] not in await world.ids(key)
