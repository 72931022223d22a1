"""Users, departments and roles: who may change them, and that nobody gives or takes rights beyond their own."""

from __future__ import annotations

from collections import Counter
from typing import Any

import anyio
import httpx
import pytest

from api_site import Site
from keyuan.kernel.ids import new_id

pytestmark = pytest.mark.anyio

R = "/api/v1/records"
ALL = dict.fromkeys(("create", "read", "edit", "delete", "export"), "all")


async def new_role(client: httpx.AsyncClient, **values: Any) -> str:
    answer = await client.post(f"{R}/role", json=values)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def roles(client: httpx.AsyncClient) -> dict[str, str]:
    found = (await client.get(f"{R}/role?fields=key,id")).json()["records"]
    return {role["key"]: role["id"] for role in found if role["key"]}


def path(site: Site, login: str, organisation: str = "acme") -> str:
    return f"{R}/user/{site.users[organisation, login]}"


async def test_only_managers_of_users_write_them(site: Site) -> None:
    async with site.program("boss") as boss, site.program("norman") as norman, site.program("root") as root:
        for client in (boss, norman):
            assert (await client.post(f"{R}/user", json={"name": "X"})).status_code == 403
            assert (await client.patch(path(site, "sue"), json={"title": "x"})).status_code == 403
            assert (await client.delete(path(site, "sue"))).status_code == 403
            assert (await client.post(f"{R}/department", json={"name": "X"})).status_code == 403
            assert (await client.post(f"{R}/role", json={"name": "X"})).status_code == 403
        # the right to the object alone is not enough
        role = await new_role(root, name="Half", permissions={"user": ALL, "department": ALL, "role": ALL})
        before = (await root.get(path(site, "norman"))).json()["roles"]
        held = [r["id"] for r in before]
        assert (await root.patch(path(site, "norman"), json={"roles": [*held, role]})).status_code == 200
        refused = await norman.post(f"{R}/department", json={"name": "X"})
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:keyuan:problem:users_only")
        assert (await root.patch(path(site, "norman"), json={"roles": held})).status_code == 200


async def test_nobody_gives_rights_they_lack(site: Site) -> None:
    async with site.program("root") as root, site.program("nora") as nora:
        known = await roles(root)
        staff = await new_role(
            root,
            name="Staff office",
            permissions={"user": ALL, "department": ALL, "role": ALL},
            capabilities=["users"],
        )
        place = path(site, "nora")
        original = [r["id"] for r in (await root.get(place)).json()["roles"]]
        assert (await root.patch(place, json={"roles": [*original, staff]})).status_code == 200

        async def refused(answer: httpx.Response, field: str) -> None:
            told = answer.json()
            assert answer.status_code == 422, answer.text
            assert (told["errors"][0]["field"], told["errors"][0]["code"]) == (field, "beyond_own_rights")

        # what is within one's own rights goes
        made = await nora.post(
            f"{R}/user", json={"name": "New", "login": "new", "roles": [known["sales_manager"]]}
        )
        assert made.status_code == 201, made.text
        assert (await nora.patch(path(site, "sue"), json={"title": "Rep"})).status_code == 200
        # what goes beyond does not, by whatever way
        for key in ("administrator", "executive", "finance", "marketing"):
            await refused(await nora.post(f"{R}/user", json={"name": "X", "roles": [known[key]]}), "roles")
            await refused(await nora.patch(place, json={"roles": [*original, staff, known[key]]}), "roles")
        await refused(await nora.patch(path(site, "root"), json={"email": "mine@acme.test"}), "roles")
        await refused(await nora.patch(path(site, "root"), json={"active": False}), "roles")
        await refused(await nora.patch(path(site, "boss"), json={"roles": []}), "roles")
        assert (await nora.delete(path(site, "fin"))).status_code == 422
        await refused(await nora.post(f"{path(site, 'root')}/actions/reset_password"), "roles")
        await refused(await nora.post(f"{R}/role", json={"name": "X", "administrator": True}), "permissions")
        wide = {"name": "X", "permissions": {"lead": {"read": "all"}}}
        await refused(await nora.post(f"{R}/role", json=wide), "permissions")
        own = f"{R}/role/{staff}"
        await refused(await nora.patch(own, json={"capabilities": ["users", "settings"]}), "permissions")
        await refused(
            await nora.patch(f"{R}/role/{known['executive']}", json={"description": "x"}), "permissions"
        )
        narrow = {"name": "Narrow", "permissions": {"lead": {"read": "own"}}}
        assert (await nora.post(f"{R}/role", json=narrow)).status_code == 201
        # nor on what is not there: not yet, or not any more
        for values, named in (
            ({"permissions": {"x_later": {"read": "all", "edit": "all"}}}, "permissions.x_later"),
            ({"fields": {"x_later": {"name": "edit"}}}, "fields.x_later"),
        ):
            later = await nora.post(f"{R}/role", json={"name": "Later", **values})
            assert later.status_code == 422, later.text
            assert [e["field"] for e in later.json()["errors"]] == [named]
        left = await new_role(root, name="Left", permissions={"x_later": {"read": "all"}})
        await refused(await nora.patch(place, json={"roles": [*original, staff, left]}), "roles")
        await refused(await nora.patch(f"{R}/role/{left}", json={"description": "x"}), "permissions")
        assert (await root.patch(f"{R}/role/{left}", json={"description": "x"})).status_code == 200
        assert (await root.delete(f"{R}/role/{left}")).status_code == 204
        # nor by undoing what an administrator did
        was = await root.patch(path(site, "sue"), json={"roles": [known["executive"]]})
        back = await root.patch(path(site, "sue"), json={"roles": [known["sales"]]})
        assert (was.status_code, back.status_code) == (200, 200)
        more = {"capabilities": ["users", "operations.undo_any"]}
        assert (await root.patch(own, json=more)).status_code == 200
        undone = await nora.post(f"/api/v1/operations/{back.headers['operation-id']}/undo")
        await refused(undone, "roles")
        assert [r["id"] for r in (await root.get(path(site, "sue"))).json()["roles"]] == [known["sales"]]
        assert (await root.patch(place, json={"roles": original})).status_code == 200


