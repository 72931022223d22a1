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
from keyuan.services.demo import Batch, Changes, generate

pytestmark = pytest.mark.anyio


async def known(uow: UnitOfWork) -> dict[str, str]:
    """The ids of what every organisation is given."""
    found = {f"role:{k}": i for i, k in await uow.fetch("select id::text, key from org_test.role")}
    found |= {f"pipeline:{n}": i for i, n in await uow.fetch("select id::text, name from org_test.pipeline")}
    stages = await uow.fetch(
        "select s.id::text, p.name, s.name from org_test.stage s join org_test.pipeline p on p.id = s.pipeline"
    )
    return found | {f"stage:{p}/{s}": i for i, p, s in stages}


Ask = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


def ways(batches: list[Batch], object_key: str) -> dict[str, list[dict[str, Any]]]:
    """What each record of an object began as, and its changes."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key, rows in batches:
        for row in rows if key == object_key else ():
            found[row["id"]].append(row)
    return found


async def check_stays(ask: Ask, batches: list[Batch]) -> None:
    """Every stage that a deal was in has its stay, from when it was entered until the next one was."""
    stays = defaultdict(list)
    for deal, *stay in await ask(
        "select opportunity::text, stage::text, entered_at, left_at, seconds, from_stage::text"
        " from org_test.stage_history order by entered_at, left_at nulls last"
    ):
        stays[deal].append(stay)
    deals = ways(batches, "opportunity")
    assert len(stays) == len(deals) == 200
    for deal, way in deals.items():
        moves = [row for row in way if "stage" in row]
        assert [s[0] for s in stays[deal]] == [m["stage"] for m in moves]
        assert [s[1].astimezone(UTC).isoformat() for s in stays[deal]] == [
            m["stage_entered_at"] for m in moves
        ]
        assert [s[2] for s in stays[deal]] == [*(s[1] for s in stays[deal][1:]), None]
        assert [s[4] for s in stays[deal]] == [None, *(m["stage"] for m in moves[:-1])]
        assert all(s[3] == (s[2] - s[1]).total_seconds() for s in stays[deal][:-1])


async def check_history(ask: Ask, batches: list[Batch]) -> None:
    """Every change that was told is a version of its own, of its own time and author; the past goes back two years."""
    for key in ("opportunity", "customer", "lead", "contact"):
        versions = defaultdict(list)
        for record, *version in await ask(
            f"select id::text, version, valid_to, changed from org_test.{key}__history order by id, version"
        ):
            versions[record].append(version)
        current = dict(await ask(f"select id::text, updated_at from org_test.{key}"))
        for record, (first, *changes) in ways(batches, key).items():
            ended = [v[1].astimezone(UTC).isoformat() for v in versions[record]]
            assert ended == sorted(ended)
            assert ended == [c["updated_at"] for c in changes]
            assert [v[0] for v in versions[record]] == list(range(1, len(changes) + 1))
            assert all(set(c) - {"id", "lines"} >= set(v[2]) - {"status_changed_at"}
                       for c, v in zip(changes, versions[record], strict=True)) or key == "opportunity"  # fmt: skip
            assert current[record].astimezone(UTC).isoformat() == (changes or [first])[-1]["updated_at"]
    changed = {
        row[0] for row in await ask("select distinct unnest(changed) from org_test.opportunity__history")
    }
    assert {"stage", "probability", "amount", "expected_close", "outcome", "closed_at"} <= changed
    changed = {row[0] for row in await ask("select distinct unnest(changed) from org_test.customer__history")}
    assert {"status", "level"} <= changed
    ((months,),) = await ask(
        "select count(distinct date_trunc('month', valid_to)) from org_test.opportunity__history where valid_to < now()"
    )
    assert months > 20


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

    async def load(uow: UnitOfWork) -> None:
        for key, rows in batches:
            if isinstance(rows, Changes):
                await pipeline.update(
                    uow, key, [Change(r["id"], {k: v for k, v in r.items() if k != "id"}) for r in rows]
                )
            else:
                await pipeline.create(uow, key, rows)

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
    await check_stays(ask, batches)
    await check_history(ask, batches)
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
