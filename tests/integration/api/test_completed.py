"""What the product finds out of a record that is referred to, such as the customer of a deal: it stands where the caller may
not see what it names, and comes only out of fields that the caller may read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from api_site import Site
from keyuan.kernel.ids import new_id

pytestmark = pytest.mark.anyio

R = "/api/v1/records"
OWN = {"read": "own", "create": "own", "edit": "own", "delete": "own"}
STAGES = {"pipeline": {"read": "all"}, "stage": {"read": "all"}}


@asynccontextmanager
async def limited(
    site: Site, permissions: Mapping[str, Any], fields: Mapping[str, Any] | None = None
) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """An administrator, and Sue with nothing but such a role."""
    async with (
        site.program("root") as root,
        site.holding("sue", permissions=permissions, fields=fields or {}) as sue,
    ):
        yield root, sue


async def made(client: httpx.AsyncClient, object_key: str, **values: Any) -> str:
    answer = await client.post(f"{R}/{object_key}", json=values)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_work_is_noted_on_what_is_shared_without_its_customer(site: Site) -> None:
    async with limited(site, {"*": OWN, "user": {"read": "all"}, **STAGES}) as (root, sue):
        customer = await made(root, "customer", name="Unseen")
        deal = await made(root, "opportunity", name="Shared", customer=customer)
        person = await made(root, "contact", name="Shared", customer=customer)
        me = site.users["acme", "sue"]
        for place in (f"{R}/opportunity/{deal}", f"{R}/contact/{person}"):
            grant = {"grantee_kind": "user", "grantee": me, "level": "edit"}
            assert (await root.post(f"{place}/grants", json=grant)).status_code == 201
        assert (await sue.get(f"{R}/customer/{customer}")).status_code == 404
        works = {"activity": {"method": "phone", "content": "x"}, "task": {"name": "x"}}
        abouts = ({"opportunity": deal}, {"contact": person}, {"about": {"object": "contact", "id": person}})
        for key, values in works.items():
            for about in abouts:
                drafted = (await sue.post(f"{R}/{key}/draft", json={**values, **about})).json()["values"]
                # what the draft says can be sent: the rest comes by itself
                answer = await sue.post(f"{R}/{key}", json={**values, **about, **drafted})
                assert answer.status_code == 201, answer.text
                assert answer.json()["customer"] == {"id": customer, "name": None, "masked": True}
                whole = (await root.get(f"{R}/{key}/{answer.json()['id']}")).json()
                assert whole["customer"]["name"] == "Unseen"
                # who names the customer must see it, also beside one for whom the product does
                named = {**values, **about, "customer": customer}
                refused = await sue.post(f"{R}/{key}", json=named)
                assert [(e["field"], e["code"]) for e in refused.json()["errors"]] == [
                    ("customer", "reference")
                ]
                rows = [{"values": named}, {"values": {**values, **about}}]
                both = (await sue.post(f"{R}/{key}/bulk", json={"creates": rows, "atomic": False})).json()
                assert [bool(r.get("errors") or r.get("error")) for r in both["results"]] == [True, False], (
                    both
                )


async def test_what_is_masked_of_a_record_is_not_completed_from_it(site: Site) -> None:
    everything = {"*": {"read": "all", "create": "all", "edit": "all"}}
    for level in ("hidden", "masked"):
        fields = {
            "contact": {"customer": level},
            "product": {"price": level},
            "stage": {"probability": level},
        }
        async with limited(site, everything, fields) as (root, sue):
            customer = await made(root, "customer", name="Employer")
            person = await made(root, "contact", name="Employed", customer=customer)
            for key, values in (("activity", {"content": "x"}), ("task", {"name": "x"})):
                drafted = await sue.post(f"{R}/{key}/draft", json={**values, "contact": person})
                assert customer not in drafted.text
                whole = await root.get(f"{R}/{key}/{await made(sue, key, **values, contact=person)}")
                assert whole.json()["customer"] is None
                whole = await root.get(f"{R}/{key}/{await made(root, key, **values, contact=person)}")
                assert whole.json()["customer"]["id"] == customer
            product = await made(root, "product", name="Thing", price="12.50")
            deal = await made(sue, "opportunity", name="Deal", lines=[{"product": product}])
            (line,) = (await root.get(f"{R}/opportunity/{deal}")).json()["lines"]
            assert (line["name"], line["price"]) == ("Thing", None)
            stages = (await root.get(f'{R}/stage?filter=["probability",">","0"]')).json()["records"]
            stage = next(s["id"] for s in stages if s["kind"] == "open")
            drafted = (await sue.post(f"{R}/opportunity/draft", json={"stage": stage})).json()["values"]
            assert "probability" not in drafted
            drafted = (await root.post(f"{R}/opportunity/draft", json={"stage": stage})).json()["values"]
            assert float(drafted["probability"]) > 0


async def test_the_pipeline_of_a_stage_is_told_only_to_who_may_read_it(site: Site) -> None:
    everything = {"*": {"read": "all", "create": "all", "edit": "all"}}
    async with limited(site, everything, {"stage": {"pipeline": "masked"}}) as (root, sue):
        stages = [{"name": "First", "position": 1}]
        pipeline = await made(root, "pipeline", name="Another", stages=stages)
        wanted = f'["pipeline","=","{pipeline}"]'
        (stage,) = (await root.get(f"{R}/stage", params={"filter": wanted})).json()["records"]
        deal = {"name": "Deal", "stage": stage["id"]}
        assert pipeline not in str((await sue.post(f"{R}/opportunity/draft", json=deal)).json()["values"])
        refused = await sue.post(f"{R}/opportunity", json=deal)
        assert [(e["field"], e["code"]) for e in refused.json()["errors"]] == [("pipeline", "required")]
        await made(sue, "opportunity", **deal, pipeline=pipeline)
        whole = (await root.get(f"{R}/opportunity/{await made(root, 'opportunity', **deal)}")).json()
        assert whole["pipeline"]["id"] == pipeline


async def test_one_names_oneself_as_owner(site: Site) -> None:
    """Without a right to look at people; so what a draft says can be sent."""
    async with limited(site, {"customer": {"read": "all", "create": "own", "edit": "all"}}) as (root, sue):
        me = site.users["acme", "sue"]
        drafted = (await sue.post(f"{R}/customer/draft", json={})).json()["values"]
        assert drafted["owner"] == me
        own = await made(sue, "customer", **drafted, name="Drafted")
        whole = (await root.get(f"{R}/customer/{own}")).json()
        department = (await root.get(f"{R}/user/{me}")).json()["department"]
        assert (whole["owner"]["id"], whole["owner_department"]) == (me, department)
        theirs = await made(root, "customer", name="Another's")
        taken = await sue.patch(f"{R}/customer/{theirs}", json={"owner": me})
        assert taken.status_code == 200, taken.text
        for other in (site.users["acme", "norman"], new_id()):
            refused = await sue.post(f"{R}/customer", json={"name": "x", "owner": other})
            assert [(e["field"], e["code"]) for e in refused.json()["errors"]] == [("owner", "reference")]
