"""The search tokens of a record. `tokens.py` describes the scheme."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from functools import cache, lru_cache
from itertools import pairwise, product
from operator import add

from .fold import fold
from .grams import (
    AT,
    JOIN,
    MAX_EDGE,
    START,
    Kind,
    address_parts,
    is_han,
    linked,
    pieces,
    quoted,
    runs,
    tagged,
    words,
)  # fmt: skip
from .normalise import without_markup
from .phone import search_digits
from .pinyin import spelled, syllables_of, table

# Tokens of one record at most; what comes last in the record's values is left out.
MAX_TOKENS = 512
# Characters of a value that are indexed in full (pinyin, beginnings of words); what follows is found by characters and
# whole words.
HEAD = 80
MAX_ADDRESS = 200
# Characters of a value that are looked at.
MAX_VALUE = 4000


# Characters, pairs of them and triples of initials recur from name to name; looking their tokens up is what makes an
# import fast, so the functions below hand whole runs to them by `map`.


@lru_cache(4096)
def _character(character: str) -> tuple[str, ...]:
    """The tokens of one Han character: itself and its syllables."""
    return (character, *syllables_of(character))


@lru_cache(16384)
def _pair(left: str, right: str) -> tuple[str, ...]:
    """The tokens of two neighbouring Han characters and of the first alone, but for initials."""
    first, second = syllables_of(left), syllables_of(right)
    return (left + right, left, *first, *_syllable_pairs(first, second))


@lru_cache(4096)
def _initials(character: str) -> str:
    """The first letters of a character's readings, each once."""
    return "".join(dict.fromkeys(s[0] for s in syllables_of(character)))


def _syllable_pairs(left: Iterable[str], right: Iterable[str]) -> list[str]:
    return [a + JOIN + b for a in left for b in right]


@lru_cache(8192)
def _letters(*places: str) -> tuple[str, ...]:
    """Initials side by side; each place has one letter or, by reading, several."""
    return tuple(map("".join, product(*places)))


@cache
def _unusual() -> dict[str, dict[int, str]]:
    """Words in which a character has a reading that is not among its common ones (六安 lu'an): word → its places."""
    found = {}
    for word, readings in table().phrases.items():
        extra = {i: r[:-1] for i, r in enumerate(readings) if r[:-1] not in syllables_of(word[i])}
        if extra:
            found[word] = extra
    return found


@cache
def _unusual_openers() -> frozenset[str]:
    return frozenset(word[0] for word in _unusual())


def _unusual_in(run: str) -> list[tuple[int, str]]:
    """The places of a run and the readings that they have in some of its words only."""
    return [
        (start + offset, syllable)
        for start, opener in enumerate(run)
        if opener in _unusual_openers()
        for length in (2, 3, 4)
        for offset, syllable in _unusual().get(run[start : start + length], {}).items()
    ]


def _options(run: str, unusual: Iterable[tuple[int, str]]) -> list[tuple[str, ...]]:
    """The readings of each character of a run, with those it has in some of the run's words only."""
    options = [syllables_of(c) for c in run]
    for place, syllable in unusual:
        options[place] = (*options[place], syllable)
    return options


def _pairs(run: str, out: set[str]) -> None:
    out.update(run, map(add, run, run[1:]))


def _han(run: str, out: set[str]) -> None:
    out.update(_character(run[-1]), *map(_pair, run, run[1:]))
    letters = [*map(_initials, run)]
    if not _unusual_openers().isdisjoint(run) and (unusual := _unusual_in(run)):
        options = _options(run, unusual)
        letters = ["".join(dict.fromkeys(s[0] for s in option)) for option in options]
        out.update(*options)
        for left, right in pairwise(options):
            out.update(_syllable_pairs(left, right))
    _beside(letters, out)


def _beside(letters: list[str], out: set[str]) -> None:
    """The pairs and triples of neighbouring initials."""
    if {*map(len, letters)} == {1}:
        joined = "".join(letters)
        out.update(map(add, joined, joined[1:]), [joined[at : at + 3] for at in range(len(joined) - 2)])
    else:
        out.update(*map(_letters, letters, letters[1:]), *map(_letters, letters, letters[1:], letters[2:]))


_ENDS = [slice(end) for end in range(2, MAX_EDGE + 1)]


def _edges(word: str, out: set[str]) -> None:
    out.update(map(word.__getitem__, _ENDS[: max(len(word) - 1, 1)]))


def _word(word: str, out: set[str]) -> None:
    _edges(word, out)
    for part in runs(word):
        if part != word:
            _edges(part, out)
        if len(part) >= 7 and part.isdecimal():
            out.update(pieces(part))


def _mixed_initials(found: list[str], with_han: bool, out: set[str]) -> None:
    """The initials of a text with Latin words: TCL科技 is found by tclkj, Sunny Day Trading by sdt."""
    letters: list[str] = []
    for word in found:
        if is_han(word):
            letters += map(_initials, word)
        else:
            letters += spelled(word) if with_han else word[0]
    _beside(letters, out)


