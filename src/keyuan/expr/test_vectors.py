"""The vectors that the evaluator of the web app (ui/src/expr) is held against too."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from keyuan.expr.errors import ExprError
from keyuan.expr.filters import from_filter
from keyuan.expr.python import holds
from keyuan.expr.scope import Environment, Resolved, UnknownPath
from keyuan.expr.types import Type
from keyuan.expr.typing import check_condition

VECTORS = json.loads(Path(__file__).parents[3].joinpath("tests/vectors/expr.json").read_text("utf-8"))


class Fields:
    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields

    def resolve(self, path: tuple[str, ...]) -> Resolved:
        found = self.fields.get(".".join(path))
        if not isinstance(found, str):
            raise UnknownPath
        return Resolved(Type(found))

    def children(self, path: tuple[str, ...]) -> Fields:
        found = self.fields.get(".".join(path))
        if not isinstance(found, dict):
            raise UnknownPath
        return Fields(found)


@pytest.mark.parametrize(
    "case", VECTORS["cases"], ids=lambda case: json.dumps(case["filter"], ensure_ascii=True)[:60]
)
def test_vectors(case: dict[str, Any]) -> None:
    values = VECTORS["environment"] | case.get("environment", {})
    environment = Environment(**values | {
        "now": datetime.fromisoformat(values["now"]),
        "my_departments": tuple(values["my_departments"]),
    })  # fmt: skip
    if "error" in case:
        with pytest.raises(ExprError) as caught:
            check_condition(from_filter(case["filter"]), Fields(VECTORS["fields"]))
        assert caught.value.reason == case["error"]
        return
    condition = check_condition(from_filter(case["filter"]), Fields(VECTORS["fields"]))
    assert [
        name for name, record in VECTORS["records"].items() if holds(condition, record, environment)
    ] == case["matches"]
