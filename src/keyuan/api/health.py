"""Whether this process can answer."""

from __future__ import annotations

from typing import Any

from litestar import Request, get

from .. import __version__
from ..storage.pool import autocommit
from .answers import Answer, json_answer
from .exchange import exchange_of
from .parameters import Parameters


@get("/api/v1/health")
async def health(request: Request[Any, Any, Any]) -> Answer:
    """200 when the database answers, otherwise 503."""
    Parameters(request)
    async with autocommit(exchange_of(request).app.runtime.pool) as connection:
        await connection.execute("select 1")
    return json_answer({"status": "ready", "version": __version__})


HANDLERS = (health,)
