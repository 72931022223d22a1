"""Record identifiers: UUIDv7, made by the application, so that no sequence is shared between organisations."""

from __future__ import annotations

import re

import uuid_utils

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")


def new_id() -> str:
    """A new identifier: UUIDv7 in canonical text form; ids of one process ascend with time."""
    return str(uuid_utils.uuid7())


def is_id(value: object) -> bool:
    """Whether the value is an identifier in canonical text form (lower case, with hyphens)."""
    return isinstance(value, str) and _UUID.match(value) is not None
