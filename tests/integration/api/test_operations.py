"""What was done: the list of operations, and in a record's history what its reader can undo."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api_site import Site

pytestmark = pytest.mark.anyio

R, P = "/api/v1/records", "/api/v1/operations"


async def bulk(client: httpx.AsyncClient, object_key: str, **body: Any) -> tuple[str, list[str]]:
    """A bulk write: the operation and the ids."""
    answer = await client.post(f"{R}/{object_key}/bulk", json=body)
    assert answer.status_code == 200, answer.text
    return answer.headers["operation-id"], [r["id"] for r in answer.json()["results"]]


async def found(client: httpx.AsyncClient, operation: str, **query: str) -> dict[str, Any]:
    """An operation of the list."""
    answer = await client.get(P, params=query)
    assert answer.status_code == 200, answer.text
    (one,) = [o for o in answer.json()["operations"] if o["id"] == operation]
    return dict(one)


async def test_a_bulk_edit_is_listed_and_undone_later(site: Site) -> None:
    async with site.program("norman") as client:
        _, ids = await bulk(
            client, "customer", creates=[{"values": {"name": f"Later {n}"}} for n in range(3)]
        )
        body = [{"id": i, "values": {"name": f"Changed {n}"}} for n, i in enumerate(ids)]
        operation, _ = await bulk(client, "customer", updates=body)
        assert (await client.patch(f"{R}/customer/{ids[0]}", json={"name": "Since"})).status_code == 200

        listed = await found(client, operation)
        assert listed["kind"] == "bulk"
        assert (listed["can_undo"], listed["undone_by"], listed["more"]) == (True, None, False)
        assert listed["changes"] == [{"object": "customer", "kind": "update", "count": 3, "record": None}]
        whole = (await client.get(f"{P}/{operation}")).json()
        assert whole == {**listed, "stays": [{"object": "customer", "count": 1}]}

        undone = await client.post(f"{P}/{operation}/undo")
        assert (undone.json()["undone"], len(undone.json()["changed"])) == (2, 1)
        after = await found(client, operation)
        assert (after["can_undo"], after["undone_by"]) == (False, undone.json()["operation"])
        assert (await found(client, undone.json()["operation"]))["undoes"] == operation


async def test_a_single_change_names_its_record(site: Site) -> None:
    async with site.program("norman") as client:
        made = await client.post(f"{R}/customer", json={"name": "One alone"})
        listed = await found(client, made.headers["operation-id"])
        assert listed["changes"] == [
            {"object": "customer", "kind": "create", "count": 1, "record": made.json()["id"]}
        ]


async def test_others_see_what_they_may_undo(site: Site) -> None:
    async with site.program("norman") as norman, site.program("root") as root, site.program("nick") as nick:
        made = await norman.post(f"{R}/customer", json={"name": "Whose"})
        operation = made.headers["operation-id"]
        assert (await found(root, operation, all="yes"))["actor"]["name"]
        assert operation not in [o["id"] for o in (await root.get(P)).json()["operations"]]
        assert operation not in [o["id"] for o in (await nick.get(P)).json()["operations"]]
        assert (await nick.get(P, params={"all": "yes"})).status_code == 403
        assert (await nick.get(f"{P}/{operation}")).status_code == 404
        everything = (await root.get(P, params={"all": "yes", "limit": "200"})).json()["operations"]
        assert "setup" not in {o["kind"] for o in everything}


async def test_names_of_people_who_are_not_seen_are_not_told(site: Site) -> None:
    async with site.program("root") as root, site.program("sue") as sue:
        held = [r["id"] for r in (await root.get(f"{R}/user/{site.users['acme', 'sue']}")).json()["roles"]]
        made = await root.post(f"{R}/customer", json={"name": "By root"})
        for permissions, fields in (
            ({"user": {"read": "none"}}, {}),
            ({"user": {"read": "all"}}, {"user": {"name": "hidden"}}),
            ({"user": {"read": {"filter": ["login", "=", "sue"]}}}, {}),
        ):
            values = {
                "name": f"Undoes all {fields or permissions}", "capabilities": ["operations.undo_any"],
                "permissions": {"customer": {"read": "all", "create": "all"}, "department": {"read": "all"}, **permissions},
                "fields": fields,
            }  # fmt: skip
            role = (await root.post(f"{R}/role", json=values)).json()["id"]
            await root.patch(f"{R}/user/{site.users['acme', 'sue']}", json={"roles": [role]})
            seen = await found(sue, made.headers["operation-id"], all="yes", limit="200")
            assert seen["actor"] == {"id": site.users["acme", "root"], "name": None, "masked": True}
        own = await sue.post(f"{R}/customer", json={"name": "By sue"})
        mine = await found(sue, own.headers["operation-id"])
        assert mine["actor"] == {"id": site.users["acme", "sue"], "name": "Sue"}
        await root.patch(f"{R}/user/{site.users['acme', 'sue']}", json={"roles": held})


async def test_what_cannot_be_undone_says_so(site: Site) -> None:
    async with site.program("root") as client:
        changed = await client.patch("/api/v1/settings", json={"session_hours": 101})
        listed = await found(client, changed.headers["operation-id"])
        assert (listed["kind"], listed["changes"], listed["can_undo"]) == ("settings", [], False)
        await client.patch("/api/v1/settings", json={"session_hours": None})
        field = {"key": "listed", "type": "text", "label": "Listed"}
        added = await client.post("/api/v1/objects/customer/fields", json=field)
        listed = await found(client, added.headers["operation-id"])
        assert (listed["kind"], listed["changes"], listed["can_undo"]) == ("add_field", [], False)
        assert listed["about"] == {"object": "customer", "field": "x_listed"}
        assert (await client.delete("/api/v1/objects/customer/fields/x_listed")).status_code == 200


@pytest.mark.parametrize("everybodys", ["no", "yes"])
async def test_pages(site: Site, everybodys: str) -> None:
    async with site.program("root") as client:
        made = [
            (await client.post(f"{R}/customer", json={"name": f"Page {everybodys} {n}"})).headers[
                "operation-id"
            ]
            for n in range(5)
        ]
        seen: list[str] = []
        cursor: str | None = None
        while len(seen) < 5:
            query = {"all": everybodys, "limit": "2", **({"cursor": cursor} if cursor else {})}
            page = (await client.get(P, params=query)).json()
            seen += [o["id"] for o in page["operations"]]
            cursor = page["next_cursor"]
            assert cursor is not None
        assert seen[:5] == made[::-1]
        assert (await client.get(P, params={"cursor": "x"})).status_code == 400


async def test_history_says_what_can_be_undone(site: Site) -> None:
    """The last change, by who made it and by administrators; earlier ones only where they changed other records too."""
    async with site.program("norman") as client, site.program("root") as root:
        _, (one, other) = await bulk(
            client, "customer", creates=[{"values": {"name": "H1"}}, {"values": {"name": "H2"}}]
        )
        changed = await client.patch(f"{R}/customer/{one}", json={"name": "H1b"})
        await client.patch(f"{R}/customer/{other}", json={"name": "H2b"})
        await client.patch(f"{R}/customer/{other}", json={"name": "H2c"})

        async def told(who: httpx.AsyncClient, record: str) -> list[tuple[bool, bool]]:
            entries = (await who.get(f"{R}/customer/{record}/history")).json()["entries"]
            assert all(e["operation"] for e in entries)
            return [(e["can_undo"], e["undone"]) for e in entries]

        assert await told(client, one) == await told(root, one) == [(True, False), (True, False)]
        assert await told(client, other) == [(True, False), (False, False), (True, False)]
        assert (await client.post(f"{P}/{changed.headers['operation-id']}/undo")).status_code == 200
        assert await told(client, one) == [(True, False), (False, True), (True, False)]
        await root.patch(f"{R}/customer/{one}", json={"name": "H1c"})
        assert (await told(client, one))[0] == (False, False)


async def test_what_was_undone_does_not_hold_up_what_came_before(site: Site) -> None:
    """An edit, another that is undone: then the first can be, by the list, the history and the undo itself."""
    async with site.program("norman") as client:
        _, (record, _) = await bulk(
            client, "customer", creates=[{"values": {"name": "S1"}}, {"values": {"name": "S2"}}]
        )
        place = f"{R}/customer/{record}"

        async def edit(**values: Any) -> str:
            return (await client.patch(place, json=values)).headers["operation-id"]

        async def undo(operation: str) -> dict[str, Any]:
            return dict((await client.post(f"{P}/{operation}/undo")).json())

        async def told() -> list[tuple[bool, bool]]:
            entries = (await client.get(f"{place}/history")).json()["entries"]
            return [(e["can_undo"], e["undone"]) for e in entries]

        first = await edit(name="S1b", remark="first")
        second = await edit(name="S1c")
        assert (await client.get(f"{P}/{first}")).json()["stays"] == [{"object": "customer", "count": 1}]
        assert (await undo(second))["undone"] == 1
        assert (await client.get(f"{P}/{first}")).json()["stays"] == []
        assert await told() == [(True, False), (False, True), (True, False), (True, False)]
        back = await undo(first)
        assert (back["undone"], back["changed"]) == (1, [])
        now = (await client.get(place)).json()
        assert (now["name"], now["remark"]) == ("S1", None)
        # and both back again
        assert (await undo(back["operation"]))["undone"] == 1
        assert (await client.get(place)).json()["name"] == "S1b"
        third = await edit(name="S1d")
        assert (await undo(first))["changed"] == [{"object": "customer", "id": record}]
        assert (await undo(third))["undone"] == 1
        assert (await undo(first))["undone"] == 1
        assert (await client.get(place)).json()["name"] == "S1"
