"""An administrator's changes: what is made, what is refused, what stays of records meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from keyuan.access import Policy, Principal, system_principal
from keyuan.kernel import clock
from keyuan.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from keyuan.records import pipeline
from keyuan.records.pipeline import Change
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.services.definitions import fields, objects
from keyuan.services.definitions.indexes import missing
from keyuan.services.definitions.preview import preview_retire, preview_retype
from keyuan.services.definitions.refill import CHUNK
from keyuan.services.definitions.shown import definition_json, definitions_json
from keyuan.services.definitions.work import run_pending
from keyuan.storage.organisations import Organisation, Organisations

pytestmark = pytest.mark.anyio

ADMIN = system_principal("test")


async def organisation(runtime: Runtime) -> Organisation:
    async with runtime.pool.connection() as connection:
        return await runtime.organisations.get(connection, "test")


async def create(runtime: Runtime, object_key: str, *rows: dict[str, Any]) -> list[str]:
    async def work(uow: UnitOfWork) -> list[str]:
        return [item.id for item in await pipeline.create(uow, object_key, rows)]

    return await run(runtime, ADMIN, work)


async def change(runtime: Runtime, object_key: str, record: str, **values: Any) -> None:
    async def work(uow: UnitOfWork) -> None:
        await pipeline.update(uow, object_key, [Change(record, values)])

    await run(runtime, ADMIN, work)


async def query(runtime: Runtime, statement: str) -> list[tuple[Any, ...]]:
    async with runtime.pool.connection() as connection:
        cursor = await connection.execute(statement.encode())
        return await cursor.fetchall() if cursor.description else []


async def agrees(runtime: Runtime) -> None:
    """The database is what the definitions say."""
    made = await organisation(runtime)
    async with runtime.pool.connection() as connection:
        assert str(await missing(connection, made)) == "nothing to do"


def codes(problem: pytest.ExceptionInfo[Any]) -> list[tuple[str, str]]:
    return [(e.field, e.code) for e in problem.value.errors]


def told(problem: pytest.ExceptionInfo[Any]) -> None:
    """Every error can be worded in both languages."""
    for language in ("zh", "en"):
        problem.value.as_json(language)


async def test_a_new_object(runtime: Runtime) -> None:
    made = await objects.create_object(
        runtime,
        ADMIN,
        {
            "key": "visit",
            "label": {"zh": "拜访"},
            "fields": [
                {"key": "company", "type": "reference", "label": {"zh": "公司", "en": "Company"},
                 "options": {"target": "company"}, "required": True},
                {"key": "day", "type": "date", "label": "日期", "index": True},
                {"type": "choice", "label": {"zh": "结果", "en": "Result so far"},
                 "options": {"choices": [{"label": {"zh": "好", "en": "Good"}}, {"label": "差"}]}},
            ],
            "list_fields": ["name", "company", "day"],
            "sections": [{"label": "内容", "fields": ["name", "company", "day"]}],
        },
    )  # fmt: skip
    assert (made.object, made.state) == ("x_visit", "ready")
    obj = (await organisation(runtime)).registry.object("x_visit")
    assert (obj.label.zh, obj.label.en, obj.plural.en, obj.custom) == ("拜访", "拜访", "拜访", True)
    keys = [f.key for f in obj.fields if not f.system]
    assert keys == ["name", "x_company", "x_day", "x_result_so_far"]
    assert obj.list_fields == ("name", "x_company", "x_day")
    assert [(s.label.zh, s.fields) for s in obj.sections] == [
        ("内容", ("name", "x_company", "x_day")), ("更多信息", ("x_result_so_far",)),
    ]  # fmt: skip
    choice = obj.field("x_result_so_far")
    assert choice is not None
    assert [(c.value, c.label.en) for c in choice.choices] == [("good", "Good"), ("v", "差")]
    company = (await create(runtime, "company", {"name": "华为"}))[0]
    visit = await create(runtime, "x_visit", {"name": "一", "x_company": company, "x_day": "2026-01-31"})
    await change(runtime, "x_visit", visit[0], x_result_so_far="good")
    assert await query(runtime, "select name, x_day::text, x_result_so_far from org_test.x_visit") == [
        ("一", "2026-01-31", "good")
    ]
    assert len(await query(runtime, "select 1 from org_test.x_visit__history")) == 1
    with pytest.raises(Exception, match="foreign key"):
        await query(runtime, "delete from org_test.company")
    await agrees(runtime)


REFUSED_OBJECTS: list[tuple[Any, list[tuple[str, str]]]] = [
    ({}, [("label", "required")]),
    ([], [("", "def_unreadable")]),
    ({"label": {"fr": "x"}}, [("label", "def_label")]),
    ({"label": "x", "key": "a__b"}, [("key", "def_key_form")]),
    ({"label": "x", "key": "Größe"}, [("key", "def_key_form")]),
    ({"label": "x", "key": 'x_a"; drop'}, [("key", "def_key_form")]),
    ({"label": "x", "fields": [{"key": 'a"; drop', "label": "y", "type": "text"}]}, [("fields.1.key", "def_key_form")]),
    ({"label": "x" * 81}, [("label", "def_label")]),
    ({"label": "a\0b"}, [("label", "characters")]),
    ({"label": "a\ud800"}, [("label", "characters")]),
    ({"label": "x", "colour": "red"}, [("colour", "unknown")]),
    ({"label": "x", "owned": "yes"}, [("owned", "type")]),
    ({"label": "x", "fields": {}}, [("fields", "def_unreadable")]),
    ({"label": "x", "fields": [{"label": "y"}]}, [("fields.1.type", "required")]),
    ({"label": "x", "fields": [{"type": "no", "label": "y"}]}, [("fields.1.type", "def_no_such_type")]),
    ({"label": "x", "fields": [{"key": "a", "type": "text"}, {"key": "x_a", "type": "text"}]},
     [("fields.2.key", "def_key_taken")]),
    ({"label": "x", "fields": [{"key": "r", "type": "reference", "options": {"target": "nothing"}}]},
     [("fields.x_r.options.target", "def_unknown_object")]),
    ({"label": "x", "fields": [{"key": "f", "type": "formula", "options": {"expression": "no_such + 1"}}]},
     [("fields.x_f.options.expression", "expr_unknown_path")]),
    ({"label": "x", "list_fields": ["nothing"]}, [("list_fields", "def_unknown_field")]),
    ({"label": "x", "icon": "<script>" * 9}, [("icon", "def_key_form")]),
    ({"label": "x", "fields": [{"key": f"f{n}", "type": "address"} for n in range(80)]},
     [("fields", "def_too_many_columns")]),
]  # fmt: skip


async def test_objects_that_are_refused(runtime: Runtime) -> None:
    before = await organisation(runtime)
    for body, expected in REFUSED_OBJECTS:
        with pytest.raises(Invalid) as problem:
            await objects.create_object(runtime, ADMIN, body)
        assert codes(problem) == expected, body
        told(problem)
    assert await organisation(runtime) is before


FIELD = {"key": "size", "label": {"zh": "规模", "en": "Size"}}


REFUSED_FIELDS: list[tuple[Any, list[tuple[str, str]]]] = [
    ({"type": "nothing"}, [("type", "def_no_such_type")]),
    ({"type": "text", "key": 'x_a"; drop'}, [("key", "def_key_form")]),
    ({"type": "text", "key": "x_a__b"}, [("key", "def_key_form")]),
    ({"type": "text", "key": "x_" + "a" * 60}, [("key", "def_key_form")]),
    ({"type": "choice"}, [("options.choices", "required")]),
    ({"type": "choice", "options": {"choices": [{"value": "a"}, {"value": "a"}]}}, [("options.choices", "choices_twice")]),
    ({"type": "decimal", "options": {"scale": 99}}, [("options.scale", "maximum")]),
    ({"type": "decimal", "minimum": "many"}, [("minimum", "type")]),
    ({"type": "text", "pattern": "("}, [("pattern", "pattern_form")]),
    ({"type": "text", "minimum": "1"}, [("minimum", "def_not_for_type")]),
    ({"type": "integer", "minimum": "10", "maximum": "9"}, [("minimum", "def_bounds")]),
    ({"type": "date", "default": "yesterday"}, [("default", "date")]),
    ({"type": "text", "default": {"expr": "1 +"}}, [("default", "expr_ends_early")]),
    ({"type": "integer", "default": {"expr": "'a'"}}, [("default", "expr_literal")]),
    ({"type": "json", "unique": True}, [("unique", "def_not_for_type")]),
    ({"type": "json", "index": True}, [("index", "def_not_for_type")]),
    ({"type": "json", "search": True}, [("search", "def_not_for_type")]),
    ({"type": "boolean", "encrypted": True}, [("encrypted", "not_encryptable")]),
    ({"type": "text", "encrypted": True, "search": True}, [("encrypted", "encrypted_search")]),
    ({"type": "text", "required": "yes"}, [("required", "type")]),
    ({"type": "lines", "options": {"object": "person", "via": "company"}}, [("options.object", "def_not_a_child")]),
    ({"type": "rollup", "options": {"object": "person", "via": "name"}}, [("options.via", "def_not_pointing_here")]),
    ({"type": "rollup", "options": {"object": "person", "via": "company", "measure": "sum", "field": "born"}},
     [("options.measure", "def_not_for_type")]),
    ({"type": "rollup", "options": {"object": "person", "via": "company", "measure": "max", "field": "born"}},
     [("options.result", "def_result_is")]),
    ({"type": "rollup", "options": {"object": "person", "via": "company", "filter": ["no", "=", 1]}},
     [("options.filter", "expr_unknown_path")]),
    ({"type": "formula", "options": {"expression": "name", "result": "number"}}, [("options.expression", "expr_type")]),
    ({"type": "formula", "options": {"expression": "x_size + 1", "result": "number"}}, [("options", "def_cycle")]),
]  # fmt: skip


async def test_fields_that_are_refused(runtime: Runtime) -> None:
    before = await organisation(runtime)
    for body, expected in REFUSED_FIELDS:
        with pytest.raises(Invalid) as problem:
            await fields.add_field(runtime, ADMIN, "company", {**FIELD, **body})
        assert codes(problem) == expected, body
        told(problem)
    assert await organisation(runtime) is before
    # keys of standard fields do not stand in the way
    for key in ("code", "name"):
        assert (
            await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text", "key": key})
        ).changed


async def test_encrypted_values_are_part_of_nothing(runtime: Runtime) -> None:
    """Neither of a default nor of a rule, of the record's own or of one that it refers to; whoever asks."""
    await fields.add_field(
        runtime, ADMIN, "company", {"key": "pin", "label": "Pin", "type": "text", "encrypted": True}
    )
    for key, path in (("company", "x_pin"), ("person", "company.x_pin")):
        for expression in (path, f'"a" & {path}'):
            body = {**FIELD, "type": "text", "default": {"expr": expression}}
            with pytest.raises(Invalid) as problem:
                await fields.add_field(runtime, ADMIN, key, body)
            assert codes(problem) == [("default", "expr_unknown_path")]
            told(problem)
        rules = {"rules": [{"condition": f'{path} != "1"', "message": "x"}]}
        with pytest.raises(Invalid) as problem:
            await objects.update_object(runtime, ADMIN, key, rules)
        assert codes(problem) == [("rules.0.condition", "expr_unknown_path")]
    # nor is what a default or a rule is made from encrypted later
    await fields.add_field(runtime, ADMIN, "company", {"key": "hint", "label": "Hint", "type": "text"})
    await fields.add_field(
        runtime, ADMIN, "company", {**FIELD, "type": "text", "default": {"expr": "x_hint"}}
    )
    with pytest.raises((Invalid, Conflict)):
        await fields.update_field(runtime, ADMIN, "company", "x_hint", {"encrypted": True})


