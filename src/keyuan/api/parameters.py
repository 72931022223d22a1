"""Query parameters: every endpoint names those it takes; an unknown, repeated or malformed one is refused, so that a
mistyped filter never silently means "everything"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request

from ..expr.filters import bad_character
from ..kernel.errors import BadRequest, FieldError
from ..kernel.i18n import Label


def raw_query(request: Request[Any, Any, Any]) -> bytes:
    """The query of a request as it came."""
    found: bytes = request.scope.get("query_string", b"")
    return found


def read(raw: bytes, known: tuple[str, ...]) -> Mapping[str, str]:
    """The parameters of a query by name. Raises `BadRequest` for unknown and repeated ones and for what is no text."""
    if not raw:
        return {}
    try:
        pairs = parse_qsl(
            raw.decode("latin-1"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=100,
        )
    except (UnicodeError, ValueError):
        raise BadRequest("characters") from None
    given: dict[str, str] = {}
    errors = []
    for name, value in pairs:
        if bad_character(name) or bad_character(value):
            raise BadRequest("characters")
        if name not in known:
            errors.append(FieldError(name[:100], "parameter_unknown"))
        elif name in given:
            errors.append(FieldError(name, "parameter_twice"))
        given[name] = value
    if errors:
        raise BadRequest("parameters", errors=errors)
    return given


class Parameters:
    """The query parameters of a request, checked against those that are known: `given`, as they came."""

    def __init__(self, request: Request[Any, Any, Any], known: Iterable[str] = ()) -> None:
        self.given = read(raw_query(request), tuple(known))

    def text(self, name: str, default: str = "") -> str:
        """A parameter as it came."""
        return self.given.get(name, default)

    def optional(self, name: str) -> str | None:
        """A parameter as it came; None where it is missing or empty."""
        return self.given.get(name) or None

    def names(self, name: str) -> tuple[str, ...] | None:
        """A list separated by commas; None where it is missing or empty."""
        value = self.given.get(name)
        return tuple(part.strip() for part in value.split(",") if part.strip()) if value else None

    def integer(self, name: str, default: int, minimum: int, maximum: int) -> int:
        """A whole number between bounds. Raises `BadRequest`."""
        text = self.given.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            expected = Label("非负整数", "a whole number")
            raise BadRequest("parameters", errors=[FieldError(name, "type", {"expected": expected})])
        number = int(text)
        if not minimum <= number <= maximum:
            limits = {"minimum": minimum, "maximum": maximum}
            raise BadRequest("parameters", errors=[FieldError(name, "between", limits)])
        return number

    def one_of(self, name: str, values: tuple[str, ...]) -> str:
        """One of some words, the first by default. Raises `BadRequest`."""
        text = self.given.get(name, values[0])
        if text not in values:
            known = {"values": ", ".join(values)}
            raise BadRequest("parameters", errors=[FieldError(name, "one_of", known)])
        return text

    def json(self, name: str) -> Any:
        """JSON in a parameter; None where it is missing or empty. Raises `BadRequest`."""
        text = self.given.get(name)
        if not text:
            return None
        try:
            return msgspec.json.decode(text.encode())
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise BadRequest("parameters", errors=[FieldError(name, "json")]) from None
