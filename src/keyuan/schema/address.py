"""Addresses in China: the divisions (`divisions.py`), and how a written address names them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from .divisions import LEVELS, Division, Level, children, division, divisions, label, path

__all__ = ["LEVELS", "Division", "Level", "children", "division", "divisions", "find", "label", "path"]

_SPACE = r"[\s,，、/|\\>·\-—_]*"
_LEADING = re.compile(
    rf"{_SPACE}(?:(?:中华人民共和国|中国|china){_SPACE})?(?:\d{{6}}(?!\d){_SPACE})?", re.IGNORECASE
)
_BETWEEN = re.compile(_SPACE)
# After a name without its suffix: a road, a building or another kind of division shows that something else is meant
# (南京路 in 上海, 南山街道, 恩施市 after 湖北).
_NOT_SHORT = re.compile(
    r"[东南西北中前后一二三四五六七八九十大]{0,2}[路街道巷弄桥]|[村镇乡里]|胡同|广场|大厦|大楼|花园|小区|国际|公馆|[市县区州省旗盟](?!场|政|民)"
)
_ZONES = (
    ("高新技术", "高新区"),
    ("经济技术开发区", "经开区"),
    ("经济开发区", "经开区"),
    ("工业园区", "工业园"),
)

Names = dict[str, tuple[str, ...]]


def _forms(place: Division) -> tuple[str, ...]:
    """How a place is called: by its whole name, and without what kind of division it is."""
    if place.placeholder:
        return ()
    forms = {place.name: None, place.short: None}
    if place.name.endswith(("自治州", "自治县", "自治旗")):
        # 恩施州, 恭城县, as people say it
        forms[place.short + place.name[-1]] = None
    above = division(place.parent) if place.level == "district" and place.parent else None
    for form in (above.name, above.short) if above else ():
        if place.name.startswith(form) and len(place.name) - len(form) > 3:
            # 苏州市 / 工业园区, 合肥市 / 高新区
            rest = place.name[len(form) :]
            forms |= dict.fromkeys([rest, *(short for zone, short in _ZONES if zone in rest)])
            break
    return tuple(forms)


def _names(places: tuple[Division, ...]) -> Names:
    """Name → the codes of the places that bear it."""
    found: dict[str, list[str]] = {}
    for place in places:
        for form in _forms(place):
            found.setdefault(form, []).append(place.code)
    return {form: tuple(codes) for form, codes in found.items()}


@cache
def _provinces() -> Names:
    return _names(children())


@cache
def _below(code: str, depth: int) -> Names:
    """The names of the children of a division (depth 1) or of its grandchildren (depth 2)."""
    places = children(code)
    if depth == 2:
        places = tuple(grandchild for child in places for grandchild in children(child.code))
    return _names(places)


@cache
def _everywhere(level: str) -> Names:
    return _names(tuple(d for d in divisions().values() if d.level == level))


@cache
def _longest(key: tuple[str, int] | str) -> int:
    names = _everywhere(key) if isinstance(key, str) else _below(*key)
    return max(map(len, names), default=0)


def _match(text: str, at: int, names: Names, longest: int, short: bool = True) -> tuple[Division, int] | None:
    """The place whose name stands at a position, the longest name first, and where the name ends. A name that several
    places bear decides nothing. `short` says whether a name may lack its suffix."""
    for length in range(min(longest, len(text) - at), 1, -1):
        codes = names.get(text[at : at + length])
        if codes is None:
            continue
        place = division(codes[0])
        assert place is not None
        end = at + length
        whole = length == len(place.name) or text[end - 1] == place.name[-1]
        if not whole and (not short or _NOT_SHORT.match(text, end)):
            continue
        if len(codes) > 1:
            # 市中区 of several cities; but the whole name of one goes before the short name of another.
            named = [c for c in codes if divisions()[c].name == text[at:end]]
            if len(named) != 1:
                continue
            place = divisions()[named[0]]
        return place, end
    return None


def find(text: str) -> tuple[dict[str, str], str]:
    """The divisions that a written address begins with, `{"province": code, "city": …, "district": …}` as far as they
    are named or follow, and the rest. Forgives missing suffixes and levels (广东深圳南山, 昆山市), 中国 and a postcode in
    front, repeated names (北京市北京市) and separators. What several places could be meant by is left in the rest; a text
    that begins with no place comes back whole."""
    plain = unicodedata.normalize("NFKC", text).strip()
    start = _LEADING.match(plain)
    at = start.end() if start else 0
    place: Division | None = None
    for _ in range(6):
        found = _next(plain, at, place)
        if found is None:
            break
        place, at = found
        between = _BETWEEN.match(plain, at)
        at = between.end() if between else at
    if place is None:
        return {}, plain
    return {d.level: d.code for d in path(place.code)}, plain[at:].strip()


def _next(text: str, at: int, place: Division | None) -> tuple[Division, int] | None:
    """The place named at a position, inside `place`."""
    if place is None:
        return (
            _match(text, at, _provinces(), 8)
            or _match(text, at, _everywhere("city"), _longest("city"))
            or _match(text, at, _everywhere("district"), _longest("district"), short=False)
        )
    if place.level == "district":
        return None
    for depth in (1, 2) if place.level == "province" else (1,):
        if found := _match(text, at, _below(place.code, depth), _longest((place.code, depth))):
            return found
    # 北京市北京市朝阳区, 北京市市辖区朝阳区
    for form in (
        *_forms(place),
        *(c.name for c in children(place.code) if c.placeholder and len(c.name) > 1),
    ):
        if text.startswith(form, at) and len(form) > 2:
            return place, at + len(form)
    return None