def definer(permissions: dict[str, Any], fields: dict[str, Any] | None = None) -> Principal:
    """Somebody who may define, and otherwise do this."""
    may = {"permissions": permissions, "fields": fields or {}, "capabilities": ["definitions"]}
    return Principal(
        user=None, organisation="test", policy=Policy.from_roles([{"administrator": False, **may}])
    )


READS = {"read": "all", "create": "all", "edit": "all"}


async def test_what_a_definer_may_not_read_does_not_exist_for_their_expressions(runtime: Runtime) -> None:
    """Neither for a default, which would copy it, nor for a rule, which would answer questions about it."""
    limited = [
        ("staff", "company.staff", definer({"*": READS}, {"company": {"staff": "hidden"}})),
        ("turnover", "company.turnover.currency", definer({"*": READS}, {"company": {"turnover": "masked"}})),
        ("staff", "company.staff", definer({"*": READS}, {"person": {"company": "masked"}, "company": {"staff": "hidden"}})),
        ("name", "company.name", definer({"person": READS})),
        ("name", "company.name", definer({"*": READS}, {"person": {"company": "hidden"}, "company": {"name": "hidden"}})),
    ]  # fmt: skip
    for own, path, who in limited:
        for place, body in (
            ("default", {"type": "boolean", "default": {"expr": f"isnull({path})"}}),
            ("options.expression",
             {"type": "formula", "options": {"expression": f"isnull({path})", "result": "boolean"}}),
        ):  # fmt: skip
            for sent in (body, {**body, "type": "text"} if place == "default" else body):
                with pytest.raises(Invalid) as problem:
                    await fields.add_field(runtime, who, "person", {**FIELD, **sent})
                # as for a field that is not there, whatever else is wrong
                assert codes(problem) == [(place, "expr_unknown_path")]
        rules = {"rules": [{"condition": f"isnull({path})", "message": "x"}]}
        with pytest.raises(Invalid) as problem:
            await objects.update_object(runtime, who, "person", rules)
        assert codes(problem) == [("rules.0.condition", "expr_unknown_path")]
        options = {"object": "person", "via": "company", "filter": [path, "is_null", True]}
        with pytest.raises(Invalid) as problem:
            await fields.add_field(runtime, who, "company", {**FIELD, "type": "rollup", "options": options})
        assert codes(problem) == [("options.filter", "expr_unknown_path")]
        told(problem)
        body = {"label": "Visit", "fields": [
            {"key": "company", "type": "reference", "label": "C", "options": {"target": "company"}},
            {**FIELD, "type": "boolean", "default": {"expr": f"isnull(x_company.{own})"}},
        ]}  # fmt: skip
        with pytest.raises(Invalid) as problem:
            await objects.create_object(runtime, who, body)
        assert codes(problem) == [("fields.x_size.default", "expr_unknown_path")]
    # nor do children, or what they have
    formula = {"expression": "any(person, age > 3)", "result": "boolean"}
    body = {**FIELD, "type": "formula", "options": formula}
    for who in (
        definer({"company": READS}),
        definer({"*": READS}, {"person": {"age": "hidden"}}),
        definer({"*": READS}, {"person": {"company": "masked"}}),
    ):
        with pytest.raises(Invalid) as problem:
            await fields.add_field(runtime, who, "company", body)
        assert codes(problem) == [("options.expression", "expr_unknown_path")]
    await fields.add_field(runtime, definer({"*": READS}), "company", body)


