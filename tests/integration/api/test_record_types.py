"""Record types: what they leave out of forms, and what they require of their records."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api_site import Site

pytestmark = pytest.mark.anyio

R, O = "/api/v1/records", "/api/v1/objects"  # noqa: E741


async def machines(client: httpx.AsyncClient, name: str) -> str:
    """An object with machines that are rented out until a day, and others."""
    body = {
        "label": name,
        "fields": [
            {"key": "until", "type": "date", "label": "Until"},
            {"key": "price", "type": "decimal", "label": "Price"},
        ],
        "record_types": [
            {"value": "own", "label": "Own", "without": ["until"]},
            {"value": "rented", "label": "Rented", "required": ["until"]},
        ],
    }
    answer = await client.post(O, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["key"]


def required(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(e["field"], e["code"]) for e in answer.json()["errors"]]


async def test_a_type_requires_fields_of_its_records(site: Site) -> None:
    async with site.program("root") as client:
        path = f"{R}/{await machines(client, 'Rentals')}"
        assert (await client.post(path, json={"name": "a"})).status_code == 201, "it is an own one"
        assert required(await client.post(path, json={"name": "b", "record_type": "rented"})) == [
            ("x_until", "required")
        ]
        for none in (None, ""):
            untold = await client.post(path, json={"name": "a", "record_type": none})
            assert (untold.status_code, untold.json()["record_type"]) == (201, "own"), "it is as left out"
        full = {"name": "b", "record_type": "rented", "x_until": "2026-12-31"}
        made = await client.post(path, json=full)
        assert made.status_code == 201
        rented = f"{path}/{made.json()['id']}"
        assert required(await client.patch(rented, json={"x_until": None})) == [("x_until", "required")]
        assert (await client.patch(rented, json={"name": "c"})).status_code == 200
        assert (await client.patch(rented, json={"record_type": "own", "x_until": None})).status_code == 200
        assert required(await client.patch(rented, json={"record_type": "rented"})) == [
            ("x_until", "required")
        ]
        assert (
            await client.patch(rented, json={"record_type": "rented", "x_until": "2027-01-01"})
        ).status_code == 200
        many = {"creates": [{"values": full}, {"values": {"name": "d", "record_type": "rented"}}]}
        assert required(await client.post(f"{path}/bulk", json=many)) == [("creates.1.x_until", "required")]


async def test_what_it_requires_later_holds_for_what_is_written_then(site: Site) -> None:
    async with site.program("root") as client:
        key = await machines(client, "Later")
        made = await client.post(f"{R}/{key}", json={"name": "a"})
        place = f"{R}/{key}/{made.json()['id']}"
        types = (await client.get(f"{O}/{key}")).json()["record_types"]
        types[0] |= {"required": ["x_price"], "without": []}
        changed = await client.patch(f"{O}/{key}", json={"record_types": types})
        assert changed.status_code == 200, changed.text
        assert (await client.patch(place, json={"name": "b"})).status_code == 200
        assert required(await client.post(f"{R}/{key}", json={"name": "c"})) == [("x_price", "required")]
        gone = await client.delete(f"{O}/{key}/fields/x_price")
        assert gone.status_code == 200, gone.text
        assert (await client.post(f"{R}/{key}", json={"name": "c"})).status_code == 201


async def test_definitions_tell_and_check_them(site: Site) -> None:
    async with site.program("root") as client:
        key = await machines(client, "Told")
        told = (await client.get(f"{O}/{key}")).json()
        assert [(t["value"], t["without"], t["required"]) for t in told["record_types"]] == [
            ("own", ["x_until"], []),
            ("rented", [], ["x_until"]),
        ]
        assert told["sections"][0]["fields"][:2] == ["name", "record_type"]
        for wrong, code in (
            ({"required": ["x_no"]}, "def_unknown_field"),
            ({"without": ["name"]}, "def_needed_field"),
        ):
            kind: dict[str, Any] = {"value": "own", "label": "Own", **wrong}
            refused = await client.patch(f"{O}/{key}", json={"record_types": [kind]})
            assert refused.status_code == 422
            (error,) = refused.json()["errors"]
            assert (error["field"], error["code"]) == (f"record_types.0.{next(iter(wrong))}", code)
        customer = (await client.get(f"{O}/customer")).json()
        person = next(t for t in customer["record_types"] if t["value"] == "person")
        assert "credit_code" in person["without"]
        types = [
            {**t, "required": ["phone"]} if t["value"] == "person" else t for t in customer["record_types"]
        ]
        changed = await client.patch(f"{O}/customer", json={"record_types": types})
        assert changed.status_code == 200, changed.text
        person = {"name": "张三", "record_type": "person"}
        assert required(await client.post(f"{R}/customer", json=person)) == [("phone", "required")]
        assert (await client.post(f"{R}/customer", json={"name": "公司"})).status_code == 201
        back = await client.patch(f"{O}/customer", json={"record_types": customer["record_types"]})
        assert back.status_code == 200
        assert (await client.post(f"{R}/customer", json=person)).status_code == 201
