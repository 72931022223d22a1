"""The whole description of one organisation's API, made once for each version of its definitions."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ... import __version__
from ...records.hooks import Action
from ...schema.registry import Registry
from . import fixed, objects
from .parts import Schema, error_components

_MEMO = "openapi"


def document(registry: Registry, actions: Mapping[tuple[str, str], Action]) -> bytes:
    """OpenAPI 3.1 as JSON. It shows all objects and fields, whatever the rights of who reads it."""
    made: bytes | None = registry.info.get(_MEMO)
    if made is None:
        made = registry.info[_MEMO] = msgspec.json.encode(_document(registry, actions))
    return made


def _document(registry: Registry, actions: Mapping[tuple[str, str], Action]) -> Schema:
    problems, responses = error_components()
    schemas = {**problems, **fixed.schemas(), **fixed.structures(), **objects.queries()}
    paths = fixed.paths()
    for obj in registry.objects.values():
        schemas |= objects.schemas(registry, obj)
        each, more = objects.paths(registry, obj, actions)
        paths |= each
        schemas |= more
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Keyuan 客缘",
            "version": f"{__version__}+{registry.version}",
            "description": "Errors are RFC 9457 problems in the caller's language. Decimals are strings, times are ISO "
            "8601 with zone, ids are UUIDs. Browsers sign in and send `X-CSRF-Token` with writes; programs send "
            "`Authorization: Bearer <API key>`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"key": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses,
            "parameters": objects.parameters(),
            "headers": {
                "Operation-Id": {
                    "description": "The operation that the write made; it can be undone.",
                    "schema": {"type": "string", "format": "uuid"},
                },
                "ETag": {"description": "The version of the record.", "schema": {"type": "string"}},
                "Location": {"schema": {"type": "string"}},
            },
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "keyuan_session"},
            },
        },
    }
