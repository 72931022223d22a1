"""Yes or no."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import COUNTED, Context, FieldProblem, FieldType, NoOptions

_YES = frozenset({"是", "true", "yes", "y", "1", "t", "✓", "√", "on", "对", "有"})
_NO = frozenset({"否", "false", "no", "n", "0", "f", "✗", "×", "off", "错", "无"})


class BooleanType(FieldType):
    """Yes or no, or not known."""

    name = "boolean"
    label = Label("是/否", "Yes or no")
    type = Type.BOOLEAN
    options = NoOptions
    operators = ("=", "!=", "is_null")
    sortable = True
    groupable = True
    measures = COUNTED
    uniquable = True

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        return (Column(field.physical, Boolean),)

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        if not isinstance(value, bool):
            raise FieldProblem("type", expected=Label("是或否", "true or false"))
        return value

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        plain = text.strip().lower()
        if not plain:
            return None
        if plain in _YES:
            return True
        if plain in _NO:
            return False
        raise FieldProblem("type", expected=Label("是或否", "yes or no"))

    def to_text(self, field: Field, value: Any, context: Context) -> str:
        return {True: Label("是", "Yes"), False: Label("否", "No")}[bool(value)][context.language]

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "boolean"}


TYPE = BooleanType()