@lru_cache(4096)
def _start(beginning: str, read: bool) -> tuple[str, ...]:
    """What a value begins with, from its first word's first four characters, for queries of one letter and for finding
    the best matches first."""
    if not is_han(beginning):
        return tuple(START + beginning[:end] for end in (1, 2, 3) if end <= len(beginning))
    found = [START + beginning[0], START + beginning[:2]]
    if not read:
        return tuple(found)
    first, *rest = _options(beginning, _unusual_in(beginning))
    found += [START + syllable[:end] for syllable in first for end in (1, 2, 3)]
    if rest:
        found += [START + a[0] + b[0] for a in first for b in rest[0]]
    return tuple(found)


def _head(folded: str, out: set[str], read: bool = True) -> None:
    """The first characters of a value; with `read` it is found by how it is read, too."""
    found = words(folded)
    latin = han = False
    for word in found:
        if is_han(word):
            han = True
            (_han if read else _pairs)(word, out)
        else:
            latin = True
            _word(word, out)
    if latin:
        for word in linked(folded):
            _edges(word, out)
        if read and len(found) > 1:
            _mixed_initials(found, han, out)
    if found:
        out.update(_start(found[0][:4], read))


def _tail(folded: str, out: set[str]) -> None:
    for word in words(folded):
        if is_han(word):
            _pairs(word, out)
        else:
            out.add(word[:MAX_EDGE])


def _phone(value: str, out: set[str]) -> None:
    for digits in search_digits(value):
        out.update(pieces(digits))


def _email(value: str, out: set[str]) -> None:
    folded = fold(value)[:MAX_ADDRESS]
    if "@" not in folded:
        _head(folded[:HEAD], out)
        return
    local, domain = address_parts(folded)
    _head(local, out)
    for word in words(domain):
        _edges(word, out)
    out.add(local + AT)
    out.update(AT + domain[:end] for end in range(1, len(domain) + 1))


def _code(value: str, out: set[str]) -> None:
    found = words(fold(value)[:HEAD])
    if found:
        for word in found:
            (_pairs if is_han(word) else _edges)(word, out)
        out.update(pieces("".join(found)), _start(found[0][:4], False))


# The kinds that are not plain text.
_SPECIAL: dict[Kind, Callable[[str, set[str]], None]] = {"phone": _phone, "email": _email, "code": _code}


@lru_cache(256)
def _value(kind: Kind, text: str, prefix: str) -> tuple[Set[str], str]:
    """The tokens of one value but those of what follows its first characters, and what follows: of prose. Kept for a
    while, because neighbours in an import share their town, their trade and their remarks."""
    found: set[str] = set()
    rest = ""
    if special := _SPECIAL.get(kind):
        special(text, found)
    else:
        folded = fold(without_markup(text) if kind == "html" else text)
        _head(folded[:HEAD], found, read=kind == "text")
        if len(folded) > HEAD:
            # One character more to the left, so that no pair is lost at the seam.
            rest = folded[HEAD - 1 :]
    return {*map(prefix.__add__, found)} if prefix else found, rest


Document = list[tuple[Kind, str, str | None]]
"""The values of a record that it is found by, as (kind, text, tag) in order of importance."""


def document_tokens(values: Document, limit: int = MAX_TOKENS) -> list[str]:
    """The tokens of a record, none twice, in no order, at most `limit`.

    The name stands first among the values: should there be too many tokens, later
    values lose theirs, and long texts lose first what follows their first 80 characters. A tag is none for what
    everybody may see, and otherwise a name (letters, digits, `_`) that `query_tokens` must be given to find it.
    Any text will do, empty ones too."""
    tokens: set[str] = set()
    tails: list[tuple[str, str]] = []
    for kind, text, tag in values:
        prefix = tagged(tag)
        found, rest = _value(kind, text[:MAX_VALUE], prefix)
        if not _add(tokens, found, limit):
            return list(tokens)
        if rest:
            tails.append((rest, prefix))
    for folded, prefix in tails:
        tail: set[str] = set()
        _tail(folded, tail)
        if not _add(tokens, {prefix + token for token in tail}, limit):
            break
    return list(tokens)


def _add(tokens: set[str], found: Set[str], limit: int) -> bool:
    """Add one value's tokens as far as there is room; whether there was."""
    if len(tokens) + len(found) <= limit:
        tokens |= found
        return True
    # The same tokens are kept whatever the process: sets of text have another order in each.
    tokens.update(sorted(found - tokens)[: limit - len(tokens)])
    return False


def tsvector_text(tokens: Iterable[str]) -> str:
    """The tokens as the text of a tsvector, for COPY; `array_to_tsvector(text[])` takes the list itself."""
    return " ".join(map(quoted, tokens))
