"""With whom a record is shared."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import delete, get, post

from ..records import read
from ..records.unit_of_work import UnitOfWork
from ..services import sharing
from .answers import Answer, json_answer, nothing
from .bodies import no_body, read_as
from .parameters import Parameters
from .paths import AnyRequest, object_of, record_of
from .reading import Reader, reading
from .writing import writing


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To whom, how much, until when (with zone; without it the grant does not end)."""

    grantee_kind: Literal["user", "department", "role"]
    grantee: str
    level: Literal["read", "edit"] = "read"
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


@get("/api/v1/records/{object_key:str}/{record:str}/grants")
async def list_grants(request: AnyRequest) -> Answer:
    """The grants of a record."""
    Parameters(request)
    key, record = object_of(request), record_of(request)

    async def work(reader: Reader) -> bytes:
        return await read.grants_of(reader.connection, reader.organisation, reader.principal, key, record)

    return Answer(b'{"grants":' + await reading(request, work) + b"}")


@post("/api/v1/records/{object_key:str}/{record:str}/grants")
async def add_grant(request: AnyRequest) -> Answer:
    """Share a record."""
    Parameters(request)
    key, record, given = object_of(request), record_of(request), await read_as(request, Grant)

    async def work(uow: UnitOfWork) -> Answer:
        made = await sharing.add(
            uow,
            key,
            record,
            kind=given.grantee_kind,
            grantee=given.grantee,
            level=given.level,
            until=given.until,
        )
        return json_answer({"id": made}, 201)

    return await writing(request, work, kind="share")


@delete("/api/v1/records/{object_key:str}/{record:str}/grants/{grant:str}", status_code=200)
async def remove_grant(request: AnyRequest) -> Answer:
    """End a grant."""
    Parameters(request)
    await no_body(request)
    key, record, grant = object_of(request), record_of(request), record_of(request, "grant")

    async def work(uow: UnitOfWork) -> Answer:
        await sharing.remove(uow, key, record, grant)
        return nothing()

    return await writing(request, work, kind="share")


HANDLERS = (list_grants, add_grant, remove_grant)
