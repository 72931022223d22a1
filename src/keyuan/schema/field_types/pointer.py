"""What the types that point at other records share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Uuid

from ...kernel.i18n import Label
from ...kernel.ids import is_id
from .base import FieldProblem

UUID = Uuid(as_uuid=False)
"""Identifiers as text on the Python side."""

_REFERENCE = Label("记录的编号", "the id of a record")

ID_SCHEMA: dict[str, Any] = {"type": "string", "format": "uuid"}
SHOWN_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": ID_SCHEMA,
        "name": {"type": ["string", "null"]},
        "masked": {"type": "boolean", "description": "true where the caller may not see the record"},
    },
    "required": ["id", "name"],
}
INPUT_SCHEMA: dict[str, Any] = {
    "anyOf": [ID_SCHEMA, {"type": "object", "properties": {"id": ID_SCHEMA}, "required": ["id"]}]
}


def read_id(value: Any) -> str | None:
    """The id in `"…"` or `{"id": "…"}`; None for an empty one; `FieldProblem` otherwise."""
    if isinstance(value, dict):
        value = value.get("id")
    if value is None or value == "":
        return None
    text = value.strip().lower() if isinstance(value, str) else value
    if not is_id(text):
        raise FieldProblem("type", expected=_REFERENCE)
    return str(text)
