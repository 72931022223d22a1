"""Roll-ups made from what the product itself writes: the department of who owns a record, when it was changed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api_site import Site
from keyuan.services.definitions.work import run_pending

pytestmark = pytest.mark.anyio

R = "/api/v1/records"


async def test_rollups_follow_people_who_move(site: Site) -> None:
    async with site.program("root") as root:
        found = (await root.get(f"{R}/department?fields=id,name")).json()["records"]
        department = {one["name"]: one["id"] for one in found}

        async def rollup(object_key: str, **options: Any) -> None:
            body = {"key": "theirs", "label": "Theirs", "type": "rollup", "options": options}
            answer = await root.post(f"/api/v1/objects/{object_key}/fields", json=body)
            assert answer.status_code in (200, 201, 202), answer.text

        await rollup("department", object="opportunity", via="owner_department")
        condition = ["owner_department", "=", department["South"]]
        await rollup("customer", object="opportunity", via="customer", filter=condition)
        await run_pending(site.runtime, "acme")

        async def figure(object_key: str, record: str) -> Any:
            return (await root.get(f"{R}/{object_key}/{record}")).json()["x_theirs"]

        async def figures() -> list[Any]:
            places = [
                ("department", department["South"]),
                ("department", department["North"]),
                ("customer", customer),
            ]
            return [await figure(*place) for place in places]

        customer = (await made(root, "customer", name="Moved along"))["id"]
        sue = site.users["acme", "sue"]
        for n in range(2):
            await made(root, "opportunity", name=f"Deal {n}", customer=customer, owner=sue)
        assert await figures() == [2, 0, 2]
        for to, expected in (("North", [0, 2, 0]), ("South", [2, 0, 2])):
            answer = await root.patch(f"{R}/user/{sue}", json={"department": department[to]})
            assert answer.status_code == 200, answer.text
            assert await figures() == expected


async def test_rollups_follow_when_records_were_changed(site: Site) -> None:
    """In whatever way: also where nothing but lines changed, which gives their record a new version."""
    async with site.program("root") as root:
        options = {
            "object": "opportunity", "via": "customer", "measure": "max", "field": "updated_at", "result": "datetime"
        }  # fmt: skip
        body = {"key": "latest", "label": "Latest", "type": "rollup", "options": options}
        assert (await root.post("/api/v1/objects/customer/fields", json=body)).status_code == 201
        await run_pending(site.runtime, "acme")
        customer = (await made(root, "customer", name="Worked on"))["id"]
        deal = await made(root, "opportunity", name="Deal", customer=customer)
        for values in ({}, {"name": "Another"}, *({"lines": [{"name": n, "price": "1"}]} for n in "ab")):
            answer = await root.patch(f"{R}/opportunity/{deal['id']}", json=values)
            assert answer.status_code == 200, answer.text
            shown = (await root.get(f"{R}/customer/{customer}")).json()
            assert shown["x_latest"] == answer.json()["updated_at"], values


async def made(client: httpx.AsyncClient, object_key: str, **values: Any) -> dict[str, Any]:
    answer = await client.post(f"{R}/{object_key}", json=values)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())
