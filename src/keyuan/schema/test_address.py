"""Divisions and written addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyuan.schema.address import children, division, divisions, find, label, path


def test_there_are_34_provinces_and_every_division_lies_in_one():
    assert len(children()) == 34
    for place in divisions().values():
        above = path(place.code)
        assert [d.level for d in above] == ["province", "city", "district"][: len(above)]
        assert above[-1] is place
        assert place.code in {c.code for c in children(place.parent)}


def test_codes_are_those_of_gb_t_2260():
    names = {
        code: found.name
        for code in ("440305", "110105", "419001", "659001", "441900")
        if (found := division(code))
    }
    assert names == {
        "440305": "南山区",
        "110105": "朝阳区",
        "419001": "济源市",
        "659001": "石河子市",
        "441900": "东莞市",
    }
    assert division("441900").level == "city"
    assert children("441900") == ()
    assert division("999999") is None
    assert path("x") == ()
    assert children("nothing") == ()


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("440305", "广东省深圳市南山区", "Nanshan, Shenzhen, Guangdong"),
        ("110105", "北京市朝阳区", "Chaoyang, Beijing"),
        ("419001", "河南省济源市", "Jiyuan, Henan"),
        ("500101", "重庆市万州区", "Wanzhou, Chongqing"),
        ("610102", "陕西省西安市新城区", "Xincheng, Xi'an, Shaanxi"),
        ("140106", "山西省太原市迎泽区", "Yingze, Taiyuan, Shanxi"),
        ("150100", "内蒙古自治区呼和浩特市", "Hohhot, Inner Mongolia"),
        ("540000", "西藏自治区", "Tibet"),
        ("131025", "河北省廊坊市大城县", "Daicheng, Langfang, Hebei"),
        ("371722", "山东省菏泽市单县", "Shanxian, Heze, Shandong"),
        ("820101", "澳门特别行政区澳门半岛大堂区", "Sé, Macao Peninsula, Macao"),
        ("810000", "香港特别行政区", "Hong Kong"),
        ("140109", "山西省太原市万柏林区", "Wanbolin, Taiyuan, Shanxi"),
    ],
)
def test_labels(code, zh, en):
    assert label(code) == zh
    assert label(code, "en") == en
    assert label([d.code for d in path(code)]) == zh


@pytest.mark.parametrize(
    ("text", "place", "rest"),
    [
        ("广东省深圳市南山区科技园1号", "广东省深圳市南山区", "科技园1号"),
        ("广东深圳南山科技园", "广东省深圳市南山区", "科技园"),
        ("深圳市南山区", "广东省深圳市南山区", ""),
        ("北京朝阳区建国路1号", "北京市朝阳区", "建国路1号"),
        ("北京市北京市朝阳区", "北京市朝阳区", ""),
        ("北京市市辖区朝阳区", "北京市朝阳区", ""),
        ("上海浦东张江", "上海市浦东新区", "张江"),
        ("河南济源沁园路", "河南省济源市", "沁园路"),
        ("湖北仙桃", "湖北省仙桃市", ""),
        ("东莞市南城街道", "广东省东莞市", "南城街道"),
        ("江苏昆山花桥", "江苏省苏州市昆山市", "花桥"),
        ("昆山市花桥", "江苏省苏州市昆山市", "花桥"),
        ("湖北恩施市", "湖北省恩施土家族苗族自治州恩施市", ""),
        ("湖北恩施州恩施市", "湖北省恩施土家族苗族自治州恩施市", ""),
        ("广西桂林恭城县", "广西壮族自治区桂林市恭城瑶族自治县", ""),
        ("吉林市船营区", "吉林省吉林市船营区", ""),
        ("中国 518000 广东省 深圳市/南山区 高新南一道", "广东省深圳市南山区", "高新南一道"),
        ("苏州工业园区星湖街", "江苏省苏州市苏州工业园区", "星湖街"),
        ("香港中西区", "香港特别行政区香港岛中西区", ""),
        # What only looks like a place, or may be several, is left alone.
        ("深圳南山路1号", "广东省深圳市", "南山路1号"),
        ("北京路1号", "", "北京路1号"),
        ("上海市南京东路100号", "上海市", "南京东路100号"),
        ("朝阳区三里屯", "", "朝阳区三里屯"),
        ("Unter den Linden 1", "", "Unter den Linden 1"),
        ("", "", ""),
    ],
)
def test_written_addresses(text, place, rest):
    codes, left = find(text)
    assert (label(codes.values()), left) == (place, rest)


def test_every_whole_label_is_understood():
    for code, place in divisions().items():
        for detail in ("", "科技园1号"):
            codes, rest = find(label(code) + detail)
            meant = division(place.parent) if place.placeholder else place
            assert codes.get(meant.level) == meant.code, (place, codes)
            assert rest == detail, place


@given(st.text())
def test_nothing_raises(text):
    codes, rest = find(text)
    assert set(codes) <= {"province", "city", "district"}
    assert len(rest) <= max(len(text) * 18, 1)
