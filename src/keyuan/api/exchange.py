"""What one request carries through the application beside what ASGI says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request

from ..kernel.i18n import Language, negotiate
from ..kernel.settings import Settings
from ..records.runtime import Runtime
from ..schema.registry import Registry
from ..services.files import FileStore
from ..services.identity.principals import Principals

KEY = "keyuan"

Scope = Mapping[str, Any]
"""What ASGI says of a request. Litestar's type for it allows no keys of others."""


@dataclass(slots=True)
class Application:
    """What one web process holds."""

    settings: Settings
    runtime: Runtime
    principals: Principals
    files: FileStore
    standard: Registry
    """The definitions that the code brings along, as strangers may see them."""


@dataclass(slots=True)
class Exchange:
    """One request and its answer. `language` is the browser's until the caller is known, then the caller's."""

    request_id: str
    application: Application | None
    language: Language
    address: str
    secure: bool

    @property
    def app(self) -> Application:
        """What the process holds; there once it has started."""
        assert self.application is not None, "the application has not started"
        return self.application


def exchange_of(request: Request[Any, Any, Any]) -> Exchange:
    """The exchange a request belongs to."""
    scope: Scope = request.scope
    found: Exchange = scope[KEY]
    return found


def header(scope: Scope, name: bytes) -> str | None:
    """A header of the request (lower-case name), the first of several."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


def asked_language(scope: Scope) -> Language:
    """The language that the browser asks for."""
    return negotiate(header(scope, b"accept-language"))
