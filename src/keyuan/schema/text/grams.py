"""What the tokens of a record and of a query have in common: their kinds, how a text falls into words, how a token is
written. `tokens.py` describes the whole scheme."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from .fold import HAN

Kind = Literal["text", "prose", "html", "phone", "email", "code"]
KINDS: tuple[Kind, ...] = ("text", "prose", "html", "phone", "email", "code")

# Letters of a word that count; longer words that begin alike are taken for the same.
MAX_EDGE = 20
GRAM = 4
START, PIECE, AT, JOIN = "^", "~", "@", "-"

# What stands between two Han characters without parting them: 张　三, 华为（深圳）, 阿卜·买买提.
_INSIDE = " ·•‧・()\\[\\]<>{}\"'“”‘’「」『』【】《》〈〉〔〕"
_JOINABLE = re.compile(f"(?<=[{HAN}])[{_INSIDE}]+(?=[{HAN}])")
_JOINABLE_IN_QUERY = re.compile(f"(?<=[{HAN}])[{_INSIDE[1:]}]+(?=[{HAN}])")
_WORDS = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
_LINKED = re.compile(f"[^\\W_{HAN}]+(?:[-./&+][^\\W_{HAN}]+)+")
_RUNS = re.compile(r"\d+|\D+")
_TAG = re.compile(r"[A-Za-z0-9_]{1,63}\Z")
_NOT_ADDRESS = re.compile(r"[^\w.+-]")
_HAN_FIRST = re.compile(f"[{HAN}]")


def words(folded: str, query: bool = False) -> list[str]:
    """The runs of Han and the other words of a folded text. In a record brackets, middle dots and spaces do not part
    Han characters; in a query spaces do, because there they part what is sought."""
    if not folded.isascii():
        folded = (_JOINABLE_IN_QUERY if query else _JOINABLE).sub("", folded)
    return _WORDS.findall(folded)


def is_han(word: str) -> bool:
    """Whether a word from `words` is a run of Han (or kana, Hangul)."""
    return _HAN_FIRST.match(word) is not None


def linked(folded: str) -> list[str]:
    """Words joined by hyphens, dots and the like, written as one: wi-fi → wifi, GTX-500 → gtx500."""
    return [re.sub(r"[\W_]", "", found) for found in _LINKED.findall(folded)]


def runs(word: str) -> list[str]:
    """A word's pieces of digits and of letters: gtx500 → gtx, 500."""
    return [word] if word.isalpha() or word.isdecimal() else _RUNS.findall(word)


def pieces(word: str) -> list[str]:
    """The tokens that find any part of a number or code: all pieces of four characters, and the last three."""
    return [PIECE + word[at : at + GRAM] for at in range(max(len(word) - GRAM + 2, 1))]


def address_parts(folded: str) -> tuple[str, str]:
    """The local part and the domain of a mail address, or of what is typed of one, with nothing in them but what
    addresses are made of; no colon above all, which would make them look like another tag's."""
    local, _, domain = folded.rpartition("@")
    return _NOT_ADDRESS.sub("", local)[:64], _NOT_ADDRESS.sub("", domain)[:MAX_EDGE]


@lru_cache(1000)
def tagged(tag: str | None) -> str:
    """The prefix of a tag's tokens. No token has a colon of its own, so a tag cannot be counterfeited by a value."""
    if tag is None:
        return ""
    if not _TAG.match(tag):
        raise ValueError(f"not a tag: {tag!r}")
    return tag + ":"


def quoted(token: str) -> str:
    """The token as tsvector and tsquery texts write it."""
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