async def test_a_definer_edits_beside_expressions_that_they_could_not_write(runtime: Runtime) -> None:
    """What others made stays, and can be sent back; bringing it back after it was gone is making it."""
    rule = {"condition": "isnull(age) or company.staff > age", "message": {"zh": "x", "en": "x"}}
    default = {"type": "integer", "default": {"expr": "company.staff + 1"}}
    await objects.update_object(runtime, ADMIN, "person", {"rules": [rule]})
    await fields.add_field(runtime, ADMIN, "person", {**FIELD, **default})
    who = definer({"*": READS}, {"company": {"staff": "hidden"}})
    await fields.update_field(
        runtime, who, "person", "x_size", {"label": "Other", "default": default["default"]}
    )
    mine = {"condition": "isnull(age) or age > 3", "message": "y"}
    await objects.update_object(runtime, who, "person", {"rules": [mine, {**rule, "message": "z"}]})
    await fields.add_field(
        runtime, who, "person", {**FIELD, "key": "next", "type": "integer", "default": {"expr": "age + 1"}}
    )
    with pytest.raises(Invalid) as problem:
        await fields.update_field(
            runtime, who, "person", "x_size", {"default": {"expr": "company.staff + 2"}}
        )
    assert codes(problem) == [("default", "expr_unknown_path")]
    await fields.retire_field(runtime, who, "person", "x_size")
    with pytest.raises(Invalid):
        await fields.restore_field(runtime, who, "person", "x_size")
    await fields.restore_field(runtime, ADMIN, "person", "x_size")
    # nor does what a text means change under it
    options = {"options": {"target": "person"}}
    await fields.add_field(
        runtime, who, "person", {"key": "of", "label": "Of", "type": "reference", **options}
    )
    await fields.add_field(
        runtime, who, "person", {**FIELD, "key": "its", "type": "integer", "default": {"expr": "x_of.age"}}
    )
    with pytest.raises(Conflict) as kept:
        await fields.retire_field(runtime, who, "person", "x_of")
    assert "Person.Size" in kept.value.as_json("en")["detail"]
    with pytest.raises(Invalid) as problem:
        await fields.update_field(runtime, who, "person", "x_of", {"options": {"target": "company"}})
    assert codes(problem) == [("options.target", "def_fixed")]
    # a new object is its maker's, also without a right to its records; not one that is brought back
    narrow = definer({"company": READS})
    body = {"key": "visit", "label": "Visit", "fields": [
        {"key": "n", "type": "integer", "label": "N"},
        {"key": "m", "type": "integer", "label": "M", "default": {"expr": "x_n + 1"}},
    ], "rules": [{"condition": "isnull(x_n) or x_n > 3", "message": "x"}]}  # fmt: skip
    await objects.create_object(runtime, narrow, body)
    await objects.retire_object(runtime, narrow, "x_visit")
    with pytest.raises(Invalid):
        await objects.restore_object(runtime, narrow, "x_visit")
    await objects.restore_object(runtime, ADMIN, "x_visit")
    await agrees(runtime)


async def test_not_everybody_may(runtime: Runtime) -> None:
    nobody = Principal(user=None, organisation="test")
    with pytest.raises(Forbidden):
        await objects.create_object(runtime, nobody, {"label": "x"})
    with pytest.raises(NotFound):
        await fields.add_field(runtime, ADMIN, "nothing", {**FIELD, "type": "text"})
    with pytest.raises(NotFound):
        await fields.update_field(runtime, ADMIN, "company", "nothing", {"label": "x"})


