from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
import pytest

from keyuan.kernel.misfits import misfit


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    n: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    few: Annotated[list[str], msgspec.Meta(min_length=1, max_length=2)] = msgspec.field(
        default_factory=lambda: ["a"]
    )
    short: Annotated[str, msgspec.Meta(max_length=3)] = ""
    word: Literal["a", "b"] = "a"
    day: Annotated[str, msgspec.Meta(pattern="^x")] = "x"


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    inner: list[Inner]


CASES: list[tuple[Any, str, str]] = [
    ({}, "inner", "required"),
    ({"inner": [], "x": 1}, "x", "unknown"),
    ({"inner": {}}, "inner", "type"),
    ({"inner": [{"n": "1"}]}, "inner.0.n", "type"),
    ({"inner": [{"n": 0}]}, "inner.0.n", "minimum"),
    ({"inner": [{}, {"n": 10}]}, "inner.1.n", "maximum"),
    ({"inner": [{"few": []}]}, "inner.0.few", "required"),
    ({"inner": [{"few": ["a", "b", "c"]}]}, "inner.0.few", "too_many"),
    ({"inner": [{"short": "abcd"}]}, "inner.0.short", "too_long"),
    ({"inner": [{"word": "c"}]}, "inner.0.word", "no_such_word"),
    ({"inner": [{"day": "c"}]}, "inner.0.day", "json_value"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "path", "code"), CASES)
def test_words_of_ours(value: Any, path: str, code: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(value, Outer)
    told = misfit(refused.value)
    assert (told.field, told.code) == (path, code)
    assert told.message("en")
    assert not re.search("[a-zA-Z]{2}", told.message("zh"))
