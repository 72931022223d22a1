"""Roll-ups are not made from what changes while their children stay as they are: the figure would be out of date."""

from __future__ import annotations

from typing import Any

import pytest

from keyuan.access import system_principal
from keyuan.kernel.errors import Invalid
from keyuan.records.runtime import Runtime
from keyuan.services.definitions import fields

pytestmark = pytest.mark.anyio

ADMIN = system_principal("test")


def formula(key: str, expression: str, result: str = "number") -> dict[str, Any]:
    return {
        "key": key, "label": key, "type": "formula", "options": {"expression": expression, "result": result}
    }  # fmt: skip


def rollup(key: str, **options: Any) -> dict[str, Any]:
    return {
        "key": key, "label": key, "type": "rollup", "options": {"object": "person", "via": "company", **options}
    }  # fmt: skip


async def refusal(runtime: Runtime, object_key: str, body: dict[str, Any]) -> list[tuple[str, str, Any]]:
    with pytest.raises(Invalid) as refused:
        await fields.add_field(runtime, ADMIN, object_key, body)
    for language in ("zh", "en"):
        refused.value.as_json(language)
    return [(e.field, e.code, e.params.get("what")) for e in refused.value.errors]


async def test_what_moves_by_itself_is_refused(runtime: Runtime) -> None:
    for body in (
        formula("of_company", "age * company.staff"),
        formula("old", "days_between(born, @today)"),
        formula("twice", "x_of_company * 2"),
        formula("own", "age * 2"),
    ):
        await fields.add_field(runtime, ADMIN, "person", body)
    for options, attribute, what in (
        ({"measure": "sum", "field": "x_of_company"}, "field", "company.staff"),
        ({"measure": "sum", "field": "x_twice"}, "field", "company.staff"),
        ({"measure": "max", "field": "x_old"}, "field", "@today"),
        ({"filter": ["company.kind", "=", "a"]}, "filter", "company.kind"),
        ({"filter": ["born", "<", "@today"]}, "filter", "@today"),
        ({"filter": ["born", "within", "last_30_days"]}, "filter", "last_30_days"),
        ({"filter": ["x_twice", ">", 1]}, "filter", "company.staff"),
    ):
        found = await refusal(runtime, "company", rollup("figure", **options))
        assert found == [(f"options.{attribute}", "def_rollup_moving", what)], options
    await fields.add_field(
        runtime, ADMIN, "company", rollup("figure", measure="sum", field="x_own", filter=["x_own", ">", 2])
    )
    with pytest.raises(Invalid) as refused:  # nor does a formula become one that moves
        await fields.update_field(
            runtime, ADMIN, "person", "x_own", {"options": {"expression": "age * company.staff"}}
        )
    assert {(e.field, e.code) for e in refused.value.errors} == {
        (f"company.x_figure.options.{option}", "def_rollup_moving") for option in ("field", "filter")
    }
