"""Undo when something else has changed meanwhile: the definitions, or what a record belongs to."""

from __future__ import annotations

import pytest

from api_site import Site

pytestmark = pytest.mark.anyio

R, O = "/api/v1/records", "/api/v1/objects"  # noqa: E741


async def test_fields_that_were_out_of_use_keep_their_values(site: Site) -> None:
    """Only what the operation changed goes back: its image of a field not there at the time is empty."""
    async with site.program("root") as client:
        field = {"key": "size", "type": "text", "label": "Size"}
        assert (await client.post(f"{O}/customer/fields", json=field)).status_code == 201
        made = await client.post(f"{R}/customer", json={"name": "A", "x_size": "7"})
        place = made.headers["location"]
        assert (await client.delete(f"{O}/customer/fields/x_size")).status_code == 200
        changed = await client.patch(place, json={"name": "B"})
        assert (await client.post(f"{O}/customer/fields/x_size/restore")).status_code == 200
        undone = await client.post(f"/api/v1/operations/{changed.headers['operation-id']}/undo")
        assert undone.json()["undone"] == 1
        read = (await client.get(place)).json()
        assert (read["name"], read["x_size"]) == ("A", "7")


async def test_lines_whose_record_was_deleted_are_told_of(site: Site) -> None:
    """Lines cannot come back where their record is gone; that is reported, and the rest goes back."""
    line = {"name": "L", "price": "1", "quantity": "1"}
    async with site.program("norman") as client:
        made = await client.post(f"{R}/opportunity", json={"name": "A", "lines": [line]})
        place, lost = made.headers["location"], made.json()["lines"][0]["id"]
        body = {
            "updates": [{"id": made.json()["id"], "values": {"name": "B", "lines": []}}],
            "creates": [{"values": {"name": "C"}}],
        }
        changed = await client.post(f"{R}/opportunity/bulk", json=body)
        assert (await client.delete(place)).status_code == 204
        undone = await client.post(f"/api/v1/operations/{changed.headers['operation-id']}/undo")
        assert undone.status_code == 200, undone.text
        assert undone.json()["undone"] == 2  # C, and its stay in a stage
        assert {r["id"] for r in undone.json()["changed"]} == {made.json()["id"], lost}
        made_along = changed.json()["results"][0]["id"]
        assert (await client.get(f"{R}/opportunity/{made_along}")).json()["deleted_at"] is not None


async def test_what_a_record_pointed_at_is_gone(site: Site) -> None:
    """A reference does not go back to what was deleted since; that is reported."""
    async with site.program("norman") as client:
        customer = await client.post(f"{R}/customer", json={"name": "A"})
        made = await client.post(f"{R}/contact", json={"name": "A", "customer": customer.json()["id"]})
        place = made.headers["location"]
        changed = await client.patch(place, json={"customer": None})
        assert (await client.delete(customer.headers["location"])).status_code == 204
        undone = await client.post(f"/api/v1/operations/{changed.headers['operation-id']}/undo")
        assert undone.status_code == 200, undone.text
        assert undone.json()["undone"] == 0
        assert [r["id"] for r in undone.json()["changed"]] == [made.json()["id"]]


async def test_what_cannot_be_undone_says_so(site: Site) -> None:
    async with site.program("root") as client:
        changed = await client.patch("/api/v1/settings", json={"session_hours": 100})
        assert changed.status_code == 200, changed.text
        undone = await client.post(f"/api/v1/operations/{changed.headers['operation-id']}/undo")
        assert (undone.status_code, undone.json()["type"]) == (409, "urn:keyuan:problem:undo_nothing")
        assert (await client.patch("/api/v1/settings", json={"session_hours": None})).status_code == 200


async def test_a_value_that_somebody_has_taken_since_holds_up_that_record_alone(site: Site) -> None:
    """What can goes back, also where unique values were swapped; the rest is told."""
    async with site.program("root") as client:
        made = [
            (await client.post(f"{R}/customer", json={"name": n, "external_code": f"U-{n}"})).json()["id"]
            for n in "ABCD"
        ]
        updates = [
            {"id": record, "values": {"external_code": f"V-{n}"}}
            for n, record in zip("ABC", made, strict=False)
        ]
        changed = await client.post(
            f"{R}/customer/bulk", json={"updates": updates, "deletes": [{"id": made[3]}]}
        )
        assert changed.status_code == 200, changed.text
        for code in ("U-B", "U-D"):
            assert (
                await client.post(f"{R}/customer", json={"name": "X", "external_code": code})
            ).status_code == 201
        undone = await client.post(f"/api/v1/operations/{changed.headers['operation-id']}/undo")
        assert undone.status_code == 200, undone.text
        assert undone.json()["undone"] == 2
        assert {r["id"] for r in undone.json()["changed"]} == {made[1], made[3]}
        codes = [(await client.get(f"{R}/customer/{record}")).json()["external_code"] for record in made[:3]]
        assert codes == ["U-A", "V-B", "U-C"]


async def test_what_another_made_is_taken_away_with_the_right_to_delete(site: Site) -> None:
    """Undoing somebody else's creation deletes the record; one's own may be taken back with the right to edit."""
    some = {"create": "all", "read": "all", "edit": "all", "delete": "none"}
    role = {"permissions": {"customer": some}, "capabilities": ["operations.undo_any"]}
    async with site.program("root") as root, site.holding("norman", **role) as keeper:
        theirs = await root.post(f"{R}/customer", json={"name": "Theirs"})
        mine = await keeper.post(f"{R}/customer", json={"name": "Mine"})
        assert (theirs.status_code, mine.status_code) == (201, 201), mine.text
        listed = (await keeper.get("/api/v1/operations")).json()["operations"]
        told = {o["id"]: o["can_undo"] for o in listed}
        assert told[mine.headers["operation-id"]]
        assert not told.get(theirs.headers["operation-id"], False)
        for answer, can in ((theirs, False), (mine, True)):
            history = (await keeper.get(f"{answer.headers['location']}/history")).json()
            assert [entry["can_undo"] for entry in history["entries"]] == [can]
        undone = await keeper.post(f"/api/v1/operations/{theirs.headers['operation-id']}/undo")
        assert (undone.status_code, undone.json()["undone"]) == (200, 0), undone.text
        assert [r["id"] for r in undone.json()["forbidden"]] == [theirs.json()["id"]]
        assert (await keeper.get(theirs.headers["location"])).json()["deleted_at"] is None
        undone = await keeper.post(f"/api/v1/operations/{mine.headers['operation-id']}/undo")
        assert undone.json()["undone"] == 1
        # what one's own undo took away oneself may bring back
        again = await keeper.post(f"/api/v1/operations/{undone.headers['operation-id']}/undo")
        assert (again.json()["undone"], again.json()["forbidden"]) == (1, [])
        assert (await keeper.get(mine.headers["location"])).json()["deleted_at"] is None
