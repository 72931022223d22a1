"""Requests with an Idempotency-Key are done once, however often and at whatever moment they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
import httpx
import pytest

from api_site import Site
from keyuan.storage.pool import LIMITS, autocommit

pytestmark = pytest.mark.anyio

R, O = "/api/v1/records", "/api/v1/objects"  # noqa: E741


async def count(client: httpx.AsyncClient, name: str) -> int:
    figures = {"measures": [["count"]], "filter": ["name", "=", name]}
    answer = await client.post(f"{R}/customer/aggregate", json=figures)
    return int(answer.json()["rows"][0]["count"])


async def test_a_repeated_request_gets_the_same_answer(site: Site) -> None:
    async with site.program("norman") as client:
        key = {"Idempotency-Key": "k1"}
        first = await client.post(f"{R}/customer", json={"name": "Once"}, headers=key)
        second = await client.post(f"{R}/customer", json={"name": "Once"}, headers=key)
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.content == second.content
        assert "idempotent-replayed" not in first.headers
        assert second.headers["idempotent-replayed"] == "true"
        for name in ("operation-id", "etag", "location"):
            assert first.headers[name] == second.headers[name]
        assert await count(client, "Once") == 1


async def test_a_key_stands_for_one_request(site: Site) -> None:
    async with site.program("norman") as client, site.program("sue") as sue:
        key = {"Idempotency-Key": "k2"}
        assert (await client.post(f"{R}/customer", json={"name": "A"}, headers=key)).status_code == 201
        for path, body in ((f"{R}/customer", {"name": "B"}), (f"{R}/contact", {"name": "A"})):
            other = await client.post(path, json=body, headers=key)
            assert (other.status_code, other.json()["type"]) == (422, "urn:keyuan:problem:idempotency_reused")
        # another person's key of the same words is another key
        assert (await sue.post(f"{R}/customer", json={"name": "C"}, headers=key)).status_code == 201


async def test_at_the_same_moment(site: Site) -> None:
    answers: list[httpx.Response] = []

    async def one(client: httpx.AsyncClient) -> None:
        answers.append(
            await client.post(f"{R}/customer", json={"name": "Racing"}, headers={"Idempotency-Key": "race"})
        )

    async with site.program("norman") as client:
        async with anyio.create_task_group() as group:
            for _ in range(12):
                group.start_soon(one, client)
        assert [a.status_code for a in answers] == [201] * 12
        assert len({a.content for a in answers}) == 1
        assert sum("idempotent-replayed" not in a.headers for a in answers) == 1
        assert await count(client, "Racing") == 1


async def test_a_refused_request_may_come_again(site: Site) -> None:
    async with site.program("norman") as client:
        key = {"Idempotency-Key": "k3"}
        assert (await client.post(f"{R}/customer", json={"name": ""}, headers=key)).status_code == 422
        assert (await client.post(f"{R}/customer", json={"name": "Now"}, headers=key)).status_code == 201


async def test_every_kind_of_write(site: Site) -> None:
    async with site.program("root") as client:
        record = (await client.post(f"{R}/customer", json={"name": "Every"})).json()
        place = f"{R}/customer/{record['id']}"
        calls: list[tuple[str, str, Any]] = [
            ("PATCH", place, {"name": "Every 2"}),
            ("PUT", f"{R}/customer/by/external_code/E1", {"name": "Upserted"}),
            ("POST", f"{R}/customer/bulk", {"updates": [{"id": record["id"], "values": {"staff": 3}}]}),
            ("DELETE", place, None),
            ("POST", f"{place}/restore", None),
            ("DELETE", place, None),
            ("POST", f"{place}/purge", None),
            ("POST", "/api/v1/objects", {"label": {"zh": "样品", "en": "Sample"}, "fields": []}),
            ("PATCH", "/api/v1/settings", {"fiscal_year_start": 4}),
        ]
        for number, (method, path, body) in enumerate(calls):
            more: dict[str, Any] = {"headers": {"Idempotency-Key": f"every {number}"}}
            if body is not None:
                more["json"] = body
            first = await client.request(method, path, **more)
            assert first.status_code < 300, f"{method} {path}: {first.text}"
            second = await client.request(method, path, **more)
            assert (second.status_code, second.content) == (first.status_code, first.content)
            assert second.headers["idempotent-replayed"] == "true"
        keys = [o["key"] for o in (await client.get("/api/v1/objects")).json()["objects"] if o["custom"]]
        assert len(keys) == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "k\u00e9"])
async def test_keys_that_are_none(site: Site, key: str) -> None:
    async with site.program("norman") as client:
        headers = [(b"Idempotency-Key", key.encode())]
        answer = await client.post(f"{R}/customer", json={"name": "x"}, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:keyuan:problem:idempotency_key")


@asynccontextmanager
async def impatient(site: Site) -> AsyncIterator[None]:
    """Transactions of the pool that keys are taken with may stand still for a tenth of a second."""

    async def allow(milliseconds: int) -> None:
        async with AsyncExitStack() as stack:
            for _ in range(site.runtime.side_pool.max_size):
                connection = await stack.enter_async_context(site.runtime.side_pool.connection())
                await connection.execute(f"set idle_in_transaction_session_timeout = {milliseconds}".encode())

    await allow(100)
    try:
        yield
    finally:
        await allow(LIMITS["web"].idle_in_transaction)


async def test_a_change_of_definitions_may_take_longer_than_transactions_may_stand_still(site: Site) -> None:
    """It waits for those who work with the tables, while the transaction that has taken the key does nothing."""
    asked = {
        "json": {"key": "patient", "type": "text", "label": "Patient"},
        "headers": {"Idempotency-Key": "p"},
    }
    async with (
        impatient(site),
        site.program("root") as client,
        site.runtime.pool.connection() as holder,
        asyncio.TaskGroup() as group,
    ):
        await holder.execute("lock table org_acme.customer in access share mode")
        adding = group.create_task(client.post(f"{O}/customer/fields", **asked))
        await holder.execute("select pg_sleep(0.5)")  # what is tested is that time passes
        assert not adding.done()
        await holder.rollback()
        added = await adding
        assert added.status_code == 201, added.text
        again = await client.post(f"{O}/customer/fields", **asked)
        assert (again.status_code, again.headers.get("idempotent-replayed")) == (201, "true")


async def test_changes_of_definitions_with_keys_leave_numbers_to_others(site: Site) -> None:
    """Several at once wait for those who make records, and these need a connection for their numbers."""
    size = site.runtime.side_pool.max_size + 1
    async with (
        site.program("root") as client,
        site.runtime.pool.connection() as holder,
        asyncio.TaskGroup() as group,
    ):
        await holder.execute("lock table org_acme.contact in access share mode")
        changes = [
            group.create_task(
                client.post(
                    f"{O}/contact/fields",
                    json={"key": f"busy{n}", "type": "text", "label": f"Busy {n}"},
                    headers={"Idempotency-Key": f"busy {n}"},
                )
            )
            for n in range(size)
        ]
        waiting = (
            "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        async with autocommit(site.runtime.pool) as watcher:
            while not await (await watcher.execute(waiting.encode())).fetchall():
                await asyncio.sleep(0)
        for _ in range(5):  # time for the others to come as far
            await client.get(f"{R}/customer")
        async with site.runtime.side_pool.connection(timeout=5):  # what a number is taken with
            assert not any(change.done() for change in changes)
        await holder.rollback()
        assert [(await change).status_code for change in changes] == [201] * size
