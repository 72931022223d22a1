"""What is found by what. The queries are evaluated here in Python; `tests/integration/test_search_tokens.py` has
PostgreSQL agree."""

from __future__ import annotations

import string
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from .document import MAX_TOKENS, document_tokens, tsvector_text
from .pinyin import full, initials, readings, table
from .query import All, Any, Leaf, Node, parse, query_tokens, within

USUAL = sorted(c for c, r in table().characters.items() if r)
names = st.text(alphabet=st.sampled_from(USUAL), min_size=1, max_size=14)
digits = st.text(alphabet=string.digits, min_size=11, max_size=11)
anything = st.text(alphabet=st.characters(codec=None), max_size=60)


def holds(node: Node, tokens: set[str], prefix: str = "") -> bool:
    match node:
        case Leaf(token, partial):
            sought = prefix + token
            return any(t.startswith(sought) for t in tokens) if partial else sought in tokens
        case All(nodes):
            return all(holds(n, tokens, prefix) for n in nodes)
        case Any(nodes):
            return any(holds(n, tokens, prefix) for n in nodes)


def finds(q: str, *values: str, kind="text", tags=(), start=False) -> bool:
    """Whether a query finds a record with these values; a value may be (text, tag)."""
    pairs = [v if isinstance(v, tuple) else (v, None) for v in values]
    tokens = set(document_tokens([(kind, text, tag) for text, tag in pairs]))
    prefixes = ["", *(f"{tag}:" for tag in tags)]
    parts = parse(q, start)
    return bool(parts) and all(
        any((node := within(part, kind)) is not None and holds(node, tokens, p) for p in prefixes)
        for part in parts
    )


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("hwjs", "华为技术有限公司"), ("hwjishu", "华为技术有限公司"), ("huaweijs", "华为技术有限公司"),
        ("huawei", "深圳市华为技术有限公司"), ("weijishu", "华为技术"), ("hw技术", "华为技术"), ("技术 hw", "华为技术"),
        ("华为 深圳", "华为（深圳）技术"), ("华为（深圳）", "华为(深圳)技术"), ("华为深圳", "华为（深圳）技术"),
        ("zs", "张三"), ("zhangsan", "张三"), ("zhangs", "张三"), ("zhang san", "张三"), ("Zhang'San", "张三"),
        ("z", "张三"), ("zh", "张三"), ("zha", "张三"), ("张", "张三"), ("三", "张三"), ("张三", "张　三"),
        ("cq", "重庆银行"), ("chongqing", "重庆银行"), ("cqyh", "重庆银行"), ("yinhang", "重庆银行"), ("luan", "六安市"),
        ("sxx", "单雄信"), ("shanxiongxin", "单雄信"), ("dan", "单雄信"), ("xian", "西安"), ("xian", "先锋"),
        ("lvshi", "绿世"), ("lvs", "律师"), ("lyushi", "律师"), ("lüshi", "律师"), ("lushi", "律师"), ("nüwa", "女娲"),
        ("華為", "华为技术"), ("华为", "華為技術"), ("ＨＵＡＷＥＩ", "Huawei Technologies"), ("huawei", "ＨＵＡＷＥＩ"),
        ("tcl", "TCL科技"), ("tclkj", "TCL科技"), ("clk", "TCL科技"), ("科技tcl", "TCL科技"), ("3mzg", "3M中国"),
        ("tech", "Huawei Technologies"), ("sdt", "Sunny Day Trading"), ("wifi", "Wi-Fi 设备"), ("gtx5", "GTX500"),
        ("500", "GTX500"), ("gtx 500", "GTX-500"), ("gtx500", "GTX-500"), ("café", "Cafe"), ("cafe", "Café"),
        ("oneil", "O'Neil"), ("o'neil", "O’Neil"), ("さくら", "株式会社さくら"), ("くら", "株式会社さくら"), ("삼성", "삼성전자"),
        ("москва", "Москва"), ("a", "Acme"), ("plan b", "Plan B"),
    ],
)  # fmt: skip
def test_a_query_finds(q, name):
    assert finds(q, name)


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("华术", "华为技术"), ("hj", "华为技术"), ("huaji", "华为技术"), ("zsan", "张四三"), ("三张", "张三"), ("awei", "Huawei"),
        ("t", "Huawei Technologies"), ("zh", "林张"), ("hwjs 深圳", "华为技术"), ("123", "GTX500"),
    ],
)  # fmt: skip
def test_a_query_does_not_find(q, name):
    assert not finds(q, name)


