"""Letters as pinyin: `hwjs`, `huawei`, `zhangs`, `huaweijs`, `hwjishu` into initials and syllables."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Literal

from .pinyin import table

# ("initial", letter), ("syllable", a whole one), ("part", the beginning of the last syllable, perhaps all of it)
Unit = tuple[Literal["initial", "syllable", "part"], str]

# Ways of reading the letters that are tried.
MAX_WAYS = 8
MAX_LETTERS = 60
_LONGEST = 6

# Spellings of the same syllable: passports write lyu, input methods lv, station signs lu.
_ALIASES = {"lyu": "lv", "nyu": "nv", "lve": "lue", "nve": "nue", "lyue": "lue", "nyue": "nue"}
_ALSO = {"lu": ("lu", "lv"), "nu": ("nu", "nv")}


@cache
def _by_beginning() -> dict[str, tuple[str, ...]]:
    """Beginning → the syllables that begin so, the shortest first."""
    found: dict[str, set[str]] = {}
    for syllable in table().syllables:
        for end in range(1, len(syllable) + 1):
            found.setdefault(syllable[:end], set()).add(syllable)
    for spelling, syllable in _ALIASES.items():
        for end in range(2, len(spelling) + 1):
            found.setdefault(spelling[:end], set()).add(syllable)
    return {part: tuple(sorted(all_of, key=lambda s: (len(s), s))) for part, all_of in found.items()}


def completions(unit: Unit) -> tuple[str, ...]:
    """The syllables a unit may stand for."""
    kind, value = unit
    if kind == "syllable":
        value = _ALIASES.get(value, value)
        return _ALSO.get(value, (value,))
    found = _by_beginning().get(value, ())
    return tuple(dict.fromkeys([*found, *_ALSO[value]])) if value in _ALSO else found


def _is_syllable(text: str) -> bool:
    return text in table().syllables or text in _ALIASES


def _ways(letters: str, limit: int, open_end: bool) -> list[tuple[str, ...]]:
    """The letters cut into syllables, longest first; with `open_end` the last may be the beginning of one."""
    found: list[tuple[str, ...]] = []
    dead: set[int] = set()

    def cut(position: int, before: tuple[str, ...]) -> bool:
        if position == len(letters):
            found.append(before)
            return True
        if position in dead:
            return False
        some = False
        for end in range(min(position + _LONGEST, len(letters)), position, -1):
            piece = letters[position:end]
            last = open_end and end == len(letters)
            if piece in _by_beginning() if last else _is_syllable(piece):
                some |= cut(end, (*before, piece))
                if len(found) >= limit:
                    return True
        if not some:
            dead.add(position)
        return some

    cut(0, ())
    return found


@lru_cache(1024)
def segmentations(letters: str) -> tuple[tuple[Unit, ...], ...]:
    """The ways in which lower-case letters can be pinyin, at most eight: syllables of which the last may be unfinished
    (zhangs), syllables followed by initials (huaweijs), initials followed by syllables (hwjishu). Initials alone are
    not among them."""
    if len(letters) > MAX_LETTERS:
        return ()
    ways: list[tuple[Unit, ...]] = [
        (*(("syllable", s) for s in cut[:-1]), ("part", cut[-1])) for cut in _ways(letters, 4, open_end=True)
    ]
    starts = _by_beginning()
    for split in range(len(letters) - 2, 1, -1):
        # At least two initials at the end: a single one is an unfinished syllable.
        if not all(letter in starts for letter in letters[split:]):
            break
        ways += [
            (*(("syllable", s) for s in cut), *(("initial", c) for c in letters[split:]))
            for cut in _ways(letters[:split], 1, open_end=False)
        ]
    for split in range(1, len(letters) - 1):
        if letters[split - 1] not in starts:
            break
        for cut in _ways(letters[split:], 1, open_end=True):
            if len(cut[0]) > 1:
                head: list[Unit] = [("initial", c) for c in letters[:split]]
                ways.append((*head, *(("syllable", s) for s in cut[:-1]), ("part", cut[-1])))
    return tuple(dict.fromkeys(ways))[:MAX_WAYS]