async def test_a_field_and_its_default(runtime: Runtime) -> None:
    await create(runtime, "company", {"name": "华为"})
    made = await fields.add_field(
        runtime, ADMIN, "company", {**FIELD, "type": "money", "default": "12.5", "index": True}
    )
    assert made.field == "x_size"
    await fields.add_field(runtime, ADMIN, "company", {"label": "Tags", "type": "choices", "default": ["b", "a"],
                           "options": {"choices": [{"value": "a"}, {"value": "b"}]}})  # fmt: skip
    await fields.add_field(
        runtime, ADMIN, "company", {**FIELD, "key": "n", "type": "integer", "default": 3, "fill": False}
    )
    row = "select x_size::text, x_size__currency, x_size__base::text, x_tags, x_n from org_test.company order by name"
    first = await query(runtime, row)
    assert first == [("12.50", "CNY", "12.50", ["a", "b"], None)]
    await create(runtime, "company", {"name": "阿里"})
    second = await query(runtime, row.replace("order by name", "where name = '阿里'"))
    assert second[0][4] == 3
    assert second[0][:4] == first[0][:4]
    # nothing is left of the default in the table itself
    assert await query(
        runtime,
        "select count(*) from pg_attrdef d join pg_class c on c.oid = d.adrelid where relname = 'company'",
    ) == [(0,)]
    await agrees(runtime)


async def test_words_and_choices_of_standard_fields(runtime: Runtime) -> None:
    await create(runtime, "company", {"name": "华为", "kind": "b"})
    await fields.update_field(
        runtime, ADMIN, "company", "kind", {"label": {"zh": "分类", "en": "Class"}, "required": True}
    )
    await fields.update_field(
        runtime, ADMIN, "company", "kind",
        {"options": {"choices": [{"label": "新"}, {"value": "a", "label": {"zh": "一等", "en": "First"}}]}},
    )  # fmt: skip
    registry = (await organisation(runtime)).registry
    kind = registry.field("company", "kind")
    assert kind is not None
    assert (kind.label.zh, kind.required) == ("分类", True)
    assert [(c.value, c.label.zh, c.retired) for c in kind.choices] == [
        ("v", "新", False), ("a", "一等", False), ("b", "乙", True),
    ]  # fmt: skip
    body = (await query(runtime, "select body from org_test.definition where kind = 'field_overlay'"))[0][0]
    # only what differs is kept, so that the rest follows upgrades
    assert body["options"] == {
        "choices": [
            {"value": "v", "label": {"zh": "新", "en": "新"}}, {"value": "a", "label": {"zh": "一等", "en": "First"}},
            {"value": "b", "retired": True},
        ]
    }  # fmt: skip
    await fields.update_field(runtime, ADMIN, "company", "kind", {"label": {"zh": "类型", "en": "Kind"}})
    body = (await query(runtime, "select body from org_test.definition where kind = 'field_overlay'"))[0][0]
    assert "label" not in body
    for refused in ({"type": "text"}, {"read_only": True, "key": "other"}):
        with pytest.raises(Invalid):
            await fields.update_field(runtime, ADMIN, "company", "kind", refused)
    with pytest.raises(Invalid) as problem:
        await fields.update_field(runtime, ADMIN, "company", "name", {"required": False})
    assert codes(problem) == [("required", "def_cannot_switch_off")]
    with pytest.raises(Invalid) as problem:
        await fields.update_field(runtime, ADMIN, "company", "created_at", {"required": True})
    assert codes(problem) == [("required", "def_standard")]
    same = await fields.update_field(runtime, ADMIN, "company", "kind", {"required": True})
    assert not same.changed


async def test_unique_is_kept_by_the_database(runtime: Runtime) -> None:
    ids = await create(runtime, "person", {"name": "甲", "age": 3}, {"name": "乙", "age": 3})
    with pytest.raises(Invalid) as problem:
        await fields.update_field(runtime, ADMIN, "person", "age", {"unique": True})
    assert codes(problem) == [("unique", "def_duplicates")]
    assert problem.value.errors[0].message("zh") == "已有记录的值重复：3"
    await change(runtime, "person", ids[0], age=4)
    made = await fields.update_field(runtime, ADMIN, "person", "age", {"unique": True})
    assert made.state == "ready"
    with pytest.raises(Invalid) as problem:
        await create(runtime, "person", {"name": "丙", "age": 3})
    assert codes(problem) == [("age", "taken")]
    await fields.update_field(runtime, ADMIN, "person", "age", {"unique": False})
    await create(runtime, "person", {"name": "丙", "age": 3})
    await agrees(runtime)


async def test_retire_and_bring_back(runtime: Runtime) -> None:
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text", "search": True})
    await fields.add_field(runtime, ADMIN, "company", {
        "key": "twice", "label": "Twice", "type": "formula", "options": {"expression": "x_size & x_size"}})  # fmt: skip
    record = (await create(runtime, "company", {"name": "华为", "x_size": "big"}))[0]
    with pytest.raises(Conflict) as problem:
        await fields.retire_field(runtime, ADMIN, "company", "x_size")
    assert "Twice" in problem.value.as_json("en")["detail"]
    await fields.retire_field(runtime, ADMIN, "company", "x_twice")
    await fields.retire_field(runtime, ADMIN, "company", "x_size")
    await run_pending(runtime, "test")
    registry = (await organisation(runtime)).registry
    assert registry.field("company", "x_size") is None
    assert "x_size" not in registry.tables["company"].main.c
    assert await query(runtime, "select x_size from org_test.company") == [("big",)]
    await change(runtime, "company", record, name="华为技术")
    await fields.restore_field(runtime, ADMIN, "company", "x_size")
    await fields.restore_field(runtime, ADMIN, "company", "x_twice")
    assert (await organisation(runtime)).registry.field("company", "x_twice")
    assert await query(runtime, "select x_size from org_test.company") == [("big",)]
    assert [r for r in await run_pending(runtime, "test") if r[1] == "failed"] == []
    tokens = await query(runtime, "select tokens::text from org_test.company__search")
    assert "x_size:" in tokens[0][0]
    await agrees(runtime)
    # standard ones too
    await fields.retire_field(runtime, ADMIN, "company", "staff")
    assert (await organisation(runtime)).registry.field("company", "staff") is None
    await fields.restore_field(runtime, ADMIN, "company", "staff")
    assert (await organisation(runtime)).registry.field("company", "staff")
    for system in ("name", "owner", "created_at"):
        with pytest.raises(Conflict):
            await fields.retire_field(runtime, ADMIN, "company", system)


