"""What a client of the storm reads, and what must hold of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from storm_client import OPPORTUNITY, VISIT, Client, total
from storm_ledger import Values, Wrong, is_custom, plain
from storm_world import R

BASIC = (
    "name",
    "amount",
    "next_step",
    "outcome",
    "owner",
    "owner_department",
    "customer",
    "lines",
    "lines_amount",
)


async def own_list(client: Client) -> None:
    """The opportunities of this client alone, all of them and as they are; and their figures."""
    records = {m.id: m for m in client.live(OPPORTUNITY)}
    mine = ["next_step", "=", client.tag]
    told = await client.caller.get(
        f"{R}/{OPPORTUNITY}", filter=json.dumps(mine), fields=",".join(BASIC), limit=1000, count="exact"
    )
    rows = {row["id"]: row for row in told.body["records"]}
    if rows.keys() != records.keys() or told.body["count"] != len(rows):
        raise Wrong(
            f"{client.tag} has {sorted(records)}, was shown {sorted(rows)} of {told.body['count']} (its: {client.mine})"
        )
    for id_, row in rows.items():
        client.shown(OPPORTUNITY, told, row, records[id_].version)
        for key in ("name", "amount"):
            if plain(key, row[key]) != records[id_].values[key]:
                raise Wrong(f"{client.tag} wrote {records[id_]} and was shown {row}")
        if {line["name"] for line in row["lines"]} != records[id_].lines.keys():
            raise Wrong(f"{client.tag} has lines {records[id_]} and was shown {row}")
    body = {"measures": [["count"], ["sum", "amount"]], "filter": mine}
    figures = (await client.caller.ask(f"{R}/{OPPORTUNITY}/aggregate", body)).body["rows"]
    found = [(r["count"], Decimal(r["sum_amount"] or 0)) for r in figures]
    if found not in ([(len(records), total(list(records.values())))], []) or (records and not found):
        raise Wrong(f"{client.tag} has {len(records)} of {total(list(records.values()))}, was told {figures}")


async def wide_list(client: Client) -> None:
    """Opportunities that one may see, filtered and sorted, with fields that come and go."""
    least = client.chance.randrange(10**6)
    fields = client.ledger.fields
    keys = [k for k in fields.of(OPPORTUNITY) if is_custom(k) and client.chance.random() < 0.5]
    known = dict(client.ledger._versions)
    told = await client.caller.get(
        f"{R}/{OPPORTUNITY}",
        400,
        filter=json.dumps(["and", ["amount", ">=", least], ["outcome", "=", "open"]]),
        sort="-amount",
        fields=",".join((*BASIC, *keys)),
        limit=25,
    )
    if not client.check_custom(OPPORTUNITY, told, dict.fromkeys(keys)):
        return
    if told.status != 200:
        raise Wrong(f"{client.tag}: {told.body}")
    rows = told.body["records"]
    amounts = [plain("amount", row["amount"]) for row in rows]
    if any(a is None or a < least for a in amounts) or amounts != sorted(amounts, reverse=True):
        raise Wrong(f"{client.tag} asked for {least} and more, the most first, and was shown {amounts}")
    for row in rows:
        in_scope(client, row)
        client.shown(OPPORTUNITY, told, row, known.get((OPPORTUNITY, row["id"]), 0))
        if row["outcome"] != "open" or not row.keys() >= set(keys):
            raise Wrong(f"{client.tag} asked for {keys} of what is open and was shown {row}")


async def custom_list(client: Client) -> None:
    """Records with a value in a field that changes its type, smaller than another where it is a number."""
    client_fields, object_key = client.ledger.fields, client.chance.choice((OPPORTUNITY, VISIT))
    keys = [k for k in client_fields.now(object_key) if is_custom(k)]
    if not keys:
        return
    key = client.chance.choice(keys)
    told = await client.caller.get(
        f"{R}/{object_key}",
        400,
        filter=json.dumps(["not", [key, "is_null"]]) if client.chance.random() < 0.5 else "",
        sort=key,
        fields=f"name,owner,owner_department,{key}",
        limit=25,
    )
    if not client.check_custom(object_key, told, {key: None}):
        return
    if told.status != 200:
        raise Wrong(f"{client.tag}: {told.body}")
    for row in told.body["records"]:
        in_scope(client, row)
        client.shown(object_key, told, row)
    values = [row[key] for row in told.body["records"] if row[key] is not None]
    kinds = client_fields.types(object_key, key, told.began, told.ended)
    if not kinds & {None, "text"} and values != sorted(values, key=lambda v: plain(key, v)):
        raise Wrong(f"{client.tag} asked for the order of {key} ({kinds}) and was shown {values}")


def in_scope(client: Client, row: Mapping[str, Any]) -> None:
    """Refuse a record that the person may not see."""
    world, login = client.caller.world, client.caller.login
    owner, department = (row[k] and row[k]["id"] for k in ("owner", "owner_department"))
    if login in ("boss", "fin", "root"):
        return
    if login == "nora":
        if (
            department in (world.departments["north"], world.departments["north 1"])
            or owner == world.users[login]
        ):
            return
    elif owner == world.users[login]:
        return
    raise Wrong(f"{login} was shown {row}")


async def one(client: Client) -> None:
    """A record that others change, with its lines and their sum."""
    record = client.chance.choice(client.shared)
    known = client.ledger.version((record.object, record.id))
    told = await client.caller.get(record.path, 404)
    if told.status == 200:
        in_scope(client, told.body)
        client.shown(record.object, told, told.body, known)


async def figures(client: Client) -> None:
    """Figures of all that one may see fit together."""
    measures = [["count"], ["sum", "amount"], ["avg", "amount"], ["min", "amount"], ["max", "amount"]]
    body = {"group_by": ["owner"], "measures": measures, "filter": ["not", ["amount", "is_null"]]}
    told = await client.caller.ask(f"{R}/{OPPORTUNITY}/aggregate", body)
    for row in told.body["rows"]:
        count, total, mean = row["count"], Decimal(row["sum_amount"]), Decimal(row["avg_amount"])
        least, most = Decimal(row["min_amount"]), Decimal(row["max_amount"])
        if not (least <= mean <= most and least * count <= total <= most * count):
            raise Wrong(f"{client.tag} was told {row}")
        if abs(mean * count - total) > Decimal("0.01") * count:
            raise Wrong(f"{client.tag} was told {row}")
        in_scope(client, {"owner": row["owner"], "owner_department": None}) if client.caller.login in (
            "norman", "nick", "sue"
        ) else None  # fmt: skip


async def search(client: Client) -> None:
    """A record of this client is found by its name and not by one that it had before."""
    records = [m for m in client.mine if not m.deleted]
    if not records:
        return
    record = client.chance.choice(records)
    await search_for(client, record.object, record.id, record.values["name"], True)
    if record.former and record.former[-1] != record.values["name"]:
        await search_for(client, record.object, record.id, record.former[-1], False)


async def search_for(client: Client, object_key: str, record: str, name: str, there: bool) -> None:
    """Search for a name and look whether a record is found."""
    told = await client.caller.get("/api/v1/search", q=name, limit=50)
    found = {r["id"]: r for r in told.body["results"]}
    if (record in found) != there:
        raise Wrong(f"{client.tag}: {object_key} {record} named {name}: there {there}, found {told.body}")
    if there and found[record]["name"] != name:
        raise Wrong(f"{client.tag}: {object_key} {record} is named {name}, found {told.body}")


async def definitions(client: Client) -> None:
    """The fields are those that there can be, of the types that they can have."""
    object_key = client.chance.choice((OPPORTUNITY, VISIT))
    told = await client.caller.get(f"/api/v1/objects/{object_key}")
    shown: Values = {f["key"]: f["type"] for f in told.body["fields"] if is_custom(f["key"])}
    fields = client.ledger.fields
    for key in {*shown, *(k for k in fields.of(object_key) if is_custom(k))}:
        if shown.get(key) not in fields.types(object_key, key, told.began, told.ended):
            kinds = fields.types(object_key, key, told.began, told.ended)
            raise Wrong(f"{client.tag} was told that {key} of {object_key} is {shown.get(key)}, not {kinds}")


async def history(client: Client) -> None:
    """The versions of a record are there, the newest first. Those that changed nothing but fields that are out of use by
    now are not told of; that they are kept is seen in the tables (`storm_audit`)."""
    record = client.chance.choice(client.mine or client.shared)
    known = client.ledger.version((record.object, record.id))
    told = await client.caller.get(f"{record.path}/history", 404, limit=200)
    if told.status == 404:
        return
    versions = [entry["version"] for entry in told.body["entries"]]
    empty = [e for e in told.body["entries"] if e["kind"] == "update" and not e["changes"]]
    in_order = versions == sorted(set(versions), reverse=True)
    all_told = told.body["next_cursor"] is not None or versions[-1:] == [1]
    fields = client.ledger.fields
    gone = any(
        None in fields.types(record.object, key, told.began, told.ended) for key in fields.of(record.object)
    )
    if (
        empty
        or not in_order
        or not all_told
        or (not gone and told.body["next_cursor"] is None and len(versions) < known)
    ):
        raise Wrong(f"{client.tag}: the history of {record}, of {known}, is {versions}")
