"""Records over HTTP: the whole way of one, conflicts, lists, figures, histories, undo, sharing, and what the ready roles see."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api_site import Site
from keyuan.kernel.ids import new_id

pytestmark = pytest.mark.anyio

R = "/api/v1/records"


async def made(client: httpx.AsyncClient, object_key: str, **values: Any) -> dict[str, Any]:
    answer = await client.post(f"{R}/{object_key}", json=values)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_the_way_of_a_record(site: Site) -> None:
    async with site.program("norman") as client:
        answer = await client.post(f"{R}/customer", json={"name": "明珠科技", "revenue": "1200.5"})
        assert answer.status_code == 201, answer.text
        record = answer.json()
        assert record["version"] == 1
        assert answer.headers["location"] == f"{R}/customer/{record['id']}"
        assert answer.headers["etag"] == '"1"'
        assert answer.headers["operation-id"]
        assert record["owner"]["id"] == site.users["acme", "norman"]
        place = answer.headers["location"]

        read = await client.get(place)
        assert read.json() == record
        assert read.headers["etag"] == '"1"'
        assert (await client.get(place, params={"fields": "name,owner.name"})).json()[
            "owner.name"
        ] == "Norman"

        changed = await client.patch(place, json={"name": "明珠"}, headers={"If-Match": '"1"'})
        assert changed.status_code == 200
        assert changed.json()["version"] == 2
        first_change = changed.headers["operation-id"]

        stale = await client.patch(place, json={"name": "Pearl"}, headers={"If-Match": "1"})
        assert stale.status_code == 409
        told = stale.json()
        assert told["current"]["version"] == 2
        assert told["current"]["values"] == {"name": "明珠"}
        assert told["yours"]["values"] == {"name": "Pearl"}

        same = await client.patch(place, json={"name": "明珠"})
        assert (same.status_code, same.json()["version"]) == (200, 2)
        assert "operation-id" not in same.headers

        undone = await client.post(f"/api/v1/operations/{first_change}/undo")
        assert (undone.status_code, undone.json()["undone"]) == (200, 1)
        assert (await client.get(place)).json()["name"] == "明珠科技"
        assert (await client.post(f"/api/v1/operations/{first_change}/undo")).status_code == 409

        wrong = await client.delete(place, headers={"If-Match": "1"})
        assert wrong.status_code == 409
        gone = await client.delete(place, headers={"If-Match": "3"})
        assert (gone.status_code, gone.content) == (204, b"")
        listed = (await client.get(f"{R}/customer", params={"deleted": "only"})).json()["records"]
        assert [r["id"] for r in listed] == [record["id"]]
        back = await client.post(f"{place}/restore")
        assert (back.status_code, back.json()["name"]) == (200, "明珠科技")

        history = (await client.get(f"{place}/history")).json()
        assert [e["kind"] for e in history["entries"]][-1] == "create"
        assert len(history["entries"]) == 5
        assert (await client.get(f"{place}/timeline")).status_code == 200


async def test_lists_page_filter_sort_and_count(site: Site) -> None:
    async with site.program("sue") as client:
        for number in range(5):
            await made(client, "customer", name=f"客户 {number}", staff=number)
        query: dict[str, Any] = {
            "filter": '["staff",">",0]',
            "sort": "-staff",
            "limit": 3,
            "fields": "name,staff",
        }
        first = (await client.get(f"{R}/customer", params={**query, "count": "exact"})).json()
        assert [r["staff"] for r in first["records"]] == [4, 3, 2]
        assert (first["count"], first["count_capped"]) == (4, False)
        second = (await client.get(f"{R}/customer", params={**query, "cursor": first["next_cursor"]})).json()
        assert [r["staff"] for r in second["records"]] == [1]
        assert second["next_cursor"] is None
        assert "count" not in second
        body = {"filter": ["staff", ">", 0], "sort": ["-staff"], "limit": 3, "fields": ["name", "staff"]}
        assert (await client.post(f"{R}/customer/query", json=body)).json()["records"] == first["records"]
        figures = {"measures": [["count"], ["sum", "staff"]], "filter": ["staff", ">", 0]}
        assert (await client.post(f"{R}/customer/aggregate", json=figures)).json() == {
            "rows": [{"count": 4, "sum_staff": 10}]
        }
        found = (await client.get("/api/v1/search", params={"q": "客户 3"})).json()["results"]
        assert found[0]["name"] == "客户 3"


async def test_scopes_of_the_ready_roles(site: Site) -> None:
    async def names(login: str) -> set[str]:
        async with site.program(login) as client:
            params = {"filter": '["name","starts_with","Scope "]', "fields": "name"}
            answer = await client.get(f"{R}/customer", params=params)
            return {r["name"].removeprefix("Scope ") for r in answer.json()["records"]}

    places = {}
    for login in ("norman", "nick", "sue"):
        async with site.program(login) as client:
            places[login] = f"{R}/customer/{(await made(client, 'customer', name=f'Scope {login}'))['id']}"
    assert await names("norman") == {"norman"}
    assert await names("nora") == {"norman", "nick"}
    assert await names("boss") == await names("root") == await names("fin") == {"norman", "nick", "sue"}
    async with site.program("norman") as client:
        assert (await client.get(places["sue"])).status_code == 404
        assert (await client.patch(places["sue"], json={"name": "x"})).status_code == 404
        assert (await client.delete(places["sue"])).status_code == 404
    async with site.program("fin") as client:
        assert (await client.patch(places["sue"], json={"invoice_title": "开票"})).status_code == 200
        refused = await client.patch(places["sue"], json={"name": "x"})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "read_only")
        assert (await client.delete(places["sue"])).status_code == 403


async def test_a_mover_takes_the_records_along(site: Site) -> None:
    async with site.program("sue") as sue, site.program("nora") as nora, site.program("root") as root:
        record = await made(sue, "customer", name="Moving")
        place = f"{R}/customer/{record['id']}"
        assert (await nora.get(place)).status_code == 404
        me = f"{R}/user/{site.users['acme', 'sue']}"
        before = (await root.get(me)).json()["department"]["id"]
        north = (await root.get(f"{R}/user/{site.users['acme', 'nora']}")).json()["department"]["id"]
        assert (await root.patch(me, json={"department": north})).status_code == 200
        assert (await nora.get(place)).status_code == 200
        assert (await root.patch(me, json={"department": before})).status_code == 200
        assert (await nora.get(place)).status_code == 404


async def test_sharing(site: Site) -> None:
    async with site.program("norman") as norman, site.program("sue") as sue:
        record = await made(norman, "customer", name="Shared")
        place = f"{R}/customer/{record['id']}"
        grant = {"grantee_kind": "user", "grantee": site.users["acme", "sue"], "level": "read"}
        answer = await norman.post(f"{place}/grants", json=grant)
        assert answer.status_code == 201, answer.text
        assert (await sue.get(place)).json()["name"] == "Shared"
        assert (await sue.patch(place, json={"name": "x"})).status_code == 403
        assert (await sue.post(f"{place}/grants", json=grant)).status_code == 403
        assert (await norman.post(f"{place}/grants", json={**grant, "level": "edit"})).status_code == 201
        assert (await sue.patch(place, json={"name": "Shared 2"})).status_code == 200
        # who may edit by the grant alone can neither share on, nor put off its end, nor take the record over
        for body in (grant, {**grant, "level": "edit"}):
            assert (await sue.post(f"{place}/grants", json=body)).status_code == 403
        mine = (await sue.get("/api/v1/session")).json()["user"]["id"]
        taken = await sue.patch(place, json={"owner": mine})
        assert (taken.status_code, taken.json()["errors"][0]["code"]) == (422, "owner_shared")
        listed = (await norman.get(f"{place}/grants")).json()["grants"]
        assert [(g["grantee"]["name"], g["level"]) for g in listed] == [("Sue", "edit")]
        assert (await norman.delete(f"{place}/grants/{listed[0]['id']}")).status_code == 204
        assert (await sue.get(place)).status_code == 404
        for wrong, field in (
            ({"grantee": new_id()}, "grantee"),
            ({"grantee": "x"}, "grantee"),
            ({"level": "own"}, "level"),
            ({"until": "2020-01-01T00:00:00Z"}, "until"),
            ({"until": "2030-01-01T00:00:00"}, "until"),
        ):
            answer = await norman.post(f"{place}/grants", json={**grant, **wrong})
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_upsert_by_a_unique_field(site: Site) -> None:
    async with site.program("norman") as client:
        path = f"{R}/customer/by/external_code/%E5%8C%97/7%2F8"
        first = await client.put(f"{R}/customer/by/external_code/A%2F1%20%E5%8C%97", json={"name": "One"})
        assert (first.status_code, first.json()["external_code"]) == (201, "A/1 北")
        second = await client.put(f"{R}/customer/by/external_code/A%2F1%20%E5%8C%97", json={"name": "Two"})
        assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])
        assert second.json()["name"] == "Two"
        assert (await client.put(path, json={"name": "Three"})).json()["external_code"] == "北/7/8"
        wrong = await client.put(f"{R}/customer/by/name/x", json={})
        assert wrong.status_code == 400


async def test_bulk(site: Site) -> None:
    async with site.program("norman") as client:
        body: dict[str, Any] = {"creates": [{"values": {"name": "Bulk 1"}}, {"values": {"name": "Bulk 2"}}]}
        answer = await client.post(f"{R}/customer/bulk", json=body)
        assert answer.status_code == 200, answer.text
        one, two = (r["id"] for r in answer.json()["results"])
        refused = await client.post(
            f"{R}/customer/bulk",
            json={
                "creates": [{"values": {"name": "Bulk 3"}}, {"values": {}}],
                "updates": [{"id": one, "values": {"name": "x"}}],
            },
        )
        assert refused.status_code == 422
        assert [e["field"] for e in refused.json()["errors"]] == ["creates.1.name"]
        assert (await client.get(f"{R}/customer/{one}")).json()["name"] == "Bulk 1"
        each = await client.post(
            f"{R}/customer/bulk",
            json={
                "atomic": False,
                "creates": [{"values": {"name": "Bulk 3"}}, {"values": {}}, {"values": {"name": "Bulk 4"}}],
                "updates": [
                    {"id": one, "values": {"name": "Bulk 1b"}, "version": 1},
                    {"id": two, "values": {"name": "Bulk 2b"}, "version": 7},
                    {"id": new_id(), "values": {"name": "nobody"}},
                ],
                "deletes": [{"id": two}, {"id": new_id()}],
            },
        )
        assert each.status_code == 200, each.text
        results = each.json()["results"]
        assert [r["status"] for r in results] == [201, 422, 201, 200, 409, 404, 204, 404]
        assert results[1]["errors"] == [{"field": "name", "code": "required", "message": "Required"}]
        undone = await client.post(f"/api/v1/operations/{each.headers['operation-id']}/undo")
        assert undone.json()["undone"] == 4
        names = (await client.get(f"{R}/customer", params={"filter": '["name","starts_with","Bulk"]'})).json()
        assert sorted(r["name"] for r in names["records"]) == ["Bulk 1", "Bulk 2"]
        too_many = await client.post(f"{R}/customer/bulk", json={"deletes": [{"id": one}] * 1001})
        assert too_many.status_code == 413


async def test_nobody_undoes_what_others_did(site: Site) -> None:
    async with site.program("norman") as norman, site.program("sue") as sue, site.program("boss") as boss:
        answer = await norman.post(f"{R}/customer", json={"name": "Undo me"})
        place = f"/api/v1/operations/{answer.headers['operation-id']}/undo"
        assert (await sue.post(place)).status_code == 403
        assert (await boss.post(place)).status_code == 200
        assert (await sue.post(f"/api/v1/operations/{new_id()}/undo")).status_code == 404


async def test_actions(site: Site) -> None:
    async with site.program("norman") as client:
        task = await made(client, "task", name="Call")
        assert (await client.post(f"{R}/task/{task['id']}/actions/fly", json={})).status_code == 404
        assert (await client.post(f"{R}/customer/{task['id']}/actions/complete", json={})).status_code == 404


async def test_resetting_a_password(site: Site) -> None:
    place = f"{R}/user/{site.users['acme', 'nick']}/actions/reset_password"
    async with site.program("norman") as client:
        assert (await client.post(place)).status_code == 403
    async with site.program("root") as client, site.browser("nick") as nick:
        key = {"Idempotency-Key": "reset nick"}
        answer = await client.post(place, headers=key)
        assert answer.status_code == 200, answer.text
        password = answer.json()["result"]["password"]
        again = await client.post(place, headers=key)
        assert (again.status_code, again.json()["type"]) == (409, "urn:keyuan:problem:idempotency_secret")
        assert (await nick.get("/api/v1/session")).status_code == 401
    async with site.client() as client:
        body = {"login": "nick", "password": password, "organisation": "acme"}
        answer = await client.post("/api/v1/session", json=body)
        assert answer.json()["user"]["must_change_password"] is True
        assert (await client.get("/api/v1/objects")).status_code == 403


async def test_objects_as_far_as_one_may_see_them(site: Site) -> None:
    async with site.program("norman") as norman, site.program("root") as root:
        mine = (await norman.get("/api/v1/objects")).json()["objects"]
        every = (await root.get("/api/v1/objects")).json()["objects"]
        assert {o["key"] for o in mine} < {o["key"] for o in every}
        assert "role" not in {o["key"] for o in mine}
        product = (await norman.get("/api/v1/objects/product")).json()
        assert "cost" not in {f["key"] for f in product["fields"]}
        assert product["can"] == {
            "create": False,
            "read": True,
            "edit": False,
            "delete": False,
            "export": False,
        }
        whole = (await root.get("/api/v1/objects/product")).json()
        cost = next(f for f in whole["fields"] if f["key"] == "cost")
        assert cost["access"] == "edit"
        assert (await norman.get("/api/v1/objects/role")).status_code == 404
        assert (await norman.get("/api/v1/objects/nothing")).status_code == 404
    async with site.program("fin") as fin:
        contact = (await fin.get("/api/v1/objects/contact")).json()
        mobile = next(f for f in contact["fields"] if f["key"] == "mobile")
        assert (mobile["access"], mobile["operators"], mobile["sortable"]) == ("masked", [], False)
