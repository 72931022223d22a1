"""The search tokens of a record. `tokens.py` describes the scheme."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise

from .fold import fold
from .grams import (
    AT,
    JOIN,
    MAX_EDGE,
    START,
    Kind,
    is_han,
    linked,
    pieces,
    quoted,
    runs,
    search_digits,
    tagged,
    words,
)  # fmt: skip
from .normalise import without_markup
from .pinyin import spelled, syllables_of, table

# Tokens of one record at most; what comes last in the record's values is left out.
MAX_TOKENS = 512
# Characters of a value that are indexed in full (pinyin, beginnings of words); what follows is found by characters and
# whole words.
HEAD = 80
# Characters of a value that are looked at.
MAX_VALUE = 4000


@lru_cache(16384)
def _pair(pair: str) -> tuple[str, ...]:
    """The tokens of two neighbouring Han characters: themselves, their syllables, their initials."""
    return (pair, *_pair_pinyin(syllables_of(pair[0]), syllables_of(pair[1])))


def _pair_pinyin(left: tuple[str, ...], right: tuple[str, ...]) -> Iterator[str]:
    for a in left:
        for b in right:
            yield a + JOIN + b
            yield a[0] + b[0]


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


def _han(run: str, out: set[str]) -> None:
    out.update(run)
    for i in range(len(run) - 1):
        out.update(_pair(run[i : i + 2]))
    for character in run:
        out.update(syllables_of(character))
    if not _unusual_openers().isdisjoint(run):
        _han_unusual(run, out)


def _han_unusual(run: str, out: set[str]) -> None:
    options = [syllables_of(c) for c in run]
    for start in range(len(run)):
        if run[start] in _unusual_openers():
            for length in (2, 3, 4):
                for offset, syllable in _unusual().get(run[start : start + length], {}).items():
                    options[start + offset] = (*options[start + offset], syllable)
    for i, option in enumerate(options):
        out.update(option)
        if i:
            out.update(_pair_pinyin(options[i - 1], option))


def _edges(word: str, out: set[str]) -> None:
    if len(word) == 1:
        out.add(word)
    for end in range(2, min(len(word), MAX_EDGE) + 1):
        out.add(word[:end])


def _word(word: str, out: set[str]) -> None:
    _edges(word, out)
    parts = runs(word)
    if len(parts) > 1:
        for part in parts:
            _edges(part, out)
    for part in parts:
        if len(part) >= 7 and part.isdecimal():
            out.update(pieces(part))


def _mixed_initials(found: list[str], with_han: bool, out: set[str]) -> None:
    """Pairs of initials of a text with Latin words: TCL科技 is found by tclkj, Sunny Day Trading by sdt."""
    letters: list[tuple[str, ...]] = []
    for word in found:
        if is_han(word):
            letters += [tuple(s[0] for s in syllables_of(c)) for c in word]
        else:
            letters += [(letter,) for letter in (spelled(word) if with_han else word[0])]
    for left, right in pairwise(letters):
        out.update(a + b for a in left for b in right)


def _start(word: str, out: set[str]) -> None:
    """What a value begins with, for queries of one letter and for finding the best matches first."""
    if not is_han(word):
        out.update(START + word[:end] for end in (1, 2, 3) if end <= len(word))
        return
    out.add(START + word[0])
    out.add(START + word[:2])
    first = syllables_of(word[0])
    for syllable in first:
        out.update((START + syllable[0], START + syllable[:2], START + syllable[:3]))
    if len(word) > 1:
        out.update(START + a[0] + b[0] for a in first for b in syllables_of(word[1]))


def _head(folded: str, out: set[str]) -> None:
    found = words(folded)
    latin = han = False
    for word in found:
        if is_han(word):
            han = True
            _han(word, out)
        else:
            latin = True
            _word(word, out)
    if latin:
        for word in linked(folded):
            _edges(word, out)
        if len(found) > 1:
            _mixed_initials(found, han, out)
    if found:
        _start(found[0], out)


def _tail(folded: str, out: set[str]) -> None:
    for word in words(folded):
        if is_han(word):
            out.update(word)
            out.update(word[i : i + 2] for i in range(len(word) - 1))
        else:
            out.add(word[:MAX_EDGE])


def _text(value: str, out: set[str]) -> None:
    _head(fold(value)[:HEAD], out)


def _phone(value: str, out: set[str]) -> None:
    for digits in search_digits(value):
        out.update(pieces(digits))


def _email(value: str, out: set[str]) -> None:
    local, at, domain = fold(value)[:HEAD].rpartition("@")
    _head(local or domain, out)
    if at:
        out.add(local + AT)
        for word in words(domain):
            _edges(word, out)
        for end in range(1, min(len(domain), MAX_EDGE) + 1):
            out.add(AT + domain[:end])


def _code(value: str, out: set[str]) -> None:
    folded = fold(value)[:HEAD]
    _head(folded, out)
    joined = "".join(words(folded))
    if joined:
        out.update(pieces(joined))


_BY_KIND: dict[Kind, Callable[[str, set[str]], None]] = {
    "text": _text, "html": _text, "phone": _phone, "email": _email, "code": _code,
}  # fmt: skip


def document_tokens(values: Iterable[tuple[Kind, str, str | None]], limit: int = MAX_TOKENS) -> list[str]:
    """The tokens of a record, sorted, none twice, at most `limit`.

    `values` are (kind, text, tag) in order of importance, the name first: should there be too many tokens, later
    values lose theirs, and long texts lose first what follows their first 80 characters. `tag` is none for what
    everybody may see, and otherwise a name (letters, digits, `_`) that `query_tokens` must be given to find it.
    Any text will do, empty ones too."""
    tokens: set[str] = set()
    tails: list[tuple[str, str]] = []
    for kind, text, tag in values:
        text = text[:MAX_VALUE]
        if kind == "html":
            kind, text = "text", without_markup(text)
        found: set[str] = set()
        _BY_KIND[kind](text, found)
        if kind == "text" and len(text) > HEAD // 4:
            folded = fold(text)
            if len(folded) > HEAD:
                # One character more to the left, so that no pair is lost at the seam.
                tails.append((folded[HEAD - 1 :], tagged(tag)))
        if not _add(tokens, found, tagged(tag), limit):
            return sorted(tokens)
    for folded, prefix in tails:
        found = set()
        _tail(folded, found)
        if not _add(tokens, found, prefix, limit):
            break
    return sorted(tokens)


def _add(tokens: set[str], found: set[str], prefix: str, limit: int) -> bool:
    """Add one value's tokens as far as there is room; whether there was."""
    if prefix:
        found = {prefix + token for token in found}
    if len(tokens) + len(found) <= limit:
        tokens |= found
        return True
    # The same tokens are kept whatever the process: sets of text have another order in each.
    tokens.update(sorted(found - tokens)[: limit - len(tokens)])
    return False


def tsvector_text(tokens: Iterable[str]) -> str:
    """The tokens as the text of a tsvector, for COPY; `array_to_tsvector(text[])` takes the list itself."""
    return " ".join(map(quoted, tokens))