@given(names, st.data())
def test_every_part_of_a_name_is_found(name, data):
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    assert finds(name[start:end], name)


@given(names.filter(lambda n: len(n) > 1), st.data())
def test_every_beginning_of_its_pinyin_and_initials_is_found(name, data):
    for spelled in (full(name)[:60], initials(name)):
        end = data.draw(st.integers(1, len(spelled)))
        assert finds(spelled[:end], name)
        assert finds(spelled[:end], name, start=True)


@settings(max_examples=50)
@given(st.text(alphabet=st.sampled_from(USUAL), min_size=2, max_size=6), st.data())
def test_every_reading_is_found(name, data):
    chosen = [data.draw(st.sampled_from(options)) for options in readings(name)]
    assert finds("".join(chosen), name)
    assert finds("".join(s[0] for s in chosen), name)
    assert finds(" ".join(chosen), name)


@given(digits, st.data())
def test_every_part_of_a_phone_number_is_found(number, data):
    start = data.draw(st.integers(0, len(number) - 3))
    end = data.draw(st.integers(start + 3, len(number)))
    assert finds(number[start:end], number, kind="phone")


@pytest.mark.parametrize(
    "q", ["+86 138 1234 5678", "138-1234-5678", "8613812345678", "１３８１２３４", "5678", "678", "1381234"]
)
@pytest.mark.parametrize("number", ["13812345678", "+8613812345678", "138 1234 5678"])
def test_phone_numbers_are_found_as_people_write_them(q, number):
    assert finds(q, number, kind="phone")


def test_land_lines_are_found_with_area_code_and_extension():
    for number in ("0755-26001234-801", "+8675526001234;ext=801"):
        for q in ("0755-2600 1234", "26001234", "0755", "(0755)2600", "801", "+86 755 26001234"):
            assert finds(q, number, kind="phone"), (q, number)
    assert not finds("123480", "0755-26001234-801", kind="phone")


@pytest.mark.parametrize(
    "q",
    [
        "zhang.san@huawei.com",
        "Zhang.San@",
        "@huawei",
        "@huawei.com",
        "zhang",
        "san",
        "huawei.com",
        "zhangsan",
        "zhang.san@h",
    ],
)
def test_mail_addresses_are_found(q):
    assert finds(q, "zhang.san@huawei.com", kind="email")


def test_mail_is_exact_in_its_local_part():
    assert not finds("san@huawei.com", "zhang.san@huawei.com", kind="email")


@given(st.from_regex(r"[A-Z]{2}-[0-9]{8}-[0-9]{4}", fullmatch=True), st.data())
def test_every_part_of_a_code_is_found(code, data):
    start = data.draw(st.integers(0, len(code) - 4))
    part = code[start : data.draw(st.integers(start + 4, len(code)))]
    bare = part.replace("-", "")
    assert finds(bare, code, kind="code") or len(bare) < 4
    assert finds(code, code, kind="code")


def test_a_credit_code_is_found_by_its_end():
    assert finds("A5EYXT6X", "91440300MA5EYXT6XK"[:-1], kind="code")
    assert finds("yxt6", "91440300MA5EYXT6XK", kind="code")


def test_restricted_values_are_found_with_their_tag_only():
    record = ("华为技术", ("13812345678", "mobile"))
    assert not finds("5678", *record, kind="phone")
    assert finds("5678", *record, kind="phone", tags=["mobile"])
    assert not finds("5678", *record, kind="phone", tags=["email"])


@given(anything)
@example("mobile:5678")
@example("mobile:zhang@qq.com")
@example("mobile:'~5678'")
def test_no_value_passes_for_a_tagged_one(text):
    assert not any(
        ":" in token
        for token in document_tokens([("text", text, None), ("code", text, None), ("email", text, None)])
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["text", "html", "phone", "email", "code"]),
            anything,
            st.sampled_from([None, "t"]),
        )
    )
)
def test_any_text_gives_tokens_that_postgresql_takes(values):
    tokens = document_tokens(values)
    assert len(tokens) <= MAX_TOKENS
    assert len(tokens) == len(set(tokens))
    assert all(t and "\0" not in t and len(t.encode()) <= 400 for t in tokens)
    tsvector_text(tokens).encode()


