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
    MAX_EDGE,
    PIECE,
    START,
    Kind,
    address_parts,
    is_han,
    quoted,
    runs,
    tagged,
    words,
)  # fmt: skip
from .phone import search_digits
from .segment import Path, Unit, Way, completions, segmentations

# Characters of a query that are looked at, and parts of it that are combined.
MAX_QUERY = 100
MAX_PARTS = 8
# Pairs of syllables that are asked for where letters are ambiguous; beyond, initials and syllable are enough.
MAX_PAIRS = 100
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
    flat = dict.fromkeys(part for n in nodes for part in (n.nodes if isinstance(n, All) else (n,)))
    return next(iter(flat)) if len(flat) == 1 else All(tuple(flat))


def _any(nodes: Iterable[Node]) -> Node:
    flat = dict.fromkeys(part for n in nodes for part in (n.nodes if isinstance(n, Any) else (n,)))
    return next(iter(flat)) if len(flat) == 1 else Any(tuple(flat))


def _han(word: str, start: bool) -> Node:
    if len(word) == 1:
        return Leaf(START + word) if start else Leaf(word)
    pairs = [Leaf(a + b) for a, b in pairwise(word)]
    return _all([Leaf(START + word[:2]), *pairs[1:]]) if start else _all(pairs)


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


def _single(unit: Unit) -> Node:
    """One syllable, perhaps unfinished, with nothing beside it."""
    value = unit[1]
    if len(value) < 2:
        return Leaf(START + value)
    if len(value) == 2:
        # It may be the beginning of a longer syllable (li → lin): only at the beginning of a value, for anywhere it
        # would find a third of all records.
        return _any([*(Leaf(s) for s in completions(("syllable", value))), Leaf(START + value)])
    return _any(Leaf(s) for s in completions(unit))


def _pair(left: Unit, right: Unit) -> Node:
    """Two units side by side, not both initials."""
    lefts, rights = completions(left), completions(right)
    if len(lefts) * len(rights) <= MAX_PAIRS:
        return _any(Leaf(a + JOIN + b) for a in lefts for b in rights)
    return _all([Leaf(left[1][0] + right[1][0]), _any(Leaf(b) for b in rights)])


def _path(path: Path, alone: bool) -> Node:
    """One way through a stretch; `alone` says that there is no other stretch beside it."""
    if len(path) == 1:
        return _single(path[0]) if alone else _any(Leaf(s) for s in completions(path[0]))
    if path[0][0] == "initial":
        return _all(_initials("".join(letter for _, letter in path)))
    return _all(_pair(a, b) for a, b in pairwise(path))


def _pinyin(way: Way, start: bool) -> Node:
    """One way of reading letters as pinyin: neighbouring syllables or initials stand side by side."""
    alone = len(way) == 1
    # A stretch that is one syllable says nothing more than the pairs it stands in.
    found: list[Node] = [
        _any(_path(path, alone) for path in stretch)
        for stretch in way
        if alone or stretch != (stretch[0][:1],)
    ]
    for left, right in pairwise(way):
        ends, starts = {path[-1]: None for path in left}, {path[0]: None for path in right}
        found.append(_any(_pair(a, b) for a in ends for b in starts))
    if not start:
        return _all(found)
    anchors = []
    for path in way[0]:
        initials = len(path) > 1 and path[0][0] == path[1][0] == "initial"
        anchors.append(Leaf(START + (path[0][1] + path[1][1] if initials else path[0][1][:3])))
    return _all([_any(anchors), *found])


def _initials(letters: str) -> list[Node]:
    """Initials side by side: their triples, which are far rarer than pairs."""
    width = min(len(letters), 3)
    return [Leaf(letters[i : i + width]) for i in range(len(letters) - width + 1)]