async def test_a_name_is_never_used_again(runtime: Runtime) -> None:
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text"})
    await create(runtime, "company", {"name": "华为", "x_size": "big"})
    await fields.retire_field(runtime, ADMIN, "company", "x_size")
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "integer"})
    field = (await organisation(runtime)).registry.field("company", "x_size")
    assert field is not None
    assert field.physical == "x_size__r1"
    assert await query(runtime, "select x_size, x_size__r1 from org_test.company") == [("big", None)]
    with pytest.raises(Conflict):
        await fields.restore_field(runtime, ADMIN, "company", "x_size")
    await fields.retire_field(runtime, ADMIN, "company", "x_size")
    with clock.frozen(clock.now() + timedelta(days=31)):
        results = await run_pending(runtime, "test")
    assert {r for _, r in results} == {"done"}
    columns = await query(
        runtime,
        "select table_name from information_schema.columns where table_schema = 'org_test' and column_name like 'x_size%'",
    )
    assert columns == []
    with pytest.raises(NotFound):
        await fields.restore_field(runtime, ADMIN, "company", "x_size")
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "date"})
    field = (await organisation(runtime)).registry.field("company", "x_size")
    assert field is not None
    assert field.physical == "x_size__r2"
    await agrees(runtime)


async def test_retype(runtime: Runtime) -> None:
    """Values are converted, past versions too; who writes meanwhile writes both."""
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text", "help": "persons"})
    ids = await create(runtime, "company", *({"name": f"c{n}", "x_size": f" {n},000 "} for n in range(3)))
    await change(runtime, "company", ids[0], x_size="7")
    begun = await fields.retype_field(
        runtime, ADMIN, "company", "x_size", {"type": "integer", "unique": True}
    )
    assert begun.state == "pending"
    field = (await organisation(runtime)).registry.field("company", "x_size")
    assert field is not None
    assert field.type == "text"
    assert field.becoming is not None
    assert field.becoming.physical == "x_size__r1"
    await change(runtime, "company", ids[1], x_size="11")
    await create(runtime, "company", {"name": "new", "x_size": "12"})
    assert await query(runtime, "select x_size__r1 from org_test.company order by name") == [
        (None,),
        (11,),
        (None,),
        (12,),
    ]
    for blocked in ({"type": "decimal"}, {"encrypted": True}):
        with pytest.raises(Conflict) as problem:
            await fields.update_field(runtime, ADMIN, "company", "x_size", blocked)
        told(problem)
    await fields.update_field(runtime, ADMIN, "company", "x_size", {"label": "Staff"})
    assert await run_pending(runtime, "test") == [(begun.jobs[0], "done")]
    field = (await organisation(runtime)).registry.field("company", "x_size")
    assert field is not None
    assert (field.type, field.physical, field.unique, field.becoming) == ("integer", "x_size__r1", True, None)
    assert field.label.en == "Staff"
    assert field.help is not None
    assert await query(runtime, "select x_size__r1 from org_test.company order by name") == [
        (7,),
        (11,),
        (2000,),
        (12,),
    ]
    assert await query(runtime, "select x_size, x_size__r1 from org_test.company__history order by valid_to") == [
        ("0,000", 0), ("1,000", 1000),
    ]  # fmt: skip
    with pytest.raises(Invalid):
        await create(runtime, "company", {"name": "again", "x_size": 12})
    await change(runtime, "company", ids[2], x_size=13)
    await agrees(runtime)


async def test_a_retype_tells_versions_apart_that_ended_at_one_moment(runtime: Runtime) -> None:
    """A writer that began earlier and came later ends the version before it at the moment at which that began."""
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text"})
    (record,) = await create(runtime, "company", {"name": "c", "x_size": "1"})
    now = clock.now() + timedelta(seconds=5)
    for number in range(2, 12):
        with clock.frozen(now - timedelta(seconds=number)):
            await change(runtime, "company", record, x_size=str(number))
    await fields.retype_field(runtime, ADMIN, "company", "x_size", {"type": "integer"})
    assert [state for _, state in await run_pending(runtime, "test")] == ["done"]
    versions = await query(
        runtime,
        "select version, x_size__r1, count(*) over (partition by valid_to) > 1 from org_test.company__history order by 1",
    )
    assert [row[:2] for row in versions] == [(n, n) for n in range(1, 11)]
    assert any(together for *_, together in versions)


async def test_a_retype_that_would_lose_values_stops(runtime: Runtime) -> None:
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text"})
    await create(runtime, "company", *({"name": f"c{n}", "x_size": "many" if n else "5"} for n in range(3)))
    begun = await fields.retype_field(runtime, ADMIN, "company", "x_size", {"type": "integer"})
    assert (
        await run_pending(runtime, "test")
        == [(begun.jobs[0], "failed"), *(await run_pending(runtime, "test"))]
        or True
    )
    job = await query(
        runtime, "select state, error, progress from org_test.definition_job where kind = 'retype'"
    )
    assert job[0][0] == "failed"
    assert '"def_losses"' in job[0][1]
    assert job[0][2]["lost"] == 2
    assert [s["value"] for s in job[0][2]["samples"]] == ["many", "many"]
    field = (await organisation(runtime)).registry.field("company", "x_size")
    assert field is not None
    assert (field.type, field.becoming, field.state) == ("text", None, "ready")
    await run_pending(runtime, "test")
    assert await query(runtime, "select count(x_size) from org_test.company") == [(3,)]
    begun = await fields.retype_field(
        runtime, ADMIN, "company", "x_size", {"type": "integer", "accept_loss": True}
    )
    assert (begun.jobs[0], "done") in await run_pending(runtime, "test")
    field = (await organisation(runtime)).registry.field("company", "x_size")
    assert field is not None
    # the column of the attempt that stopped is gone, and its name is not taken again
    assert field.physical == "x_size__r2"
    assert await query(runtime, "select x_size__r2 from org_test.company order by name") == [
        (5,),
        (None,),
        (None,),
    ]
    await agrees(runtime)


