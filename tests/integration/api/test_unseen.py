"""What those who may undo everybody's operations are told of records that they may not see: nothing but that there are
some."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from api_site import Site

pytestmark = pytest.mark.anyio

R, P = "/api/v1/records", "/api/v1/operations"
ALL = {"read": "all", "create": "all", "edit": "all", "delete": "all"}


@asynccontextmanager
async def undoer(
    site: Site, customers: Mapping[str, Any], fields: Mapping[str, Any] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """Sue, who may undo everything and otherwise do this to customers."""
    permissions = {"customer": customers, "user": {"read": "all"}}
    role = {"capabilities": ["operations.undo_any"], "permissions": permissions, "fields": fields or {}}
    async with site.holding("sue", **role) as sue:
        yield sue


async def bulk(client: httpx.AsyncClient, object_key: str = "customer", **body: Any) -> tuple[str, list[str]]:
    """A bulk write: the operation and the ids."""
    answer = await client.post(f"{R}/{object_key}/bulk", json=body)
    assert answer.status_code == 200, answer.text
    return answer.headers["operation-id"], [r["id"] for r in answer.json()["results"]]


async def made(client: httpx.AsyncClient, prefix: str) -> tuple[str, list[str]]:
    """Three customers of which the last is nobody's business."""
    names = ("open 1", "open 2", "secret")
    return await bulk(client, creates=[{"values": {"name": f"{prefix} {n}"}} for n in names])


async def listed(client: httpx.AsyncClient, operation: str) -> dict[str, Any]:
    answer = await client.get(P, params={"all": "yes", "limit": "200"})
    assert answer.status_code == 200, answer.text
    (one,) = [o for o in answer.json()["operations"] if o["id"] == operation]
    return dict(one)


OPEN = {"filter": ["not", ["name", "contains", "secret"]]}


async def test_operations_count_what_the_caller_may_read(site: Site) -> None:
    async with (
        site.program("root") as root,
        undoer(site, {"read": OPEN, "edit": "all", "delete": "all"}) as sue,
    ):
        operation, ids = await made(root, "A")
        alone, _ = await bulk(root, creates=[{"values": {"name": "A secret"}}])
        for record in ids[1:]:
            await root.patch(f"{R}/customer/{record}", json={"phone": "13800138000"})
        seen = await listed(sue, operation)
        assert seen["changes"] == [{"object": "customer", "kind": "create", "count": 2, "record": None}]
        assert (seen["others"], seen["can_undo"]) == (True, True)
        whole = (await sue.get(f"{P}/{operation}")).json()
        assert whole == {**seen, "stays": [{"object": "customer", "count": 1}]}
        unseen = await listed(sue, alone)
        assert (unseen["changes"], unseen["others"], unseen["can_undo"]) == ([], True, False)
        full = await listed(root, operation)
        assert (full["changes"][0]["count"], full["others"]) == (3, False)
        # what nobody can see any more either
        await root.delete(f"{R}/customer/{ids[1]}")
        assert (await root.post(f"{R}/customer/{ids[1]}/purge")).status_code == 204
        seen = await listed(sue, operation)
        assert seen["changes"] == [{"object": "customer", "kind": "create", "count": 1, "record": ids[0]}]
        assert (await sue.get(f"{P}/{operation}")).json()["stays"] == []


async def test_ones_own_operations_count_what_was_removed_for_good(site: Site) -> None:
    async with site.program("root") as root, site.program("norman") as norman:
        operation, ids = await made(norman, "B")
        await root.delete(f"{R}/customer/{ids[1]}")
        assert (await root.post(f"{R}/customer/{ids[1]}/purge")).status_code == 204
        whole = (await norman.get(f"{P}/{operation}")).json()
        assert (whole["changes"][0]["count"], whole["others"]) == (3, False)
        assert whole["stays"] == [{"object": "customer", "count": 1}]
        undone = (await norman.post(f"{P}/{operation}/undo")).json()
        assert (undone["undone"], undone["others"]) == (2, False)
        assert undone["changed"] == [{"object": "customer", "id": ids[1]}]


async def test_an_undo_reports_what_the_caller_may_read(site: Site) -> None:
    """Of records that stay as they are, whether they were changed since or may not be edited."""
    edits = {"filter": ["name", "contains", "1"]}
    async with site.program("root") as root, undoer(site, {"read": OPEN, "edit": edits}) as sue:
        _, ids = await made(root, "C")
        operation, _ = await bulk(root, updates=[{"id": i, "values": {"remark": "x"}} for i in ids])
        undone = (await sue.post(f"{P}/{operation}/undo")).json()
        assert (undone["undone"], undone["changed"]) == (1, [])
        assert undone["forbidden"] == [{"object": "customer", "id": ids[1]}]
        assert undone["others"] is True
        _, ids = await made(root, "D")
        operation, _ = await bulk(root, updates=[{"id": i, "values": {"remark": "x"}} for i in ids])
        await bulk(root, updates=[{"id": i, "values": {"remark": "y"}} for i in ids[1:]])
        undone = (await sue.post(f"{P}/{operation}/undo")).json()
        assert (undone["undone"], undone["forbidden"]) == (1, [])
        assert (undone["changed"], undone["others"]) == ([{"object": "customer", "id": ids[1]}], True)


async def test_operations_do_not_tell_when_and_who_where_that_is_hidden(site: Site) -> None:
    async with site.program("root") as root:
        operation, _ = await made(root, "E")
        for stamp in ("created_at", "created_by"):
            async with undoer(site, ALL, {"customer": {stamp: "hidden"}}) as sue:
                seen = await listed(sue, operation)
                assert (seen["changes"], seen["others"], seen["can_undo"]) == ([], True, False)
                own, _ = await made(sue, "F")
                assert (await listed(sue, own))["changes"][0]["count"] == 3


async def test_a_history_without_times_has_no_operations(site: Site) -> None:
    """Their ids hold the time; what cannot be named cannot be undone from there either."""
    async with site.program("root") as root:
        _, ids = await made(root, "G")
        place = f"{R}/customer/{ids[0]}"
        assert (await root.patch(place, json={"remark": "later"})).status_code == 200
        for level in ("hidden", "masked"):
            for stamp, without in (("updated_at", "update"), ("created_at", "create")):
                async with undoer(site, ALL, {"customer": {stamp: level}}) as sue:
                    for path in ("history", "timeline"):
                        entries = (await sue.get(f"{place}/{path}")).json()["entries"]
                        told = {e["kind"]: e for e in entries}
                        if path == "timeline":
                            assert without not in told
                            continue
                        one, other = told.pop(without), *told.values()
                        assert (one["at"], one["operation"], one["can_undo"]) == (None, None, False)
                        assert other["at"]
                        assert other["operation"]
