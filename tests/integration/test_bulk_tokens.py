"""Search tokens of many records: made elsewhere, stored later, and never another's or an earlier state's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from keyuan.access import system_principal
from keyuan.records import pipeline
from keyuan.records.hooks import Change, Hooks
from keyuan.records.runtime import Runtime
from keyuan.records.token_process import TokenProcess, token_process, vectors
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.records.writing import BatchInvalid
from keyuan.schema.declare import field, object_
from keyuan.schema.text.tokens import Document, document_tokens
from keyuan.services.imports.mapping import read_mapping
from keyuan.services.imports.report import StepReport
from keyuan.services.imports.run import run_step

pytestmark = pytest.mark.anyio

PART = object_(
    "part", "零件", "Part", "Parts", area="test",
    fields=[
        field("name", "text", "名称", "Name", required=True, search=True),
        field("code", "text", "编码", "Code", unique=True, search=True),
        field("above", "reference", "上级", "Above", target="part"),
    ],
)  # fmt: skip
ROWS = 2_345
WHO = system_principal("test")


@pytest.fixture
async def runtime(make_runtime: Callable[..., Awaitable[Runtime]]) -> Runtime:
    return await make_runtime((PART,), Hooks())


async def load(runtime: Runtime, codes: list[str]) -> StepReport:
    rows = [{"n": f"零件{n:04} Größe", "c": code} for n, code in enumerate(codes)]
    step = read_mapping({
        "object": "part", "rows": rows, "fields": {"name": "n", "code": "c"}, "on_error": "skip", "mode": "create",
    })  # fmt: skip
    return await run(runtime, WHO, lambda uow: run_step(uow, step, Path()), kind="import")


async def wrong(runtime: Runtime) -> int:
    """How many records have other tokens than their values ask for, or none; how many tokens have no record."""

    async def work(uow: UnitOfWork) -> int:
        rows = await uow.fetch("select id, name, code from org_test.part")
        found = 0
        for record, name, code in rows:
            document: Document = [("text", name, None)]
            if code is not None:
                document.append(("text", code, "code"))
            same = await uow.fetch(
                "select tokens = array_to_tsvector(%(tokens)s::text[]) from org_test.part__search where id = %(id)s",
                {"tokens": document_tokens(document), "id": record},
            )
            found += same != [(True,)]
        (orphans,) = (
            await uow.fetch(
                "select count(*) from org_test.part__search s where not exists (select from org_test.part p where p.id = s.id)"
            )
        )[0]
        return found + int(orphans)

    return await run(runtime, WHO, work)


async def test_all_that_an_import_makes_is_found(runtime: Runtime) -> None:
    report = await load(runtime, [f"C-{n}" for n in range(ROWS)])
    assert (report.created, report.refused) == (ROWS, 0)
    assert await wrong(runtime) == 0


async def test_what_is_refused_between_takes_no_others_tokens_along(runtime: Runtime) -> None:
    await load(runtime, ["C-7", "C-1500"])
    report = await load(runtime, [f"C-{n}" for n in range(ROWS)])
    assert (report.created, report.refused) == (ROWS - 2, 2)
    assert await wrong(runtime) == 0


async def test_a_later_state_in_the_same_unit_has_the_last_word(runtime: Runtime) -> None:
    async def work(uow: UnitOfWork) -> None:
        made = await pipeline.create(uow, "part", [{"name": f"零件 {n}"} for n in range(200)])
        await pipeline.create(uow, "part", [{"name": f"备件 {n}"} for n in range(200)])
        await pipeline.update(uow, "part", [Change(made[3].id, {"name": "改名"})])
        await pipeline.update(uow, "part", [Change(i.id, {"name": f"再改 {i.id[:8]}"}) for i in made[100:]])
        await pipeline.delete(uow, "part", [made[0].id])
        await pipeline.purge(uow, "part", [made[0].id])

    await run(runtime, WHO, work, trusted=True)
    assert await wrong(runtime) == 0


async def test_a_unit_that_fails_leaves_none(runtime: Runtime) -> None:
    async def work(uow: UnitOfWork) -> None:
        for _ in range(2):
            await pipeline.create(uow, "part", [{"name": f"零件 {n}"} for n in range(100)])
        await pipeline.create(uow, "part", [{"name": None}])

    with pytest.raises(BatchInvalid):
        await run(runtime, WHO, work)
    assert await run(runtime, WHO, lambda uow: uow.fetch("select id from org_test.part__search")) == []


async def test_what_is_held_is_let_go_when_the_unit_itself_deletes_it(runtime: Runtime) -> None:
    async def work(uow: UnitOfWork) -> None:
        (above,) = await pipeline.create(uow, "part", [{"name": "上级"}])
        (below,) = await pipeline.create(uow, "part", [{"name": "下级", "above": above.id}])
        await pipeline.delete(uow, "part", [below.id])
        await pipeline.delete(uow, "part", [above.id])
        await pipeline.create(uow, "part", [{"name": "又一个", "above": above.id}])

    with pytest.raises(BatchInvalid) as refused:
        await run(runtime, WHO, work)
    assert [(e.field, e.code) for e in refused.value.errors] == [("above", "reference")]


DOCUMENTS: list[Document] = [
    [("text", f"华为技术{n}", None), ("phone", f"138{n:08}", "phone")] for n in range(500)
]


def words(made: list[bytes]) -> list[list[bytes]]:
    """What the vectors hold: sets of text have another order in each process."""
    return [sorted(vector[4:].split(b"\0\0\0")) for vector in made]


async def test_the_process_answers_in_turn() -> None:
    made = TokenProcess()
    try:
        asked = [await made.ask(DOCUMENTS[n : n + 100]) for n in range(0, 500, 100)]
        assert words([v for one in asked for v in await one]) == words(vectors(DOCUMENTS))
    finally:
        await made.end()


async def test_where_the_process_is_killed_the_work_is_done_here() -> None:
    made = TokenProcess()
    assert words(await (await made.ask(DOCUMENTS))) == words(vectors(DOCUMENTS))
    process = made._process
    assert process is not None
    process.kill()
    await process.wait()
    assert words(await (await made.ask(DOCUMENTS))) == words(vectors(DOCUMENTS))
    assert words(await (await made.ask(DOCUMENTS[:9]))) == words(vectors(DOCUMENTS[:9]))
    await made.end()


async def test_it_ends_with_the_block_and_with_its_input() -> None:
    async with token_process() as made:
        assert made is not None
        await (await made.ask(DOCUMENTS[:1]))
        process = made._process
        assert process is not None
    assert process.returncode is not None
    other = TokenProcess()
    await (await other.ask(DOCUMENTS[:1]))
    assert other._process is not None
    assert other._process.stdin is not None
    other._process.stdin.close()
    assert await other._process.wait() == 0