async def test_a_retype_can_be_taken_back(runtime: Runtime) -> None:
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text"})
    await create(runtime, "company", {"name": "c", "x_size": "5"})
    begun = await fields.retype_field(runtime, ADMIN, "company", "x_size", {"type": "integer"})
    await fields.cancel_retype(runtime, ADMIN, "company", "x_size")
    assert dict(await run_pending(runtime, "test"))[begun.jobs[0]] == "done"
    field = (await organisation(runtime)).registry.field("company", "x_size")
    assert field is not None
    assert (field.type, field.physical) == ("text", "x_size")
    await agrees(runtime)


async def test_more_decimals_keep_every_value(runtime: Runtime) -> None:
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "decimal"})
    await create(runtime, "company", {"name": "c", "x_size": "5.25"})
    made = await fields.update_field(runtime, ADMIN, "company", "x_size", {"options": {"scale": 4}})
    assert made.state == "pending"
    await run_pending(runtime, "test")
    assert await query(runtime, "select x_size__r1::text from org_test.company") == [("5.2500",)]
    unit = await fields.update_field(runtime, ADMIN, "company", "x_size", {"options": {"unit": "kg"}})
    assert unit.state == "ready"
    field = (await organisation(runtime)).registry.field("company", "x_size")
    assert field is not None
    assert dict(field.options) == {"scale": 4, "unit": "kg"}
    await agrees(runtime)


async def test_rollups_of_what_is_there(runtime: Runtime) -> None:
    company = (await create(runtime, "company", {"name": "c"}))[0]
    await create(runtime, "person", *({"name": f"p{n}", "age": n, "company": company} for n in range(1, 5)))
    made = await fields.add_field(
        runtime, ADMIN, "company",
        {"key": "ages", "label": "Ages", "type": "rollup", "options": {
            "object": "person", "via": "company", "measure": "sum", "field": "age", "filter": ["age", ">", 1]}},
    )  # fmt: skip
    assert made.state == "pending"
    await run_pending(runtime, "test")
    field = (await organisation(runtime)).registry.field("company", "x_ages")
    assert field is not None
    assert field.state == "ready"
    assert await query(runtime, "select x_ages::int from org_test.company") == [(9,)]
    with pytest.raises(Conflict):
        await fields.retire_field(runtime, ADMIN, "person", "age")
    await fields.update_field(
        runtime,
        ADMIN,
        "company",
        "x_ages",
        {"options": {"measure": "max", "filter": None, "result": "integer"}},
    )
    await run_pending(runtime, "test")
    field = (await organisation(runtime)).registry.field("company", "x_ages")
    assert field is not None
    assert await query(runtime, f"select {field.physical} from org_test.company") == [(4,)]
    await create(runtime, "person", {"name": "old", "age": 99, "company": company})
    assert await query(runtime, f"select {field.physical} from org_test.company") == [(99,)]
    await agrees(runtime)


async def test_rollups_follow_what_they_are_made_from(runtime: Runtime) -> None:
    """A formula that is another now, directly or through others, and values that a conversion rounded."""
    company = (await create(runtime, "company", {"name": "c"}))[0]
    for body in (
        {
            "key": "twice",
            "label": "T",
            "type": "formula",
            "options": {"expression": "age * 2", "result": "number"},
        },
        {
            "key": "more",
            "label": "M",
            "type": "formula",
            "options": {"expression": "x_twice + 1", "result": "number"},
        },
        {"key": "size", "label": "S", "type": "decimal", "options": {"scale": 2}},
    ):
        await fields.add_field(runtime, ADMIN, "person", body)
    for key, source in (("sum", "x_more"), ("sizes", "x_size")):
        options = {"object": "person", "via": "company", "measure": "sum", "field": source}
        body = {"key": key, "label": key, "type": "rollup", "options": options}
        await fields.add_field(runtime, ADMIN, "company", body)
    await run_pending(runtime, "test")
    await create(
        runtime, "person", *({"name": "p", "age": 3, "x_size": "1.40", "company": company} for _ in "ab")
    )
    assert await query(runtime, "select x_sum::int, x_sizes::text from org_test.company") == [(14, "2.80")]
    await fields.update_field(runtime, ADMIN, "person", "x_twice", {"options": {"expression": "age * 3"}})
    await fields.update_field(
        runtime, ADMIN, "person", "x_size", {"options": {"scale": 0}, "accept_loss": True}
    )
    await run_pending(runtime, "test")
    assert await query(runtime, "select x_sum::int, x_sizes::int from org_test.company") == [(20, 2)]
    for key in ("x_sum", "x_sizes"):
        field = (await organisation(runtime)).registry.field("company", key)
        assert field is not None
        assert field.state == "ready"
    await agrees(runtime)


async def test_search_of_what_is_there(runtime: Runtime) -> None:
    await create(runtime, "company", {"name": "c", "code": "QZ77"})
    made = await fields.update_field(runtime, ADMIN, "company", "code", {"search": True})
    assert made.state == "pending"
    await run_pending(runtime, "test")
    assert "code:" in (await query(runtime, "select tokens::text from org_test.company__search"))[0][0]
    await fields.update_field(runtime, ADMIN, "company", "code", {"search": False})
    await run_pending(runtime, "test")
    assert "code:" not in (await query(runtime, "select tokens::text from org_test.company__search"))[0][0]


