"""The form in which texts are compared and searched: half width, lower case, simplified characters, no accents, no
invisible characters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import resources

# Characters that are written without spaces between words and therefore searched by characters and pairs of them:
# Han, kana and Hangul.
HAN = "\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"

_INVISIBLE = [
    *(0xAD, 0x61C, 0x180E, 0xFEFF),
    *(*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10)),
    *(*range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0200)),
]
_CONTROLS = [*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0x2028, 0x2029]
_ASCII_CONTROLS = re.compile("[\x00-\x1f\x7f]")
_ACCENT = re.compile("[\u0300-\u036f]")
_APOSTROPHE = re.compile("(?<=[a-z])['\u2019\u2018\u02bc](?=[a-z])")


@cache
def _table() -> dict[int, str | None]:
    """One translation for everything that goes character by character."""
    table: dict[int, str | None] = dict.fromkeys(_INVISIBLE)
    table.update(dict.fromkeys(_CONTROLS, " "))
    for code in [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]:
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii():
            table[code] = base.casefold()
    table.update({ord("ø"): "o", ord("đ"): "d", ord("ł"): "l", ord("ı"): "i", ord("æ"): "ae", ord("œ"): "oe"})
    lines = resources.files(__package__).joinpath("simplified.txt").read_text("utf-8").splitlines()
    table.update(zip(map(ord, lines[0]), lines[1], strict=True))
    return table


@cache
def _last_table() -> dict[int, str | None]:
    """The same for after NFKC, when a combining accent that is still there has no composed letter."""
    return _table() | dict.fromkeys(range(0x300, 0x370))


def fold(text: str) -> str:
    """The text as it is compared: NFKC (full width becomes half width), lower case, traditional characters as
    simplified, accents and apostrophes inside words left out, control characters and lone surrogates as spaces,
    invisible ones left out, spaces single and none at the ends. Two texts a person takes for the same fold alike.
    The answer always encodes as UTF-8 and has no NUL."""
    if text.isascii():
        text = _ASCII_CONTROLS.sub(" ", text).lower()
    else:
        # Surrogates and invisible characters go first: they would keep NFKC from composing what they separate.
        text = text.translate(_table())
        if _ACCENT.search(text) or not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", text)
            text = text.casefold().translate(_last_table())
        elif (folded := text.casefold()) != text:
            text = folded.translate(_last_table())
    if "'" in text or "\u2019" in text or "\u2018" in text or "\u02bc" in text:
        text = _APOSTROPHE.sub("", text)
    return " ".join(text.split())
