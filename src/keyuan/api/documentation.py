"""The description of the API, for programs and, as a page, for people."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from litestar import get

from ..kernel.errors import NotFound
from .answers import Answer
from .callers import session_cookie
from .exchange import exchange_of, header
from .openapi.document import document
from .parameters import Parameters
from .paths import AnyRequest
from .reading import Reader, reading

_PAGES: Final = Path(__file__).parent / "docs"
_KINDS: Final = {"": "text/html; charset=utf-8", "docs.js": "text/javascript", "docs.css": "text/css"}


@get("/api/v1/openapi.json")
async def openapi(request: AnyRequest) -> Answer:
    """OpenAPI 3.1 of the caller's organisation; to strangers, of the standard objects."""
    Parameters(request)
    actions = exchange_of(request).app.runtime.actions
    if header(request.scope, b"authorization") is None and not session_cookie(request):
        body = document(exchange_of(request).app.standard, actions)
    else:

        async def work(reader: Reader) -> bytes:
            return document(reader.organisation.registry, actions)

        body = await reading(request, work)
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in (header(request.scope, b"if-none-match") or ""):
        return Answer(b"", 304, headers)
    return Answer(body, 200, headers)


@get(["/api/docs", "/api/docs/{name:str}"])
async def docs(request: AnyRequest) -> Answer:
    """A page that shows the description; it needs no other host."""
    name = str(request.path_params.get("name", ""))
    if name not in _KINDS:
        raise NotFound()
    return Answer(_page(name or "index.html"), 200, {"Cache-Control": "no-cache"}, _KINDS[name])


@cache
def _page(name: str) -> bytes:
    return (_PAGES / name).read_bytes()


HANDLERS = (openapi, docs)