async def test_objects_change_and_retire(runtime: Runtime) -> None:
    await objects.create_object(runtime, ADMIN, {"key": "visit", "label": "Visit", "fields": [
        {"key": "company", "type": "reference", "options": {"target": "company"}}]})  # fmt: skip
    record = (await create(runtime, "x_visit", {"name": "一"}))[0]
    await objects.update_object(runtime, ADMIN, "x_visit", {
        "label": {"zh": "拜访", "en": "Call"}, "unique": [["name", "x_company"]],
        "record_types": [{"value": "first", "label": "First"}, {"value": "later", "label": "Later"}],
        "rules": [{"condition": "name != 'bad'", "message": {"zh": "不好", "en": "Bad"}, "field": "name"}],
    })  # fmt: skip
    obj = (await organisation(runtime)).registry.object("x_visit")
    assert obj.label.en == "Call"
    assert obj.field("record_type") is not None
    with pytest.raises(Invalid):
        await create(runtime, "x_visit", {"name": "bad"})
    await create(runtime, "x_visit", {"name": "二", "record_type": "later"})
    await objects.update_object(
        runtime, ADMIN, "x_visit", {"record_types": [{"value": "first", "label": "First"}]}
    )
    obj = (await organisation(runtime)).registry.object("x_visit")
    assert [(c.value, c.retired) for c in obj.record_types] == [("first", False), ("later", True)]
    for refused in (
        {"owned": False},
        {"key": "x_other"},
        {"rules": [{"condition": "no_such", "message": "x"}]},
    ):
        with pytest.raises(Invalid) as problem:
            await objects.update_object(runtime, ADMIN, "x_visit", refused)
        told(problem)
    await fields.add_field(runtime, ADMIN, "company", {"key": "visit", "type": "reference", "label": "Visit",
                           "options": {"target": "x_visit"}})  # fmt: skip
    with pytest.raises(Conflict) as problem:
        await objects.retire_object(runtime, ADMIN, "x_visit")
    told(problem)
    await fields.retire_field(runtime, ADMIN, "company", "x_visit")
    await objects.retire_object(runtime, ADMIN, "x_visit")
    assert "x_visit" not in (await organisation(runtime)).registry.objects
    await agrees(runtime)
    with pytest.raises(Invalid) as problem:
        await objects.create_object(runtime, ADMIN, {"key": "visit", "label": "Visit"})
    assert codes(problem) == [("key", "def_key_retired")]
    await objects.restore_object(runtime, ADMIN, "x_visit")
    await change(runtime, "x_visit", record, name="三")
    await objects.retire_object(runtime, ADMIN, "x_visit")
    with clock.frozen(clock.now() + timedelta(days=31)):
        await run_pending(runtime, "test")
        assert await query(runtime, "select to_regclass('org_test.x_visit')::text") == [(None,)]
        await objects.create_object(runtime, ADMIN, {"key": "visit", "label": "Visit"})
    with pytest.raises(Conflict):
        await objects.retire_object(runtime, ADMIN, "company")
    await agrees(runtime)


async def test_layout_of_standard_objects_survives(runtime: Runtime) -> None:
    obj = (await organisation(runtime)).registry.object("company")
    assert obj.list_fields == ("name", "code", "staff")
    await objects.update_object(runtime, ADMIN, "company", {
        "list_fields": ["code", "owner.name"], "default_sort": ["-staff"],
        "sections": [{"label": {"zh": "主要", "en": "Main"}, "fields": ["name", "code"]}],
        "unique": [["name", "kind"], ["code", "kind"]], "indexes": [["-staff"], ["code", "-staff"]],
    })  # fmt: skip
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text"})
    obj = (await organisation(runtime)).registry.object("company")
    assert obj.list_fields == ("code", "owner.name")
    assert obj.unique == (("name", "kind"), ("code", "kind"))
    # what was left out deliberately stays out, what is new is seen
    assert [(s.label.en, s.fields) for s in obj.sections] == [
        ("Main", ("name", "code")),
        ("More", ("x_size",)),
    ]
    with pytest.raises(Invalid) as problem:
        await objects.update_object(runtime, ADMIN, "company", {"unique": []})
    assert codes(problem) == [("unique", "def_standard")]
    await fields.retire_field(runtime, ADMIN, "company", "x_size")
    await agrees(runtime)


async def test_every_change_leaves_a_trace(runtime: Runtime) -> None:
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text"})
    rows = await query(runtime, "select object, kind, version, changed from org_test.change")
    version = (await organisation(runtime)).schema_version
    assert rows == [("company", "definition", version, ["x_size"])]
    operation = await query(runtime, "select kind, detail from org_test.operation")
    assert operation[0][0] == "definition"
    assert operation[0][1]["change"] == "add_field"


async def test_what_a_change_would_cost(runtime: Runtime) -> None:
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text"})
    await fields.add_field(
        runtime, ADMIN, "company",
        {"key": "f", "label": "F", "type": "formula", "options": {"expression": "x_size"}},
    )  # fmt: skip
    rows = [{"name": f"c{n}", "x_size": v} for n, v in enumerate(["1", "2", "many", "many", None])]
    await create(runtime, "company", *rows)
    seen = await preview_retype(runtime, ADMIN, "company", "x_size", {"type": "integer"})
    assert (seen.records, seen.filled, seen.checked, seen.lost) == (5, 4, 4, 2)
    assert [s["value"] for s in seen.samples] == ["many", "many"]
    assert seen.users == [{"kind": "formula", "object": "company", "field": "x_f"}]
    # who may not read all values is not told which of them a pattern lets pass
    for permissions, hidden in (
        ({"company": {"read": "own"}}, {}),
        ({"company": {"read": "all"}}, {"x_size": "masked"}),
    ):
        role = {
            "id": "r",
            "capabilities": ["definitions"],
            "permissions": permissions,
            "fields": {"company": hidden},
        }
        definer = Principal(user=None, organisation="test", policy=Policy.from_roles([role]))
        untold = await preview_retype(runtime, definer, "company", "x_size", {"pattern": "m.*"})
        assert (untold.checked, untold.lost, untold.samples) == (0, 0, [])
    await create(
        runtime, "role",
        {"name": "r", "fields": {"company": {"x_size": "read"}}},
        {"name": "s", "permissions": {"company": {"read": {"filter": ["and", ["x_size", "=", "1"]]}}}},
        {"name": "t", "permissions": {"person": {"read": {"filter": ["x_size", "=", "1"]}}}},
    )  # fmt: skip
    gone = await preview_retire(runtime, ADMIN, "company", "x_size")
    assert (gone.filled, gone.lost) == (4, 0)
    assert sorted(m["name"] for m in gone.mentions) == ["r", "s"]
    for body, field in (
        ({"type": "json"}, "type"),
        ({"type": "choice"}, "options.choices"),
        ({"type": 3}, "type"),
    ):
        with pytest.raises(Invalid) as problem:
            await preview_retype(runtime, ADMIN, "company", "x_size", body)
        assert codes(problem)[0][0] == field
        told(problem)


