"""One value of a list."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Column

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Choice, Field
from .base import COUNTED, EQUALITY, Context, FieldProblem, FieldType
from .stored_text import clean_text, text_column


class ChoiceOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`choices`: the values in their order."""

    choices: list[Choice]


def check_choices(field: Field) -> None:
    """Refuse a list of choices with a value twice or an empty one."""
    values = [c.value for c in field.choices]
    if len(set(values)) < len(values) or any(not v or len(v) > 80 for v in values):
        raise FieldProblem("choices_twice", "options.choices")


def find_choice(field: Field, text: str) -> str:
    """The value whose value or label (in either language, any case) is the text; `FieldProblem` if there is none."""
    wanted = text.strip().casefold()
    for choice in field.choices:
        if wanted in (choice.value.casefold(), choice.label.zh.casefold(), choice.label.en.casefold()):
            return choice.value
    raise FieldProblem("choice", value=text[:40])


class ChoiceType(FieldType):
    """One value of a list that the administrator can extend."""

    name = "choice"
    label = Label("单选", "Choice")
    type = Type.CHOICE
    options = ChoiceOptions
    operators = EQUALITY
    sortable = True
    groupable = True
    measures = COUNTED
    uniquable = True

    def check(self, field: Field) -> None:
        super().check(field)
        check_choices(field)

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        return (text_column(field.physical),)

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        text = clean_text(value).strip()
        if not text:
            return None
        if text not in field.choice_values:
            raise FieldProblem("choice", value=text[:40])
        return text

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        return find_choice(field, text) if text.strip() else None

    def to_text(self, field: Field, value: Any, context: Context) -> str:
        return next((c.label[context.language] for c in field.choices if c.value == value), str(value))

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "enum": [c.value for c in field.choices]}


TYPE = ChoiceType()
