"""Tokens in PostgreSQL's own binary form of a `tsvector`: writing and reading them as text or JSON takes longer than storing
them."""

from __future__ import annotations

import struct
from collections.abc import Collection

_NO_POSITIONS = "\0\0\0"
"""What follows each word: the end of the text, and 16 bits that count its positions."""


def vector(tokens: Collection[str]) -> bytes:
    """The binary form of a `tsvector` of tokens, none of which has the character NUL, in any order."""
    return struct.pack("!i", len(tokens)) + _NO_POSITIONS.join([*tokens, ""]).encode()
