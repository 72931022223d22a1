"""An address in China: 省市区 by code, and the rest in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, case, func, literal_column

from ...expr.types import Type
from ...kernel.i18n import Label
from .. import address as divisions
from ..model import Field
from .base import COUNTED, Context, FieldProblem, FieldType, NoOptions, json_object
from .stored_text import clean_text, text_column

_LEVELS = ("province", "city", "district")


class AddressType(FieldType):
    """`{"province", "city", "district", "detail"}`: the codes of GB/T 2260 and the street. Deeper codes imply the
    higher ones; a foreign address has only `detail`."""

    name = "address"
    label = Label("地址", "Address")
    type = Type.TEXT
    options = NoOptions
    operators = ("is_null", "contains")
    measures = COUNTED
    search_kind = "prose"

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        name = field.physical
        return (text_column(name), *(text_column(f"{name}__{level}") for level in _LEVELS))

    def parts(self, field: Field) -> Mapping[str, Type]:
        return dict.fromkeys((*_LEVELS, "detail"), Type.TEXT)

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        if isinstance(value, str):
            return self.from_text(field, clean_text(value), context)
        if not isinstance(value, Mapping):
            raise FieldProblem("type", expected=self.label)
        if unknown := set(value) - {*_LEVELS, "detail"}:
            raise FieldProblem("unknown", str(min(map(str, unknown))))
        codes: dict[str, str] = {}
        for depth, level in enumerate(_LEVELS):
            if code := value.get(level):
                found = divisions.division(code) if isinstance(code, str) else None
                path = divisions.path(code) if found else ()
                if found is None or found.level != level:
                    raise FieldProblem("division", level, code=str(code)[:12])
                implied: dict[str, str] = {d.level: d.code for d in path}
                if any(codes.get(above) not in (None, implied.get(above)) for above in _LEVELS[:depth]):
                    raise FieldProblem("division_path", level)
                codes |= implied
        detail = clean_text(value.get("detail") or "").strip()
        if len(detail) > 255:
            raise FieldProblem("too_long", "detail", limit=255)
        if not codes and not detail:
            return None
        return {**{level: codes.get(level) for level in _LEVELS}, "detail": detail or None}

    def encode(self, field: Field, value: Any, context: Context) -> dict[str, Any]:
        name, v = field.physical, value or {}
        # an address without street keeps an empty main column, so that `is_null` means the whole address
        main = (v.get("detail") or "") if value else None
        return {name: main, **{f"{name}__{level}": v.get(level) for level in _LEVELS}}

    def canonical(self, field: Field, table: FromClause) -> ColumnElement[Any]:
        name, c = field.physical, table.c
        shown = json_object(
            **{level: c[f"{name}__{level}"] for level in _LEVELS},
            detail=func.nullif(c[name], literal_column("''")),
        )
        return case((c[name].is_not(None), shown))

    def comparable(self, field: Field, table: FromClause, part: str = "") -> ColumnElement[Any]:
        return table.c[field.physical if part in ("", "detail") else f"{field.physical}__{part}"]

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        codes, rest = divisions.find(text)
        return self.parse(field, {**codes, "detail": rest}, context)

    def to_text(self, field: Field, value: Any, context: Context) -> str:
        codes = [value[level] for level in _LEVELS if value.get(level)]
        place = divisions.label(codes, context.language)
        parts = [place, value.get("detail") or ""]
        return ("" if context.language == "zh" else " ").join(p for p in parts if p)

    def json_schema(self, field: Field) -> dict[str, Any]:
        names = (*_LEVELS, "detail")
        return {"type": "object", "properties": {name: {"type": ["string", "null"]} for name in names}}

    def input_schema(self, field: Field) -> dict[str, Any]:
        return {"anyOf": [self.json_schema(field), {"type": "string"}]}


TYPE = AddressType()
