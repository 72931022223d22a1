"""Administrative divisions of China: the 34 of province level with their cities and districts, by code of GB/T 2260.

Codes have six digits: 440000 广东省, 440300 深圳市, 440305 南山区. Where a province has districts or counties of its own, GB/T
2260 puts a level between that is no place (110100 市辖区 of 北京, 419000 省直辖县级行政区划 of 河南): such a division is a
`placeholder`, which a person need neither see nor choose. Cities without districts (东莞, 中山, 儋州, 嘉峪关) have no children.
The data come from `divisions.json`, made by `scripts/build_divisions.py`, which says how 台湾, 香港 and 澳门 are coded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Literal

from ..kernel.i18n import Language
from .text import pinyin

Level = Literal["province", "city", "district"]
LEVELS: tuple[Level, ...] = ("province", "city", "district")

_PLACEHOLDERS = {"市辖区": "Districts", "县": "Counties", "省直辖县级行政区划": "Directly administered",
                 "自治区直辖县级行政区划": "Directly administered"}  # fmt: skip

_PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|"
    "仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|独龙|鄂伦春|赫哲|门巴|珞巴|基诺"
)
# What follows the proper name: 广西壮族自治区, 恭城瑶族自治县, 梅里斯达斡尔族区, 浦东新区, 锡林郭勒盟, 新埔镇.
_TYPE = re.compile(
    rf"(?<=..)(?:(?:{_PEOPLES})族?)+(?:各族)?自治[州县旗区]\Z|(?<=..)(?:(?:{_PEOPLES})族)+区\Z|特别行政区\Z|族?自治[州县旗区]\Z|各族自治县\Z"
    r"|(?<=..)(?:新区|(?<=神农架)林区|特区|地区|管理区|管理区管委会|风景名胜区|行政委员会|乡|镇|州)\Z|(?<=.)[省市区县旗盟]\Z"
)
# Zones of development have long names, of which English translates the end.
_ZONE_NAME = re.compile(
    r"(\w{2,}?)(?:(?P<park>(?:循环化工|工业|现代产业|高新技术产业|文化旅游创意)园区)|(?P<tech>(?:高新技术产业|高新技术|高技术产业)开发区)"
    r"|(?P<zone>(?:经济技术|经济|临港)?开发区))\Z"
)
_ZONE_ENGLISH = {"park": "Industrial Park", "tech": "High-Tech Zone", "zone": "Development Zone"}


@dataclass(frozen=True, slots=True)
class Division:
    """One division. `children` are in the order of their codes."""

    code: str
    name: str
    level: Level
    parent: str | None
    children: tuple[str, ...] = field(default=(), repr=False)

    @property
    def placeholder(self) -> bool:
        """Whether it only groups what belongs to the province directly, and is no place itself."""
        return self.name in _PLACEHOLDERS

    @property
    def short(self) -> str:
        """The proper name, without what kind of division it is: 广东, 恭城, 浦东. Two characters at least, if it has
        them: 单县 stays."""
        short = _TYPE.sub("", self.name)
        return short if len(short) > 1 else self.name

    @property
    def english(self) -> str:
        """The English name: Guangdong, Xi'an, Inner Mongolia."""
        known = _english().get(self.code) or _PLACEHOLDERS.get(self.name)
        zone = None if known else _ZONE_NAME.match(self.name)
        if zone:
            return f"{_spell_apart(zone[1], path(self.code)[:-1])} {_ZONE_ENGLISH[zone.lastgroup or 'zone']}"
        return known or _spell(self.name, self.short)


@cache
def _file() -> dict[str, dict[str, object]]:
    text = resources.files("keyuan.schema").joinpath("divisions.json").read_text("utf-8")
    parsed: dict[str, dict[str, object]] = json.loads(text)
    return parsed


@cache
def _english() -> dict[str, str]:
    return {code: str(name) for code, name in _file()["english"].items()}


@cache
def divisions() -> dict[str, Division]:
    """Every division by its code, in the order of the codes."""
    found: dict[str, Division] = {}
    raw: dict[str, tuple[str, dict[str, tuple[str, dict[str, str]]]]] = _file()["divisions"]  # type: ignore[assignment]
    for p, (province, cities) in raw.items():
        top = p + "0000"
        found[top] = Division(top, province, "province", None, tuple(f"{p}{c}00" for c in cities))
        for c, (city, districts) in cities.items():
            middle = f"{p}{c}00"
            found[middle] = Division(middle, city, "city", top, tuple(f"{p}{c}{d}" for d in districts))
            for d, district in districts.items():
                found[f"{p}{c}{d}"] = Division(f"{p}{c}{d}", district, "district", middle)
    return found


def division(code: str) -> Division | None:
    """The division of a code, if there is one."""
    return divisions().get(code)


def children(code: str | None = None) -> tuple[Division, ...]:
    """What a division consists of; the provinces when none is named; nothing for an unknown code."""
    known = divisions()
    if code is None:
        return tuple(d for d in known.values() if d.level == "province")
    return tuple(known[c] for c in known[code].children) if code in known else ()


@lru_cache(4096)
def path(code: str) -> tuple[Division, ...]:
    """The divisions from the province down to this one; empty for an unknown code."""
    found: list[Division] = []
    at = division(code)
    while at is not None:
        found.insert(0, at)
        at = division(at.parent) if at.parent else None
    return tuple(found)


def label(codes: str | Iterable[str], language: Language = "zh") -> str:
    """An address's divisions in words, from the codes of its levels or that of the deepest alone: 广东省深圳市南山区,
    and in English Nanshan, Shenzhen, Guangdong. Placeholders and unknown codes are left out."""
    named: dict[str, Division] = {}
    for code in [codes] if isinstance(codes, str) else codes:
        named.update((d.code, d) for d in path(code))
    places = [d for d in named.values() if not d.placeholder]
    if language == "zh":
        return "".join(d.name for d in places)
    return ", ".join(dict.fromkeys(d.english for d in reversed(places)))


def _spell(name: str, part: str) -> str:
    """The pinyin of the first characters of a name, as on maps: one word, an apostrophe before a vowel (Xi'an). The
    whole name decides how it is read (大城县 Daicheng)."""
    syllables = [options[0] for options in pinyin.readings(name, person=False)][: len(part)]
    joined = "".join(("'" if i and s[0] in "aeo" else "") + s for i, s in enumerate(syllables))
    # Full pinyin writes ü where input methods write v.
    return joined.replace("nv", "nü").replace("lv", "lü").capitalize()


def _spell_apart(name: str, above: Iterable[Division]) -> str:
    """The pinyin of a zone's name, with the places it lies in as words of their own: Shijiazhuang, Tangshan Haigang."""
    words: list[str] = []
    for place in above:
        for form in (place.name, place.short):
            if name.startswith(form):
                words.append(place.english)
                name = name[len(form) :]
                break
    return " ".join([*words, _spell(name, name)] if name else words)
