"""What stands in the path of a request: ids and keys, checked for their form before anybody is asked about them."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

from litestar import Request

from ..expr.filters import bad_character
from ..kernel.errors import BadRequest, NotFound
from ..kernel.ids import is_id
from .exchange import header

AnyRequest = Request[Any, Any, Any]


def object_of(request: AnyRequest) -> str:
    """The key of the object in the path."""
    return str(request.path_params["object_key"])


def record_of(request: AnyRequest, name: str = "record") -> str:
    """The id in the path. Raises `NotFound` for what has not the form of one."""
    text = str(request.path_params[name])
    if not is_id(text):
        raise NotFound()
    return text


def rest_of(request: AnyRequest, before: int) -> str:
    """What follows the first `before` parts of the path, as it was meant: a `/` in a value is written `%2F`. Raises
    `BadRequest` for what is no text."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    parts = raw.split(b"?", 1)[0].strip(b"/").split(b"/")
    try:
        text = unquote_to_bytes(b"/".join(parts[before:])).decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("characters") from None
    if bad_character(text):
        raise BadRequest("characters")
    return text


def if_match(request: AnyRequest) -> int | None:
    """The version that the caller saw, from `If-Match` (`3`, `"3"`; `*` for any). Raises `BadRequest`."""
    text = header(request.scope, b"if-match")
    if text is None or text.strip() == "*":
        return None
    plain = text.strip().removeprefix("W/").strip('"')
    if not (plain.isascii() and plain.isdigit() and 0 < len(plain) < 10):
        raise BadRequest("if_match")
    return int(plain)
