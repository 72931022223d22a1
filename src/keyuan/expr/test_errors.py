"""Where an error in a definition's expression or filter was found."""

from __future__ import annotations

import pytest

from keyuan.expr import parser
from keyuan.expr.errors import ExprError
from keyuan.expr.filters import from_filter


def test_the_place_in_text_is_told() -> None:
    with pytest.raises(ExprError) as refused:
        parser.parse("1 + )")
    error = refused.value.in_field("options.expression")
    told = error.as_json("en")
    assert (told["field"], told["position"]) == ("options.expression", {"start": 4, "end": 5})
    assert str(told["message"]).endswith(" (character 5)")
    assert error.message("zh").endswith("（第 5 个字符）")
    assert error.under("fields.2").as_json("en")["position"] == told["position"]
    # by itself the expression is named with its place in the title
    assert "character" not in str(refused.value.as_json("en")["detail"])


def test_the_place_in_a_filter_is_told() -> None:
    with pytest.raises(ExprError) as refused:
        from_filter(["and", ["name", "=", "x"], ["name", "resembles", "x"]])
    told = refused.value.in_field("options.filter").as_json("zh")
    assert str(told["pointer"]).startswith("/2")
    assert str(told["message"]).endswith(f"（位于 {told['pointer']}）")
