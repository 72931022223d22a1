"""Files: uploaded as drafts that a record's field then takes, and read under that record's permission."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.datastructures import UploadFile

from ..kernel.errors import BadRequest, FieldError
from ..services import files, idempotency
from ..services.file_kinds import INLINE
from ..services.files import File
from .answers import Answer, json_answer
from .exchange import exchange_of, header
from .parameters import Parameters
from .paths import AnyRequest
from .problems import UnsupportedMediaType
from .reading import Reader, caller_of, reading
from .writing import key_of, replayed

_CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_SANDBOX = "; sandbox"  # not for PDF: browsers show none inside one


class FileAnswer(Answer):
    """An answer whose body comes in pieces."""

    __slots__ = ("chunks",)

    def __init__(self, chunks: AsyncIterator[bytes], headers: dict[str, str], media_type: str) -> None:
        super().__init__(b"", 200, headers, media_type)
        self.chunks = chunks

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Send it."""
        self.headers["Content-Type"] = self.media_type
        headers = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        async for chunk in self.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@post("/api/v1/files")
async def upload(request: AnyRequest) -> Answer:
    """Upload a file, as the part `file` of a form or as the body itself with its name in the address."""
    parameters = Parameters(request, ("name",))
    exchange = exchange_of(request)
    app = exchange.app
    caller = await caller_of(request)
    most = int(caller.organisation.settings["file_megabytes"]) * files.MEGABYTE
    name, chunks = await _content(request, parameters.text("name"))
    slug, user = caller.organisation.slug, caller.principal.user
    stored = await app.files.put(slug, chunks, name, most)
    asked = hashlib.sha256(f"{stored.name}\0{stored.sha256}".encode()).digest()
    key = key_of(request, caller, asked)
    try:
        async with app.runtime.pool.connection() as connection:
            kept = await idempotency.take(connection, slug, key) if key else None
            if kept is None:
                await files.add_draft(connection, slug, stored, user)
                answer = json_answer(_shown(stored), 201, {"Location": f"/api/v1/files/{stored.id}"})
                if key:
                    made = idempotency.Kept(answer.status, answer.headers, answer.body)
                    await idempotency.keep(connection, slug, key, made)
                return answer
    except BaseException:
        await app.files.remove(slug, stored.id)
        raise
    await app.files.remove(slug, stored.id)
    return replayed(kept)


@get("/api/v1/files/{file_id:str}")
async def download(request: AnyRequest) -> Answer:
    """The content of a file. Pictures and PDF are shown, all else is saved; `download=yes` saves those too."""
    saved = Parameters(request, ("download",)).one_of("download", ("no", "yes")) == "yes"
    id_ = str(request.path_params["file_id"])

    async def work(reader: Reader) -> tuple[str, File]:
        found = await files.find(reader.connection, reader.organisation, reader.principal, id_)
        return reader.organisation.slug, found

    slug, file = await reading(request, work)
    tag = f'"{file.sha256[:32]}"'
    # asked for again each time, since the permission may have gone
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in (header(request.scope, b"if-none-match") or ""):
        return Answer(b"", 304, headers)
    shown = file.media_type in INLINE and not saved
    headers |= {
        "Content-Length": str(file.size),
        "Content-Disposition": _disposition("inline" if shown else "attachment", file.name),
        "Content-Security-Policy": _CONTENT_POLICY
        + ("" if file.media_type == "application/pdf" else _SANDBOX),
    }
    chunks = await exchange_of(request).app.files.chunks(slug, file.id)
    return FileAnswer(chunks, headers, file.media_type)


async def _content(request: AnyRequest, name: str) -> tuple[str, AsyncIterator[bytes]]:
    """The name and content that a request brings. Raises `BadRequest`, `UnsupportedMediaType`."""
    kind = (header(request.scope, b"content-type") or "").split(";", 1)[0].strip().lower()
    if kind == "multipart/form-data":
        form = await request.form()
        given = form.getall("file", [])
        if len(given) != 1 or not isinstance(given[0], UploadFile) or set(form.keys()) != {"file"}:
            raise BadRequest("one_file", errors=[FieldError("file", "required")])
        return name or given[0].filename, _pieces(given[0])
    if kind in ("", "application/x-www-form-urlencoded"):
        raise UnsupportedMediaType(expected="multipart/form-data")
    if not name:
        raise BadRequest("parameters", errors=[FieldError("name", "required")])
    return name, request.stream()


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(files.CHUNK):
        yield chunk


def _disposition(kind: str, name: str) -> str:
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%;' else "_" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _shown(file: File) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "size": file.size,
        "media_type": file.media_type,
        "sha256": file.sha256,
    }


HANDLERS = (upload, download)
