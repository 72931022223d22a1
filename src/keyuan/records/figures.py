"""Figures over records."""

from __future__ import annotations

from typing import Any

from ..access import Principal
from ..query.aggregates import make_aggregate
from ..query.base import view
from ..query.labels import restored
from ..query.requests import AggregateQuery
from ..schema.field_types.base import Cipher
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
