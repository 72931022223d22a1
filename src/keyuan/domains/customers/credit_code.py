"""统一社会信用代码, the 18 characters that identify an organisation in China (GB 32100-2015)."""

from __future__ import annotations

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS = tuple(3**position % 31 for position in range(17))


def check_character(body: str) -> str:
    """The 18th character for the first 17; KeyError for characters that do not occur in codes."""
    total = sum(_VALUES[c] * w for c, w in zip(body, _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31]


def is_valid(code: str) -> bool:
    """Whether the text is a code (in capitals): its characters, its division digits, its check character."""
    if len(code) != 18 or any(c not in _VALUES for c in code) or not code[2:8].isdigit():
        return False
    return check_character(code[:17]) == code[17]
