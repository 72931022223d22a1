"""Two organisations in one installation never meet: not by token, id, undo, file, search, or the words of an error."""

from __future__ import annotations

import httpx
import pytest

from api_site import PASSWORD, Site
from keyuan.api.callers import COOKIE

pytestmark = pytest.mark.anyio

R = "/api/v1/records"


async def test_tokens_open_one_door(site: Site) -> None:
    async with site.browser("root", "acme") as acme:
        token = acme.cookies[COOKIE].split(".")[1]
        async with site.client(headers={"Cookie": f"{COOKIE}=other.{token}"}) as client:
            assert (await client.get("/api/v1/session")).status_code == 401
    key = site.keys["acme", "root"].removeprefix("ky_acme_")
    async with site.client(headers={"Authorization": f"Bearer ky_other_{key}"}) as client:
        assert (await client.get("/api/v1/session")).status_code == 401
    async with site.client() as client:
        body = {"login": "root@acme.test", "password": PASSWORD, "organisation": "other"}
        assert (await client.post("/api/v1/session", json=body)).status_code == 401


async def test_nothing_of_one_is_seen_in_the_other(site: Site) -> None:
    async with site.program("root", "acme") as acme, site.program("root", "other") as other:
        made = await acme.post(f"{R}/customer", json={"name": "Hidden treasure", "phone": "13912345678"})
        record, operation = made.json()["id"], made.headers["operation-id"]
        key = site.users["acme", "root"]
        file = (await acme.post("/api/v1/files", files={"file": ("a.txt", b"secret")})).json()["id"]
        for path in (
            f"{R}/customer/{record}",
            f"{R}/customer/{record}/history",
            f"{R}/customer/{record}/timeline",
            f"{R}/customer/{record}/grants",
            f"{R}/user/{key}",
            f"/api/v1/files/{file}",
        ):
            assert (await acme.get(path)).status_code == 200, path
            assert (await other.get(path)).status_code == 404, path
        assert (await other.post(f"/api/v1/operations/{operation}/undo")).status_code == 404
        assert (await other.patch(f"{R}/customer/{record}", json={"name": "x"})).status_code == 404
        assert (await other.delete(f"{R}/customer/{record}")).status_code == 404
        assert (await other.post(f"{R}/customer/{record}/restore")).status_code == 404
        grant = {"grantee_kind": "user", "grantee": key}
        assert (await other.post(f"{R}/customer/{record}/grants", json=grant)).status_code == 404
        bulk = {"updates": [{"id": record, "values": {"name": "x"}}], "atomic": False}
        assert (await other.post(f"{R}/customer/bulk", json=bulk)).json()["results"][0]["status"] == 404
        pointing = await other.post(f"{R}/contact", json={"name": "x", "customer": record})
        assert pointing.json()["errors"][0]["code"] == "reference"
        owned = await other.post(f"{R}/customer", json={"name": "x", "owner": key})
        assert owned.json()["errors"][0]["code"] == "reference"
        mine = (await other.post(f"{R}/activity", json={"content": "x", "files": [file]})).json()
        assert mine["errors"][0]["code"] == "file"
        for q in ("Hidden treasure", "13912345678", "treasure"):
            assert (await other.get("/api/v1/search", params={"q": q})).json() == {"results": []}
            assert (await other.get(f"{R}/customer", params={"q": q})).json()["records"] == []
            assert len((await acme.get("/api/v1/search", params={"q": q})).json()["results"]) == 1
        assert (await acme.get(f"{R}/customer/{record}")).json()["name"] == "Hidden treasure"


async def test_definitions_and_settings_are_their_own(site: Site) -> None:
    async def objects(client: httpx.AsyncClient) -> set[str]:
        return {o["key"] for o in (await client.get("/api/v1/objects")).json()["objects"]}

    async with site.program("root", "acme") as acme, site.program("root", "other") as other:
        body = {"key": "x_acme", "label": {"zh": "甲", "en": "Acme's"}}
        assert (await acme.post("/api/v1/objects", json=body)).status_code == 201
        assert await objects(acme) - await objects(other) == {"x_acme"}
        assert (await other.get(f"{R}/x_acme")).status_code == 404
        assert "x_acme" not in (await other.get("/api/v1/openapi.json")).text
        assert "x_acme" in (await acme.get("/api/v1/openapi.json")).text
        assert (await acme.patch("/api/v1/settings", json={"name": "Acme Limited"})).status_code == 200
        assert (await other.get("/api/v1/session")).json()["organisation"]["name"] == "Other"


async def test_the_same_key_of_two_organisations(site: Site) -> None:
    headers = {"Idempotency-Key": "shared"}
    async with site.program("root", "acme") as acme, site.program("root", "other") as other:
        for client in (acme, other):
            made = await client.post(f"{R}/customer", json={"name": "Both"}, headers=headers)
            assert (made.status_code, "idempotent-replayed" in made.headers) == (201, False)