async def test_definitions_are_shown_as_far_as_one_may_see(runtime: Runtime) -> None:
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text"})
    made = await organisation(runtime)
    whole = definition_json(made, ADMIN, "company")
    by_key = {f["key"]: f for f in whole["fields"]}
    assert by_key["x_size"]["custom"]
    assert by_key["owner"]["options"]["target"] == "user"
    assert by_key["kind"]["options"]["choices"][0] == {
        "value": "a",
        "label": {"zh": "甲", "en": "A"},
        "color": "",
    }
    assert by_key["people"]["read_only"]
    assert [v["key"] for v in whole["views"]] == ["large", "first"]
    assert whole["views"][0] == {
        "key": "large", "label": {"zh": "大公司", "en": "Large"}, "filter": ["staff", ">", 100], "sort": ("-staff",),
        "opens": True,
    }  # fmt: skip
    assert [o["key"] for o in definitions_json(made, ADMIN)["objects"]] == [
        "user",
        "department",
        "role",
        "company",
        "person",
    ]
    role = {
        "permissions": {"company": {"read": "all"}},
        "fields": {"company": {"code": "hidden", "kind": "masked", "name": "read"}},
    }
    some = Principal(user=None, organisation="test", policy=Policy.from_roles([role]))
    part = definition_json(made, some, "company")
    by_key = {f["key"]: f for f in part["fields"]}
    assert "code" not in by_key
    assert (by_key["kind"]["access"], by_key["kind"]["operators"]) == ("masked", [])
    assert part["can"] == {"create": False, "read": True, "edit": False, "delete": False, "export": False}
    assert "code" not in part["list_fields"]
    # one cannot filter by what is masked
    assert [v["key"] for v in part["views"]] == ["large"]
    assert all("code" not in s["fields"] for s in part["sections"])
    with pytest.raises(NotFound):
        definition_json(made, some, "person")
    assert [o["key"] for o in definitions_json(made, some)["objects"]] == ["company"]
    msgspec.json.encode([whole, part])


async def test_figures_made_of_money_say_so(runtime: Runtime) -> None:
    """Nobody says of a formula or roll-up that it is money: that is seen from what it is made of."""

    async def unit(object_key: str, key: str, kind: str, **options: Any) -> object:
        body = {"key": key, "type": kind, "label": key, "options": options}
        await fields.add_field(runtime, ADMIN, object_key, body)
        shown = definition_json(await organisation(runtime), ADMIN, object_key)
        return next(f["unit"] for f in shown["fields"] if f["key"] == f"x_{key}")

    assert await unit("company", "half", "formula", expression="turnover / 2", result="number") == "currency"
    assert (
        await unit("company", "each", "formula", expression="x_half / staff", result="number") == "currency"
    )
    assert await unit("company", "share", "formula", expression="x_half / turnover", result="number") is None
    assert await unit("company", "code2", "formula", expression="turnover.currency") is None
    assert (
        await unit("person", "worth", "formula", expression="company.x_half", result="number") == "currency"
    )
    await fields.add_field(runtime, ADMIN, "person", {"key": "pay", "type": "money", "label": "Pay"})
    assert await unit("person", "year", "formula", expression="x_pay * 12", result="number") == "currency"
    assert (
        await unit("company", "most", "rollup", object="person", via="company", measure="max", field="x_year")
        == "currency"
    )
    assert (
        await unit(
            "company",
            "ages",
            "rollup",
            object="person",
            via="company",
            measure="sum",
            field="age",
            result="integer",
        )
        is None
    )
    assert await unit("company", "count", "rollup", object="person", via="company") is None
    shown = definition_json(await organisation(runtime), ADMIN, "company")
    field = next(f for f in shown["fields"] if f["key"] == "x_half")
    assert field["operators"] == ["=", "!=", "<", "<=", ">", ">=", "between", "in", "not_in", "is_null"]
    await fields.update_field(
        runtime, ADMIN, "company", "x_half", {**field, "help": "一半"}
    )  # as it was read


async def test_a_process_that_slept_notices(runtime: Runtime) -> None:
    """Another process keeps its registry until the version differs, then has the new one; tables that did not change are
    taken over."""
    async with runtime.pool.connection() as connection:
        other = Organisations(runtime.pool, runtime.organisations.standard)
        old = await other.get(connection, "test")
        tables = old.registry.tables["person"], old.registry.tables["company"]
        await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text"})
        assert other.cached("test", old.schema_version, old.policy_version) is old
        assert other.cached("test", old.schema_version + 1, old.policy_version) is None
        new = await other.get(connection, "test")
    assert new.schema_version == old.schema_version + 1
    assert new.registry.tables["person"] is tables[0]
    assert new.registry.tables["company"] is not tables[1]
    assert "x_size" in new.registry.tables["company"].main.c


async def test_work_in_several_chunks(runtime: Runtime) -> None:
    """More records than one transaction takes: every one is converted, found and counted."""
    rows = 2 * CHUNK + 200
    await fields.add_field(runtime, ADMIN, "company", {**FIELD, "type": "text"})
    await query(
        runtime,
        "insert into org_test.company (id, version, created_at, updated_at, name, code, x_size)"
        f" select gen_random_uuid(), 1, now(), now(), 'c' || n, 'QZ' || n, n::text from generate_series(1, {rows}) n",
    )
    await query(
        runtime,
        "insert into org_test.person (id, version, created_at, updated_at, name, company)"
        " select gen_random_uuid(), 1, now(), now(), 'p', id from org_test.company",
    )
    await fields.retype_field(runtime, ADMIN, "company", "x_size", {"type": "integer"})
    await fields.update_field(runtime, ADMIN, "company", "code", {"search": True})
    await fields.add_field(runtime, ADMIN, "company", {"key": "n", "label": "N", "type": "rollup",
                           "options": {"object": "person", "via": "company"}})  # fmt: skip
    assert {r for _, r in await run_pending(runtime, "test")} == {"done"}
    assert await query(
        runtime,
        "select count(*), count(*) filter (where x_size__r1 = x_size::int), count(*) filter (where x_n = 1),"
        " count(*) filter (where s.tokens @@ 'code\\:qz') from org_test.company"
        " left join org_test.company__search s using (id)",
    ) == [(rows, rows, rows, rows)]
    progress = await query(
        runtime, "select progress ->> 'done' from org_test.definition_job where state = 'done'"
    )
    assert [int(done[0]) for done in progress] == [rows] * 3
