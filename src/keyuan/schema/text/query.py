"""What a person types into the search box, as a tsquery. `tokens.py` describes the scheme."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from .fold import fold
from .grams import (
    AT,
    GRAM,
    JOIN,
    KINDS,
    MAX_EDGE,
    PIECE,
    START,
    Kind,
    is_han,
    quoted,
    runs,
    search_digits,
    tagged,
    words,
)  # fmt: skip
from .segment import Unit, completions, segmentations

# Characters of a query that are looked at, and parts of it that are combined.
MAX_QUERY = 100
MAX_PARTS = 8
# Ways of writing one pair of syllables that are tried; looser pairs are not checked for standing side by side.
MAX_PAIRS = 64
MAX_INITIALS = 24

_PHONE = re.compile(r"[+\d(][\d\s()+.\-‐-―]*\Z")
_LETTERS = re.compile(r"[a-z]+\Z")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One token; with `prefix`, every token that begins so."""

    token: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the nodes."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of the nodes."""

    nodes: tuple[Node, ...]


Node = Leaf | All | Any


def _all(nodes: Iterable[Node]) -> Node:
    unique = tuple(dict.fromkeys(nodes))
    return unique[0] if len(unique) == 1 else All(unique)


def _any(nodes: Iterable[Node]) -> Node:
    unique = tuple(dict.fromkeys(nodes))
    return unique[0] if len(unique) == 1 else Any(unique)


def _han(word: str, start: bool) -> Node:
    first = [Leaf(START + word[:2])] if start else []
    if len(word) == 1:
        return first[0] if start else Leaf(word)
    return _all([*first, *(Leaf(word[i : i + 2]) for i in range(len(word) - 1))])


def _pieces(word: str) -> Node:
    if len(word) < GRAM:
        return Leaf(PIECE + word, prefix=True)
    return _all(Leaf(PIECE + word[i : i + GRAM]) for i in range(len(word) - GRAM + 1))


def _digits(word: str) -> list[Node]:
    """Parts of numbers and codes. The country code of China is ignored, as it is in what is found."""
    if len(word) < GRAM - 1:
        return []
    without = [d for d in search_digits(word) if len(d) >= GRAM]
    return [_pieces(w) for w in dict.fromkeys([word, *without])]


def _units(units: tuple[Unit, ...], start: bool) -> Node | None:
    """One reading of letters as pinyin: neighbouring syllables or initials stand side by side."""
    if len(units) == 1:
        kind, value = units[0]
        if kind == "initial" or (kind == "part" and len(value) < 3):
            return Leaf(START + value)
        found: Node = _any(Leaf(s) for s in completions(units[0]))
        # Two letters may be the beginning of a longer syllable (li → lin): only at the beginning of a value, for they
        # would find a third of all records anywhere.
        if len(value) == 2:
            found = _any([found, Leaf(START + value)])
    else:
        pairs: list[Node] = []
        for left, right in pairwise(units):
            if left[0] == right[0] == "initial":
                pairs.append(Leaf(left[1] + right[1]))
                continue
            lefts, rights = completions(left), completions(right)
            if len(lefts) * len(rights) <= MAX_PAIRS:
                pairs.append(_any(Leaf(a + JOIN + b) for a in lefts for b in rights))
        if not pairs:
            return None
        found = _all(pairs)
    if start:
        kind, value = units[0]
        anchor = value + units[1][1] if kind == "initial" and units[1][0] == "initial" else value[:3]
        return _all([Leaf(START + anchor), found])
    return found


def _initials(word: str, start: bool) -> Node:
    pairs: list[Node] = [Leaf(a + b) for a, b in pairwise(word)]
    return _all([Leaf(START + word[:2]), *pairs]) if start else _all(pairs)


def _latin(word: str, start: bool) -> Node:
    """A word that is not Han: as itself, as pinyin or initials, as a part of a number or code."""
    edge: Node = Leaf(word[:MAX_EDGE])
    if len(word) == 1:
        return Leaf(START + word) if start else _any([edge, Leaf(START + word)])
    found: list[Node] = [_all([Leaf(START + word[:3]), edge]) if start else edge]
    if len(word) <= MAX_INITIALS and not word.isdecimal():
        found.append(_initials(word, start))
    if _LETTERS.match(word):
        found += [n for units in segmentations(word) if (n := _units(units, start)) is not None]
    else:
        if len(parts := runs(word)) > 1:
            found.append(_all(_latin(part, start and not i) for i, part in enumerate(parts)))
        if word.isdecimal():
            found += _digits(word)
        elif len(word) >= GRAM and any(c.isdecimal() for c in word):
            found.append(_pieces(word))
    return _any(found)


def _email(folded: str) -> Node | None:
    """`zhang.san@huawei`: the local part exactly, the domain by its beginning."""
    if " " in folded or folded.count("@") != 1:
        return None
    local, _, domain = folded.partition("@")
    found = [Leaf(local + AT)] if local else []
    found += [Leaf(AT + domain[:MAX_EDGE])] if domain else []
    return _all(found) if found else None


def parse(q: str, start: bool = False) -> list[tuple[Node, frozenset[Kind]]]:
    """The parts of a query, all of which must be found, each with the kinds of value that may have it."""
    folded = fold(q[:MAX_QUERY])
    everywhere = frozenset(KINDS)
    address = _email(folded)
    if address is not None:
        return [(address, frozenset(("email",)))]
    found = [
        (_han(w, start and not i) if is_han(w) else _latin(w, start and not i), everywhere)
        for i, w in enumerate(words(folded, query=True)[:MAX_PARTS])
    ]
    if (
        len(found) > 1
        and _PHONE.match(folded)
        and (digits := "".join(re.findall(r"\d", folded)))
        and len(digits) > 4
    ):
        return [(_any([_all(node for node, _ in found), *_digits(digits)]), everywhere)]
    return found


def render(node: Node, prefix: str = "") -> str:
    """A node as tsquery text, its tokens with a tag's prefix."""
    match node:
        case Leaf(token, partial):
            return quoted(prefix + token) + (":*" if partial else "")
        case All(nodes):
            return "(" + " & ".join(render(n, prefix) for n in nodes) + ")"
        case Any(nodes):
            return "(" + " | ".join(render(n, prefix) for n in nodes) + ")"


def query_tokens(q: str, tags: Iterable[str] | Mapping[str, Kind] = (), start: bool = False) -> str:
    """What is typed as the text of a tsquery (cast it: `%s::tsquery`); empty if nothing in it can be sought, which then
    finds nothing.

    `tags` are the tags of the restricted fields that this reader may read; given as tag → kind of value, fewer tokens
    are asked for. Each part of the query is found in untagged tokens or in those of one of the tags. With `start` only
    values that begin with the query are found: a search asks so first, for these are the best matches, and fills up
    without."""
    kinds: Mapping[str, Kind | None] = tags if isinstance(tags, Mapping) else dict.fromkeys(tags)
    parts = []
    for node, where in parse(q, start):
        prefixes = ["", *(tagged(tag) for tag, kind in kinds.items() if kind is None or kind in where)]
        shown = [render(node, prefix) for prefix in prefixes]
        parts.append(shown[0] if len(shown) == 1 else "(" + " | ".join(shown) + ")")
    return " & ".join(parts)