def leaves(node):
    return [node] if isinstance(node, Leaf) else [leaf for n in node.nodes for leaf in leaves(n)]


@given(anything, st.booleans())
@example("mobile:5678", False)
@example("email:zhang@", True)
@example("email:zhang@email:x", False)
def test_no_query_asks_for_a_tag_it_was_not_given(q, start):
    assert not any(":" in leaf.token for node in parse(q, start) for leaf in leaves(node))


@given(anything, st.booleans())
@example("'\\&|!():*<->", False)
@example("a" * 5000, True)
@example("".join(chr(c) for c in range(0x300)), False)
def test_any_query_is_answered(q, start):
    text = query_tokens(q, {"": "text", "a": "code", "b": "phone", "c": "email"}, start)
    text.encode()
    assert "\0" not in text
    assert len(text) < 60_000


def test_a_query_asks_only_for_what_a_kind_of_value_has():
    assert query_tokens("zhangsan", {"mobile": "phone"}) == ""
    assert query_tokens("5678", {"mobile": "phone"}) == "'mobile:~5678'"
    assert "-" not in query_tokens("zhangsan", {"mail": "email", "code": "code"})
    assert query_tokens("a@b.cn", {"": "text"}) == ""
    assert query_tokens("华为", {}) == ""


def test_a_query_of_nothing_is_empty():
    for q in ("", "  ", "…！", "\0", "\ud800", "😀"):
        assert query_tokens(q) == ""


def test_a_long_text_keeps_its_short_neighbours():
    long = "".join(chr(0x4E00 + i) for i in range(3000))
    tokens = document_tokens([("text", long, None), ("phone", "13812345678", None)])
    assert len(tokens) == MAX_TOKENS
    assert "~5678" in tokens


def test_a_long_text_is_found_beyond_its_head():
    text = "前" * 100 + "会议纪要：客户希望六月交货 Sunshine"
    for q in ("客户", "六月交货", "sunshine", "纪"):
        assert finds(q, text), q
    assert not finds("liuyue", text)


def test_starts_come_first():
    assert finds("hw", "深圳华为")
    assert not finds("hw", "深圳华为", start=True)
    for q in ("华", "华为", "华为技", "h", "hu", "hua", "huaw", "huawei", "hw", "hwj", "hwjs", "huaweij"):
        assert finds(q, "华为技术", start=True), q
    for q in ("w", "wu", "wux", "wuxi", "wx"):
        assert finds(q, "无锡", start=True), q
    for q in ("a", "ac", "acm", "acme"):
        assert finds(q, "Acme Ltd", start=True), q
    assert not finds("ltd", "Acme Ltd", start=True)


def test_what_is_found_beyond_what_matches_is_little():
    """Three-character and initials queries over names made of common parts: pairs that stand apart are rare."""
    places = ["深圳", "北京", "上海", "杭州", "苏州", "成都", "武汉", "西安", "长沙", "合肥"]
    stems = [
        "云帆",
        "华信",
        "中科",
        "天成",
        "恒力",
        "海川",
        "金石",
        "明德",
        "瑞丰",
        "百川",
        "信达",
        "新华",
        "成海",
        "川石",
    ]
    trades = ["科技", "信息技术", "机械", "电子科技", "生物医药", "新材料", "环境工程", "技术服务"]
    corpus = [p + s + t + "有限公司" for p in places for s in stems for t in trades]
    indexed = [(n, set(document_tokens([("text", n, None)])), initials(n)) for n in corpus]
    right = wrong = 0
    for name in corpus[::37]:
        for q in (name[1:4], name[2:5], initials(name)[1:5]):
            node = parse(q)[0]
            for other, tokens, letters in indexed:
                if holds(node, tokens):
                    matches = q in other or q in letters
                    right, wrong = right + matches, wrong + (not matches)
    assert right > 500
    assert wrong <= right * 0.03, (right, wrong)


@given(names)
def test_the_pairs_of_a_name_are_its_only_pairs(name):
    tokens = document_tokens([("text", name, None)])
    assert {t for t in tokens if len(t) == 2 and not t.isascii() and t[0] != "^"} == {
        a + b for a, b in pairwise(name)
    }
