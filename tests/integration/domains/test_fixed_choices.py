"""Choices that the program works with: what they are called can change, what there is cannot."""

from __future__ import annotations

from typing import Any

import pytest
from world import World

from keyuan.access import system_principal
from keyuan.kernel.errors import Invalid
from keyuan.services.definitions import fields
from keyuan.services.definitions.shown import definition_json

pytestmark = pytest.mark.anyio

ADMIN = system_principal("test")
FIXED = (
    ("opportunity", "outcome"),
    ("stage", "kind"),
    ("task", "status"),
    ("tag", "color"),
    ("user", "language"),
    ("view", "kind"),
    ("view", "visibility"),
)


async def test_no_choice_is_added_to_what_the_program_works_with(world: World) -> None:
    async with world.runtime.pool.connection() as connection:
        organisation = await world.runtime.organisations.get(connection, "test")
    told = {
        (key, f["key"])
        for key in organisation.registry.objects
        for f in definition_json(organisation, ADMIN, key)["fields"]
        if f["fixed_choices"]
    }
    assert told == set(FIXED)

    async def change(place: tuple[str, str], *given: dict[str, Any]) -> None:
        await fields.update_field(world.runtime, ADMIN, *place, {"options": {"choices": list(given)}})

    for place in FIXED:
        known = organisation.registry.fields(place[0])[place[1]].choices
        same = [{"value": c.value, "label": c.label.as_json()} for c in known]
        with pytest.raises(Invalid) as problem:
            await change(place, *same, {"value": "another", "label": "另一个"})
        assert [(e.field, e.code) for e in problem.value.errors] == [("options.choices", "def_choices_fixed")]
        renamed = {"value": same[-1]["value"], "label": {"zh": "改名", "en": "Renamed"}}
        await change(place, renamed, *same[:-1])
    await change(("lead", "status"), {"value": "waiting", "label": "等待"})
    await world.one("lead", company="甲公司", status="waiting")
    won = await world.one("opportunity", name="商机", outcome="won")
    assert (await world.all("opportunity"))[0]["outcome"] == "won", won
