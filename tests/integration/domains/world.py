"""Words to work in an organisation that has everything the product declares."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from keyuan.access import Principal
from keyuan.kernel.errors import Invalid
from keyuan.records import pipeline, stored
from keyuan.records.hooks import Change, Item
from keyuan.records.runtime import Runtime
from keyuan.records.undo import Report, undo
from keyuan.records.unit_of_work import UnitOfWork, run


class World:
    """An organisation to work in. The words take canonical values and act as an administrator, unless told otherwise."""

    def __init__(self, runtime: Runtime, me: Principal) -> None:
        self.runtime, self.me = runtime, me

    async def do(self, work: Callable[[UnitOfWork], Awaitable[Any]], **more: Any) -> Any:
        """Run work in a unit of its own."""
        return await run(self.runtime, more.pop("principal", self.me), work, **more)

    async def make(self, object_key: str, *rows: Mapping[str, Any], **more: Any) -> list[Item]:
        """Make records."""
        return await self.do(lambda uow: pipeline.create(uow, object_key, rows), **more)

    async def one(self, object_key: str, **values: Any) -> str:
        """Make a record; its id."""
        return (await self.make(object_key, values))[0].id

    async def change(self, object_key: str, record: str, **values: Any) -> str:
        """Change a record; the operation's id."""

        async def work(uow: UnitOfWork) -> str:
            await pipeline.update(uow, object_key, [Change(record, values)])
            return uow.operation

        return await self.do(work)

    async def delete(self, object_key: str, *records: str) -> str:
        """Delete records; the operation's id."""

        async def work(uow: UnitOfWork) -> str:
            await pipeline.delete(uow, object_key, records)
            return uow.operation

        return await self.do(work)

    async def act(self, object_key: str, record: str, action: str, **body: Any) -> str:
        """Do an action to a record; the operation's id."""

        async def work(uow: UnitOfWork) -> str:
            await self.runtime.actions[object_key, action](uow, record, body)
            return uow.operation

        return await self.do(work, kind="action")

    async def undo(self, operation: str) -> Report:
        """Undo an operation."""
        return await self.do(lambda uow: undo(uow, operation), kind="undo")

    async def get(self, object_key: str, record: str, *, deleted: bool = False) -> dict[str, Any]:
        """A record as it stands."""
        found = await self.do(lambda uow: stored.lock(uow, object_key, [record], "", deleted=deleted))
        return found[record]

    async def all(self, object_key: str, *order: str, **wanted: Any) -> list[dict[str, Any]]:
        """The records that have these values, in the order of the fields named."""

        async def work(uow: UnitOfWork) -> list[dict[str, Any]]:
            rows = await uow.fetch(f"select id from {uow.table_name(object_key)} where deleted_at is null")
            found = await stored.lock(uow, object_key, [str(r[0]) for r in rows], "")
            return [r for r in found.values() if all(r[k] == v for k, v in wanted.items())]

        rows = await self.do(work)
        return sorted(rows, key=lambda r: tuple(r[k] for k in order))

    async def stages(self, pipeline_id: str | None = None) -> dict[str, str]:
        """The stages of the default pipeline, by name."""
        which = pipeline_id or (await self.all("pipeline", default=True))[0]["id"]
        return {s["name"]: s["id"] for s in await self.all("stage", "position", pipeline=which)}


def codes(refused: Invalid) -> dict[str, str]:
    """The code of the error at each field."""
    return {e.field: e.code for e in refused.errors}
