"""The public Maven CRM data, imported as its example says. The files are not part of the project: the tests run where
`KEYUAN_TEST_DATA` or `../shared/data` holds them."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from keyuan import domains
from keyuan.access import system_principal
from keyuan.kernel.ids import new_id
from keyuan.query.requests import ListQuery
from keyuan.records import pipeline, read
from keyuan.records.runtime import Runtime
from keyuan.records.undo import undo
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.services.identity import ready_roles
from keyuan.services.identity.principals import load as person
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


async def seen(runtime: Runtime, name: str, object_key: str, **query: Any) -> list[dict[str, Any]]:
    """What somebody who was imported sees of an object, all pages."""
    async with runtime.pool.connection() as connection:
        organisation = await runtime.organisations.get(connection, "test")
        cursor = await connection.execute('select id::text from org_test."user" where name = %s', (name,))
        row = await cursor.fetchone()
        assert row is not None
        who = (await person(connection, organisation, row[0])).principal
        found: list[dict[str, Any]] = []
        cursor_text: str | None = ""
        while cursor_text is not None:
            given = ListQuery.read({"limit": 1000, "cursor": cursor_text, **query})
            answer = await read.list_records(connection, organisation, who, object_key, given)
            found += msgspec.json.decode(answer.body)
            cursor_text = answer.next_cursor
    return found


async def check_what_people_see(runtime: Runtime) -> None:
    """A manager sees her department's deals and no others', an agent his own; both know whom they sell to."""
    ask = "customer,owner_department"
    by_name = {}
    for name in ("Melvin Marxen", "Anna Snelling"):
        accounts = await seen(runtime, name, "customer", fields="name")
        assert len({a["name"] for a in accounts}) == 85
        deals = await seen(runtime, name, "opportunity", fields=ask)
        by_name[name] = deals
        named = [d["customer"] for d in deals if d["customer"]]
        assert named
        assert {c["name"] for c in named} <= {a["name"] for a in accounts}
        assert not any(c.get("masked") for c in named)
    departments = {d["owner_department"]["name"] for d in by_name["Melvin Marxen"]}
    assert departments == {"Central"}
    assert 0 < len(by_name["Anna Snelling"]) < len(by_name["Melvin Marxen"]) < 8800


async def test_the_real_pipeline_comes_in_once_and_goes_out_whole(
    make_runtime: Callable[..., Awaitable[Runtime]],
) -> None:
    standard = domains.load()
    runtime = await make_runtime(standard.objects, standard.hooks)

    async def roles(uow: UnitOfWork) -> Any:
        return await pipeline.create(uow, "role", ready_roles.rows("en"))

    await run(runtime, system_principal("test"), roles, trusted=True)

    async def ask(statement: str) -> list[tuple[Any, ...]]:
        return await run(runtime, system_principal("test"), lambda uow: uow.fetch(statement))

    operation = new_id()
    reports = await load(runtime, operation)
    assert [(r.object, r.created, r.refused) for r in reports] == [
        ("role", 1, 0), ("department", 3, 0), ("user", 6, 0), ("user", 35, 0), ("product", 7, 0), ("customer", 85, 0),
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
    await check_what_people_see(runtime)
    again = await load(runtime, new_id())
    assert [(r.created, r.updated, r.refused) for r in again] == [(0, 0, 0)] * 9
    tables = (
        "department",
        "user",
        "product",
        "customer",
        "opportunity",
        "stage",
        "pipeline",
        "stage_history",
    )

    async def tried(uow: UnitOfWork) -> None:
        report = await undo(uow, operation)
        assert (report.changed, report.forbidden) == ([], [])
        for table in tables:
            left = await uow.fetch(f'select count(*) from org_test."{table}" where deleted_at is null')
            assert left == [(0,)], table
        assert await uow.fetch("select 1 from org_test.customer where deleted_at is not null limit 1")
        raise InterruptedError  # and all is back

    with pytest.raises(InterruptedError):
        await run(runtime, system_principal("test"), tried, kind="undo")
    await check_what_people_see(runtime)
    await run(
        runtime, system_principal("test"), lambda uow: undo(uow, operation, purge=True), kind="undo"
    )  # fmt: skip
    assert await ask("select count(*) from org_test.role where key = 'maven_accounts'") == [(0,)]
    for table in tables:
        for kept in (table, f"{table}__history", f"{table}__search"):
            if await ask(f"select to_regclass('org_test.\"{kept}\"')::text") != [(None,)]:
                assert await ask(f'select count(*) from org_test."{kept}"') == [(0,)], kept
