"""Objects and fields: what there is, for everybody; changes, for those who may define."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from litestar import delete, get, patch, post

from ..kernel.errors import FieldError, NotFound
from ..services.definitions import fields, objects
from ..services.definitions.change import Outcome, allow
from ..services.definitions.jobs import read_job
from ..services.definitions.preview import preview_retire, preview_retype
from ..services.definitions.shown import definition_json, definitions_json
from .answers import Answer, json_answer
from .bodies import no_body, optional_object, read_object
from .exchange import exchange_of
from .parameters import Parameters
from .paths import AnyRequest, object_of, record_of
from .reading import Reader, caller_of, reading
from .writing import once

Change = Callable[..., Awaitable[Outcome]]


@get("/api/v1/objects")
async def list_objects(request: AnyRequest) -> Answer:
    """The objects the caller may read, without their fields."""
    Parameters(request)

    async def work(reader: Reader) -> Answer:
        return json_answer(definitions_json(reader.organisation, reader.principal))

    return await reading(request, work)


@get("/api/v1/objects/{object_key:str}")
async def get_object(request: AnyRequest) -> Answer:
    """One object with the fields the caller may see."""
    Parameters(request)
    key = object_of(request)

    async def work(reader: Reader) -> Answer:
        return json_answer(definition_json(reader.organisation, reader.principal, key))

    return await reading(request, work)


@get("/api/v1/objects/{object_key:str}/fields/{field_key:str}")
async def get_field(request: AnyRequest) -> Answer:
    """One field of an object."""
    Parameters(request)
    key, field = object_of(request), _field(request)

    async def work(reader: Reader) -> Answer:
        return json_answer(_shown_field(reader, key, field))

    return await reading(request, work)


@post("/api/v1/objects")
async def add_object(request: AnyRequest) -> Answer:
    """Make an object."""
    return await _change(request, objects.create_object, (), body=True, status=201)


@patch("/api/v1/objects/{object_key:str}")
async def change_object(request: AnyRequest) -> Answer:
    """Change an object; what is not given stays."""
    return await _change(request, objects.update_object, (object_of(request),), body=True)


@delete("/api/v1/objects/{object_key:str}", status_code=200)
async def retire_object(request: AnyRequest) -> Answer:
    """Put an object out of use; its records stay and can be brought back."""
    return await _change(request, objects.retire_object, (object_of(request),), gone=True)


@post("/api/v1/objects/{object_key:str}/restore", status_code=200)
async def restore_object(request: AnyRequest) -> Answer:
    """Bring back a retired object with its records."""
    return await _change(request, objects.restore_object, (object_of(request),))


@post("/api/v1/objects/{object_key:str}/fields")
async def add_field(request: AnyRequest) -> Answer:
    """Add a field to an object."""
    return await _change(request, fields.add_field, (object_of(request),), body=True, status=201)


@patch("/api/v1/objects/{object_key:str}/fields/{field_key:str}")
async def change_field(request: AnyRequest) -> Answer:
    """Change a field, its type too; what is not given stays."""
    return await _change(request, fields.update_field, (object_of(request), _field(request)), body=True)


@delete("/api/v1/objects/{object_key:str}/fields/{field_key:str}", status_code=200)
async def retire_field(request: AnyRequest) -> Answer:
    """Put a field out of use; its values stay for a while and can be brought back."""
    return await _change(request, fields.retire_field, (object_of(request), _field(request)), gone=True)


@post("/api/v1/objects/{object_key:str}/fields/{field_key:str}/restore", status_code=200)
async def restore_field(request: AnyRequest) -> Answer:
    """Bring back a retired field with its values."""
    return await _change(request, fields.restore_field, (object_of(request), _field(request)))


@post("/api/v1/objects/{object_key:str}/fields/{field_key:str}/cancel", status_code=200)
async def cancel_retype(request: AnyRequest) -> Answer:
    """Stop the conversion of a field to another type; the field stays as it was."""
    return await _change(request, fields.cancel_retype, (object_of(request), _field(request)))


@post("/api/v1/objects/{object_key:str}/fields/{field_key:str}/preview", status_code=200)
async def preview(request: AnyRequest) -> Answer:
    """What a change of a field would lose, with the body of the change; without one, what its removal would. Nothing is
    changed."""
    Parameters(request)
    runtime = exchange_of(request).app.runtime
    caller = await caller_of(request)
    allow(caller.principal)
    given = await optional_object(request)
    place = (object_of(request), _field(request))
    if given:
        return json_answer((await preview_retype(runtime, caller.principal, *place, given)).as_json())
    return json_answer((await preview_retire(runtime, caller.principal, *place)).as_json())


@get("/api/v1/definition-jobs/{record:str}")
async def get_job(request: AnyRequest) -> Answer:
    """How far the work is that follows from a change: its `state` is pending, running, done or failed."""
    Parameters(request)
    job_id, exchange = record_of(request), exchange_of(request)

    async def work(reader: Reader) -> Answer:
        allow(reader.principal)
        job = await read_job(reader.connection, reader.organisation.slug, job_id)
        error = None
        if job.error:
            told = msgspec.json.decode(job.error)
            error = FieldError(job.field, told["code"], told["params"]).as_json(exchange.language)
        return json_answer(
            {
                "id": job.id,
                "kind": job.kind,
                "object": job.object,
                "field": job.field or None,
                "state": job.state,
                "progress": job.progress,
                "error": error,
            }
        )

    return await reading(request, work)


async def _change(
    request: AnyRequest,
    change: Change,
    place: tuple[str, ...],
    *,
    body: bool = False,
    status: int = 200,
    gone: bool = False,
) -> Answer:
    """Make a change and answer the definition as it is then, with `change`: whether it is `ready` or `pending`."""
    Parameters(request)
    runtime = exchange_of(request).app.runtime
    caller = await caller_of(request)
    allow(caller.principal)
    given: tuple[dict[str, Any], ...] = ()
    if body:
        given = (await read_object(request),)
    else:
        await no_body(request)

    async def made() -> Answer:
        outcome = await change(runtime, caller.principal, *place, *given)
        told = {
            "change": {
                "state": outcome.state,
                "jobs": list(outcome.jobs),
                "schema_version": outcome.schema_version,
                "changed": outcome.changed,
            }
        }
        headers = {"Operation-Id": outcome.operation} if outcome.operation else {}

        async def show(reader: Reader) -> Mapping[str, Any]:
            if outcome.field:
                return _shown_field(reader, outcome.object, outcome.field)
            return definition_json(reader.organisation, reader.principal, outcome.object)

        return json_answer(told if gone else {**await reading(request, show), **told}, status, headers)

    return await once(request, caller, made)


def _field(request: AnyRequest) -> str:
    return str(request.path_params["field_key"])


def _shown_field(reader: Reader, key: str, field_key: str) -> Mapping[str, Any]:
    fields: list[Mapping[str, Any]] = definition_json(reader.organisation, reader.principal, key)["fields"]
    for field in fields:
        if field["key"] == field_key:
            return field
    raise NotFound()


HANDLERS = (
    list_objects,
    get_object,
    get_field,
    add_object,
    change_object,
    retire_object,
    restore_object,
    add_field,
    change_field,
    retire_field,
    restore_field,
    cancel_retype,
    preview,
    get_job,
)
