"""Imports of rows that the database itself refuses, beside those that it takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from keyuan.access import system_principal
from keyuan.kernel.errors import BadRequest, Invalid
from keyuan.records import pipeline
from keyuan.records.hooks import Hooks
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import run
from keyuan.schema.declare import field, object_
from keyuan.services.imports.mapping import read_mapping
from keyuan.services.imports.report import StepReport
from keyuan.services.imports.run import run_step

pytestmark = pytest.mark.anyio

PART = object_(
    "part", "零件", "Part", "Parts", area="test",
    fields=[field("name", "text", "名称", "Name", required=True), field("code", "text", "编码", "Code", unique=True)],
)  # fmt: skip
LOG = object_(
    "log", "日志", "Log", "Logs", area="test", importable=False,
    fields=[field("name", "text", "名称", "Name")],
)  # fmt: skip

TAKEN = ("c1", "c7", "c8")


@pytest.fixture
async def runtime(make_runtime: Callable[..., Awaitable[Runtime]]) -> Runtime:
    made = await make_runtime((PART, LOG), Hooks())
    there = [{"name": code, "code": code} for code in TAKEN]
    await run(made, system_principal("test"), lambda uow: pipeline.create(uow, "part", there))
    return made


async def load(runtime: Runtime, **more: Any) -> StepReport:
    rows = [{"n": f"p{n}", "c": f"c{n}"} for n in range(10)] + [{"n": "", "c": "c99"}]
    step = read_mapping({"object": "part", "rows": rows, "fields": {"name": "n", "code": "c"}, **more})
    return await run(
        runtime, system_principal("test"), lambda uow: run_step(uow, step, Path()), kind="import"
    )


async def codes(runtime: Runtime) -> set[str]:
    rows = await run(
        runtime, system_principal("test"), lambda uow: uow.fetch("select code from org_test.part")
    )
    return {row[0] for row in rows}


async def test_rows_that_are_refused_are_told_by_their_lines_and_the_others_are_taken(
    runtime: Runtime,
) -> None:
    report = await load(runtime, on_error="skip")
    assert (report.created, report.refused) == (7, 4)
    told = {row.line: [(e.field, e.code) for e in row.errors] for row in report.errors}
    assert told == {
        2: [("code", "taken")], 8: [("code", "taken")], 9: [("code", "taken")], 11: [("name", "required")],
    }  # fmt: skip
    assert await codes(runtime) == {f"c{n}" for n in range(10)}


async def test_an_import_that_stops_leaves_nothing(runtime: Runtime) -> None:
    with pytest.raises(Invalid) as refused:
        await load(runtime, on_error="stop")
    assert refused.value.code == "import_refused"
    assert {e.field for e in refused.value.errors} == {
        "rows:2.code",
        "rows:8.code",
        "rows:9.code",
        "rows:11.name",
    }
    assert await codes(runtime) == set(TAKEN)


async def test_what_the_product_keeps_itself_is_not_imported(runtime: Runtime) -> None:
    step = read_mapping({"object": "log", "rows": [{"n": "x"}], "fields": {"name": "n"}})
    with pytest.raises(BadRequest) as refused:
        await run(runtime, system_principal("test"), lambda uow: run_step(uow, step, Path()))
    assert refused.value.code == "import_not_importable"
