"""Expression text as tokens. What a Chinese input method types (，（ ）“ ” ＝ ≥ …) means the same as its ASCII twin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .ast import Span
from .errors import ExprError
from .filters import MAX_DIGITS, bad_character, shown

MAX_LENGTH = 10_000
"""Characters of an expression."""

Kind = Literal["number", "text", "name", "quoted", "placeholder", "operator", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `value` is an operator in its ASCII form, a text without quotes, a name as written."""

    kind: Kind
    value: str
    span: Span


_WIDE = str.maketrans("（），。＝＜＞＋－＊×÷／％＆｜！．＠｀", "(),.=<>+-**//%&|!.@`")
_SPELLINGS = {"==": "=", "<>": "!=", "≠": "!=", "≤": "<=", "≥": ">=", "&&": "and", "||": "or"}
_TOKEN = re.compile(
    r"""
    (?P<space>[\s\u3000]+)
  | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))
  | (?P<name>[^\W\d]\w*)
  | (?P<quoted>`[^`]*`)
  | (?P<placeholder>@\w+)
  | (?P<operator><=|>=|<>|!=|==|&&|\|\||[-+*/%&=<>(),.≤≥≠])
    """,
    re.VERBOSE,
)
_CLOSING = {"'": "'", '"': '"', "“": "”", "‘": "’"}


def tokens(text: str) -> list[Token]:
    """The tokens of the text, the last of kind `end`. Raises `ExprError`."""
    if len(text) > MAX_LENGTH:
        raise ExprError("expr_text_too_long", Span(MAX_LENGTH, len(text)), limit=MAX_LENGTH)
    narrow = text.translate(_WIDE)
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at] in _CLOSING:
            token = _quoted(text, at)
            found.append(token)
            at = token.span.end
            continue
        match = _TOKEN.match(narrow, at)
        if match is None:
            raise ExprError("expr_character", Span(at, at + 1), character=shown(text[at]))
        if match.lastgroup != "space":
            found.append(_token(match))
        at = match.end()
    return [*found, Token("end", "", Span(len(text), len(text)))]


def _token(match: re.Match[str]) -> Token:
    span, value = Span(*match.span()), match[0]
    if match.lastgroup == "number":
        if len(value) > MAX_DIGITS:
            raise ExprError("expr_number_too_long", span, limit=MAX_DIGITS)
        return Token("number", value, span)
    if match.lastgroup == "name":
        lower = value.lower()
        if lower in ("and", "or", "not", "in"):
            return Token("operator", lower, span)
        return Token("name", value, span)
    if match.lastgroup == "quoted":
        return Token("quoted", value[1:-1], span)
    if match.lastgroup == "placeholder":
        return Token("placeholder", value[1:], span)
    return Token("operator", _SPELLINGS.get(value, value), span)


def _quoted(text: str, start: int) -> Token:
    """The text literal that begins at `start`; a doubled closing quote stands for one."""
    closing, at = _CLOSING[text[start]], start + 1
    parts: list[str] = []
    while True:
        end = text.find(closing, at)
        if end < 0:
            raise ExprError("expr_unfinished_text", Span(start, len(text)))
        parts.append(text[at:end])
        if text[end + 1 : end + 2] != closing:
            break
        parts.append(closing)
        at = end + 2
    value, span = "".join(parts), Span(start, end + 1)
    if bad := bad_character(value):
        raise ExprError("expr_character", span, character=shown(bad))
    return Token("text", value, span)
