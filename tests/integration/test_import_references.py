"""Imports whose rows refer to records: several in a cell, of one of several objects, of the rows' own object."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from keyuan.access import system_principal
from keyuan.kernel.errors import BadRequest
from keyuan.records import pipeline
from keyuan.records.hooks import Hooks
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import run
from keyuan.schema.declare import field, object_
from keyuan.services.imports.mapping import read_mapping
from keyuan.services.imports.report import StepReport
from keyuan.services.imports.run import run_step

pytestmark = pytest.mark.anyio

LABEL = object_(
    "label", "标签", "Label", "Labels", area="test",
    fields=[field("name", "text", "名称", "Name"), field("phone", "phone", "电话", "Phone")],
)  # fmt: skip
FIRM = object_("firm", "公司", "Firm", "Firms", area="test", fields=[field("name", "text", "名称", "Name")])
MAN = object_(
    "man", "人", "Man", "Men", area="test",
    fields=[
        field("name", "text", "名称", "Name", required=True),
        field("labels", "references", "标签", "Labels", target="label", most=3),
        field("friends", "references", "朋友", "Friends", target="man"),
        field("about", "reference_any", "关于", "About", targets=["firm", "label"]),
        field("only", "reference_any", "公司", "Firm", targets=["firm"]),
    ],
)  # fmt: skip


@pytest.fixture
async def runtime(make_runtime: Callable[..., Awaitable[Runtime]]) -> Runtime:
    made = await make_runtime((LABEL, FIRM, MAN), Hooks())
    who = system_principal("test")
    names = [{"name": n} for n in ("红", "黄", "蓝", "绿")]
    names.append({"name": "热线", "phone": "13812345678"})
    await run(made, who, lambda uow: pipeline.create(uow, "label", names))
    firms = [{"name": n} for n in ("甲", "乙", "乙")]
    await run(made, who, lambda uow: pipeline.create(uow, "firm", firms))
    return made


async def load(
    runtime: Runtime, fields: Mapping[str, Any], *rows: Mapping[str, Any], **more: Any
) -> StepReport:
    step = read_mapping({
        "object": "man", "key": "name", "on_error": "skip", "rows": list(rows), "fields": {"name": "n", **fields}, **more,
    })  # fmt: skip
    return await run(
        runtime, system_principal("test"), lambda uow: run_step(uow, step, Path()), kind="import"
    )


async def names(runtime: Runtime, column: str, target: str) -> dict[str, list[str]]:
    """For each man the names of what a field of many refers to, in their order."""
    rows = await run(
        runtime, system_principal("test"),
        lambda uow: uow.fetch(
            f"select m.name, array(select t.name from unnest(m.{column}) with ordinality as u(id, n)"
            f" join org_test.{target} t on t.id = u.id order by n) from org_test.man m"
        ),
    )  # fmt: skip
    return dict(rows)


def told(report: StepReport) -> dict[int, list[tuple[str, str]]]:
    return {row.line: [(e.field, e.code) for e in row.errors] for row in report.errors}


async def test_several_records_in_a_cell(runtime: Runtime) -> None:
    labels = {"labels": {"column": "l", "find": "name"}}
    report = await load(
        runtime, labels,
        {"n": "a", "l": "红，黄; 红"}, {"n": "b", "l": "蓝"}, {"n": "c", "l": ""}, {"n": "d", "l": "红、紫"},
        {"n": "e", "l": "红|黄|蓝|绿"},
    )  # fmt: skip
    assert report.created == 3
    assert told(report) == {4: [("labels", "import_not_found")], 5: [("labels", "too_many")]}
    assert await names(runtime, "labels", "label") == {"a": ["红", "黄"], "b": ["蓝"], "c": []}
    again = await load(runtime, labels, {"n": "a", "l": "红,黄"}, {"n": "b", "l": "绿"})
    assert (again.created, again.updated, again.unchanged) == (0, 1, 1)


async def test_the_same_record_written_in_two_ways(runtime: Runtime) -> None:
    by_phone = {"labels": {"column": "l", "find": "phone"}}
    report = await load(
        runtime, by_phone, {"n": "a", "l": "138 1234 5678"}, {"n": "b", "l": "+86 13812345678"}
    )
    assert (report.created, report.refused) == (2, 0)
    assert await names(runtime, "labels", "label") == {"a": ["热线"], "b": ["热线"]}


async def test_records_that_are_not_there_are_made_once(runtime: Runtime) -> None:
    made = {"labels": {"column": "l", "find": "name", "make": {}}}
    report = await load(runtime, made, {"n": "a", "l": "红,紫"}, {"n": "b", "l": "紫,青"})
    assert (report.created, report.refused) == (2, 0)
    assert await names(runtime, "labels", "label") == {"a": ["红", "紫"], "b": ["紫", "青"]}
    (count,) = (await run(runtime, system_principal("test"), lambda uow: uow.fetch(
        "select count(*) from org_test.label where name in ('紫', '青')")))[0]  # fmt: skip
    assert count == 2


async def test_several_records_of_the_rows_own_object(runtime: Runtime) -> None:
    report = await load(
        runtime, {"friends": {"column": "f", "find": "name"}},
        {"n": "a", "f": "b,c"}, {"n": "b", "f": "a"}, {"n": "c", "f": "nobody,a"},
    )  # fmt: skip
    assert report.created == 3
    assert told(report) == {3: [("friends", "import_not_found")]}
    assert await names(runtime, "friends", "man") == {"a": ["b", "c"], "b": ["a"], "c": []}


async def test_a_record_of_one_of_several_objects(runtime: Runtime) -> None:
    async def about() -> dict[str, tuple[str, str]]:
        rows = await run(runtime, system_principal("test"), lambda uow: uow.fetch(
            "select m.name, m.about__object, coalesce(f.name, l.name) from org_test.man m"
            " left join org_test.firm f on f.id = m.about left join org_test.label l on l.id = m.about"))  # fmt: skip
        return {name: (kind, shown) for name, kind, shown in rows}

    fixed = await load(
        runtime, {"about": {"column": "a", "find": "name", "object": "firm"}},
        {"n": "a", "a": "甲"}, {"n": "b", "a": "乙"}, {"n": "c", "a": "红"},
    )  # fmt: skip
    assert told(fixed) == {
        2: [("about", "import_ambiguous")], 3: [("about", "import_not_found")],
    }  # fmt: skip
    kinds = {"column": "k", "map": {"企业": "firm", "标签": "label"}}
    by_row = await load(
        runtime, {"about": {"column": "a", "find": "name", "object": kinds}},
        {"n": "b", "a": "甲", "k": "企业"}, {"n": "c", "a": "红", "k": "标签"}, {"n": "d", "a": "a", "k": "man"},
    )  # fmt: skip
    assert told(by_row) == {3: [("about", "import_no_target")]}
    assert await about() == {"a": ("firm", "甲"), "b": ("firm", "甲"), "c": ("label", "红")}


async def test_where_there_is_one_object_it_need_not_be_named(runtime: Runtime) -> None:
    report = await load(runtime, {"only": {"column": "o", "find": "name"}}, {"n": "a", "o": "甲"})
    assert (report.created, report.refused) == (1, 0)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"about": {"column": "a", "find": "name"}}, "import_which_object"),
        ({"about": {"column": "a", "find": "name", "object": "man"}}, "import_no_target"),
        ({"about": {"column": "a", "find": "name", "object": {"column": "kind"}}}, "import_no_column"),
        ({"name": {"column": "n", "find": "name"}}, "import_no_reference"),
    ],
)
async def test_mappings_that_cannot_be(runtime: Runtime, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await load(runtime, fields, {"n": "a", "a": "甲"})
    assert [e.code for e in refused.value.errors] == [code]
