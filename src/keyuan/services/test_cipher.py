"""Encrypted values come back, and equal ones are found."""

from __future__ import annotations

import pytest

from keyuan.services.cipher import FieldCipher

CIPHER = FieldCipher(b"a secret for tests")


def test_what_is_encrypted_comes_back_with_the_same_key_only() -> None:
    sealed = CIPHER.encrypt("６２２２ 0200")
    assert "0200" not in sealed
    assert sealed != CIPHER.encrypt("６２２２ 0200")
    assert CIPHER.decrypt(sealed) == "６２２２ 0200"
    with pytest.raises(ValueError, match="another key"):
        FieldCipher(b"another secret").decrypt(sealed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("44010119900101123x", "44010119900101123X"),
        ("４４０１０１", "440101"),
        ("ＡＢｃ", "abC"),
        ("ｱｲｳ", "アイウ"),
        ("\u3000张三 ", "张三"),
        ("Zoe\u0308", "ZOË"),
        ("\u1e9e", "SS"),
    ],
)
def test_equal_values_have_one_hash(one: str, other: str) -> None:
    assert CIPHER.blind(one) == CIPHER.blind(other)


@pytest.mark.parametrize(
    ("one", "other"), [("440101", "440102"), ("後", "后"), ("Zoe", "Zoë"), ("a b", "ab"), ("", "0")]
)
def test_different_values_have_different_hashes(one: str, other: str) -> None:
    assert CIPHER.blind(one) != CIPHER.blind(other)
    assert CIPHER.blind(one) != FieldCipher(b"another secret").blind(one)
