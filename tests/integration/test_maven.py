"""The public Maven CRM data, imported as its example says. The files are not part of the project: the tests run where
`KEYUAN_TEST_DATA` or `../shared/data` holds them."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from keyuan import domains
from keyuan.access import system_principal
from keyuan.kernel.ids import new_id
from keyuan.records import pipeline
from keyuan.records.runtime import Runtime
from keyuan.records.undo import undo
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.services.imports import mapping
from keyuan.services.imports.report import StepReport
from keyuan.services.imports.run import run_plan

ROOT = Path(__file__).parents[2]
FILES = Path(os.environ.get("KEYUAN_TEST_DATA", ROOT.parent / "shared" / "data")) / "maven-crm"

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not FILES.is_dir(), reason=f"the Maven CRM files are not at {FILES}"),
]


async def load(runtime: Runtime, operation: str) -> list[StepReport]:
    plan = mapping.read_plan(mapping.read_yaml(ROOT / "examples" / "maven-crm" / "plan.yaml"))
    return await run(
        runtime, system_principal("test"), lambda uow: run_plan(uow, plan, FILES),
        kind="import", operation=operation, trusted=True,
    )  # fmt: skip


async def test_the_real_pipeline_comes_in_once_and_goes_out_whole(
    make_runtime: Callable[..., Awaitable[Runtime]],
) -> None:
    standard = domains.load()
    runtime = await make_runtime(standard.objects, standard.hooks)

    async def roles(uow: UnitOfWork) -> Any:
        rows = [{"name": k, "key": k} for k in ("sales", "sales_manager")]
        return await pipeline.create(uow, "role", rows)

    await run(runtime, system_principal("test"), roles, trusted=True)

    async def ask(statement: str) -> list[tuple[Any, ...]]:
        return await run(runtime, system_principal("test"), lambda uow: uow.fetch(statement))

    operation = new_id()
    reports = await load(runtime, operation)
    assert [(r.object, r.created, r.refused) for r in reports] == [
        ("department", 3, 0), ("user", 6, 0), ("user", 35, 0), ("product", 7, 0), ("customer", 85, 0),
        ("pipeline", 1, 0), ("stage", 4, 0), ("opportunity", 8800, 0),
    ]  # fmt: skip
    won = await ask(
        "select count(*), sum(amount__base) from org_test.opportunity where outcome = 'won' and deleted_at is null"
    )
    assert [(n, int(total)) for n, total in won] == [(4238, 10_005_534)]
    assert await ask("select count(*) from org_test.opportunity where customer is null") == [(1425,)]
    assert (await ask("select count(*) from org_test.customer where parent is not null"))[0][0] == 15
    assert await ask(
        "select count(*) from org_test.opportunity o join org_test.product p on p.id = o.product where p.name = 'GTX Pro'"
    ) == [(1480,)]
    again = await load(runtime, new_id())
    assert [(r.created, r.updated, r.refused) for r in again] == [(0, 0, 0)] * 8
    report = await run(runtime, system_principal("test"), lambda uow: undo(uow, operation), kind="undo")
    assert (report.changed, report.forbidden) == ([], [])
    for table in (
        "department",
        "user",
        "product",
        "customer",
        "opportunity",
        "stage",
        "pipeline",
        "stage_history",
    ):
        assert await ask(f'select count(*) from org_test."{table}" where deleted_at is null') == [(0,)], table
