"""Who calls: by API key or by cookie; and what a browser must show besides before it may write."""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from ..kernel.errors import Forbidden, Unauthenticated
from ..services.identity.principals import Caller
from ..services.identity.tokens import Token, read_key, read_session
from ..storage.pool import Connection
from .exchange import exchange_of, header

COOKIE = "keyuan_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


async def identify(
    request: Request[Any, Any, Any], connection: Connection, *, must_change: bool = False
) -> Caller:
    """The caller of a request; the answer speaks the caller's language from here on. Raises `Unauthenticated`, and
    `Forbidden` where a browser's write lacks its CSRF token or where the password must be changed first (unless
    `must_change` lets that pass). `connection` is in autocommit."""
    exchange = exchange_of(request)
    token, by_key = credentials(request)
    principals = exchange.app.principals
    caller = await (principals.by_key if by_key else principals.by_session)(connection, token)
    if caller.person.language is not None:
        exchange.language = caller.person.language
    if not by_key and request.scope["method"] not in SAFE:
        check_site(request)
        given = header(request.scope, b"x-csrf-token") or ""
        if not hmac.compare_digest(given.encode(), (caller.csrf_token or "").encode()):
            raise Forbidden("csrf")
    if caller.must_change_password and not must_change:
        raise Forbidden("must_change_password")
    return caller


def credentials(request: Request[Any, Any, Any]) -> tuple[Token, bool]:
    """The token a request carries, and whether it is an API key. Raises `Unauthenticated` if there is none."""
    authorization = header(request.scope, b"authorization")
    if authorization is not None:
        scheme, _, text = authorization.partition(" ")
        token = read_key(text.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            raise Unauthenticated()
        return token, True
    token = read_session(session_cookie(request))
    if token is None:
        raise Unauthenticated()
    return token, False


def session_cookie(request: Request[Any, Any, Any]) -> str:
    """The value of the session's cookie; empty where there is none."""
    for key, value in request.scope["headers"]:
        if key == b"cookie":
            text = value.decode("latin-1")
            for part in text.split(";"):
                name, _, given = part.strip().partition("=")
                if name == COOKIE:
                    return given.strip('"')
    return ""


def check_site(request: Request[Any, Any, Any]) -> None:
    """Refuse a write that another site's page makes a browser send. Raises `Forbidden`. Browsers of today say where a
    request comes from in `Sec-Fetch-Site`, older ones in `Origin`; programs send neither."""
    site = header(request.scope, b"sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Forbidden("cross_site")
        return
    origin = header(request.scope, b"origin")
    if (
        origin is not None
        and urlsplit(origin).netloc.lower() != (header(request.scope, b"host") or "").lower()
    ):
        raise Forbidden("cross_site")


def set_cookie(value: str, *, secure: bool, seconds: int) -> str:
    """The header that gives the browser its cookie; with 0 seconds it takes it away."""
    cookie: SimpleCookie = SimpleCookie()
    try:
        cookie[COOKIE] = value
    except CookieError as error:  # pragma: no cover - the value is ours
        raise ValueError(value) from error
    made = cookie[COOKIE]
    made["path"], made["httponly"], made["samesite"], made["max-age"] = "/", True, "Lax", seconds
    if secure:
        made["secure"] = True
    return made.OutputString()
