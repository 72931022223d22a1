"""What the form that changes a record has to choose from, also for those who make no such records."""

from __future__ import annotations

from typing import Any

import pytest

from api_site import Site
from keyuan.kernel.ids import new_id

pytestmark = pytest.mark.anyio

R = "/api/v1/records"


async def test_what_may_be_chosen_is_told_to_who_may_change_the_record(site: Site) -> None:
    async with site.program("root") as root, site.program("norman") as norman, site.program("nick") as nick:

        async def made(object_key: str, **values: Any) -> str:
            answer = await root.post(f"{R}/{object_key}", json=values)
            assert answer.status_code == 201, answer.text
            return str(answer.json()["id"])

        top = (await root.get(f"{R}/department", params={"limit": "1"})).json()["records"][0]["id"]
        apart = await made("department", name="Apart", parent=top)
        stages = [{"name": "First", "position": 1}]
        closed = await made("pipeline", name="Of others", departments=[apart], stages=stages)
        open_ = await made("pipeline", name="Of all", stages=stages)
        theirs = await made("opportunity", name="Theirs", owner=site.users["acme", "norman"])
        scopes = {"read": "all", "edit": "own"}
        reads = {key: {"read": "all"} for key in ("pipeline", "stage", "user", "department")}
        role = await made("role", name="Editors", permissions={"opportunity": scopes, **reads})
        for login in ("norman", "nick"):
            person = f"{R}/user/{site.users['acme', login]}"
            assert (await root.patch(person, json={"roles": [role]})).status_code == 200

        assert (await norman.post(f"{R}/opportunity/draft", json={})).status_code == 403
        drafted = await norman.post(f"{R}/opportunity/{theirs}/draft", json={})
        assert drafted.status_code == 200, drafted.text
        assert drafted.json()["values"] == {}
        offered = drafted.json()["offers"]["pipeline"][2]
        assert open_ in offered
        assert closed not in offered
        # the rule, when it is saved, says the same
        refused = await norman.patch(f"{R}/opportunity/{theirs}", json={"pipeline": closed})
        assert [e["field"] for e in refused.json()["errors"]] == ["pipeline"]
        assert (await norman.patch(f"{R}/opportunity/{theirs}", json={"pipeline": open_})).status_code == 200
        # values that are sent count, those that are wrong do not
        for values in ({"pipeline": "nothing", "amount": "abc", "colour": "red"}, {"pipeline": new_id()}):
            again = await norman.post(f"{R}/opportunity/{theirs}/draft", json=values)
            assert set(again.json()["offers"]["pipeline"][2]) == set(offered)
        # a record that one may only read, and one that is not there
        assert (await nick.post(f"{R}/opportunity/{theirs}/draft", json={})).status_code == 403
        assert (await nick.post(f"{R}/opportunity/{new_id()}/draft", json={})).status_code == 404
