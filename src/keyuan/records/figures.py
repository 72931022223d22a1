"""Figures over records, and search over several objects."""

from __future__ import annotations

from typing import Any

from ..access import Principal, rights
from ..expr.filters import shown
from ..kernel.errors import BadRequest, FieldError
from ..query.aggregates import make_aggregate
from ..query.base import view
from ..query.labels import restored
from ..query.requests import AggregateQuery, SearchQuery
from ..query.searching import make_search
from ..query.seeker import search_tags, search_text
from ..schema.field_types.base import Cipher
from ..schema.text.pinyin import sort_key
from ..storage.pool import Connection
from .lists import checked, one_row, tokens
from .plans import Plan, Run, Source, plan, remembered


async def aggregate(
    connection: Connection,
    organisation: Source,
    principal: Principal,
    object_key: str,
    query: AggregateQuery,
    *,
    cipher: Cipher | None = None,
) -> bytes:
    """Groups and measures over the records of an object that the caller may see, as a JSON array of rows. Raises as
    `list_records`."""
    seen = view(organisation.registry, principal.policy, object_key)
    run = Run(organisation, principal)
    given = checked(seen, query.filter, cipher)
    searched = bool(query.q)
    values: dict[str, Any] = {"limit": query.limit, **given.binds(run.environment)}
    if searched:
        values["q"] = tokens(seen, query.q)
    key = (
        "aggregate", seen.policy, object_key, given.shape, query.group_by, query.measures, query.sort, query.deleted,
        searched,
    )  # fmt: skip

    def make() -> Plan[dict[str, str]]:
        made, renamed = make_aggregate(
            seen, given, query.group_by, query.measures, query.sort, deleted=query.deleted, searched=searched
        )
        return plan(made, seen.policy, renamed)

    kept_plan = remembered(seen.registry, key, make)
    row = await one_row(connection, kept_plan, kept_plan.bind(run, values), shared=True)
    assert row is not None
    assert row[0] is not None
    return restored(row[0], kept_plan.about)


async def search(
    connection: Connection, organisation: Source, principal: Principal, query: SearchQuery
) -> bytes:
    """The records that what was typed finds, as a JSON array of `{"object", "id", "name", "owner", "updated_at"}`, the best
    first, at most `query.limit` of each object. Without `query.objects` all that are `found_everywhere` are searched.
    Raises `BadRequest` at `objects` for one that cannot be searched or is not there for the caller."""
    registry, policy = organisation.registry, principal.policy
    mine = rights(registry, policy)
    asked = query.objects or tuple(key for key, obj in registry.objects.items() if obj.found_everywhere)
    keys: list[str] = []
    values: dict[str, Any] = {"size": query.limit, "q_text": query.q, "q_key": sort_key(query.q)}
    for key in asked:
        allowed = key in registry.objects and registry.objects[key].searchable and mine.can(key, "read")
        if not allowed:
            if query.objects:
                raise BadRequest(errors=[FieldError("objects", "query_object", {"object": shown(key)})])
            continue
        tags = remembered(registry, ("tags", policy, key), lambda key=key: search_tags(mine, key))  # type: ignore[misc]
        if text := search_text(query.q, tags):
            values[f"q{len(keys)}"] = text
            values[f"start{len(keys)}"] = search_text(query.q, tags, start=True)
            keys.append(key)
    if not keys:
        return b"[]"

    def make() -> Plan[None]:
        return plan(make_search([view(registry, policy, key) for key in keys]), policy, None)

    run = Run(organisation, principal)
    kept_plan = remembered(registry, ("search", policy, tuple(keys)), make)
    row = await one_row(connection, kept_plan, kept_plan.bind(run, values))
    assert row is not None
    assert row[0] is not None
    return row[0]
