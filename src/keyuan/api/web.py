"""The web app: its built files, and its one page for every address that is neither a file nor the API's."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import anyio.to_thread
from litestar import get

from ..kernel.errors import NotFound
from .answers import Answer
from .exchange import header
from .paths import AnyRequest

FOLDER: Final = Path(__file__).parent / "static"
"""Where the build puts the web app; inside the package, so that a wheel carries it."""

# Vite puts a hash of the content into these names, so what lies under one never changes.
_HASHED: Final = re.compile(r"assets/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+\Z")
_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK: Final = "no-cache"
_COMPRESSIBLE: Final = (
    "text/",
    "application/json",
    "application/javascript",
    "image/svg+xml",
    "application/manifest+json",
)

_NOT_BUILT: Final = (
    "<!doctype html><meta charset=utf-8><title>Keyuan</title>"
    "<p>网页应用尚未构建，请用 ./run 启动。<p>The web app is not built; start with ./run."
)


@dataclass(frozen=True, slots=True)
class Body:
    """A file in one encoding."""

    content: bytes
    encoding: str
    tag: str


@get(["/", "/{path:path}"])
async def page(request: AnyRequest) -> Answer:
    """A file of the web app, or its page."""
    wanted = str(request.path_params.get("path", "")).strip("/")
    path = await anyio.to_thread.run_sync(_find, wanted)
    if path is None and (wanted == "api" or "." in wanted.rpartition("/")[2]):
        raise NotFound()
    if path is None:
        path = FOLDER / "index.html"
        if not await anyio.to_thread.run_sync(path.is_file):
            return Answer(_NOT_BUILT.encode(), 503, {"Retry-After": "5"}, "text/html; charset=utf-8")
    name = path.relative_to(FOLDER).as_posix()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if name.endswith((".js", ".mjs")):
        kind = "text/javascript"
    accepted = header(request.scope, b"accept-encoding") or ""
    body = await anyio.to_thread.run_sync(_body, path, kind, "br" in accepted, "gzip" in accepted)
    headers = {
        "ETag": body.tag,
        "Vary": "Accept-Encoding",
        "Cache-Control": _FOREVER if _HASHED.match(name) else _ASK,
    }
    if body.tag in (header(request.scope, b"if-none-match") or ""):
        return Answer(b"", 304, headers)
    if body.encoding:
        headers["Content-Encoding"] = body.encoding
    return Answer(body.content, 200, headers, f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)


def _find(wanted: str) -> Path | None:
    """The file of an address, if there is one inside the folder."""
    if (
        not wanted
        or "\0" in wanted
        or "\\" in wanted
        or any(part in ("", ".", "..") for part in wanted.split("/"))
    ):
        return None
    path = FOLDER / wanted
    try:
        return path if path.is_file() and path.resolve().is_relative_to(FOLDER.resolve()) else None
    except OSError:  # a name longer than names can be
        return None


def _body(path: Path, kind: str, br: bool, gz: bool) -> Body:
    """The file in the best encoding that the browser takes: compressed beside it by the build, else by us, once."""
    for wanted, ending, encoding in ((br, ".br", "br"), (gz, ".gz", "gzip")):
        ready = path.with_name(path.name + ending)
        if wanted and ready.is_file():
            return _read(ready, _stamp(ready), encoding, False)
    compress = gz and kind.startswith(_COMPRESSIBLE)
    return _read(path, _stamp(path), "gzip" if compress else "", compress)


def _stamp(path: Path) -> tuple[int, int]:
    told = path.stat()
    return told.st_mtime_ns, told.st_size


@lru_cache(maxsize=300)
def _read(path: Path, stamp: tuple[int, int], encoding: str, compress: bool) -> Body:
    content = path.read_bytes()
    if compress:
        content = gzip.compress(content, 6, mtime=0)
    return Body(content, encoding, f'"{hashlib.sha256(content).hexdigest()[:24]}"')


HANDLERS = (page,)
