"""Values of encrypted fields are found however they are written, by filters, keys of upserts and imports; telephone numbers
that are not encrypted too."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from keyuan.access import system_principal
from keyuan.kernel.errors import Invalid
from keyuan.query.requests import ListQuery
from keyuan.records import pipeline, read, upsert
from keyuan.records.hooks import Hooks
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.schema.declare import field, object_
from keyuan.services.cipher import FieldCipher
from keyuan.services.imports.mapping import read_mapping
from keyuan.services.imports.report import StepReport
from keyuan.services.imports.run import run_step

pytestmark = pytest.mark.anyio

SYSTEM = system_principal("test")
PERSON = object_(
    "person", "人员", "Person", "People", area="test",
    fields=[
        field("name", "text", "姓名", "Name", required=True),
        field("mobile", "phone", "手机", "Mobile", encrypted=True, unique=True),
        field("mail", "email", "邮箱", "Mail", encrypted=True),
        field("office", "phone", "座机", "Office"),
    ],
)  # fmt: skip
CHILD = object_(
    "child", "孩子", "Child", "Children", area="test",
    fields=[
        field("name", "text", "姓名", "Name", required=True),
        field("parent_person", "reference", "家长", "Parent", target="person"),
    ],
)  # fmt: skip


@pytest.fixture
async def runtime(make_runtime: Callable[..., Awaitable[Runtime]]) -> Runtime:
    made = dataclasses.replace(await make_runtime((PERSON, CHILD), Hooks()), cipher=FieldCipher(b"x" * 32))
    rows = [
        {
            "name": "甲",
            "mobile": "+86 138-0013-8000",
            "mail": "Zhang@Example.com",
            "office": "(0755) 2600 1234",
        },
        {"name": "乙", "mobile": "13900001111", "mail": "li@example.com", "office": "010-12345678"},
    ]
    await run(made, SYSTEM, lambda uow: pipeline.create(uow, "person", rows))
    return made


async def names(runtime: Runtime, condition: list[Any], object_key: str = "person") -> list[str]:
    async def work(uow: UnitOfWork) -> list[str]:
        query = ListQuery(filter=condition, fields=("name",))
        answer = await read.list_records(
            uow.connection, uow.organisation, SYSTEM, object_key, query, cipher=runtime.cipher
        )
        return sorted(row["name"] for row in msgspec.json.decode(answer.body))

    return await run(runtime, SYSTEM, work)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (["mobile", "=", "13800138000"], ["甲"]),
        (["mobile", "=", "138 0013 8000"], ["甲"]),
        (["mobile", "=", "１３８００１３８０００"], ["甲"]),
        (["mobile", "!=", "+86-138-0013-8000"], ["乙"]),
        (["mobile", "in", ["0086 138 0013 8000", "139-0000-1111"]], ["乙", "甲"]),
        (["mobile", "=", "no number"], []),
        (["mail", "=", " zhang@EXAMPLE.com "], ["甲"]),
        (["mail", "=", "Zhang＠example.com"], ["甲"]),
        (["office", "=", "075526001234"], ["甲"]),
        (["office", "not_in", ["0755 26001234"]], ["乙"]),
        (["office", "contains", "2600"], ["甲"]),
        (["or", ["office", "=", "010 1234 5678"], ["mobile", "=", "138 0013 8000"]], ["乙", "甲"]),
    ],
)  # fmt: skip
async def test_filters(runtime: Runtime, condition: list[Any], found: list[str]) -> None:
    assert await names(runtime, condition) == found


async def test_the_same_number_is_taken(runtime: Runtime) -> None:
    again = [{"name": "丙", "mobile": "0086 138 0013 8000"}]
    with pytest.raises(Invalid) as refused:
        await run(runtime, SYSTEM, lambda uow: pipeline.create(uow, "person", again))
    assert [(e.field, e.code) for e in refused.value.errors] == [("mobile", "taken")]


async def test_upsert(runtime: Runtime) -> None:
    how, item = await run(
        runtime, SYSTEM, lambda uow: upsert.upsert(uow, "person", "mobile", "138-0013-8000", {"name": "甲一"})
    )
    assert (how, item.after["name"]) == ("update", "甲一")


async def test_imports_find_records_by_encrypted_values(runtime: Runtime) -> None:
    async def load(**step: Any) -> StepReport:
        mapping = read_mapping({"on_error": "skip", **step})
        return await run(runtime, SYSTEM, lambda uow: run_step(uow, mapping, Path()), kind="import")

    report = await load(
        object="person",
        key="mobile",
        fields={"name": "n", "mobile": "m"},
        rows=[{"n": "甲二", "m": "138 0013 8000"}, {"n": "丁", "m": "137-0000-2222"}],
    )
    assert (report.created, report.updated, report.refused) == (1, 1, 0)
    assert await names(runtime, ["name", "in", ["甲二", "丁"]]) == ["丁", "甲二"]
    report = await load(
        object="child",
        mode="create",
        fields={"name": "n", "parent_person": {"column": "p", "find": "mail"}},
        rows=[{"n": "小甲", "p": "zhang@example.com"}, {"n": "小乙", "p": "nobody@example.com"}],
    )
    assert (report.created, [e.line for e in report.errors]) == (1, [2])
    assert await names(runtime, ["parent_person.name", "=", "甲二"], "child") == ["小甲"]
