"""Canonical phones, mail addresses, company names."""

from __future__ import annotations

import unicodedata

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .normalise import company_core, email, phone, without_markup
from .phone import parse_phone, search_digits, several_numbers

anything = st.text(alphabet=st.characters(codec=None), max_size=40)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("13812345678", "13812345678"), ("+86 138-1234-5678", "13812345678"), ("008613812345678", "13812345678"),
        ("８６１３８１２３４５６７８", "13812345678"), ("(86)13812345678", "13812345678"), ("0755-26001234", "0755-26001234"),
        ("(0755)26001234转801", "0755-26001234-801"), ("0755-26001234-801", "0755-26001234-801"),
        ("+86 755 2600 1234 ext. 12", "0755-26001234-12"), ("02161234567", "021-61234567"),
        ("010-62345678#8001", "010-62345678-8001"), ("0086-10-62345678", "010-62345678"), ("4008008820", "400-800-8820"),
        ("400-800-8820", "400-800-8820"), ("+1 415 555 2671", "+14155552671"), ("+852 2345 6789", "+85223456789"),
        ("95588", "95588"), ("abc", None), ("", None), ("138", None), ("1" * 80, None), ("+999 1234", None),
        # what spreadsheets and other systems put before a number, and how areas are parted elsewhere
        ("'+86-10-50563975 x115", "010-50563975-115"), ("tel: 555-0100", "5550100"), ("电话：010-62345678", "010-62345678"),
        ("０７５５－２６００１２３４", "0755-26001234"), ("138·1234·5678", "13812345678"), ("138.1234.5678", "13812345678"),
        ("0755/26001234", "0755-26001234"),
        ("+49 3641/123456", "+493641123456"), ("+91 98765 43210", "+919876543210"),
        ("+33 (0)1 55 55 01 00", "+33155550100"), ("+91 98765 43210,12", "+919876543210-12"),
        # what comes along when one pastes or lists numbers
        ("\u202d13812345678\u202c", "13812345678"), ("\u200b13812345678", "13812345678"),
        ("手机号码：13812345678", "13812345678"),
        ("联系电话: 010-62345678", "010-62345678"), ("电话 010-62345678", "010-62345678"), ("T: 010-62345678", "010-62345678"),
        ("13812345678,", "13812345678"), ("13812345678。", "13812345678"), ("“13812345678”", "13812345678"),
        # words with digits among them, dates, amounts: no number is read out of them
        ("abc 12345 def", None), ("N/A 2026-01-01", None), ("0000-01-01", None), ("2026/1/1", None), ("01/02/2026", None),
        ("http://a:99999", None), ("电话不详12345", None), ("微信 abc12345", None), ("1-800-FLOWERS", None), ("x12345", None),
        ("192.168.1.1", None), ("12345.67", None), ("1.38E+10", None), ("1,234,567", None), ("②12345678", None),
        ("-13812345678", None), ("26001234/35", None),
    ],
)  # fmt: skip
def test_phones(written, stored):
    assert phone(written) == stored
    if stored:
        assert phone(stored) == stored


def test_what_a_number_is():
    assert parse_phone("13812345678").use == "mobile"
    assert parse_phone("0755-26001234").use == "fixed"
    assert parse_phone("+8675526001234;ext=801").extension == "801"
    assert str(parse_phone("0755-26001234-801")) == "+8675526001234;ext=801"
    assert parse_phone("26001234").valid is False


@pytest.mark.parametrize(
    "written",
    ["12345 / 67890", "13800138000 13900139000", "13800138000/13900139000", "0755-26001234、26005678", "26001234,26005678",
     "+8613800138000 +8613900139000", "26001234 或 26005678", "12345 67890"],
)  # fmt: skip
def test_two_numbers_are_none(written):
    assert phone(written) is None
    assert several_numbers(written)


@given(
    st.text("0123456789０１２３+ -()/.·", max_size=20),
    st.characters(categories=["L", "So", "Sc"]),
    st.integers(0, 20),
)
def test_no_number_is_read_out_of_other_text(digits, other, place):
    hypothesis.assume(not unicodedata.normalize("NFKC", other).isdigit() and other.lower() not in "x转轉ｘ")
    assert phone(digits[:place] + other + digits[place:] + other) is None


@given(
    st.sampled_from(
        ["13812345678", "075526001234", "4008008820", "14155552671", "8675526001234", "862161234567"]
    ),
    st.lists(st.integers(2, 4), min_size=7, max_size=7),
    st.sampled_from([" ", "-", "·", "－", "‐", "  ", " - "]),
)
def test_a_number_is_the_same_however_its_digits_are_parted(digits, sizes, separator):
    groups, at = [], 0
    for size in sizes:
        groups.append(digits[at : at + size])
        at += size
    plus = "+" if digits.startswith(("141", "86")) else ""
    written = plus + separator.join(group for group in groups if group)
    assert phone(written) == phone(plus + digits) is not None
    wide = written.translate({ord(str(n)): 0xFF10 + n for n in range(10)})
    assert phone(wide) == phone(written)


@given(anything)
def test_no_text_breaks_a_phone_number(text):
    once = phone(text)
    assert once is None or phone(once) == once
    search_digits(text)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "+86", "0086 ", "86-", "+86 "]))
def test_mobiles_with_and_without_country_code_are_the_same(number, before):
    assert phone(before + number) == number
    assert search_digits(before + number) == [number]


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("华为技术有限公司", "华为技术"), ("華為技術有限公司", "华为技术"), ("华为集团股份有限公司", "华为"),
        ("中粮集团", "中粮"), ("华为技术有限公司深圳分公司", "华为技术深圳分公司"), ("腾讯（深圳）有限公司", "腾讯深圳"),
        ("腾讯(深圳)有限公司", "腾讯深圳"),
        ("云帆投资合伙企业（有限合伙）", "云帆投资"), ("上海汽车集团股份有限公司（乘用车分公司）", "上海汽车乘用车分公司"),
        ("北京公司管理咨询有限公司", "北京公司管理咨询"), ("中国石油天然气集团有限公司", "中国石油天然气"),
        ("Huawei Technologies Co., Ltd.", "huawei technologies"), ("ＡＢＣ　Ｌｉｍｉｔｅｄ", "abc"),
        ("A.O. Smith (China) Co Ltd", "a.o smith china"), ("Procter & Gamble", "procter gamble"), ("Limited", "limited"),
        ("有限公司", "有限公司"), ("分公司", "分公司"), ("某某 科技 有限公司", "某某科技"), ("", ""),
    ],
)  # fmt: skip
def test_the_core_of_a_company_name(name, core):
    assert company_core(name) == core


def test_regions_and_branches_keep_companies_apart():
    assert company_core("华为技术有限公司") != company_core("华为技术有限公司深圳分公司")
    assert company_core("华润置地(成都)有限公司") != company_core("华润置地(北京)有限公司")


@given(anything)
def test_a_core_is_its_own_core_or_empty(text):
    core = company_core(text)
    assert core == "" or company_core(core)


def test_mail_and_markup():
    assert email(" Zhang.San＠Huawei.COM ") == "zhang.san@huawei.com"
    assert without_markup("<p>你好 &amp; <b>x</b><script>alert(1)</script></p>").split() == ["你好", "&", "x"]
