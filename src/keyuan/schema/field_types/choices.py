"""Several values of a list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, Column, Text

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import COUNTED, MANY, Context, FieldProblem, FieldType
from .choice import ChoiceOptions, check_choices, find_choice
from .stored_text import clean_text, split_list


class ChoicesType(FieldType):
    """Several values of a list, each once, kept in the list's order."""

    name = "choices"
    label = Label("多选", "Choices")
    type = Type.CHOICES
    options = ChoiceOptions
    operators = MANY
    measures = COUNTED

    def check(self, field: Field) -> None:
        super().check(field)
        check_choices(field)

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        return (Column(field.physical, ARRAY(Text(collation="C"))),)

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        if not isinstance(value, list):
            raise FieldProblem("type", expected=Label("列表", "a list"))
        wanted = {clean_text(v) for v in value}
        known = [c.value for c in field.choices]
        if unknown := wanted - set(known):
            raise FieldProblem("choice", value=min(unknown)[:40])
        return [v for v in known if v in wanted] or None

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        return self.parse(field, [find_choice(field, t) for t in split_list(text)], context)

    def to_text(self, field: Field, value: Any, context: Context) -> str:
        return ", ".join(c.label[context.language] for c in field.choices if c.value in value)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "enum": [c.value for c in field.choices]}}


TYPE = ChoicesType()
