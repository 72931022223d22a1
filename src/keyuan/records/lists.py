"""Lists of records, single records, counts. See `read`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import msgspec

from ..access import Principal
from ..kernel.errors import BadRequest, FieldError, NotFound
from ..kernel.ids import is_id
from ..query import counting, cursors, listing, single
from ..query.base import Condition, View, condition, view
from ..query.labels import restored
from ..query.pages import Asked
from ..query.requests import ListQuery
from ..query.seeker import search_tags, search_text
from ..schema.field_types.base import Cipher
from ..storage.pool import Connection
from .plans import Plan, Run, Source, plan, remembered
from .secrets import decrypted

LONG_FILTER = 4_000
"""Filters of more characters than this are checked anew each time."""


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """A page: the records as a JSON array, and the cursor of the next page if there is one."""

    body: bytes
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """One record as a JSON object, and its version."""

    body: bytes
    version: int


@dataclass(frozen=True, slots=True)
class CountAnswer:
    """How many records; `capped` says that there are at least so many."""

    value: int
    capped: bool = False


async def list_records(
    connection: Connection,
    organisation: Source,
    principal: Principal,
    object_key: str,
    query: ListQuery,
    *,
    action: Literal["read", "export"] = "read",
    cipher: Cipher | None = None,
) -> ListAnswer:
    """The records of an object that the caller may see (or export), in one statement. `NotFound` for an object the
    caller may not read, `Forbidden` for one that may be read and not exported; `BadRequest` for fields, filters, orders
    and cursors that cannot be. `cipher` is needed for objects with encrypted fields."""
    seen = view(organisation.registry, principal.policy, object_key, action)
    run = Run(organisation, principal)
    given = checked(seen, query.filter, cipher)
    sort = listing.sort_of(seen, query.sort)
    values: dict[str, Any] = {"size": query.limit, "more": query.limit + 1, **given.binds(run.environment)}
    searched = bool(query.q)
    if searched:
        values["q"] = tokens(seen, query.q)
    asked = Asked(given, sort, query.deleted, searched)
    if query.cursor:
        order = remembered(
            seen.registry, ("order", seen.policy, object_key, sort), lambda: listing.order_of(seen, asked)
        )
        after = cursors.decode(query.cursor, order.mark, order.forms)
        asked = replace(asked, nulls=tuple(value is None for value in after))
        values |= cursors.binds(after)
    key = (
        "list", action, seen.policy, object_key, given.shape, sort, query.fields, query.deleted, searched, asked.nulls,
    )  # fmt: skip

    def make() -> Plan[listing.ListAbout]:
        fields = listing.fields_of(seen, query.fields, deleted=query.deleted == "only")
        made, about = listing.make_list(seen, asked, fields)
        return plan(made, seen.policy, about)

    kept_plan = remembered(seen.registry, key, make)
    row = await one_row(connection, kept_plan, kept_plan.bind(run, values))
    assert row is not None
    body, last = row
    assert body is not None
    about = kept_plan.about
    return ListAnswer(
        _finished(body, about, cipher),
        None if last is None else cursors.encode(about.mark, msgspec.json.decode(last)),
    )


async def get_record(
    connection: Connection,
    organisation: Source,
    principal: Principal,
    object_key: str,
    record: str,
    *,
    fields: Sequence[str] = ("*",),
    deleted: bool | None = False,
    cipher: Cipher | None = None,
) -> RecordAnswer:
    """One record with all fields the caller may see, or those named. `deleted`: whether it lies in the recycle bin;
    None for either (it then has `deleted_at`). `NotFound` where there is none that the caller may see."""
    seen = view(organisation.registry, principal.policy, object_key)
    named = tuple(fields)

    def make() -> Plan[listing.ListAbout]:
        shown = listing.fields_of(seen, named, deleted=deleted is not False)
        made, about = single.make_record(seen, shown, deleted=deleted)
        return plan(made, seen.policy, about)

    if not is_id(record):
        raise NotFound()
    kept_plan = remembered(seen.registry, ("record", seen.policy, object_key, named, deleted), make)
    run = Run(organisation, principal)
    row = await one_row(connection, kept_plan, kept_plan.bind(run, {"id": record}), prepare=True)
    if row is None:
        raise NotFound()
    body, version = row
    assert body is not None
    assert version is not None
    return RecordAnswer(_finished(body, kept_plan.about, cipher), int(version))


def _finished(body: bytes, about: listing.ListAbout, cipher: Cipher | None) -> bytes:
    """What the database leaves to do: long keys, and values of encrypted fields."""
    if about.renamed:
        body = restored(body, about.renamed)
    return decrypted(body, about.secrets, cipher) if about.secrets else body


async def count(
    connection: Connection,
    organisation: Source,
    principal: Principal,
    object_key: str,
    query: ListQuery,
    *,
    cipher: Cipher | None = None,
) -> CountAnswer | None:
    """How many records a list has in all its pages, as `query.count` says; None for `none`."""
    if query.count == "none":
        return None
    seen = view(organisation.registry, principal.policy, object_key)
    run = Run(organisation, principal)
    given = checked(seen, query.filter, cipher)
    capped, searched = query.count == "capped", bool(query.q)
    values = {"cap": counting.CAP + 1, **given.binds(run.environment)}
    if searched:
        values["q"] = tokens(seen, query.q)

    def make() -> Plan[None]:
        made = counting.make_count(seen, given, deleted=query.deleted, searched=searched, capped=capped)
        return plan(made, seen.policy, None)

    key = ("count", seen.policy, object_key, given.shape, query.deleted, searched, capped)
    kept_plan = remembered(seen.registry, key, make)
    row = await one_row(connection, kept_plan, kept_plan.bind(run, values), shared=not capped)
    assert row is not None
    found = int(row[0] or 0)
    return CountAnswer(counting.CAP, True) if capped and found > counting.CAP else CountAnswer(found)


_SHARED: Final = b"select set_config('max_parallel_workers_per_gather', '2', true)"
"""Until the end of the transaction, which in a pipeline is its end. See `storage.pool`."""


# -- shared with the other readers -----------------------------------------------------------------------------------


def checked(seen: View, data: Any, cipher: Cipher | None) -> Condition:
    """The condition of filter JSON, kept for the next time it is asked."""
    if data is None:
        return Condition()
    text = msgspec.json.encode(data)
    if len(text) > LONG_FILTER:
        return condition(seen, data, cipher)
    return remembered(
        seen.registry, ("filter", seen.policy, seen.object, text), lambda: condition(seen, data, cipher)
    )


def tokens(seen: View, q: str) -> str:
    """What was typed, as the text of a tsquery over the fields the caller may search."""
    if not seen.registry.objects[seen.object].searchable:
        raise BadRequest(errors=[FieldError("q", "query_not_searchable")])
    tags = remembered(
        seen.registry, ("tags", seen.policy, seen.object), lambda: search_tags(seen.rights, seen.object)
    )
    return search_text(q, tags)


async def one_row(
    connection: Connection,
    kept_plan: Plan[Any],
    values: dict[str, Any],
    *,
    prepare: bool = False,
    shared: bool = False,
) -> tuple[bytes | None, ...] | None:
    """Run a statement that answers one row or none; its columns as PostgreSQL wrote them. With `shared`, PostgreSQL may
    share the work among processes, which pays where many records are gone through."""
    if shared:
        async with connection.pipeline():
            await connection.execute(_SHARED, prepare=True)
            cursor = await connection.execute(kept_plan.text, values, prepare=prepare)
    else:
        cursor = await connection.execute(kept_plan.text, values, prepare=prepare)
    result = cursor.pgresult
    assert result is not None
    if result.ntuples == 0:
        return None
    return tuple(result.get_value(0, n) for n in range(result.nfields))
