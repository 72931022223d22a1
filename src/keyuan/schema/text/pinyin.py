"""How Chinese is read: pinyin without tones, initials, and a key that sorts by reading.

The readings come from `pinyin.txt`, made by `scripts/build_pinyin.py`; reading the table takes some milliseconds, at
first use. Characters have up to three common readings, the best first; a word that is read otherwise (重庆, 银行) and a
surname at the beginning of a name (单, 仇, 解) decide between them. ü is written v (绿 lv), üe is ue (略 lue).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from .fold import HAN, fold

# Words of up to this many letters are spelled out among the initials (TCL科技 → tclkj), longer ones give their first.
SPELLED = 4
# Characters of a sorting key: about twenty Han characters, far below what an index entry may hold.
MAX_KEY = 160

_UNITS = re.compile(f"([{HAN}]+)|[^\\W_{HAN}]+|[^{HAN}]")
_ONLY_HAN = re.compile(f"[{HAN}]{{2,3}}\\Z")


class _Characters(dict[str, tuple[str, ...]]):
    """Character → toned readings. The rare ones are parsed when one of them is asked for."""

    def __init__(self, common: str, rare: str) -> None:
        super().__init__(_parse(common))
        self._rare = rare

    def __missing__(self, character: str) -> tuple[str, ...]:
        if self._rare:
            rare, self._rare = _parse(self._rare), ""
            self.update({c: r for c, r in rare.items() if c not in self})
        return self.setdefault(character, ())


@dataclass(frozen=True, slots=True)
class Table:
    """The parsed table. Readings are toned (`zhong4`) except where said."""

    characters: _Characters
    phrases: dict[str, tuple[str, ...]]
    openers: frozenset[str]  # first characters of phrases
    surnames: dict[str, str]
    syllables: frozenset[str]  # every syllable, without tone


def _parse(section: str) -> dict[str, tuple[str, ...]]:
    characters: dict[str, tuple[str, ...]] = {}
    for line in section.splitlines():
        readings, members = line.split("\t")
        characters.update(dict.fromkeys(members, tuple(readings.split())))
    return characters


@cache
def table() -> Table:
    """The table, read once a process."""
    text = resources.files(__package__).joinpath("pinyin.txt").read_text("utf-8")
    parts = re.split(r"^\[\w+\]\n", text, flags=re.MULTILINE)[1:]
    common, rare, phrases, surnames = parts
    words = dict(line.split("\t") for line in phrases.splitlines())
    characters = _Characters(common, rare)
    return Table(
        characters=characters,
        phrases={word: tuple(readings.split()) for word, readings in words.items()},
        openers=frozenset(word[0] for word in words),
        surnames=dict(line.split("\t") for line in surnames.splitlines()),
        syllables=frozenset(r[:-1] for readings in set(characters.values()) for r in readings),
    )


@lru_cache(4096)
def syllables_of(character: str) -> tuple[str, ...]:
    """The common readings of one folded Han character without tones, best first; empty for kana and the like."""
    return tuple(r[:-1] for r in table().characters[character])


def _in_context(run: str, name: bool) -> list[str]:
    """The best toned reading of each character of a run of Han; empty where there is none."""
    known = table()
    best = [(known.characters[c] or ("",))[0] for c in run]
    position = 0
    if name and run[:3] not in known.phrases and run[:2] not in known.phrases and run[0] in known.surnames:
        best[0] = known.surnames[run[0]]
        position = 1
    while position < len(run) - 1:
        if run[position] in known.openers:
            for length in (5, 4, 3, 2):
                if found := known.phrases.get(run[position : position + length]):
                    best[position : position + len(found)] = found
                    position += len(found) - 1
                    break
        position += 1
    return best


def _units(text: str, person: bool | None) -> list[tuple[str, str]]:
    """The folded text as (characters, toned reading): one Han character each with its reading, other words with an
    empty one, everything else as a space."""
    folded = fold(text)
    if folded.isascii():
        return [(m[0] if m[0][0].isalnum() else " ", "") for m in _UNITS.finditer(folded)]
    name = person if person is not None else _ONLY_HAN.match(folded) is not None
    units: list[tuple[str, str]] = []
    for match in _UNITS.finditer(folded):
        if run := match[1]:
            units += zip(run, _in_context(run, name and not units), strict=True)
        else:
            units.append((match[0], "") if match[0][0].isalnum() else (" ", ""))
    return units


def readings(text: str, person: bool | None = None) -> list[tuple[str, ...]]:
    """For each Han character its common readings without tones, the one that fits here first; for each other word the
    word itself; the rest is left out. `person` says whether the text is a person's name, whose first character is read
    as a surname (单 shan); when not said, two or three Han characters that open no known word are taken for one."""
    found: list[tuple[str, ...]] = []
    for part, toned in _units(text, person):
        if toned:
            best = toned[:-1]
            found.append((best, *(s for s in syllables_of(part) if s != best)))
        elif part != " ":
            found.append((part,))
    return found


def full(text: str, person: bool | None = None) -> str:
    """The likeliest reading without spaces: 重庆银行 → chongqingyinhang."""
    return "".join(options[0] for options in readings(text, person))


def initials(text: str, person: bool | None = None) -> str:
    """The first letters of the likeliest reading: 华为技术 → hwjs, TCL科技 → tclkj."""
    return "".join(
        toned[0] if toned else spelled(part) for part, toned in _units(text, person) if part != " "
    )


def spelled(word: str) -> str:
    """What a word that is not Han stands for among initials."""
    return word if len(word) <= SPELLED else word[0]


def sort_key(text: str, person: bool | None = None) -> str:
    """The text's place in a list, for `COLLATE "C"`.

    The order is that of a Chinese address book with the letters A–Z at its side: digits first, then Latin words and
    Han characters together by letters, so that 阿里, ABB and 安踏 all stand under A. Characters compare one by one, by
    syllable, tone, and then the character itself: all 张 stand together, before 章, and 安 (an) before Anna and 昂 (ang).
    Other scripts follow after Z, texts without any letter last. At most 160 characters."""
    key: list[str] = []
    for part, toned in _units(text, person):
        if toned:
            key.append(toned + part)
        elif part == " ":
            if key and key[-1][-1] != " ":
                key.append(" ")
        else:
            # A Latin word is closed by a space, which sorts before every letter: "an co" stands before "anna".
            key.append(part + " ")
    joined = "".join(key).strip()
    return joined[:MAX_KEY] if joined else ("\U0010fffd" + fold(text))[:MAX_KEY] if text.strip() else ""
