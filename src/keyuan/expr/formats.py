"""Date formats of `text(date, "YYYY年M月D日")`: what PostgreSQL's `to_char` and Python make of them."""

from __future__ import annotations

import re
from datetime import date, datetime, time

_PART = re.compile(r"YYYY|YY|MM|M|DD|D|HH|H|mm|ss")
_TO_CHAR = {
    "YYYY": "YYYY",
    "YY": "YY",
    "MM": "MM",
    "M": "FMMM",
    "DD": "DD",
    "D": "FMDD",
    "HH": "HH24",
    "H": "FMHH24",
    "mm": "MI",
    "ss": "SS",
}
MAX_FORMAT = 100


def is_format(text: str) -> bool:
    """Whether the text is a format: it has a part, and around the parts no quotes, backslashes or control characters."""
    return (
        bool(_PART.search(text))
        and len(text) <= MAX_FORMAT
        and not re.search(r'["\\\0-\x1f\ud800-\udfff]', text)
    )


def to_char_format(text: str) -> str:
    """The format for `to_char`."""
    parts, at = [], 0
    for part in _PART.finditer(text):
        parts += [_quoted(text[at : part.start()]), _TO_CHAR[part[0]]]
        at = part.end()
    return "".join([*parts, _quoted(text[at:])])


def _quoted(text: str) -> str:
    return f'"{text}"' if text else ""


def formatted(moment: date | datetime, text: str) -> str:
    """The day or wall-clock time written by the format."""
    return _PART.sub(lambda part: _written(moment, part[0]), text)


def _written(moment: date | datetime, part: str) -> str:
    clock = moment if isinstance(moment, datetime) else datetime.combine(moment, time.min)
    match part:
        case "YYYY":
            return f"{clock.year:04}"
        case "YY":
            return f"{clock.year % 100:02}"
        case "MM" | "M":
            number = clock.month
        case "DD" | "D":
            number = clock.day
        case "HH" | "H":
            number = clock.hour
        case "mm":
            number = clock.minute
        case _:
            number = clock.second
    return f"{number:02}" if len(part) == 2 else str(number)
