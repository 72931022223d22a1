"""API keys: one's own, and for those who manage users everybody's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import delete, get, post

from ..kernel.errors import Forbidden
from ..records.unit_of_work import UnitOfWork, record_operation
from ..services.identity import api_keys, events
from ..services.identity.principals import Caller
from .answers import Answer, json_answer, nothing
from .bodies import no_body, read_as
from .exchange import exchange_of
from .parameters import Parameters
from .paths import AnyRequest, record_of
from .reading import Reader, caller_of, reading
from .writing import writing


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the key is for, and when it ends (with zone; never, if left out)."""

    name: str = ""
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


def _whose(caller: Caller, everybody: bool) -> str | None:
    if everybody and not caller.principal.may("users"):
        raise Forbidden()
    return None if everybody else caller.principal.user


@get("/api/v1/api-keys")
async def list_keys(request: AnyRequest) -> Answer:
    """The keys that hold, without their secrets; `all=yes` shows everybody's."""
    everybody = Parameters(request, ("all",)).one_of("all", ("no", "yes")) == "yes"

    async def work(reader: Reader) -> list[dict[str, Any]]:
        slug = reader.organisation.slug
        return await api_keys.list_(reader.connection, slug, _whose(reader.caller, everybody))

    return json_answer({"api_keys": await reading(request, work)})


@post("/api/v1/api-keys")
async def create_key(request: AnyRequest) -> Answer:
    """Make a key that acts as oneself. Its text is in this answer and nowhere else; a key cannot make another."""
    Parameters(request)
    exchange = exchange_of(request)
    caller = await caller_of(request)
    if caller.session is None or not caller.principal.may("api_keys"):
        raise Forbidden()
    given = await read_as(request, NewKey)
    slug, user = caller.organisation.slug, caller.principal.user
    assert user is not None, "callers are people"

    async def make(uow: UnitOfWork) -> Answer:
        made = await api_keys.create(uow.connection, slug, user, given.name, given.expires_at)
        uow.detail["api_key"] = {"id": made.id, "name": made.name}
        await record_operation(uow)
        await events.add(uow.connection, slug, "api_key_made", user, exchange.address, key=made.id)
        shown = {
            "id": made.id,
            "name": made.name,
            "key": made.text,
            "created_at": made.created_at.isoformat(),
            "expires_at": made.expires_at and made.expires_at.isoformat(),
        }
        answer = json_answer(shown, 201)
        answer.secret = True
        return answer

    return await writing(request, make, caller=caller, kind="api_key_made")


@delete("/api/v1/api-keys/{record:str}", status_code=200)
async def revoke_key(request: AnyRequest) -> Answer:
    """End a key: one's own, or anybody's for those who manage users."""
    Parameters(request)
    await no_body(request)
    exchange, id_ = exchange_of(request), record_of(request)
    caller = await caller_of(request)
    slug, user = caller.organisation.slug, caller.principal.user
    whose = None if caller.principal.may("users") else user

    async def end(uow: UnitOfWork) -> Answer:
        await api_keys.revoke(uow.connection, slug, id_, whose)
        uow.detail["api_key"] = {"id": id_}
        await record_operation(uow)
        await events.add(uow.connection, slug, "api_key_revoked", user, exchange.address, key=id_)
        return nothing()

    return await writing(request, end, caller=caller, kind="api_key_revoked")


HANDLERS = (list_keys, create_key, revoke_key)
