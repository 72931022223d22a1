"""Structured data as it came, for programs."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import Context, FieldProblem, FieldType, NoOptions
from .stored_text import clean_text

_MOST_BYTES = 100_000
_MOST_DEPTH = 50


def _check(value: Any, depth: int) -> Any:
    if depth > _MOST_DEPTH:
        raise FieldProblem("too_deep", limit=_MOST_DEPTH)
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_check(v, depth + 1) for v in value]
    if isinstance(value, dict):
        return {clean_text(k): _check(v, depth + 1) for k, v in value.items()}
    return value


class JsonType(FieldType):
    """Any JSON value up to 100 KB, fifty levels deep."""

    name = "json"
    label = Label("JSON", "JSON")
    type = Type.JSON
    options = NoOptions
    operators = ("is_null",)
    retype_from = False
    listed = False

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        return (Column(field.physical, JSONB),)

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        checked = _check(value, 0)
        if len(msgspec.json.encode(checked)) > _MOST_BYTES:
            raise FieldProblem("too_long", limit=_MOST_BYTES)
        return checked

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        try:
            return self.parse(field, msgspec.json.decode(text), context) if text.strip() else None
        except msgspec.DecodeError:
            raise FieldProblem("type", expected=self.label) from None

    def to_text(self, field: Field, value: Any, context: Context) -> str:
        return msgspec.json.encode(value).decode()

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {}


TYPE = JsonType()
