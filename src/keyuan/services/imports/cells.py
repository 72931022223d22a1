"""From the cells of a row to the text of a field: columns, templates, replacements, dates in foreign orders."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from ...schema.field_types import FieldProblem
from ...schema.text.pinyin import full
from .mapping import Column, Order

_BRACES = re.compile(r"\{([^{}]+)\}")
_DATE = re.compile(r"(\d{1,4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,4})(.*)\Z", re.S)
_SLUG = re.compile(r"[^a-z0-9]+")


def columns_of(column: Column) -> set[str]:
    """The columns of the file that a field is made from."""
    named = set(_BRACES.findall(column.template))
    if isinstance(column.object, Column):
        named |= columns_of(column.object)
    return named | ({column.column} if column.column else set())


def value_of(column: Column, cells: dict[str, str]) -> Any:
    """The text (or fixed value) for a field, None where there is none; `FieldProblem` for a date or number that
    cannot be read."""
    value: Any
    if column.column:
        value = cells[column.column].strip()
    elif column.template:
        value = " ".join(_BRACES.sub(lambda m: cells[m[1]].strip(), column.template).split())
    else:
        value = column.value
    if isinstance(value, str):
        if column.map:
            value = column.map.get(value, column.map.get("*", value) if value or "" in column.map else value)
        if value and column.date and isinstance(value, str):
            value = _reordered(value, column.date)
        if value and column.times and isinstance(value, str):
            value = _multiplied(value, column.times)
        if value and column.slug and isinstance(value, str):
            value = slug(value)
    return column.default if value in (None, "") else value


def slug(text: str) -> str:
    """An account name made of a person's name: Latin letters and digits, parts joined by dots, Chinese as pinyin."""
    return _SLUG.sub(".", full(text).lower()).strip(".")


def _reordered(text: str, order: Order) -> str:
    """A date in a stated order in ISO form, what follows it kept."""
    match = _DATE.match(text)
    if not match:
        raise FieldProblem("date")
    parts = dict(zip(order, match.groups()[:3], strict=True))
    if len(parts["Y"]) == 2:
        parts["Y"] = ("19" if int(parts["Y"]) >= 70 else "20") + parts["Y"]
    return f"{parts['Y'].zfill(4)}-{parts['M'].zfill(2)}-{parts['D'].zfill(2)}{match[4]}"


def _multiplied(text: str, factor: str) -> str:
    try:
        return format(Decimal(text.replace(",", "")) * Decimal(factor), "f")
    except InvalidOperation:
        raise FieldProblem("number") from None
