"""The outermost layer of the web application: what holds for every request and answer, whatever becomes of it inside.

Request ids, the size of bodies, security headers, HEAD, and an answer even to errors that nobody foresaw."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, Protocol

from ..kernel.errors import TooLarge
from ..kernel.ids import new_id
from .exchange import KEY, Application, Exchange, asked_language, header
from .problems import as_problem, problem_answer

Scope = MutableMapping[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

BODY_LIMIT: Final = 2 * 1024 * 1024
"""Bytes of a body, unless `LIMITS` says otherwise for its path."""

LIMITS: Final = (
    (re.compile(r"/api/v1/records/[^/]+/bulk/?\Z"), 10 * 1024 * 1024 - 1),
    (re.compile(r"/api/v1/files/?\Z"), 510 * 1024 * 1024),
)
_DRAINED: Final = 64 * 1024 * 1024
"""A body over its limit but below this is read and thrown away, since many clients read no answer while they send."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")

_APP_POLICY = (
    b"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    b"font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    b"form-action 'self'; frame-ancestors 'none'"
)
_DATA_POLICY = b"default-src 'none'; frame-ancestors 'none'; sandbox"
_SHARED: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(self), microphone=(), payment=(), usb=()"),
)
_HTML = (*_SHARED, (b"content-security-policy", _APP_POLICY))
_DATA = (*_SHARED, (b"content-security-policy", _DATA_POLICY))
_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


class Holder(Protocol):
    """Where the gate finds what the process holds, once it has started."""

    application: Application | None


class Gate:
    """Wraps the application. `trusted_proxies` is the number of proxies in front whose forwarding headers are true."""

    def __init__(self, inner: App, holder: Holder, *, trusted_proxies: int = 0, secure: bool = False) -> None:
        self.inner = inner
        self.holder = holder
        self._proxies = trusted_proxies
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in the start and stop of the process."""
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        given = header(scope, b"x-request-id")
        request_id = given if given and _REQUEST_ID.match(given) else new_id()
        exchange = Exchange(
            request_id=request_id,
            application=self.holder.application,
            language=asked_language(scope),
            address=self._address(scope),
            secure=self._is_secure(scope),
        )
        scope[KEY] = exchange
        answering = _Answering(send, exchange, head=scope["method"] == "HEAD")
        if answering.head:
            scope["method"] = "GET"
        try:
            limited = await self._limited(scope, receive)
            await self.inner(scope, limited, answering.send)
        except Exception as error:
            if answering.started:
                raise
            problem = as_problem(error, request_id)
            await problem_answer(problem, exchange.language)(scope, receive, answering.send)

    async def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """The body, no longer than it may be. Raises `TooLarge` at once where the length is told."""
        length = header(scope, b"content-length")
        if length is None and header(scope, b"transfer-encoding") is None:
            return receive
        path = scope["path"]
        limit = next((most for form, most in LIMITS if form.match(path)), BODY_LIMIT)
        if length is not None and length.isascii() and length.isdigit():
            if int(length) <= limit:
                return receive
            if int(length) <= _DRAINED:
                await _drain(receive, int(length))
            raise TooLarge(extra={"limit": limit})
        return _counted(receive, limit)

    def _address(self, scope: Scope) -> str:
        client = scope.get("client")
        address = str(client[0]) if client else ""
        if self._proxies:
            forwarded = [part.strip() for part in (header(scope, b"x-forwarded-for") or "").split(",")]
            if len(forwarded) >= self._proxies and (told := forwarded[-self._proxies]):
                address = told
        return address[:100]

    def _is_secure(self, scope: Scope) -> bool:
        if self._secure or scope.get("scheme") == "https":
            return True
        return bool(self._proxies) and header(scope, b"x-forwarded-proto") == "https"


class _Answering:
    """Sends an answer with the headers that all have."""

    def __init__(self, send: Send, exchange: Exchange, *, head: bool) -> None:
        self._send = send
        self._exchange = exchange
        self.head = head
        self.started = False

    async def send(self, message: Message) -> None:
        """Pass on one event of the answer."""
        if message["type"] == "http.response.start":
            self.started = True
            own: list[tuple[bytes, bytes]] = list(message["headers"])
            names = {name for name, _ in own}
            html = any(name == b"content-type" and value.startswith(b"text/html") for name, value in own)
            headers = own.copy()
            if message["status"] != 304:  # its headers would replace those of the page that the browser keeps
                headers.extend(h for h in (_HTML if html else _DATA) if h[0] not in names)
            headers.append((b"x-request-id", self._exchange.request_id.encode()))
            if b"cache-control" not in names:
                headers.append((b"cache-control", b"no-store"))
            if self._exchange.secure:
                headers.append(_TRANSPORT)
            message["headers"] = headers
        elif message["type"] == "http.response.body" and self.head:
            message["body"] = b""
        await self._send(message)


async def _drain(receive: Receive, length: int) -> None:
    read, until = 0, time.monotonic() + 10
    while read < length and time.monotonic() < until:
        message = await receive()
        read += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return


def _counted(receive: Receive, limit: int) -> Receive:
    read = 0

    async def counting() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > limit:
                raise TooLarge(extra={"limit": limit})
        return message

    return counting