def _latin(word: str, start: bool) -> Node:
    """A word that is not Han: as itself, as pinyin or initials, as a part of a number or code."""
    edge = Leaf(word[:MAX_EDGE])
    if start and len(word) <= 3:
        # What is indexed as a beginning: letters of a word or of a syllable, two initials.
        found: list[Node] = [Leaf(START + word)]
    elif len(word) == 1:
        return _any([edge, Leaf(START + word)])
    else:
        found = [_all([Leaf(START + word[:3]), edge]) if start else edge]
    if 2 <= len(word) <= MAX_INITIALS and not word.isdecimal():
        beginning = [Leaf(START + word[:2])] if start else []
        found.append(_all(beginning if start and len(word) == 2 else [*beginning, *_initials(word)]))
    if _LETTERS.match(word):
        if not start or len(word) > 2:
            found += [_pinyin(way, start) for way in segmentations(word)]
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
    local, domain = address_parts(folded)
    found = [Leaf(local + AT)] if local else []
    found += [Leaf(AT + domain)] if domain else []
    return _all(found) if found else None


def parse(q: str, start: bool = False) -> list[Node]:
    """The parts of a query, all of which must be found."""
    folded = fold(q[:MAX_QUERY])
    address = _email(folded)
    if address is not None:
        return [address]
    found = [
        _han(w, start and not i) if is_han(w) else _latin(w, start and not i)
        for i, w in enumerate(words(folded, query=True)[:MAX_PARTS])
    ]
    if len(found) > 1 and _PHONE.match(folded) and len(re.findall(r"\d", folded)) > GRAM:
        # A number written with spaces or hyphens: its parts, or all of it in one.
        joined = [
            _all(map(_pieces, digits)) for digits in ([re.sub(r"\D", "", folded)], search_digits(folded))
        ]
        return [_any([_all(found), *joined])]
    return found


def _wanted(token: str, kind: Kind) -> bool:
    """Whether values of the kind can have the token, apart from rarities (pinyin of codes and mail addresses)."""
    if kind == "phone":
        return token.startswith(PIECE)
    if kind in ("email", "code", "prose", "html") and JOIN in token and AT not in token:
        return False
    return kind == "email" or (not token.startswith(AT) and not token.endswith(AT))


def within(node: Node, kind: Kind) -> Node | None:
    """What is left of a node when only tokens that values of a kind have are asked for; none if nothing could be found."""
    match node:
        case Leaf(token):
            return node if _wanted(token, kind) else None
        case All(nodes):
            parts = [within(n, kind) for n in nodes]
            return None if None in parts else _all(n for n in parts if n is not None)
        case Any(nodes):
            left = [n for n in (within(n, kind) for n in nodes) if n is not None]
            return _any(left) if left else None


def render(node: Node, prefix: str = "") -> str:
    """A node as tsquery text, its tokens with a tag's prefix."""
    match node:
        case Leaf(token, partial):
            return quoted(prefix + token) + (":*" if partial else "")
        case All(nodes):
            return "(" + " & ".join(render(n, prefix) for n in nodes) + ")"
        case Any(nodes):
            return "(" + " | ".join(render(n, prefix) for n in nodes) + ")"


UNTAGGED: Mapping[str, Kind] = {"": "text"}


def query_tokens(q: str, tags: Mapping[str, Kind] = UNTAGGED, start: bool = False) -> str:
    """What is typed as the text of a tsquery (cast it: `%s::tsquery`); empty if nothing can be found, because nothing in
    it can be sought or no tag may be looked into.

    `tags` says where to look: the tags of the fields that this reader may read, with the kind of their values; the empty
    tag stands for the tokens without one. Each part of the query may be found under another tag. With `start` only
    values that begin with the query are found: a search asks so first, for these are the best matches, and fills up
    without."""
    parts = []
    for node in parse(q, start):
        shown = [
            render(n, tagged(tag or None))
            for tag, kind in tags.items()
            if (n := within(node, kind)) is not None
        ]
        if not shown:
            return ""
        parts.append(shown[0] if len(shown) == 1 else "(" + " | ".join(shown) + ")")
    return " & ".join(parts)
