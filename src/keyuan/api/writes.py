"""Writing records: one at a time, by a key, actions, and undo."""

from __future__ import annotations

import msgspec
from litestar import delete, patch, post, put

from ..kernel.errors import Conflict, NotFound
from ..records import pipeline, undo, upsert
from ..records.draft import draft
from ..records.hooks import Change, Item
from ..records.offers import offers
from ..records.unit_of_work import UnitOfWork
from .answers import Answer, json_answer, nothing
from .bodies import convert, no_body, optional_object, read_object
from .parameters import Parameters
from .paths import AnyRequest, if_match, object_of, record_of, rest_of
from .shown import written
from .writing import writing


class UndoRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an undo may be told; `purge`: leave what the operation made in no recycle bin either."""

    purge: bool = False


@post("/api/v1/records/{object_key:str}")
async def create(request: AnyRequest) -> Answer:
    """Make a record, with its lines."""
    Parameters(request)
    key, values = object_of(request), await read_object(request)

    async def work(uow: UnitOfWork) -> Answer:
        made = (await pipeline.create(uow, key, [values]))[0]
        return await written(uow, key, made.id, made.after["version"], 201)

    return await writing(request, work)


@post("/api/v1/records/{object_key:str}/draft", status_code=200)
async def draft_record(request: AnyRequest) -> Answer:
    """What creating a record of these values would make of them, and what may be chosen; nothing is written."""
    Parameters(request)
    key, values = object_of(request), await read_object(request)

    async def work(uow: UnitOfWork) -> Answer:
        told = await draft(uow, key, values)
        return json_answer({"values": told.values, "offers": told.offers})

    return await writing(request, work, kind="draft")


@post("/api/v1/records/{object_key:str}/{record:str}/draft", status_code=200)
async def draft_change(request: AnyRequest) -> Answer:
    """What may be chosen where a record is changed, with these values; nothing is written."""
    Parameters(request)
    key, record, values = object_of(request), record_of(request), await read_object(request)

    async def work(uow: UnitOfWork) -> Answer:
        return json_answer({"values": {}, "offers": await offers(uow, key, record, values)})

    return await writing(request, work, kind="draft")


@patch("/api/v1/records/{object_key:str}/{record:str}")
async def update(request: AnyRequest) -> Answer:
    """Change fields of a record; with `If-Match` only the version that the caller saw."""
    Parameters(request)
    key, record, version = object_of(request), record_of(request), if_match(request)
    values = await read_object(request)

    async def work(uow: UnitOfWork) -> Answer:
        changed = (await pipeline.update(uow, key, [Change(record, values, version)]))[0]
        return await written(uow, key, record, changed.after["version"])

    return await writing(request, work)


@delete("/api/v1/records/{object_key:str}/{record:str}", status_code=200)
async def remove(request: AnyRequest) -> Answer:
    """Move a record to the recycle bin."""
    Parameters(request)
    await no_body(request)
    key, record, version = object_of(request), record_of(request), if_match(request)

    async def work(uow: UnitOfWork) -> Answer:
        _check_version((await pipeline.delete(uow, key, [record]))[0], version)
        return nothing()

    return await writing(request, work, kind="delete")


def _check_version(item: Item, version: int | None) -> None:
    """Take a deletion back, with a `Conflict`, of what was not at the version that the caller saw."""
    found = (item.before or {}).get("version")
    if version is not None and found != version:
        raise Conflict(extra={"current": {"version": found}, "yours": {"version": version}})


@post("/api/v1/records/{object_key:str}/{record:str}/restore", status_code=200)
async def restore(request: AnyRequest) -> Answer:
    """Bring a record back from the recycle bin."""
    Parameters(request)
    await no_body(request)
    key, record = object_of(request), record_of(request)

    async def work(uow: UnitOfWork) -> Answer:
        back = (await pipeline.restore(uow, key, [record]))[0]
        return await written(uow, key, record, back.after["version"])

    return await writing(request, work, kind="restore")


@post("/api/v1/records/{object_key:str}/{record:str}/purge", status_code=200)
async def purge(request: AnyRequest) -> Answer:
    """Remove a record of the recycle bin for good."""
    Parameters(request)
    await no_body(request)
    key, record, version = object_of(request), record_of(request), if_match(request)

    async def work(uow: UnitOfWork) -> Answer:
        _check_version((await pipeline.purge(uow, key, [record]))[0], version)
        return nothing()

    return await writing(request, work, kind="purge")


@put("/api/v1/records/{object_key:str}/by/{field:str}/{value:path}")
async def put_by(request: AnyRequest) -> Answer:
    """Change the record whose unique field has the value, or make it."""
    Parameters(request)
    key, field, version = object_of(request), str(request.path_params["field"]), if_match(request)
    value, values = rest_of(request, 6), await read_object(request)

    async def work(uow: UnitOfWork) -> Answer:
        kind, item = await upsert.upsert(uow, key, field, value, values, version)
        return await written(uow, key, item.id, item.after["version"], 201 if kind == "create" else 200)

    return await writing(request, work)


@post("/api/v1/records/{object_key:str}/{record:str}/actions/{action:str}", status_code=200)
async def act(request: AnyRequest) -> Answer:
    """Do to a record what its object offers beside editing, such as winning a deal. The answer is the record, with what
    else the action has to say as `result`."""
    Parameters(request)
    key, record, name = object_of(request), record_of(request), str(request.path_params["action"])
    body = await optional_object(request)

    async def work(uow: UnitOfWork) -> Answer:
        offered = any(action.key == name for action in uow.registry.object(key).actions)
        action = uow.runtime.actions.get((key, name)) if offered else None
        if action is None:
            raise NotFound()
        result = await action(uow, record, body)
        answer = await written(uow, key, record, 0, beside={"result": result} if result else None)
        answer.secret = "password" in result
        return answer

    return await writing(request, work, kind=f"action:{name}"[:80])


@post("/api/v1/operations/{operation:str}/undo", status_code=200)
async def undo_operation(request: AnyRequest) -> Answer:
    """Undo an operation, as far as nobody has changed its records since."""
    Parameters(request)
    asked = convert(await optional_object(request), UndoRequest)
    operation = record_of(request, "operation")

    async def work(uow: UnitOfWork) -> Answer:
        return json_answer((await undo.undo(uow, operation, purge=asked.purge)).as_json())

    return await writing(request, work, kind="undo")


HANDLERS = (create, draft_record, draft_change, update, remove, restore, purge, put_by, act, undo_operation)
