"""Amounts of money as people send them: what they are worth is worked out here."""

from __future__ import annotations

from typing import Any

import pytest

from api_site import Site

pytestmark = pytest.mark.anyio

R = "/api/v1/records/customer"


async def test_nobody_makes_up_what_an_amount_is_worth(site: Site) -> None:
    async with site.program("norman") as client:
        made_up = {"amount": "1", "currency": "ZZZ", "base": "999999999", "rate_date": "2026-01-01"}
        answer = await client.post(R, json={"name": "Rich", "revenue": made_up})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no_rate")
        answer = await client.post(R, json={"name": "Rich", "revenue": {**made_up, "currency": "CNY"}})
        assert answer.json()["revenue"] | {"rate_date": ""} == {
            "amount": "1.00", "currency": "CNY", "base": "1.00", "rate_date": "",
        }  # fmt: skip


async def test_an_amount_sent_back_as_it_was_shown_is_no_change(site: Site) -> None:
    async with site.program("norman") as client:
        made = await client.post(R, json={"name": "Same", "revenue": "12.5"})
        shown: dict[str, Any] = made.json()["revenue"]
        for sent in (shown, {**shown, "base": "77"}, {**shown, "amount": 12.5}):
            answer = await client.patch(made.headers["location"], json={"revenue": sent})
            assert (answer.status_code, answer.json()["version"]) == (200, 1)
            assert answer.json()["revenue"] == shown


@pytest.mark.parametrize("day", ["2026-02-30", "soon", 7])
async def test_days_of_rates_that_are_not(site: Site, day: Any) -> None:
    """They count as little as what an amount is said to be worth."""
    async with site.program("norman") as client:
        sent = {"amount": "1", "currency": "CNY", "rate_date": day}
        answer = await client.post(R, json={"name": "Dated", "revenue": sent})
        assert answer.status_code == 201, answer.text
        assert answer.json()["revenue"]["rate_date"] > "2026-02"
