"""The records of the demo pass the pipeline as they are, and what follows from them agrees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from keyuan import domains
from keyuan.access import system_principal
from keyuan.records import pipeline
from keyuan.records.hooks import Change
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.services.demo import Batch, generate

pytestmark = pytest.mark.anyio


async def known(uow: UnitOfWork) -> dict[str, str]:
    """The ids of what every organisation is given."""
    found = {f"role:{k}": i for i, k in await uow.fetch("select id::text, key from org_test.role")}
    found |= {f"pipeline:{n}": i for i, n in await uow.fetch("select id::text, name from org_test.pipeline")}
    stages = await uow.fetch(
        "select s.id::text, p.name, s.name from org_test.stage s join org_test.pipeline p on p.id = s.pipeline"
    )
    return found | {f"stage:{p}/{s}": i for i, p, s in stages}


async def test_the_demo_passes_the_pipeline(make_runtime: Callable[..., Awaitable[Runtime]]) -> None:
    standard = domains.load()
    runtime = await make_runtime(standard.objects, standard.hooks)

    async def prepare(uow: UnitOfWork) -> dict[str, str]:
        for seed in standard.seeds:
            await seed(uow)
        return await known(uow)

    async def work(what: Callable[[UnitOfWork], Awaitable[Any]]) -> Any:
        return await run(runtime, system_principal("test"), what, kind="import", trusted=True)

    there = await work(prepare)
    assert len([k for k in there if k.startswith("role:")]) == 8
    now = datetime.now(UTC)
    batches: list[Batch] = list(
        generate(customers=90, opportunities=200, now=now, known=there, planned=False)
    )
    seen: set[str] = set()

    async def load(uow: UnitOfWork) -> None:
        for key, rows in batches:
            if rows[0]["id"] in seen:
                await pipeline.update(
                    uow, key, [Change(r["id"], {k: v for k, v in r.items() if k != "id"}) for r in rows]
                )
            else:
                await pipeline.create(uow, key, rows)
            seen.update(r["id"] for r in rows)

    await work(load)

    async def ask(statement: str) -> list[tuple[Any, ...]]:
        return await run(runtime, system_principal("test"), lambda uow: uow.fetch(statement))

    told: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for key, rows in batches:
        for row in rows:
            told[key].setdefault(row["id"], {}).update(row)
    for key in ("department", "user", "customer", "contact", "lead", "opportunity", "activity", "competitor"):
        assert await ask(f'select count(*) from org_test."{key}"') == [(len(told[key]),)], key
    for column in ("created_at", "owner", "owner_department"):
        kept = dict(await ask(f"select id::text, {column} from org_test.opportunity"))
        for deal in told["opportunity"].values():
            value = kept[deal["id"]]
            assert (
                value.astimezone(UTC).isoformat() == deal[column]
                if column == "created_at"
                else str(value) == deal[column]
            )
    # The pipeline comes to the same as the demo meant.
    assert await ask(
        "select count(*) from org_test.opportunity o join org_test.stage s on s.id = o.stage where s.kind <> o.outcome"
    ) == [(0,)]
    assert await ask(
        "select count(*) from org_test.opportunity where lines_amount > 0 and lines_amount <> amount__base"
    ) == [(0,)]
    stays = await ask("select count(*) filter (where left_at is null), count(*) from org_test.stage_history")
    assert stays == [(200, 200 + len(told["stage_history"]))]
    assert "lost" in {c["status"] for c in told["customer"].values()}
    customers = dict(await ask("select id::text, status from org_test.customer"))
    assert customers == {i: c["status"] for i, c in told["customer"].items()}
    # The tasks that lie ahead were made by the pipeline, once each.
    waiting = {
        i
        for i, a in told["activity"].items()
        if datetime.fromisoformat(a.get("next_at", a["happened_at"])) > now
    }
    made = [
        str(r[0])
        for r in await ask(
            "select activity from org_test.task where due_at > now() and status in ('todo', 'doing')"
        )
    ]
    assert len(made) == len(set(made))
    assert set(made) <= waiting
    assert len(made) > 5
