"""Requests that write: who calls, then one unit of work. `Operation-Id` names what was done, for undo.

A request with an `Idempotency-Key` is done once. Its answer is kept in the same transaction as its effect: a repeated
request, even at the same moment in another process, gets that answer and has no effect of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request

from ..kernel.errors import BadRequest, Conflict
from ..records.unit_of_work import UnitOfWork, run
from ..services import idempotency
from ..services.identity.principals import Caller
from ..storage.pool import Connection
from .answers import Answer
from .exchange import exchange_of, header
from .reading import caller_of

Work = Callable[[UnitOfWork], Awaitable[Answer]]
AnyRequest = Request[Any, Any, Any]

SECRET = idempotency.Kept(0, {}, b"")


async def writing(
    request: AnyRequest,
    work: Work,
    *,
    caller: Caller | None = None,
    kind: str = "save",
    detail: dict[str, Any] | None = None,
) -> Answer:
    """Do `work` in a unit of work on behalf of who calls (`caller`, where that is known already), and answer what it
    answers. `work` may run several times; it must have no effect outside the unit."""
    runtime = exchange_of(request).app.runtime
    known = caller or await caller_of(request)
    key = await _key(request, known)

    async def within(uow: UnitOfWork) -> Answer:
        async def told() -> Answer:
            answer = await work(uow)
            if uow.operation_recorded:
                answer.headers["Operation-Id"] = uow.operation
            return answer

        return await _once(uow.connection, uow.organisation.slug, key, told)

    return await run(runtime, known.principal, within, kind=kind, detail=detail)


async def once(request: AnyRequest, caller: Caller, work: Callable[[], Awaitable[Answer]]) -> Answer:
    """Do `work`, which has a transaction of its own (changes of definitions), once for each `Idempotency-Key`: repeated
    requests wait for each other, and its answer is kept as soon as it is there. The key's transaction stands still
    meanwhile, however long the change waits for those who work with its tables."""
    key = await _key(request, caller)
    if key is None:
        return await work()
    runtime = exchange_of(request).app.runtime
    async with runtime.keeping, runtime.side_pool.connection() as connection:
        await connection.execute("set local idle_in_transaction_session_timeout = 0")
        return await _once(connection, caller.organisation.slug, key, work)


async def _once(
    connection: Connection, slug: str, key: idempotency.Request | None, work: Callable[[], Awaitable[Answer]]
) -> Answer:
    if key is None:
        return await work()
    kept = await idempotency.take(connection, slug, key)
    if kept is not None:
        return replayed(kept)
    answer = await work()
    # what is told once is not kept to be told again
    made = SECRET if answer.secret else idempotency.Kept(answer.status, answer.headers, answer.body)
    await idempotency.keep(connection, slug, key, made)
    return answer


def replayed(kept: idempotency.Kept) -> Answer:
    """The answer to a request that was done before. Raises `Conflict` where it held a secret."""
    if kept == SECRET:
        raise Conflict("idempotency_secret")
    return Answer(kept.body, kept.status, {**kept.headers, "Idempotent-Replayed": "true"})


async def _key(request: AnyRequest, caller: Caller) -> idempotency.Request | None:
    """The request's `Idempotency-Key`, if it has one, with a hash of what it asks for. Raises `BadRequest`."""
    if header(request.scope, b"idempotency-key") is None:
        return None
    return key_of(request, caller, await request.body())


def key_of(request: AnyRequest, caller: Caller, body: bytes) -> idempotency.Request | None:
    """As above, where the body (or what stands for it) is known already."""
    text = header(request.scope, b"idempotency-key")
    if text is None:
        return None
    text = text.strip()
    if not (0 < len(text) <= idempotency.LONGEST_KEY and text.isascii() and text.isprintable()):
        raise BadRequest("idempotency_key", limit=idempotency.LONGEST_KEY)
    assert caller.principal.user is not None, "callers are people"
    scope = request.scope
    digest = hashlib.sha256()
    parts = (
        scope["method"].encode(),
        scope["path"].encode("utf-8", "surrogateescape"),
        scope.get("query_string", b""),
        (header(scope, b"if-match") or "").encode(),
        body,
    )
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return idempotency.Request(caller.principal.user, text, digest.digest())
