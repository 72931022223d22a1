"""The timeline of a record: its changes, the activities about it and its way through stages, the newest first."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from ..access import Principal, rights
from ..access.scope import SHOWN
from ..kernel.ids import is_id
from ..query.about import links, make_about
from ..query.base import view
from ..query.requests import bad
from ..schema.field_types.base import Cipher
from ..schema.registry import Registry
from ..storage.pool import Connection
from .history import changes
from .lists import ListAnswer, get_record, one_row
from .plans import Plan, Run, Source, plan, remembered
from .secrets import decrypted

SOURCES = (("activity", "happened_at"), ("stage_history", "entered_at"))
"""Objects whose records show in the timelines of what they are about, and the field that says when."""


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a timeline has been read: the version to go on from (0: all changes were read), and of each source the
    time and id of the last record."""

    version: int | None = None
    sources: dict[str, tuple[str, str]] = {}


@dataclass(slots=True)
class Item:
    """An entry with what sorts it."""

    at: datetime
    rank: int
    entry: dict[str, Any]
    after: tuple[str, Any]


async def timeline(
    connection: Connection,
    organisation: Source,
    principal: Principal,
    object_key: str,
    record: str,
    *,
    limit: int = 50,
    cursor: str = "",
    cipher: Cipher | None = None,
) -> ListAnswer:
    """The timeline of a record: entries `{"type": "change", "at", …}` as in `history`, and `{"type": "activity" |
    "stage_history", "at", "record": {…}}`. Changes whose time the caller may not see have no place in it. `NotFound` where the
    caller may not see the record."""
    position = _read(cursor)
    items: list[Item] = []
    following: int | None = 0
    if position.version != 0:
        page = await changes(
            connection, organisation, principal, object_key, record,
            limit=limit, before=position.version, cipher=cipher,
        )  # fmt: skip
        following = 0 if page.following is None else page.following
        for entry in page.entries:
            if entry["at"] is not None:
                shown = {"type": "change", **entry}
                items.append(Item(_moment(entry["at"]), 0, shown, ("version", entry["version"] - 1)))
    else:
        await get_record(
            connection, organisation, principal, object_key, record, fields=("id",), deleted=None
        )
    for rank, (source, when) in enumerate(SOURCES, 1):
        after = position.sources.get(source)
        if not _shows(organisation.registry, principal, object_key, source, when):
            continue
        found = await _about(
            connection, organisation, principal, object_key, record, source, when, after, limit + 1, cipher
        )
        for one in found:
            at = one.pop("_at")
            entry = {"type": source, "at": at, "record": one}
            items.append(Item(_moment(at), rank, entry, (source, (at, one["id"]))))
    items.sort(key=lambda item: (item.at, item.rank), reverse=True)
    page_items, rest = items[:limit], items[limit:]
    body = [
        item.entry for item in page_items
        if item.rank or item.entry["changes"] or item.entry["kind"] != "update"
    ]  # fmt: skip
    if not rest and following == 0:
        return ListAnswer(msgspec.json.encode(body), None)
    return ListAnswer(msgspec.json.encode(body), _write(position, page_items, following, rest))


def _write(position: Position, shown: list[Item], following: int | None, rest: list[Item]) -> str:
    version, sources = position.version, dict(position.sources)
    for item in shown:
        kind, after = item.after
        if kind == "version":
            version = after
        else:
            sources[kind] = after
    if not any(item.after[0] == "version" for item in rest):
        version = following
    return base64.urlsafe_b64encode(msgspec.json.encode(Position(version, sources))).rstrip(b"=").decode()


def _read(cursor: str) -> Position:
    if not cursor:
        return Position()
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=Position)
        for at, record in found.sources.values():
            _moment(at)
            if not is_id(record):
                raise ValueError(record)
    except (UnicodeEncodeError, binascii.Error, ValueError, RecursionError):
        raise bad("cursor", "query_cursor") from None
    if found.version is not None and not 0 <= found.version < 2**31:
        raise bad("cursor", "query_cursor")
    return found


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _shows(registry: Registry, principal: Principal, object_key: str, source: str, when: str) -> bool:
    """Whether records of the source can be about the object, and the caller may see any and when they were."""
    if source not in registry.objects:
        return False
    seen = rights(registry, principal.policy)
    return seen.access(source, when) in SHOWN and bool(links(seen, source, object_key))


async def _about(
    connection: Connection,
    organisation: Source,
    principal: Principal,
    object_key: str,
    record: str,
    source: str,
    when: str,
    after: tuple[str, str] | None,
    count: int,
    cipher: Cipher | None,
) -> list[dict[str, Any]]:
    """The records of a source that are about the record, the newest first."""
    seen = view(organisation.registry, principal.policy, source)

    def make() -> Plan[tuple[tuple[str, ...], ...]]:
        made, secrets = make_about(seen, object_key, when, after is not None)
        return plan(made, seen.policy, secrets)

    kept_plan = remembered(seen.registry, ("about", seen.policy, source, object_key, after is not None), make)
    values: dict[str, Any] = {"id": record, "count": count}
    if after is not None:
        values |= {"after_at": after[0], "after_id": after[1]}
    run = Run(organisation, principal)
    row = await one_row(connection, kept_plan, kept_plan.bind(run, values), prepare=True)
    if row is None or row[0] is None:
        return []
    body = row[0] if not kept_plan.about else decrypted(row[0], kept_plan.about, cipher)
    found: list[dict[str, Any]] = msgspec.json.decode(body)
    return found
