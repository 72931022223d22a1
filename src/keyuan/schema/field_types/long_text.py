"""Several lines of plain text."""

from __future__ import annotations

from ...kernel.i18n import Label
from .base import COUNTED
from .stored_text import StoredText, TextOptions


class LongTextOptions(TextOptions, frozen=True, forbid_unknown_fields=True):
    """`length`: the most characters."""

    length: int = 20_000


class LongTextType(StoredText):
    """Several lines of plain text, up to 20,000 characters unless `length` says otherwise."""

    name = "long_text"
    label = Label("多行文本", "Long text")
    options = LongTextOptions
    operators = ("contains", "is_null")
    sortable = False
    groupable = False
    measures = COUNTED
    search_kind = "prose"
    listed = False

    def tidy(self, text: str) -> str:
        return text.replace("\r\n", "\n").strip()


TYPE = LongTextType()
