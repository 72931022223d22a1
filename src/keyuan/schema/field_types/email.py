"""A mail address."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, func

from ...kernel.i18n import Label
from ..model import Field
from .base import Context, FieldProblem
from .stored_text import StoredText

# What mail servers accept in practice, not all of RFC 5322: no quoted local parts, no address literals.
_MAIL = re.compile(
    r"[^\s@<>()\[\],;:\\\"]{1,64}@(?:[^\s@.<>()\[\],;:\\\"]{1,63}\.)+[^\s@.<>()\[\],;:\\\"\d]{2,63}"
)


class EmailType(StoredText):
    """A mail address; the domain is kept in lower case, full-width ＠ and spaces around are forgiven."""

    name = "email"
    label = Label("邮箱", "Email")
    search_kind = "email"
    uniquable = True
    seeks = True
    names = True

    def tidy(self, text: str) -> str:
        local, at, domain = text.strip().replace("＠", "@").rpartition("@")
        return local + at + domain.lower()

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        text = super().parse(field, value, context)
        if text is not None and not _MAIL.fullmatch(text):
            raise FieldProblem("email")
        return text

    def mask(self, value: ColumnElement[Any]) -> ColumnElement[Any] | None:
        return func.left(value, 1).concat("***@").concat(func.split_part(value, "@", 2))

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {**super().json_schema(field), "format": "email"}


TYPE = EmailType()
