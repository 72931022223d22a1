"""Codes of real organisations, and what is near them."""

from __future__ import annotations

import pytest

from keyuan.domains.customers.credit_code import check_character, is_valid


@pytest.mark.parametrize(
    "code", ["91310000775785552L", "91350100M000100Y43", "91440300708461136T", "91110000600037341L"]
)
def test_codes_of_organisations_are_valid(code: str) -> None:
    assert is_valid(code)
    assert check_character(code[:17]) == code[17]


def test_one_wrong_character_or_two_swapped_are_noticed() -> None:
    code = "91310000775785552L"
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for position, right in enumerate(code):
        for other in alphabet:
            assert is_valid(code[:position] + other + code[position + 1 :]) == (other == right)
    for n in range(17):
        swapped = code[:n] + code[n + 1] + code[n] + code[n + 2 :]
        assert is_valid(swapped) == (swapped == code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "9131000077578555",
        "91310000775785552l",
        "91310000775785552 ",
        "9131000077578555IO",
        "91A10000775785552L",
    ],
)
def test_what_is_no_code_is_not_one(code: str) -> None:
    assert not is_valid(code)
