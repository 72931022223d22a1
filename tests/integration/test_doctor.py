"""keyuan doctor finds and mends what a restored or edited database lacks, and leaves what somebody put there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from keyuan.access import system_principal
from keyuan.kernel import clock
from keyuan.records import pipeline
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.services.definitions import fields
from keyuan.services.definitions.work import run_pending
from keyuan.services.doctor import examine, mend

pytestmark = pytest.mark.anyio

ADMIN = system_principal("test")


async def create(runtime: Runtime, object_key: str, *rows: dict[str, Any]) -> list[str]:
    async def work(uow: UnitOfWork) -> list[str]:
        return [item.id for item in await pipeline.create(uow, object_key, rows)]

    return await run(runtime, ADMIN, work)


async def execute(runtime: Runtime, *statements: str) -> None:
    async with runtime.pool.connection() as connection:
        for statement in statements:
            await connection.execute(statement.encode())


async def kinds(runtime: Runtime) -> list[str]:
    found = await examine(runtime, "test")
    for finding in found:
        assert finding.line("zh") != finding.line("en")
    return sorted(f.kind for f in found)


async def test_a_sound_database(runtime: Runtime) -> None:
    company = (await create(runtime, "company", {"name": "华为"}))[0]
    await create(runtime, "person", {"name": "任", "company": company})
    assert await examine(runtime, "test") == []


async def test_what_is_missing_is_mended(runtime: Runtime) -> None:
    company = (await create(runtime, "company", {"name": "华为", "turnover": 5}))[0]
    await create(runtime, "person", {"name": "任", "company": company})
    async with runtime.pool.connection() as connection:
        organisation = await runtime.organisations.get(connection, "test")
    index = next(i.name for i in organisation.registry.tables["company"].main.indexes if i.unique)
    await execute(
        runtime,
        f'drop index org_test."{index}"',
        "alter table org_test.person drop constraint fk_person_company",
        "delete from org_test.person__search",
        "update org_test.company set people = 7",
        f"drop table org_test.change__{clock.now():%Y%m}",
    )
    found = await examine(runtime, "test")
    assert {f.kind for f in found} >= {"foreign_key", "index", "partition", "rollup", "tokens"}
    assert all(f.mends for f in found)
    assert await mend(runtime, "test", found) == []
    async with runtime.pool.connection() as connection:
        cursor = await connection.execute(
            "select people, (select count(*) from org_test.person__search) from org_test.company"
        )
        assert await cursor.fetchall() == [(1, 1)]


async def test_tables_and_state_that_were_lost(runtime: Runtime) -> None:
    await create(runtime, "company", {"name": "华为"})
    await execute(
        runtime, "drop table org_test.person__history", "drop table org_test.company__search",
        "drop table org_test.sign_in_attempt",
        "alter table org_test.company drop column turnover", "delete from org_test.state",
    )  # fmt: skip
    assert await kinds(runtime) == ["no_state"]
    found = await examine(runtime, "test")
    assert await mend(runtime, "test", found) == []
    await create(runtime, "company", {"name": "阿里", "turnover": "3"})
    assert await examine(runtime, "test") == []


async def test_what_somebody_put_there_stays(runtime: Runtime) -> None:
    await execute(
        runtime,
        "alter table org_test.company add column theirs text",
        "create table org_test.their_table ()",
        "alter table org_test.person alter column age type text",
        "insert into org_test.definition (kind, object, field, body) values ('field', 'company', 'x_bad', '{\"type\": \"no\"}')",
        "update org_test.state set schema_version = schema_version + 1",
    )
    found = await examine(runtime, "test")
    assert {f.kind for f in found} == {"unknown_column", "unknown_table", "wrong_type", "left_out"}
    told = next(f for f in found if f.kind == "left_out")
    assert "company.x_bad 未能使用：field：必填" in told.line("zh")
    assert "company.x_bad is not used: field: Required" in told.line("en")
    left = await mend(runtime, "test", found)
    assert sorted(f.key for f in left) == sorted(f.key for f in found)


async def test_work_that_nobody_will_do(runtime: Runtime) -> None:
    """A pending field whose job is gone, a conversion without one, and jobs that wait."""
    await create(runtime, "company", {"name": "华为"})
    await fields.add_field(runtime, ADMIN, "company", {"key": "n", "label": "N", "type": "rollup",
                           "options": {"object": "person", "via": "company"}})  # fmt: skip
    await fields.add_field(runtime, ADMIN, "company", {"key": "size", "label": "S", "type": "text"})
    await fields.retype_field(runtime, ADMIN, "company", "x_size", {"type": "integer"})
    assert await kinds(runtime) == ["job", "job"]
    await execute(runtime, "delete from org_test.definition_job")
    found = await examine(runtime, "test")
    assert sorted(f.kind for f in found) == ["pending", "pending"]
    assert await mend(runtime, "test", found) == []
    async with runtime.pool.connection() as connection:
        registry = (await runtime.organisations.get(connection, "test")).registry
    n, size = registry.field("company", "x_n"), registry.field("company", "x_size")
    assert n is not None
    assert size is not None
    assert (n.state, size.type) == ("ready", "integer")


async def test_months_nobody_prepared(runtime: Runtime) -> None:
    """Writes of a month without partition are kept, and moved when the doctor comes."""
    later = clock.now() + timedelta(days=200)
    with clock.frozen(later):
        company = (await create(runtime, "company", {"name": "华为"}))[0]
        assert company
        found = await examine(runtime, "test")
        assert {f.kind for f in found} == {"partition", "default_rows"}
        assert await mend(runtime, "test", found) == []
    async with runtime.pool.connection() as connection:
        cursor = await connection.execute("select tableoid::regclass::text from org_test.change")
        assert await cursor.fetchall() == [(f"org_test.change__{later:%Y%m}",)]


async def test_an_upgrade_that_did_not_come(runtime: Runtime) -> None:
    await execute(runtime, "update org_test.state set standard = 'old'")
    found = await examine(runtime, "test")
    assert [f.kind for f in found] == ["not_current"]
    assert await mend(runtime, "test", found) == []


async def test_failures_are_told(runtime: Runtime) -> None:
    await fields.add_field(runtime, ADMIN, "person", {"key": "size", "label": "S", "type": "text"})
    await execute(
        runtime,
        "insert into org_test.person (id, version, created_at, updated_at, name, x_size)"
        " select gen_random_uuid(), 1, now(), now(), 'p', 'same' from generate_series(1, 20000) n",
    )
    await fields.update_field(runtime, ADMIN, "person", "x_size", {"unique": True})
    assert [r for _, r in await run_pending(runtime, "test")] == ["failed"]
    found = [f for f in await examine(runtime, "test") if f.kind != "tokens"]
    assert sorted(f.kind for f in found) == ["failed", "index"]
