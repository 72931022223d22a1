"""Backup and restore, as an administrator does them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg
import pytest

from databases import Server
from keyuan.access import system_principal
from keyuan.kernel.startup import CannotStart
from keyuan.records import pipeline
from keyuan.records.hooks import Hooks
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import run
from keyuan.schema.declare import field, object_
from keyuan.storage import dump

NOTE = object_(
    "note",
    "便签",
    "Note",
    "Notes",
    area="test",
    fields=[field("name", "text", "名称", "Name", required=True)],
)


def names(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("select name from org_test.note order by name")]


@pytest.mark.anyio
async def test_a_backup_comes_back_whole(
    make_runtime: Callable[..., Awaitable[Runtime]], server: Server, tmp_path: Path
) -> None:
    runtime = await make_runtime((NOTE,), Hooks())
    await run(runtime, system_principal("test"), lambda uow: pipeline.create(uow, "note", [{"name": "甲"}]))
    files = tmp_path / "one" / "files" / "test"
    files.mkdir(parents=True)
    (files / "a").write_bytes(b"content")
    target = tmp_path / "backup.tar"
    dump.backup(runtime.pool.conninfo, tmp_path / "one", target, lambda line: None)
    with server.database() as url:
        dump.restore(url, tmp_path / "two", target, lambda line: None, replace=False)
        assert names(url) == ["甲"]
        assert (tmp_path / "two" / "files" / "test" / "a").read_bytes() == b"content"
        with psycopg.connect(url) as connection:
            connection.execute("update org_test.note set name = '乙'")
            epochs = connection.execute("select epoch::text from org_test.state").fetchall()
        with pytest.raises(CannotStart):
            dump.restore(url, tmp_path / "two", target, lambda line: None, replace=False)
        assert names(url) == ["乙"]
        broken = tmp_path / "broken.tar"
        broken.write_bytes(target.read_bytes()[:5000])
        with pytest.raises(CannotStart):
            dump.restore(url, tmp_path / "two", broken, lambda line: None, replace=True)
        assert names(url) == ["乙"]
        dump.restore(url, tmp_path / "two", target, lambda line: None, replace=True)
        assert names(url) == ["甲"]
        with psycopg.connect(url) as connection:
            assert connection.execute("select epoch::text from org_test.state").fetchall() != epochs
            assert connection.execute("select max(xid::text) from org_test.change").fetchone() == ("1",)
