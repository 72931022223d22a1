"""What all types kept in one text column share: cleaning, length, pattern, encryption, the pinyin sort key."""

from __future__ import annotations

import builtins
import re
import unicodedata
from functools import lru_cache
from typing import Any, ClassVar

import msgspec
import regex
from sqlalchemy import Column, ColumnElement, FromClause, Text, func

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from ..text.pinyin import sort_key
from .base import TEXTUAL, Context, FieldProblem, FieldType


def text_column(name: str) -> Column[Any]:
    """A nullable text column that compares by code point on every server."""
    return Column(name, Text(collation="C"))


def clean_text(value: Any) -> str:
    """The text of an input; `FieldProblem` for other types and for characters PostgreSQL or JSON cannot hold (NUL,
    halves of surrogate pairs)."""
    if not isinstance(value, str):
        raise FieldProblem("type", expected=Label("文本", "text"))
    if "\0" in value:
        raise FieldProblem("characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise FieldProblem("characters") from None
    return value


_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def _unseen(text: str) -> bool:
    """Whether nothing of a text can be seen, such as zero-width characters alone: a record so named cannot be clicked."""
    return all(unicodedata.category(c) in _UNSEEN or c in _FILLERS for c in text)


_SEPARATORS = re.compile(r"[,，;；、|\n]")


def split_list(text: str) -> list[str]:
    """The items of a cell that holds several, whatever parts them."""
    return [item.strip() for item in _SEPARATORS.split(text) if item.strip()]


_PATTERN_SECONDS = 0.05
"""The longest that matching one value may take: some patterns, such as `(a+)+b`, double it with every character."""


@lru_cache(maxsize=1000)
def compiled_pattern(pattern: str) -> regex.Pattern[str]:
    """A definition's pattern, compiled; `regex.error` (or `RecursionError`, of deep nesting) if it is none."""
    return regex.compile(pattern)


def fits_pattern(pattern: str, text: str) -> bool:
    """Whether all of a text is of a definition's pattern; `FieldProblem` if that takes too long to say."""
    try:
        return compiled_pattern(pattern).fullmatch(text, timeout=_PATTERN_SECONDS) is not None
    except TimeoutError:
        raise FieldProblem("pattern_slow", pattern=pattern) from None


# Names recur: a record saved again, the stages of a thousand deals.
_sort_key = lru_cache(maxsize=4096)(sort_key)


class TextOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`length`: the most characters."""

    length: int = 255


class StoredText(FieldType):
    """A value kept as text."""

    type = Type.TEXT
    options: ClassVar[builtins.type[msgspec.Struct]] = TextOptions
    operators: ClassVar[tuple[str, ...]] = TEXTUAL
    sortable = True
    groupable = True
    search_kind: ClassVar[str | None] = "text"
    encryptable = True

    def check(self, field: Field) -> None:
        super().check(field)
        if field.pattern:
            try:
                compiled_pattern(field.pattern)
            except (regex.error, RecursionError) as e:
                at = e.pos if isinstance(e, regex.error) and isinstance(e.pos, int) else 0
                raise FieldProblem("pattern_form", "pattern", number=at + 1) from None

    def _pinyin(self, field: Field) -> bool:
        return field.key == "name" and not field.encrypted

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        main = text_column(field.physical)
        if field.encrypted:
            return (main, text_column(field.physical + "__blind"))
        return (main, text_column(field.physical + "__key")) if self._pinyin(field) else (main,)

    def tidy(self, text: str) -> str:
        """The text as stored: here without spaces around it."""
        return text.strip()

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        text = self.tidy(clean_text(value))
        if not text or _unseen(text):
            return None
        limit = getattr(self.settings(field), "length", 255)
        if len(text) > limit:
            raise FieldProblem("too_long", limit=limit)
        if field.pattern and not fits_pattern(field.pattern, text):
            raise FieldProblem("pattern", pattern=field.pattern)
        return text

    def encode(self, field: Field, value: Any, context: Context) -> dict[str, Any]:
        if field.encrypted:
            column = field.physical
            if value is None:
                return {column: None, column + "__blind": None}
            assert context.cipher is not None
            return {column: context.cipher.encrypt(value), column + "__blind": context.cipher.blind(value)}
        made = {field.physical: value}
        if self._pinyin(field):
            made[field.physical + "__key"] = None if value is None else _sort_key(value)
        return made

    def comparable(self, field: Field, table: FromClause, part: str = "") -> ColumnElement[Any]:
        if field.encrypted:
            return table.c[field.physical + "__blind"]
        return super().comparable(field, table, part)

    def order_key(self, field: Field, table: FromClause) -> ColumnElement[Any]:
        return table.c[field.physical + "__key"] if self._pinyin(field) else super().order_key(field, table)

    def mask(self, value: ColumnElement[Any]) -> ColumnElement[Any] | None:
        return func.left(value, 1).concat("***")

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "maxLength": getattr(self.settings(field), "length", 255)}
