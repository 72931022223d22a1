"""Letters as pinyin: `hwjs`, `huawei`, `zhangs`, `huaweijs`, `hwjishu` into initials and syllables."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal

from .pinyin import table

# ("initial", letter), ("syllable", a whole one), ("part", the beginning of the last syllable, perhaps all of it)
Unit = tuple[Literal["initial", "syllable", "part"], str]

# One way through some letters; the ways through a stretch of them; stretches one after another. Letters are cut into
# stretches where all ways meet, because the ways through several stretches would be too many to list.
Path = tuple[Unit, ...]
Stretch = tuple[Path, ...]
Way = tuple[Stretch, ...]

MAX_WAYS = 8
MAX_PATHS = 16
MAX_LETTERS = 60
_LONGEST = 6
_VOWEL = re.compile("[aeiouv]")

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
        for end in range(3, len(spelling) + 1):
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


def _ends(letters: str, open_end: bool) -> dict[int, list[int]]:
    """Position → where a syllable that begins there may end, for the positions on some way through all the letters;
    with `open_end` the last syllable may be unfinished. Empty if there is no way."""
    ends: dict[int, list[int]] = {len(letters): []}
    for position in reversed(range(len(letters))):
        found = []
        for end in range(position + 1, min(position + _LONGEST, len(letters)) + 1):
            piece = letters[position:end]
            known = piece in _by_beginning() if open_end and end == len(letters) else _is_syllable(piece)
            if known and end in ends:
                found.append(end)
        if found:
            ends[position] = found
    reached = {0}
    for position in range(len(letters)):
        if position in reached:
            reached.update(ends.get(position, ()))
    return {p: e for p, e in ends.items() if p in reached} if 0 in ends else {}


def _paths(
    letters: str, ends: dict[int, list[int]], start: int, stop: int, open_end: bool
) -> list[Path] | None:
    """The ways from one position to another; none if there are too many to tell."""
    found: list[Path] = []
    waiting: list[tuple[int, Path]] = [(start, ())]
    while waiting:
        position, before = waiting.pop()
        for end in ends[position]:
            unfinished = open_end and end == len(letters)
            path: Path = (*before, ("part" if unfinished else "syllable", letters[position:end]))
            if end == stop:
                found.append(path)
            else:
                waiting.append((end, path))
            if len(found) + len(waiting) > MAX_PATHS:
                return None
    return found


def _syllables(letters: str, open_end: bool) -> list[Stretch]:
    """The letters as syllables; empty if they are none."""
    ends = _ends(letters, open_end)
    if not ends:
        return []
    stretches: list[Stretch] = []
    start, far = 0, 0
    for position in sorted(ends):
        # All ways pass through a position over which no syllable reaches.
        if position and position >= far:
            paths = _paths(letters, ends, start, position, open_end)
            if paths is None:
                firsts = [letters[start:end] for end in ends[start]]
                paths = [(("part", first),) for first in firsts]
            stretches.append(tuple(paths))
            start = position
        far = max([far, *ends[position]])
    return stretches


@lru_cache(1024)
def segmentations(letters: str) -> tuple[Way, ...]:
    """How lower-case letters can be pinyin: syllables of which the last may be unfinished (zhangs), syllables followed
    by initials (huaweijs), initials followed by syllables (hwjishu). Initials alone are not among them."""
    if len(letters) > MAX_LETTERS:
        return ()
    if whole := _syllables(letters, open_end=True):
        # What can be syllables is meant as such. Trying the rest too (zhangs as zhan, g, s) would find much that is not
        # meant, and takes long: pairs of initials such as gs (公司) stand in every record.
        return (tuple(whole),)
    ways: list[Way] = []
    starts = _by_beginning()
    # At least two initials at the end: a single one is an unfinished syllable.
    for split in range(len(letters) - 2, 0, -1):
        if letters[-1] not in starts or letters[split] not in starts:
            break
        if cut := _syllables(letters[:split], open_end=False):
            ways.append((*cut, (tuple(("initial", c) for c in letters[split:]),)))
    for split in range(1, len(letters) - 1):
        if letters[split - 1] not in starts:
            break
        cut = _syllables(letters[split:], open_end=True)
        # `hsh` is three initials: a syllable after initials needs its vowel.
        if cut and any(_VOWEL.search(path[0][1]) for path in cut[0]):
            ways.append(((tuple(("initial", c) for c in letters[:split]),), *cut))
    return tuple(ways[:MAX_WAYS])
