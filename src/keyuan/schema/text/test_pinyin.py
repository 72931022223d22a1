"""Readings, initials, sorting keys."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from .fold import fold
from .pinyin import MAX_KEY, full, initials, readings, sort_key, syllables_of, table

anything = st.text(alphabet=st.characters(codec=None), max_size=40)


@pytest.mark.parametrize(
    ("text", "pinyin"),
    [
        ("重庆银行", "chongqingyinhang"), ("长沙", "changsha"), ("厦门大厦", "xiamendasha"), ("行业协会", "hangyexiehui"),
        ("会计事务所", "kuaijishiwusuo"), ("成长基金", "chengzhangjijin"), ("董事长", "dongshizhang"), ("六安", "luan"),
        ("台州", "taizhou"), ("番禺", "panyu"), ("丽水", "lishui"), ("东莞", "dongguan"), ("都江堰", "dujiangyan"),
        ("音乐", "yinyue"), ("快乐", "kuaile"), ("朝阳", "chaoyang"), ("绿洲", "lvzhou"), ("略阳", "lueyang"),
        ("西藏", "xizang"), ("調整", "tiaozheng"), ("重慶", "chongqing"), ("TCL科技", "tclkeji"), ("鿏", "mai"),
    ],
)  # fmt: skip
def test_words_are_read_in_context(text, pinyin):
    assert full(text) == pinyin


@pytest.mark.parametrize(
    ("name", "pinyin"),
    [
        ("单雄信", "shanxiongxin"), ("仇英", "qiuying"), ("曾国藩", "zengguofan"), ("解缙", "xiejin"), ("区志强", "ouzhiqiang"),
        ("查良镛", "zhaliangyong"), ("翟志刚", "zhaizhigang"), ("朴树", "piaoshu"), ("盖聂", "genie"), ("乐毅", "yueyi"),
        ("尉迟恭", "yuchigong"), ("万俟卨", "moqixie"), ("任正非", "renzhengfei"), ("单位", "danwei"), ("解放", "jiefang"),
    ],
)  # fmt: skip
def test_surnames_are_read_as_such_at_the_beginning_of_a_name(name, pinyin):
    assert full(name) == pinyin


def test_whether_a_text_is_a_person_can_be_said():
    assert full("解码器", person=False) == "jiemaqi"
    assert full("欧阳单", person=True) == "ouyangdan"
    assert full("单国栋李", person=True) == "shanguodongli"


def test_all_common_readings_are_given_the_fitting_first():
    assert readings("重庆") == [("chong", "zhong"), ("qing",)]
    assert readings("银行") == [("yin",), ("hang", "xing")]
    assert readings("六安") == [("lu", "liu"), ("an",)]
    assert set(syllables_of("曾")) == {"zeng", "ceng"}
    assert all(1 <= len(r) <= 3 for r in table().characters.values() if r)


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("华为技术", "hwjs"),
        ("TCL科技", "tclkj"),
        ("3M中国", "3mzg"),
        ("Huawei 技术", "hjs"),
        ("", ""),
        ("!", ""),
    ],
)
def test_initials(text, letters):
    assert initials(text) == letters


def test_the_order_is_that_of_an_address_book():
    right = ["360", "3M", "阿里", "ABB", "an co", "安踏", "昂立", "Anna", "长城", "长沙", "重庆", "詹天佑", "张安", "张三",
             "章北", "中国", "紫光", "Zoo", "テスト", "👍"]  # fmt: skip
    assert sorted(set(right), key=lambda t: sort_key(t).encode()) == right


def test_the_same_surname_stands_together():
    names = ["张超", "章安", "张北", "章丘"]
    ordered = sorted(names, key=lambda t: sort_key(t).encode())
    assert [n[0] for n in ordered] == ["张", "张", "章", "章"]


@given(anything)
@example("\0\ud800")
@example("張" * 100)
def test_keys_are_bounded_and_storable(text):
    key = sort_key(text)
    assert len(key) <= MAX_KEY
    assert "\0" not in key
    key.encode()
    full(text), initials(text)


@given(anything)
@example("ＡＢＣ　Ｄ")
@example("e\u0301 é É")
@example("が か\u3099 İıſß ŉ")
def test_folding_again_changes_nothing(text):
    once = fold(text)
    assert fold(once) == once
    once.encode()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ１２３", "abc123"), ("華為 技術", "华为 技术"), ("Café", "cafe"), ("Cafe\u0301", "cafe"), ("O’Neil", "oneil"),
        ("华\u200b为", "华为"), ("a\0b\ud800c", "a b c"), ("  a \t\n b ", "a b"), ("乾坤", "乾坤"), ("Straße", "strasse"),
        ("й", "й"), ("и\u0306", "й"), ("が", "が"), ("ﾃｽﾄ", "テスト"), ("①", "1"), ("㈱", "(株)"), ("İ", "i"),
    ],
)  # fmt: skip
def test_what_folds_alike(text, folded):
    assert fold(text) == folded
