"""Bodies of requests: strict JSON, and typed ones read into structures. What is wrong is told with its place."""

from __future__ import annotations

import json
import re
from email.message import Message
from typing import Any, TypeVar

import msgspec
from litestar import Request

from ..kernel.errors import BadRequest, FieldError, Invalid
from ..kernel.misfits import misfit
from .problems import UnsupportedMediaType

T = TypeVar("T", bound=msgspec.Struct)

_BYTE = re.compile(r"\(byte (\d+)\)")


async def read_json(request: Request[Any, Any, Any]) -> Any:
    """The JSON of the body. Raises `UnsupportedMediaType`, or `BadRequest` with the place of what is no JSON (NaN, half
    of a surrogate pair and wrong UTF-8 included; of these with the field)."""
    told = Message()
    told["content-type"] = request.headers.get("content-type", "")
    kind, charset = told.get_content_type(), told.get_param("charset", "utf-8")
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMediaType(expected="application/json")
    if str(charset).strip("'\" ").lower() not in ("utf-8", "utf8"):  # JSON is nothing else (RFC 8259)
        raise UnsupportedMediaType(expected="application/json; charset=utf-8")
    return decode(await request.body())


async def read_object(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The JSON object of the body. Raises as `read_json`, and `BadRequest` for other JSON."""
    value = await read_json(request)
    if not isinstance(value, dict):
        raise BadRequest("expects_object")
    return value


async def read_as(request: Request[Any, Any, Any], kind: type[T]) -> T:
    """The body as a structure. Raises as `read_object`, and `Invalid` for unknown, missing or mistyped members."""
    return convert(await read_object(request), kind)


async def optional_object(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The JSON object of the body, an empty one where there is no body. Raises as `read_object`."""
    return await read_object(request) if await request.body() else {}


async def no_body(request: Request[Any, Any, Any]) -> None:
    """See that the body is empty, or an empty JSON object. Raises `BadRequest`."""
    body = await request.body()
    if body.strip() not in (b"", b"{}", b"null"):
        raise BadRequest("expects_no_body")


def decode(body: bytes) -> Any:
    """What JSON bytes mean. Raises `BadRequest`."""
    try:
        return msgspec.json.decode(body)
    except msgspec.ValidationError:  # only numbers can be valid JSON and still refused
        raise BadRequest("json_range") from None
    except msgspec.DecodeError as error:
        found = _BYTE.search(str(error))
        position = int(found[1]) if found else len(body)
        raise BadRequest("not_json", errors=_no_text(body), position=position) from None
    except UnicodeDecodeError:
        raise BadRequest("not_json", errors=_no_text(body), position=_wrong_byte(body)) from None
    except RecursionError:
        raise BadRequest("json_depth") from None


def convert(value: dict[str, Any], kind: type[T]) -> T:
    """A JSON object as a structure. Raises `Invalid` with the path of what does not fit."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Invalid(errors=[misfit(error)]) from None


def _no_text(body: bytes) -> list[FieldError]:
    """The first value that holds half of a surrogate pair or bytes that are no UTF-8, where the body is JSON otherwise."""
    try:
        path = _broken_text(json.loads(body.decode("utf-8", "surrogateescape")))
    except (ValueError, RecursionError):
        return []
    return [] if path is None else [FieldError(".".join(path)[:200], "characters")]


def _broken_text(value: Any) -> list[str] | None:
    """The way to the first text in a JSON value that cannot be written; None where there is none. A key that cannot be
    written is named by what it is in."""
    if isinstance(value, str):
        return None if _writable(value) else []
    if not isinstance(value, dict | list):
        return None
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if not _writable(str(key)):
            return []
        if (below := _broken_text(inner)) is not None:
            return [str(key), *below]
    return None


def _writable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _wrong_byte(body: bytes) -> int:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0
