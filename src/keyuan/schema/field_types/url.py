"""A web address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ...kernel.i18n import Label
from ..model import Field
from .base import Context, FieldProblem
from .stored_text import StoredText, TextOptions


class UrlOptions(TextOptions, frozen=True, forbid_unknown_fields=True):
    """`length`: the most characters."""

    length: int = 2_000


class UrlType(StoredText):
    """A web address with http or https; a bare `example.com` becomes `https://example.com`. Other schemes, such as
    `javascript:`, are refused."""

    name = "url"
    label = Label("网址", "URL")
    options = UrlOptions
    search_kind = "code"
    uniquable = True

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        text = super().parse(field, value, context)
        if text is None:
            return None
        if "://" not in text and not text.lower().startswith(
            ("javascript:", "data:", "vbscript:", "mailto:")
        ):
            text = "https://" + text
        try:
            parts = urlsplit(text)
            host = parts.hostname
            _ = parts.port  # a port that is no number raises here
        except ValueError:
            raise FieldProblem("url") from None
        bad = any(c.isspace() or c in '<>"' for c in text)
        if parts.scheme.lower() not in ("http", "https") or not host or "." not in host.strip(".") or bad:
            raise FieldProblem("url")
        return text


TYPE = UrlType()