async def test_an_administrator_remains(site: Site) -> None:
    async with site.program("root", "other") as root:
        known = await roles(root)
        place, role = path(site, "root", "other"), f"{R}/role/{known['administrator']}"
        for answer in (
            await root.patch(place, json={"active": False}),
            await root.patch(place, json={"active": None}),
            await root.patch(place, json={"roles": []}),
            await root.delete(place),
            await root.patch(role, json={"administrator": False}),
        ):
            assert (answer.status_code, answer.json()["type"]) == (
                409,
                "urn:keyuan:problem:last_administrator",
            )
        assert (await root.delete(role)).status_code == 409
        assert (await root.get("/api/v1/session")).json()["administrator"] is True


async def test_two_administrators_cannot_remove_each_other(site: Site) -> None:
    async with site.program("root", "other") as root, site.program("sue", "other") as sue:
        known = await roles(root)
        for _ in range(5):
            both = {"roles": [known["administrator"]], "active": True}
            for login in ("root", "sue"):
                for client in (root, sue):
                    await client.patch(path(site, login, "other"), json=both)
            codes: Counter[int] = Counter()

            async def disable(client: httpx.AsyncClient, login: str, codes: Counter[int]) -> None:
                answer = await client.patch(path(site, login, "other"), json={"active": False})
                codes[answer.status_code] += 1

            async with anyio.create_task_group() as group:
                group.start_soon(disable, root, "sue", codes)
                group.start_soon(disable, sue, "root", codes)
            # the slower one finds the last administrator, or itself out
            assert codes[200] == 1, codes
            alive = [c for c in (root, sue) if (await c.get("/api/v1/session")).status_code == 200]
            assert len(alive) == 1
            for login in ("root", "sue"):
                await alive[0].patch(path(site, login, "other"), json=both)


async def test_roles_must_be_understood(site: Site) -> None:
    async with site.program("root") as root:
        for values, field in (
            ({"permissions": {"customer": {"read": "everything"}}}, "permissions.customer.read"),
            ({"permissions": {"customer": {"read": {"filter": ["x"]}}}}, "permissions.customer.read.filter"),
            ({"fields": {"customer": {"phone": "none"}}}, "fields.customer.phone"),
            ({"capabilities": ["fly"]}, "capabilities"),
        ):
            answer = await root.post(f"{R}/role", json={"name": "Odd", **values})
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        for zone, status in (("Mars/Olympus", 422), ("Europe/Berlin", 200), (None, 200)):
            assert (await root.patch(path(site, "sue"), json={"time_zone": zone})).status_code == status


