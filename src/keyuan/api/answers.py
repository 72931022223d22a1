"""Answers: bytes with a status and headers. Lists and records come as JSON from PostgreSQL and pass through as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

JSON: Final = "application/json"

_encode = msgspec.json.Encoder().encode


class Answer:
    """One answer, an ASGI application as Litestar wants it. What `secret` ones say is stored nowhere."""

    __slots__ = ("body", "headers", "media_type", "secret", "status")

    def __init__(
        self,
        body: bytes = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str = JSON,
        *,
        secret: bool = False,
    ) -> None:
        self.secret = secret
        self.body = body
        self.status = status
        self.headers: dict[str, str] = dict(headers or {})
        self.media_type = media_type

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Send it."""
        headers = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in self.headers.items()]
        if self.status not in (204, 304):
            headers.append((b"content-type", self.media_type.encode("latin-1")))
            headers.append((b"content-length", b"%d" % len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})

    def to_asgi_response(self, **_: Any) -> Answer:
        """Itself: what Litestar asks of the answer to an error."""
        return self


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer of anything msgspec can write."""
    return Answer(_encode(value), status, headers)


def nothing(headers: Mapping[str, str] | None = None) -> Answer:
    """204, for what was done and has nothing to say."""
    return Answer(b"", 204, headers)
