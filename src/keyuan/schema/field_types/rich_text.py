"""Text with an allow-listed set of HTML elements."""

from __future__ import annotations

from typing import Any

import nh3

from ...kernel.i18n import Label
from ..model import Field
from .base import Context, FieldProblem
from .long_text import LongTextOptions
from .stored_text import StoredText

_TAGS = {
    "a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "hr", "i", "img", "li", "ol",
    "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "span": {"data-mention"},
}


def _own_images(tag: str, attribute: str, value: str) -> str | None:
    """Images only from our own files: a foreign image would tell its host who reads the record."""
    if tag == "img" and attribute == "src" and not value.startswith("/api/v1/files/"):
        return None
    return value


class RichTextOptions(LongTextOptions, frozen=True, forbid_unknown_fields=True):
    """`length`: the most characters of HTML."""

    length: int = 200_000


class RichTextType(StoredText):
    """HTML reduced to elements of running text, tables and our own images; everything else is dropped on write."""

    name = "rich_text"
    label = Label("富文本", "Rich text")
    options = RichTextOptions
    operators = ("contains", "is_null")
    sortable = False
    groupable = False
    search_kind = "html"
    encryptable = False
    listed = False

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        text = super().parse(field, value, context)
        if text is None:
            return None
        safe = nh3.clean(
            text, tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=_own_images,
            url_schemes={"http", "https", "mailto", "tel"}, link_rel="noopener noreferrer nofollow",
        ).strip()  # fmt: skip
        if len(safe) > self.settings(field).length:
            raise FieldProblem("too_long", limit=self.settings(field).length)
        return safe or None

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        if "<" not in text:
            text = "".join(f"<p>{nh3.clean_text(line)}</p>" for line in text.splitlines() if line.strip())
        return self.parse(field, text, context)


TYPE = RichTextType()
