"""Records as answers: made by PostgreSQL, after a write too, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..kernel.errors import NotFound
from ..records import read
from ..records.read import CountAnswer
from ..records.unit_of_work import UnitOfWork
from .answers import Answer


def page(name: str, rows: bytes, next_cursor: str | None, count: CountAnswer | None = None) -> bytes:
    """A page of a list as JSON: the rows under `name`, the cursor, the count where one was asked for."""
    cursor = b"null" if next_cursor is None else msgspec.json.encode(next_cursor)
    parts = [b'{"', name.encode(), b'":', rows, b',"next_cursor":', cursor]
    if count is not None:
        parts.append(b',"count":%d,"count_capped":%s' % (count.value, b"true" if count.capped else b"false"))
    return b"".join((*parts, b"}"))


def record_answer(body: bytes, version: int, status: int = 200) -> Answer:
    """One record, with its version as the entity tag."""
    return Answer(body, status, {"ETag": f'"{version}"'})


async def written(
    uow: UnitOfWork,
    object_key: str,
    record: str,
    version: int,
    status: int = 200,
    beside: Mapping[str, Any] | None = None,
) -> Answer:
    """A record just written as its writer sees it: id and version alone where the writer may not read it. `beside` are
    members to stand beside its fields."""
    try:
        found = await read.get_record(
            uow.connection, uow.organisation, uow.principal, object_key, record,
            deleted=None, cipher=uow.context.cipher,
        )  # fmt: skip
        body, version = found.body, found.version
    except NotFound:
        body = msgspec.json.encode({"id": record, "version": version})
    answer = record_answer(_with(body, beside or {}), version, status)
    if status == 201:
        answer.headers["Location"] = f"/api/v1/records/{object_key}/{record}"
    return answer


def _with(body: bytes, beside: Mapping[str, Any]) -> bytes:
    """A JSON object with further members at its end."""
    more = msgspec.json.encode(beside)[1:]
    return body[:-1] + b"," + more if beside else body