async def test_departments_make_no_circle(site: Site) -> None:
    async with site.program("root") as root:
        found = (await root.get(f"{R}/department?fields=name,id")).json()["records"]
        known = {d["name"]: d["id"] for d in found}
        place = f"{R}/department/{known['Head office']}"
        answer = await root.patch(place, json={"parent": known["North 1"]})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "cycle")
        held = await root.delete(place)
        assert (held.status_code, held.json()["type"]) == (409, "urn:keyuan:problem:referenced")


async def test_names_to_sign_in_by_are_kept_small(site: Site) -> None:
    async with site.program("root") as root:
        body = {"name": "Case", "login": "CaSe", "email": "Some.One@Acme.Test"}
        made = (await root.post(f"{R}/user", json=body)).json()
        assert (made["login"], made["email"]) == ("case", "some.one@acme.test")
        assert made["active"] is True
        twice = await root.post(f"{R}/user", json={"name": "Twice", "email": "SOME.ONE@acme.test"})
        assert twice.json()["errors"][0] | {"field": "email", "code": "taken"} == twice.json()["errors"][0]


async def told_of(site: Site, operation: str) -> tuple[str, str, dict[str, Any]]:
    """What is kept of an operation: kind, who, detail."""
    async with site.runtime.pool.connection() as connection:
        cursor = await connection.execute(
            "select kind, actor::text, detail from org_acme.operation where id = %s", [operation]
        )
        ((kind, actor, detail),) = await cursor.fetchall()
    return kind, actor, detail


async def test_api_keys(site: Site) -> None:
    async with site.program("root") as program:
        assert (await program.post("/api/v1/api-keys", json={})).status_code == 403
    async with site.browser("norman") as norman, site.browser("root") as root:
        assert (await norman.post("/api/v1/api-keys", json={})).status_code == 403
        answer = await root.post("/api/v1/api-keys", json={"name": "ERP"})
        made, operation = answer.json(), answer.headers["operation-id"]
        assert await told_of(site, operation) == (
            "api_key_made", site.users["acme", "root"], {"api_key": {"id": made["id"], "name": "ERP"}},
        )  # fmt: skip
        undone = await root.post(f"/api/v1/operations/{operation}/undo")
        assert (undone.status_code, undone.json()["type"]) == (409, "urn:keyuan:problem:undo_nothing")
        listed = (await root.get("/api/v1/api-keys")).json()["api_keys"]
        assert made["key"] not in str(listed)
        assert "ERP" in [k["name"] for k in listed]
        assert (await norman.get("/api/v1/api-keys?all=yes")).status_code == 403
        every = (await root.get("/api/v1/api-keys?all=yes")).json()["api_keys"]
        assert len(every) > len(listed)
        async with site.client(headers={"Authorization": f"Bearer {made['key']}"}) as erp:
            assert (await erp.get("/api/v1/session")).json()["user"]["name"] == "Root"
            # a bearer needs no CSRF token
            assert (await erp.post(f"{R}/tag", json={"name": "By key"})).status_code == 201
            assert (await norman.delete(f"/api/v1/api-keys/{made['id']}")).status_code == 404
            ended = await root.delete(f"/api/v1/api-keys/{made['id']}")
            assert ended.status_code == 204
            kind, who, detail = await told_of(site, ended.headers["operation-id"])
            assert (kind, who) == ("api_key_revoked", site.users["acme", "root"])
            assert detail == {"api_key": {"id": made["id"]}}
            assert (await erp.get("/api/v1/session")).status_code == 401
        for body in ({"expires_at": "2020-01-01T00:00:00Z"}, {"name": "x" * 101}, {"name": 5}, {"nmae": "x"}):
            assert (await root.post("/api/v1/api-keys", json=body)).status_code == 422


