"""A telephone number."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case, func

from ...kernel.i18n import Label
from ..model import Field
from ..text.normalise import phone
from ..text.phone import several_numbers
from .base import Context, FieldProblem
from .stored_text import StoredText, TextOptions


class PhoneOptions(TextOptions, frozen=True, forbid_unknown_fields=True):
    """`length`: the most characters."""

    length: int = 40


class PhoneType(StoredText):
    """One telephone number, Chinese unless it begins with + or 00; kept as people dial it, in half-width digits."""

    name = "phone"
    label = Label("电话", "Phone")
    options = PhoneOptions
    search_kind = "phone"
    uniquable = True
    seeks = True
    names = True

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        text = super().parse(field, str(value) if type(value) is int else value, context)
        if text is None:
            return None
        normal = phone(text)
        if normal is None:
            raise FieldProblem("phone_several" if several_numbers(text) else "phone")
        return normal

    def mask(self, value: ColumnElement[Any]) -> ColumnElement[Any] | None:
        shown = func.left(value, 3).concat("****").concat(func.right(value, 4))
        return case((func.length(value) >= 9, shown), else_="****")

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {**super().json_schema(field), "examples": ["13800138000"]}


TYPE = PhoneType()
