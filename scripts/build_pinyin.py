"""Writes `src/keyuan/schema/text/pinyin.txt` and `simplified.txt`, the tables behind pinyin search and sorting.

Run it when pypinyin or OpenCC bring better data, and commit what it writes:

    uv run --with opencc python scripts/build_pinyin.py

`pinyin.txt` has four sections, each opened by a line `[name]`:
  characters  `zhong4 chong2<TAB>重…`: the common readings, best first, of all characters on the line (GB 2312)
  rare        the same for every other character: read only when one is met
  phrases     `重庆<TAB>chong2 qing4`: words read otherwise than their characters one by one
  surnames    `单<TAB>shan4`: how a character is read when it opens a person's name
`simplified.txt` has two lines of equal length, traditional characters and their simplified forms.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

from pypinyin import Style
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
from pypinyin.style import convert

TARGET = Path(__file__).parent.parent / "src/keyuan/schema/text"
HAN = re.compile("[〇㐀-䶿一-鿿\U00020000-\U0003ffff]")
MAX_READINGS = 3
# A further reading is common when at least this share of pypinyin's 47,000 phrases uses it.
MIN_SHARE, MIN_COUNT = 0.02, 2

# The reading to prefer where pypinyin's first is not the usual one in names of people and companies.
PREFERRED = {"翟": "zhai2", "长": "chang2", "什": "shi2", "勒": "le4", "漯": "luo4", "泌": "mi4",
              "曾": "zeng1", "都": "du1", "还": "hai2", "了": "le5", "着": "zhe5", "地": "di4",
             "的": "de5", "没": "mei2", "厦": "xia4", "朴": "pu3", "单": "dan1", "瑞": "rui4", "贾": "jia3",
             "阿": "a1", "黑": "hei1", "率": "lv4", "佛": "fo2", "番": "fan1", "蚌": "beng4", "丽": "li4",
             "宿": "su4", "莘": "shen1", "浒": "hu3", "涡": "wo1", "浚": "jun4", "尉": "wei4", "铅": "qian1",
             "夹": "jia2", "陂": "bei1", "亳": "bo2", "郴": "chen1", "歙": "she4", "黟": "yi1", "盱": "xu1",
             "眙": "yi2", "儋": "dan1", "邗": "han2", "埔": "pu3", "堡": "bao3", "嗯": "en4", "朝": "chao2"}  # fmt: skip

SURNAMES = {"单": "shan4", "仇": "qiu2", "曾": "zeng1", "解": "xie4", "区": "ou1", "查": "zha1", "翟": "zhai2",
            "朴": "piao2", "盖": "ge3", "乐": "yue4", "任": "ren2", "华": "hua4", "缪": "miao4", "纪": "ji3",
            "宁": "ning4", "卜": "bu3", "种": "chong2", "秘": "bi4", "召": "shao4", "黑": "he4",
            "洗": "xian3", "冼": "xian3", "员": "yun4", "贠": "yun4", "繁": "po2", "晟": "cheng2", "覃": "qin2",
            "燕": "yan1", "应": "ying1", "葛": "ge3", "隗": "kui2", "谌": "chen2", "厍": "she4", "牟": "mu4", "郇": "xun2",
            "钭": "tou3", "於": "yu1", "眭": "sui1", "逄": "pang2", "庹": "tuo3", "句": "gou1"}  # fmt: skip
COMPOUND_SURNAMES = {"尉迟": "yu4 chi2", "万俟": "mo4 qi2", "澹台": "tan2 tai2", "长孙": "zhang3 sun1",
                     "单于": "chan2 yu2", "令狐": "ling2 hu2", "宇文": "yu3 wen2", "鲜于": "xian1 yu2",
                     "皇甫": "huang2 fu3", "濮阳": "pu2 yang2", "夏侯": "xia4 hou2"}  # fmt: skip

# Words of addresses and business that pypinyin's phrase list lacks or reads otherwise.
PHRASES = {"重庆": "chong2 qing4", "南乐": "nan2 le4", "民乐": "min2 le4", "乐陵": "lao4 ling2",
           "漯河": "luo4 he2", "闵行": "min3 hang2", "龙圩": "long2 xu1", "伽师": "jia1 shi1",
           "泌阳": "bi4 yang2", "筠连": "jun1 lian2", "宕昌": "tan4 chang1", "泊头": "bo2 tou2",
           "红寺堡": "hong2 si4 pu4", "长子县": "zhang3 zi3 xian4", "什么": "shen2 me5",
           "成长": "cheng2 zhang3", "增长": "zeng1 zhang3", "董事长": "dong3 shi4 zhang3",
           "店长": "dian4 zhang3", "大埔": "da4 bu4", "河蚌": "he2 bang4", "长沙": "chang2 sha1",
           "长春": "chang2 chun1", "长治": "chang2 zhi4", "长城": "chang2 cheng2", "长安": "chang2 an1",
           "长江": "chang2 jiang1", "长兴": "chang2 xing1", "长虹": "chang2 hong2", "长宁": "chang2 ning2",
           "长乐": "chang2 le4", "长白": "chang2 bai2", "长葛": "chang2 ge3", "长丰": "chang2 feng1",
           "长三角": "chang2 san1 jiao3", "长远": "chang2 yuan3", "厦门": "xia4 men2", "大厦": "da4 sha4",
           "高楼大厦": "gao1 lou2 da4 sha4", "银行": "yin2 hang2", "行业": "hang2 ye4",
           "商行": "shang1 hang2", "分行": "fen1 hang2", "支行": "zhi1 hang2", "总行": "zong3 hang2",
           "工行": "gong1 hang2", "建行": "jian4 hang2", "农行": "nong2 hang2", "招行": "zhao1 hang2",
           "央行": "yang1 hang2", "中行": "zhong1 hang2", "行情": "hang2 qing2", "车行": "che1 hang2",
           "洋行": "yang2 hang2", "琴行": "qin2 hang2", "投行": "tou2 hang2", "台州": "tai1 zhou1",
           "天台": "tian1 tai1", "六安": "lu4 an1", "六合": "lu4 he2", "蚌埠": "beng4 bu4",
           "番禺": "pan1 yu2", "丽水": "li2 shui3", "乐清": "yue4 qing1", "乐亭": "lao4 ting2",
           "音乐": "yin1 yue4", "乐器": "yue4 qi4", "会计": "kuai4 ji4", "财会": "cai2 kuai4",
           "会稽": "kuai4 ji1", "莘庄": "xin1 zhuang1", "莘县": "shen1 xian4", "浚县": "xun4 xian4",
           "单县": "shan4 xian4", "中牟": "zhong1 mu4", "牟平": "mu4 ping2", "牟定": "mou2 ding4",
           "涡阳": "guo1 yang2", "铅山": "yan2 shan1", "尉犁": "yu4 li2", "尉氏": "wei4 shi4",
           "东阿": "dong1 e1", "阿胶": "e1 jiao1", "阿城": "a1 cheng2", "大城县": "dai4 cheng2 xian4",
           "井陉": "jing3 xing2", "任丘": "ren2 qiu1", "任城": "ren2 cheng2", "任县": "ren2 xian4",
           "任泽": "ren2 ze2", "蔚县": "yu4 xian4", "洪洞": "hong2 tong2", "繁峙": "fan2 shi4",
           "解州": "hai4 zhou1", "隰县": "xi2 xian4", "临朐": "lin2 qu2", "曲阜": "qu3 fu4",
           "曲靖": "qu3 jing4", "费县": "fei4 xian4", "郯城": "tan2 cheng2", "宿州": "su4 zhou1",
           "宿迁": "su4 qian1", "宿松": "su4 song1", "濉溪": "sui1 xi1", "枞阳": "zong1 yang2",
           "盱眙": "xu1 yi2", "浒墅关": "xu3 shu4 guan1", "甪直": "lu4 zhi2", "黄陂": "huang2 pi2",
           "监利": "jian4 li4", "秭归": "zi3 gui1", "郧阳": "yun2 yang2", "耒阳": "lei3 yang2",
           "枝江": "zhi1 jiang1", "洞口": "dong4 kou3", "黄埔": "huang2 pu3", "东莞": "dong1 guan3",
           "莞城": "guan3 cheng2", "佛山": "fo2 shan1", "百色": "bo2 se4", "儋州": "dan1 zhou1",
           "犍为": "qian2 wei2", "珙县": "gong3 xian4", "荥经": "ying2 jing1", "荥阳": "xing2 yang2",
           "叙永": "xu4 yong3", "什邡": "shi2 fang1", "都江堰": "du1 jiang1 yan4", "成都": "cheng2 du1",
           "首都": "shou3 du1", "都市": "du1 shi4", "瑞丽": "rui4 li4", "吐鲁番": "tu3 lu3 fan1",
           "喀什": "ka1 shi2", "和田": "he2 tian2", "龟兹": "qiu1 ci2", "西藏": "xi1 zang4",
           "藏族": "zang4 zu2", "青藏": "qing1 zang4", "朝阳": "chao2 yang2", "朝鲜": "chao2 xian3",
           "重阳": "chong2 yang2", "重复": "chong2 fu4", "重组": "chong2 zu3", "重启": "chong2 qi3",
           "重新": "chong2 xin1", "重构": "chong2 gou4", "调度": "diao4 du4", "调研": "diao4 yan2",
           "数据": "shu4 ju4", "传感": "chuan2 gan3", "传媒": "chuan2 mei2", "血液": "xue4 ye4",
           "供应": "gong1 ying4", "供给": "gong1 ji3", "提供": "ti2 gong1", "给排水": "ji3 pai2 shui3",
           "给水": "ji3 shui3", "给力": "gei3 li4", "弹簧": "tan2 huang2", "弹性": "tan2 xing4",
           "降解": "jiang4 jie3", "系统": "xi4 tong3", "便宜": "pian2 yi2", "差旅": "chai1 lv3",
           "出差": "chu1 chai1", "率先": "shuai4 xian1", "效率": "xiao4 lv4", "校准": "jiao4 zhun3",
           "校对": "jiao4 dui4", "角色": "jue2 se4", "参差": "cen1 ci1", "人参": "ren2 shen1",
           "海参": "hai3 shen1", "称重": "cheng1 zhong4", "起重": "qi3 zhong4", "载重": "zai4 zhong4",
           "螺钉": "luo2 ding1", "模具": "mu2 ju4", "模块": "mo2 kuai4", "粘合": "nian2 he2",
           "涂料": "tu2 liao4", "切割": "qie1 ge1", "车载": "che1 zai4", "电荷": "dian4 he4",
           "薄膜": "bo2 mo2", "屏蔽": "ping2 bi4", "否则": "fou3 ze2", "牡丹江": "mu3 dan5 jiang1",
           "呼和浩特": "hu1 he2 hao4 te4", "吴堡": "wu2 bu3", "瓦窑堡": "wa3 yao2 bu3",
           "十里堡": "shi2 li3 pu4", "车陂": "che1 bei1"}  # fmt: skip


def numbered(reading: str) -> str:
    """`chóng` → `chong2`, `lǜ` → `lv4`, `lüè` → `lue4`, the neutral tone as 5."""
    text = convert(reading, Style.TONE3, strict=False, default=reading)
    text = text if text[-1].isdigit() else text + "5"
    return re.sub(r"^([ln])ve", r"\1ue", text)


def plain(reading: str) -> str:
    return reading[:-1]


def in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def phrase_readings() -> dict[str, list[str]]:
    return {
        word: [numbered(r[0]) for r in readings]
        for word, readings in PHRASES_DICT.items()
        if len(word) == len(readings) and HAN.sub("", word) == ""
    }


def character_readings(words: dict[str, list[str]]) -> dict[str, list[str]]:
    """At most three readings a character, different without tones, best first."""
    used: dict[str, Counter[str]] = defaultdict(Counter)
    for word, readings in words.items():
        for character, reading in zip(word, readings, strict=True):
            used[character][plain(reading)] += 1
    table: dict[str, list[str]] = {}
    for code, listed in PINYIN_DICT.items():
        character = chr(code)
        if not HAN.match(character):
            continue
        distinct: dict[str, str] = {}
        first = PREFERRED.get(character)
        for reading in [*([first] if first else []), *map(numbered, listed.split(","))]:
            if re.fullmatch("[a-z]+[1-5]", reading):
                distinct.setdefault(plain(reading), reading)
        counts, total = used[character], sum(used[character].values())
        keep = list(distinct)[:1]
        for other in sorted(list(distinct)[1:], key=lambda s: -counts[s]):
            common = counts[other] >= max(MIN_COUNT, MIN_SHARE * total) if total >= 5 else counts[other] > 0
            surname = other == plain(SURNAMES.get(character, "?"))
            if (common or surname) and len(keep) < MAX_READINGS:
                keep.append(other)
        extra = SURNAMES.get(character)
        if extra and plain(extra) not in keep:
            keep = [*keep[: MAX_READINGS - 1], plain(extra)]
            distinct[plain(extra)] = extra
        table[character] = [distinct[s] for s in keep]
    # Interjections read without a vowel (嗯 n, 哼 hng) and syllables that only rare characters have are of no use.
    usual = {
        plain(r)
        for c, readings in table.items()
        if in_gb2312(c)
        for r in readings
        if re.search("[aeiouv]", r)
    }
    cleaned = {c: [r for r in readings if plain(r) in usual] for c, readings in table.items()}
    return {c: r for c, r in cleaned.items() if r}


def telling_phrases(words: dict[str, list[str]], characters: dict[str, list[str]]) -> dict[str, list[str]]:
    """Words of two or three characters whose reading does not follow from their characters. Words that open with a
    character read otherwise as a surname are kept too: they say that no name begins here. Idioms are left out."""
    chosen = {
        word: readings
        for word, readings in words.items()
        if 2 <= len(word) <= 3
        and (
            plain(SURNAMES.get(word[0], readings[0])) != plain(readings[0])
            or any(plain(characters[c][0]) != plain(r) for c, r in zip(word, readings, strict=True))
        )
    }
    chosen.update({w: r.split() for w, r in (PHRASES | COMPOUND_SURNAMES).items()})
    return chosen


def simplified() -> dict[str, str]:
    """Traditional → simplified, character by character. Characters of GB 2312 stay, because simplified text uses them
    too (乾, 著, 於)."""
    from opencc import OpenCC

    convert_all = OpenCC("t2s").convert
    pairs = {}
    for code in range(0x4E00, 0xA000):
        character = chr(code)
        if not in_gb2312(character):
            target = convert_all(character)
            if target != character and len(target) == 1 and ord(target) < 0x10000:
                pairs[character] = target
    return pairs


def main() -> None:
    words = phrase_readings()
    characters = character_readings(words)
    lines = []
    for section, members in (("[characters]", True), ("[rare]", False)):
        groups: dict[str, list[str]] = defaultdict(list)
        for character, readings in characters.items():
            if in_gb2312(character) is members:
                groups[" ".join(readings)].append(character)
        lines.append(section)
        lines += [f"{readings}\t{''.join(sorted(chars))}" for readings, chars in sorted(groups.items())]
    lines.append("[phrases]")
    lines += [f"{word}\t{' '.join(r)}" for word, r in sorted(telling_phrases(words, characters).items())]
    lines.append("[surnames]")
    lines += [f"{character}\t{reading}" for character, reading in sorted(SURNAMES.items())]
    (TARGET / "pinyin.txt").write_text("\n".join(lines) + "\n", "utf-8")
    pairs = simplified()
    (TARGET / "simplified.txt").write_text("".join(pairs) + "\n" + "".join(pairs.values()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
