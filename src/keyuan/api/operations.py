"""What was done: operations, to find what to undo."""

from __future__ import annotations

from typing import Any

from litestar import get

from ..records import operations
from .answers import Answer, json_answer
from .parameters import Parameters
from .paths import AnyRequest, record_of
from .reading import Reader, reading


@get("/api/v1/operations")
async def list_operations(request: AnyRequest) -> Answer:
    """One's own operations, the newest first; `all=yes` shows everybody's to who may undo them."""
    given = Parameters(request, ("all", "limit", "cursor"))
    everyones = given.one_of("all", ("no", "yes")) == "yes"
    limit, cursor = given.integer("limit", 50, 1, 200), given.text("cursor")

    async def work(reader: Reader) -> tuple[list[dict[str, Any]], str | None]:
        return await operations.operations(
            reader.connection, reader.organisation.registry, reader.principal,
            everyones=everyones, limit=limit, cursor=cursor,
        )  # fmt: skip

    found, following = await reading(request, work)
    return json_answer({"operations": found, "next_cursor": following})


@get("/api/v1/operations/{operation:str}")
async def get_operation(request: AnyRequest) -> Answer:
    """One operation, and how much of it an undo would leave as it is."""
    Parameters(request)
    id_ = record_of(request, "operation")

    async def work(reader: Reader) -> dict[str, Any]:
        registry = reader.organisation.registry
        return await operations.operation(reader.connection, registry, reader.principal, id_)

    return json_answer(await reading(request, work))


HANDLERS = (list_operations, get_operation)
