"""Removing records of the recycle bin for good: who may, what goes along, what stands against it, and that it is final."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from api_site import Site
from keyuan.kernel import clock
from keyuan.services import files
from keyuan.storage.pool import autocommit

pytestmark = pytest.mark.anyio

R = "/api/v1/records"


async def made(client: httpx.AsyncClient, object_key: str, **values: Any) -> str:
    answer = await client.post(f"{R}/{object_key}", json=values)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def gone(client: httpx.AsyncClient, object_key: str, **values: Any) -> str:
    """A record in the recycle bin."""
    record = await made(client, object_key, **values)
    assert (await client.delete(f"{R}/{object_key}/{record}")).status_code == 204
    return record


async def rows(site: Site, statement: str, *ids: str) -> list[tuple[Any, ...]]:
    async with site.runtime.pool.connection() as connection:
        cursor = await connection.execute(statement.encode(), [list(ids)])
        return await cursor.fetchall()


async def test_a_record_goes_for_good(site: Site) -> None:
    async with site.program("root") as client:
        record = await made(client, "customer", name="终结")
        place = f"{R}/customer/{record}"
        changed = await client.patch(place, json={"name": "终结二"})
        assert (await client.post(f"{place}/purge")).status_code == 404, "it is not in the recycle bin"
        deleted = await client.delete(place)
        assert (await client.post(f"{place}/purge", headers={"If-Match": "2"})).status_code == 409
        purged = await client.post(f"{place}/purge", headers={"If-Match": "3"})
        assert (purged.status_code, purged.content) == (204, b"")
        for answer in (
            await client.get(place),
            await client.get(f"{place}/history"),
            await client.post(f"{place}/restore"),
            await client.post(f"{place}/purge"),
        ):
            assert answer.status_code == 404
        listed = (await client.get(f"{R}/customer", params={"deleted": "only"})).json()["records"]
        assert record not in {r["id"] for r in listed}
        assert (
            await rows(site, "select 1 from org_acme.customer__history where id = any(%s::uuid[])", record)
            == []
        )

        undone = await client.post(f"/api/v1/operations/{purged.headers['operation-id']}/undo")
        assert (undone.status_code, undone.json()["type"]) == (409, "urn:keyuan:problem:undo_purged")
        for earlier in (deleted, changed):
            undone = await client.post(f"/api/v1/operations/{earlier.headers['operation-id']}/undo")
            assert undone.json()["undone"] == 0
            assert undone.json()["changed"] == [{"object": "customer", "id": record}]


async def test_who_may(site: Site) -> None:
    async with site.program("root") as root, site.program("nora") as nora, site.program("sue") as sue:
        record = await gone(nora, "customer", name="权限")
        place = f"{R}/customer/{record}/purge"
        refused = await nora.post(place)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:keyuan:problem:purge_forbidden")
        role = await made(root, "role", name="Purgers", capabilities=["records.purge"])
        held: dict[str, list[str]] = {}
        for login in ("nora", "sue"):
            user = f"{R}/user/{site.users['acme', login]}"
            held[login] = [r["id"] for r in (await root.get(user)).json()["roles"]]
            assert (await root.patch(user, json={"roles": [*held[login], role]})).status_code == 200
        assert (await sue.post(place)).status_code == 404, "the capability alone shows nobody others' records"
        assert (await nora.post(place)).status_code == 204
        for login, roles in held.items():
            await root.patch(f"{R}/user/{site.users['acme', login]}", json={"roles": roles})


async def test_what_belongs_to_it_goes_along(site: Site) -> None:
    """Also what had been deleted before."""
    async with site.program("root") as client:
        customer = await made(client, "customer", name="连带")
        about = {"object": "customer", "id": customer}
        first = await gone(client, "activity", content="先删", about=about)
        second = await made(client, "activity", content="同删", about=about)
        assert (await client.delete(f"{R}/customer/{customer}")).status_code == 204
        deal = await gone(
            client, "opportunity", name="商机", lines=[{"name": "L", "price": "1", "quantity": "1"}]
        )
        assert (await client.post(f"{R}/customer/{customer}/purge")).status_code == 204
        assert (await client.post(f"{R}/opportunity/{deal}/purge")).status_code == 204
        for table, ids in (
            ("activity", (first, second)),
            ("customer", (customer,)),
            ("opportunity", (deal,)),
        ):
            for name in (table, f"{table}__history", f"{table}__search"):
                assert (
                    await rows(site, f"select 1 from org_acme.{name} where id = any(%s::uuid[])", *ids) == []
                )
        for table in ("opportunity_line", "stage_history"):
            lines = f"select 1 from org_acme.{table} where opportunity = any(%s::uuid[])"
            assert await rows(site, lines, deal) == []
        logged = await rows(
            site, "select object from org_acme.change where kind = 'purge' and record = any(%s::uuid[])",
            customer, first, second,
        )  # fmt: skip
        assert sorted(r[0] for r in logged) == ["activity", "activity", "customer"]


async def test_what_points_at_it_is_told(site: Site) -> None:
    async with site.program("root") as client:
        customer = await made(client, "customer", name="被引用")
        await gone(client, "opportunity", name="一", customer=customer)
        deal = await gone(client, "opportunity", name="二", customer=customer)
        assert (await client.delete(f"{R}/customer/{customer}")).status_code == 204
        place = f"{R}/customer/{customer}/purge"
        refused = await client.post(place)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:keyuan:problem:purge_referenced")
        assert [(e["code"], e["message"]) for e in refused.json()["errors"]] == [
            ("referenced_deleted", "Opportunity (in the recycle bin): 2")
        ]
        chinese = await client.post(place, headers={"Accept-Language": "zh"})
        assert chinese.json()["errors"][0]["message"] == "商机（回收站中）：2 条"
        both = {"purges": [{"id": r["id"]} for r in (await client.get(
            f"{R}/opportunity", params={"deleted": "only", "q": ""})).json()["records"]]}  # fmt: skip
        assert deal in {p["id"] for p in both["purges"]}
        assert (await client.post(f"{R}/opportunity/bulk", json=both)).status_code == 200
        assert (await client.post(place)).status_code == 204


async def test_lists_of_references_and_references_to_any_hold_too(site: Site) -> None:
    async with site.program("root") as client:
        tag = await made(client, "tag", name="清除标签")
        customer = await made(client, "customer", name="有标签", tags=[tag])
        assert (await client.delete(f"{R}/tag/{tag}")).status_code == 204
        refused = await client.post(f"{R}/tag/{tag}/purge")
        assert [e["message"] for e in refused.json()["errors"]] == ["Customer: 1"]
        await client.patch(f"{R}/customer/{customer}", json={"tags": []})
        assert (await client.post(f"{R}/tag/{tag}/purge")).status_code == 204


async def test_what_the_caller_may_not_see_is_not_counted(site: Site) -> None:
    async with site.program("root") as root, site.program("sue") as sue:
        user = f"{R}/user/{site.users['acme', 'sue']}"
        held = [r["id"] for r in (await root.get(user)).json()["roles"]]
        role = await made(root, "role", name="Purgers 2", capabilities=["records.purge"])
        await root.patch(user, json={"roles": [*held, role]})
        customer = await made(sue, "customer", name="别人的商机")
        await gone(root, "opportunity", name="她看不到", customer=customer)
        assert (await sue.delete(f"{R}/customer/{customer}")).status_code == 204
        refused = await sue.post(f"{R}/customer/{customer}/purge")
        assert (refused.status_code, [e["code"] for e in refused.json()["errors"]]) == (
            409,
            ["referenced_unseen"],
        )
        await root.patch(user, json={"roles": held})


async def test_many_at_once(site: Site) -> None:
    """With restores, all or nothing, or each for itself; an undo brings back what it can and says what it cannot."""
    async with site.program("root") as client:
        a, b, c = [await gone(client, "customer", name=n) for n in ("甲", "乙", "丙")]
        held = await made(client, "customer", name="丁")
        await gone(client, "opportunity", name="x", customer=held)
        assert (await client.delete(f"{R}/customer/{held}")).status_code == 204
        both = {"purges": [{"id": a}, {"id": held}], "atomic": True}
        assert (await client.post(f"{R}/customer/bulk", json=both)).status_code == 409
        answer = await client.post(f"{R}/customer/bulk", json={**both, "atomic": False})
        assert [(r["id"], r["status"]) for r in answer.json()["results"]] == [(a, 204), (held, 409)]
        mixed = await client.post(f"{R}/customer/bulk", json={"restores": [{"id": c}], "purges": [{"id": b}]})
        assert [(r["id"], r["status"]) for r in mixed.json()["results"]] == [(c, 200), (b, 204)]
        undone = await client.post(f"/api/v1/operations/{mixed.headers['operation-id']}/undo")
        assert (undone.json()["undone"], undone.json()["changed"]) == (1, [{"object": "customer", "id": b}])
        wrong = await client.post(f"{R}/customer/bulk", json={"purges": [{"id": "x"}]})
        assert wrong.json()["errors"][0]["field"] == "purges.0.id"


async def test_files_and_shares_go_with_it(site: Site) -> None:
    async with site.program("root") as client:
        upload = await client.post(
            "/api/v1/files", files={"file": ("a.pdf", b"%PDF-1.7 x", "application/pdf")}
        )
        file = upload.json()["id"]
        about = {"object": "customer", "id": await made(client, "customer", name="文件")}
        activity = await made(client, "activity", content="x", about=about, files=[file])
        place = f"{R}/activity/{activity}"
        assert (await client.delete(place)).status_code == 204
        assert (await client.post(f"{place}/purge")).status_code == 204
        assert (await client.get(f"/api/v1/files/{file}")).status_code == 404
        store = files.FileStore(site.app.holder.application.settings)  # type: ignore[union-attr]
        with clock.frozen(clock.now() + timedelta(days=2)):
            async with autocommit(site.runtime.pool) as connection:
                await files.sweep(connection, "acme", store)
        assert await rows(site, "select 1 from org_acme.file where id = any(%s::uuid[])", file) == []


async def test_a_person_leaves_nothing_to_sign_in_with(site: Site) -> None:
    async with site.program("root") as client:
        person = await made(client, "user", name="离职", login="gone")
        await client.delete(f"{R}/user/{person}")
        assert (await client.post(f"{R}/user/{person}/purge")).status_code == 204
        for table in ("credential", "api_key", "session"):
            assert (
                await rows(site, f'select 1 from org_acme.{table} where "user" = any(%s::uuid[])', person)
                == []
            )


async def test_an_undo_that_leaves_nothing(site: Site) -> None:
    """What an operation made goes for good with its undo, where the caller may do that and nothing points at it."""
    body = {"creates": [{"values": {"name": "来去一"}}, {"values": {"name": "来去二"}}]}
    async with site.program("norman") as norman, site.program("root") as root:
        answer = await norman.post(f"{R}/customer/bulk", json=body)
        first, second = (r["id"] for r in answer.json()["results"])
        undo = f"/api/v1/operations/{answer.headers['operation-id']}/undo"
        refused = await norman.post(undo, json={"purge": True})
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:keyuan:problem:purge_forbidden")
        assert (await norman.get(f"{R}/customer/{first}")).json()["deleted_at"] is None
        wrong = await root.post(undo, json={"purge": 1})
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "purge")
        held = await gone(norman, "contact", name="在回收站", customer=second)
        stands = await root.post(undo, json={"purge": True})
        assert (stands.status_code, stands.json()["type"]) == (409, "urn:keyuan:problem:purge_referenced")
        assert (await norman.get(f"{R}/customer/{first}")).json()["deleted_at"] is None
        assert (await root.post(f"{R}/contact/{held}/purge")).status_code == 204
        done = await root.post(undo, json={"purge": True})
        assert (done.status_code, done.json()["undone"]) == (200, 2)
        assert (await root.get(f"{R}/customer/{first}")).status_code == 404
        again = await root.post(f"/api/v1/operations/{done.headers['operation-id']}/undo")
        assert (again.status_code, again.json()["type"]) == (409, "urn:keyuan:problem:undo_purged")


async def test_an_undo_leaves_nothing_only_of_what_its_caller_may_delete(site: Site) -> None:
    """As in the recycle bin: the capability alone does not do. What belongs to a record goes with it."""
    line = {"name": "L", "price": "1", "quantity": "1"}
    scopes = dict.fromkeys(("create", "read", "edit"), "own")
    async with site.program("root") as root, site.program("sue") as sue:
        user = f"{R}/user/{site.users['acme', 'sue']}"
        held = [r["id"] for r in (await root.get(user)).json()["roles"]]
        permissions: dict[str, Any] = {
            "opportunity": scopes,
            "pipeline": {"read": "all"},
            "stage": {"read": "all"},
        }
        values = {"name": "Purgers 3", "capabilities": ["records.purge"], "permissions": permissions}
        role = await made(root, "role", **values)
        await root.patch(user, json={"roles": [role]})
        answer = await sue.post(f"{R}/opportunity", json={"name": "不能删", "lines": [line]})
        assert answer.status_code == 201, answer.text
        undo = f"/api/v1/operations/{answer.headers['operation-id']}/undo"
        refused = await sue.post(undo, json={"purge": True})
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:keyuan:problem:forbidden")
        place = answer.headers["location"]
        assert (await sue.get(place)).json()["deleted_at"] is None
        permissions["opportunity"] = {**scopes, "delete": "own"}
        await root.patch(f"{R}/role/{role}", json={"permissions": permissions})
        done = await sue.post(undo, json={"purge": True})
        assert done.status_code == 200, done.text
        assert (await root.get(place)).status_code == 404
        lines = "select 1 from org_acme.opportunity_line where opportunity = any(%s::uuid[])"
        assert await rows(site, lines, answer.json()["id"]) == []
        await root.patch(user, json={"roles": held})


async def test_a_field_out_of_use_that_still_points_is_told(site: Site) -> None:
    """To those who define fields, so that they can bring it back; to others that there is something."""
    objects = "/api/v1/objects"
    async with site.program("root") as root, site.program("sue") as sue:
        field = {
            "key": "backer", "type": "reference", "label": {"zh": "担保方", "en": "Backer"},
            "options": {"target": "customer"},
        }  # fmt: skip
        added = await root.post(f"{objects}/contact/fields", json=field)
        assert added.status_code == 201, added.text
        customer = await made(sue, "customer", name="担保")
        await made(root, "contact", name="有担保", x_backer=customer)
        assert (await root.delete(f"{objects}/contact/fields/x_backer")).status_code == 200
        assert (await sue.delete(f"{R}/customer/{customer}")).status_code == 204
        refused = await root.post(f"{R}/customer/{customer}/purge")
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:keyuan:problem:purge_referenced")
        assert [e["message"] for e in refused.json()["errors"]] == [
            "The field “Backer” of Contact, which is out of use, still refers to it"
        ]
        user = f"{R}/user/{site.users['acme', 'sue']}"
        held = [r["id"] for r in (await root.get(user)).json()["roles"]]
        role = await made(root, "role", name="Purgers 4", capabilities=["records.purge"])
        await root.patch(user, json={"roles": [*held, role]})
        refused = await sue.post(f"{R}/customer/{customer}/purge")
        assert [e["code"] for e in refused.json()["errors"]] == ["referenced_unseen"]
        await root.patch(user, json={"roles": held})


async def test_an_object_out_of_use_that_still_points_is_told(site: Site) -> None:
    async with site.program("root") as root:
        added = await root.post(
            "/api/v1/objects", json={"key": "loan", "label": {"zh": "借款", "en": "Loan"}}
        )
        assert added.status_code == 201, added.text
        field = {"key": "debtor", "type": "reference", "label": "Debtor", "options": {"target": "customer"}}
        assert (await root.post("/api/v1/objects/x_loan/fields", json=field)).status_code == 201
        customer = await made(root, "customer", name="借款人")
        await made(root, "x_loan", name="一笔", x_debtor=customer)
        assert (await root.delete("/api/v1/objects/x_loan")).status_code == 200
        assert (await root.delete(f"{R}/customer/{customer}")).status_code == 204
        refused = await root.post(f"{R}/customer/{customer}/purge")
        (error,) = refused.json()["errors"]
        assert error["code"] == "referenced_retired"
        assert "“Debtor” of Loan" in error["message"]