async def test_settings(site: Site) -> None:
    async with site.program("norman") as norman, site.program("root") as root:
        mine = {s["key"] for s in (await norman.get("/api/v1/settings")).json()["settings"]}
        every = {s["key"] for s in (await root.get("/api/v1/settings")).json()["settings"]}
        assert mine < every
        assert "session_hours" not in mine
        assert (await norman.patch("/api/v1/settings", json={"name": "x"})).status_code == 403
        changed = await root.patch(
            "/api/v1/settings", json={"session_hours": 8, "exchange_rates": {"USD": "7.1"}}
        )
        assert changed.status_code == 200
        values = {s["key"]: s["value"] for s in changed.json()["settings"]}
        assert (values["session_hours"], values["exchange_rates"]) == (8, {"USD": "7.1"})
        foreign = {"name": "Abroad", "revenue": {"amount": "100", "currency": "USD"}}
        assert (await norman.post(f"{R}/customer", json=foreign)).json()["revenue"]["base"] == "710.00"
        for body, field in (
            ({"nothing": 1}, "nothing"),
            ({"session_hours": 0}, "session_hours"),
            ({"session_hours": "8"}, "session_hours"),
            ({"name": ""}, "name"),
            ({"name": None}, "name"),
            ({"time_zone": "Mars"}, "time_zone"),
            ({"exchange_rates": {"USD": "-1"}}, "exchange_rates.USD"),
        ):
            answer = await root.patch("/api/v1/settings", json=body)
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), body
        fixed = await root.patch("/api/v1/settings", json={"currency": "USD"})
        assert (fixed.status_code, fixed.json()["type"]) == (409, "urn:keyuan:problem:currency_fixed")
        same = await root.patch("/api/v1/settings", json={"session_hours": 8})
        assert "operation-id" not in same.headers


async def test_what_is_completed_from_a_record_that_is_not_seen_is_not_told_of(site: Site) -> None:
    """Neither in what is refused, nor in a draft: a deal that one may not see has a customer or has none."""
    async with site.program("norman") as norman, site.program("sue") as sue:
        customer = (await norman.post(f"{R}/customer", json={"name": "Unseen"})).json()["id"]
        deals = [
            (await norman.post(f"{R}/opportunity", json={"name": "Unseen", **more})).json()["id"]
            for more in ({"customer": customer}, {})
        ]
        told = []
        for deal in (*deals, new_id()):
            about = {"object": "opportunity", "id": deal}
            refused = await sue.post(f"{R}/activity", json={"about": about, "content": "x"})
            assert refused.status_code == 422
            drafted = await sue.post(f"{R}/activity/draft", json={"about": about})
            values = drafted.json()["values"]
            assert not {"customer", "opportunity", "about"} & values.keys()
            told.append([(e["field"], e["code"]) for e in refused.json()["errors"]])
        assert told == [[("about", "reference")]] * 3


async def test_a_role_that_somebody_has_is_not_deleted(site: Site) -> None:
    async with site.program("root") as root:
        known = await roles(root)
        role = (await root.post(f"{R}/role", json={"name": "Held"})).json()["id"]
        given = {"roles": [known["sales"], role]}
        assert (await root.patch(path(site, "sue"), json=given)).status_code == 200
        refused = await root.delete(f"{R}/role/{role}")
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:keyuan:problem:referenced")
        assert [e["message"] for e in refused.json()["errors"]] == ["User: 1"]
        assert (await root.patch(path(site, "sue"), json={"roles": [known["sales"]]})).status_code == 200
        assert (await root.delete(f"{R}/role/{role}")).status_code == 204


async def test_records_are_made_without_rights_to_people_and_departments(site: Site) -> None:
    """Who owns a record that one makes, and for which department, the product says."""
    async with site.program("root") as root, site.program("sue") as sue:
        known = await roles(root)
        narrow = {"name": "Makers", "permissions": {"customer": {"create": "own", "read": "own"}}}
        role = (await root.post(f"{R}/role", json=narrow)).json()["id"]
        assert (await root.patch(path(site, "sue"), json={"roles": [role]})).status_code == 200
        try:
            made = await sue.post(f"{R}/customer", json={"name": "Made without looking"})
            assert made.status_code == 201, made.text
            somebody = (await root.get(path(site, "norman"))).json()
            for key in ("owner", "owner_department"):
                named = somebody["id"] if key == "owner" else somebody["department"]["id"]
                other = await sue.post(f"{R}/customer", json={"name": "For another", key: named})
                assert other.status_code == 422, other.text
        finally:
            assert (await root.patch(path(site, "sue"), json={"roles": [known["sales"]]})).status_code == 200
