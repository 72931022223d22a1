"""Lists and single records through HTTP, session and permission, against an endpoint that runs the same statement bare."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from keyuan.query.requests import ListQuery
from keyuan.records import read
from keyuan.storage.pool import autocommit

from .capture import Recording, jsonable
from .result import Row
from .serving import api_key, compare
from .world import World

FIELDS = (
    "name",
    "customer",
    "stage",
    "amount",
    "probability",
    "expected_close",
    "owner",
    "outcome",
    "created_at",
)
FILTER: list[Any] = ["and", ["outcome", "=", "open"], ["amount", ">", "500000"]]


async def _statements(world: World) -> tuple[dict[str, Any], dict[str, Any], str]:
    query = ListQuery(filter=FILTER, sort=("-amount",), fields=FIELDS, limit=50)
    async with autocommit(world.runtime.pool) as connection:
        recording = Recording(connection)
        page = await read.list_records(
            recording.as_connection, world.organisation, world.manager, "opportunity", query
        )
        record = json.loads(page.body)[0]["id"]
        await read.get_record(
            recording.as_connection, world.organisation, world.manager, "opportunity", record
        )
    listing, single = recording.statements
    return jsonable(listing), jsonable(single), record


async def prepare(world: World) -> tuple[list[tuple[str, str, float, dict[str, Any]]], str]:
    """The rows to compare, and the key to ask with."""
    listing, single, record = await _statements(world)
    path = (
        f"/api/v1/records/opportunity?limit=50&sort=-amount&fields={','.join(FIELDS)}"
        f"&filter={quote(json.dumps(FILTER, separators=(',', ':')))}"
    )
    key = await api_key(world)
    return [
        ("list, 50 of a million", path, 0.6, listing),
        ("read one record", f"/api/v1/records/opportunity/{record}", 0.65, single),
    ], key


def measure(world: World, rows: list[tuple[str, str, float, dict[str, Any]]], key: str) -> Iterator[Row]:
    """The two rows."""
    return compare(world, rows, key)
