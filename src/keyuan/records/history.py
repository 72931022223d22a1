"""What happened to a record: who changed which fields when, from what to what, as far as the caller may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec

from ..access import Principal
from ..kernel.errors import NotFound
from ..kernel.ids import is_id
from ..query.base import view
from ..query.requests import bad
from ..query.versions import VersionsAbout, make_versions
from ..schema.field_types.base import Cipher
from ..storage.pool import Connection
from .lists import ListAnswer, one_row
from .operations import undoable
from .plans import Plan, Run, Source, plan, remembered

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Changes, the newest first, and the version to go on from: None where there are no more."""

    entries: list[Entry]
    following: int | None


async def history(
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
    """The changes of a record, the newest first: `{"version", "kind", "at", "by", "operation", "undone", "can_undo",
    "changes": [{"field", "before", "after"}]}`. `kind` is `create`, `update`, `delete` or `restore`; `can_undo` whether the
    caller can undo the operation with an effect (`undoable`). Changes of fields that the caller may not see are left out,
    `at` and `by` are null where the stamps are that tell them, `operation` with `at`. `NotFound` where the caller may not
    see the record; deleted records have a history too."""
    before = None
    if cursor:
        if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 9:
            raise bad("cursor", "query_cursor")
        before = int(cursor)
    page = await changes(
        connection, organisation, principal, object_key, record, limit=limit, before=before, cipher=cipher
    )
    shown = [entry for entry in page.entries if entry["changes"] or entry["kind"] != "update"]
    versions = [entry["version"] for entry in shown]
    registry = organisation.registry
    known = await undoable(connection, registry, principal, object_key, record, versions) if shown else {}
    for entry in shown:
        made_by: tuple[str | None, bool, bool] = known.get(
            entry["version"], (entry["operation"], False, False)
        )
        if entry["at"] is None:
            made_by = (None, False, False)  # an operation's id tells when it was
        entry["operation"], entry["undone"], entry["can_undo"] = made_by
    return ListAnswer(msgspec.json.encode(shown), None if page.following is None else str(page.following))


async def changes(
    connection: Connection,
    organisation: Source,
    principal: Principal,
    object_key: str,
    record: str,
    *,
    limit: int,
    before: int | None,
    cipher: Cipher | None,
) -> Page:
    """The changes that led to the version `before` and those before it (all, if None), those of nothing that the caller
    may see included."""
    seen = view(organisation.registry, principal.policy, object_key)
    if not is_id(record):
        raise NotFound()

    def make() -> Plan[VersionsAbout]:
        made, about = make_versions(seen)
        return plan(made, seen.policy, about)

    kept_plan = remembered(seen.registry, ("versions", seen.policy, object_key), make)
    # Each change needs the version before it, and one more tells whether there are more; where the page does not begin
    # with the current version, the version that it begins with is one of the past.
    values = {"id": record, "before": before, "count": limit + (1 if before is None else 2)}
    run = Run(organisation, principal)
    row = await one_row(connection, kept_plan, kept_plan.bind(run, values), prepare=True)
    if row is None:
        raise NotFound()
    versions = [] if row[0] is None else msgspec.json.decode(row[0])
    about = kept_plan.about
    entries = [_entry(new, old, about, cipher) for new, old in pairwise(versions)]
    if len(entries) > limit:
        return Page(entries[:limit], versions[limit]["version"])
    if versions and versions[-1]["version"] == 1:
        entries.append(_creation(versions[-1]))
        if len(entries) > limit:
            return Page(entries[:limit], 1)
    return Page(entries, None)


def _entry(
    new: Mapping[str, Any], old: Mapping[str, Any], about: VersionsAbout, cipher: Cipher | None
) -> Entry:
    was, now = old["values"], new["values"]
    kind = "update"
    if was["deleted_at"] != now["deleted_at"]:
        kind = "delete" if was["deleted_at"] is None else "restore"
    told = []
    for key in _in_order(about.fields, old["changed"] or ()):
        before, after = was.get(key), now.get(key)
        if key in about.secrets:
            before, after = _clear(before, cipher), _clear(after, cipher)
        told.append({"field": key, "before": before, "after": after})
    return {
        "version": new["version"],
        "kind": kind,
        "at": old["until"],
        "by": now.get("updated_by"),
        "operation": old["operation"],
        "changes": told,
    }


def _creation(first: Mapping[str, Any]) -> Entry:
    values = first["values"]
    return {
        "version": 1,
        "kind": "create",
        "at": values.get("created_at"),
        "by": values.get("created_by"),
        "operation": None,
        "changes": [],
    }


def _in_order(fields: Sequence[str], changed: Sequence[str]) -> list[str]:
    """The changed fields that may be told, in the order of the definition, without the stamps of the change itself."""
    return [key for key in fields if key in changed and key not in ("updated_by", "created_at", "created_by")]


def _clear(value: Any, cipher: Cipher | None) -> Any:
    if not isinstance(value, str):
        return value
    if cipher is None:
        raise RuntimeError("encrypted fields cannot be read without a cipher")
    return cipher.decrypt(value)
