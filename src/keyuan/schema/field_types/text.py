"""One line of text."""

from __future__ import annotations

import re

from ...kernel.i18n import Label
from .stored_text import StoredText

_BREAKS = re.compile(r"[\r\n\t\x0b\x0c\x1c-\x1f\x85\u2028\u2029]+")


class TextType(StoredText):
    """One line of text, up to 255 characters unless `length` says otherwise."""

    name = "text"
    label = Label("单行文本", "Text")
    uniquable = True
    names = True

    def tidy(self, text: str) -> str:
        return _BREAKS.sub(" ", text).strip()


TYPE = TextType()
