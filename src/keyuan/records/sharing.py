"""With whom a record is shared."""

from __future__ import annotations

from ..access import Principal
from ..kernel.errors import NotFound
from ..kernel.ids import is_id
from ..query.base import view
from ..query.sharing import make_grants
from ..storage.pool import Connection
from .lists import one_row
from .plans import Plan, Run, Source, plan, remembered


async def grants_of(
    connection: Connection, organisation: Source, principal: Principal, object_key: str, record: str
) -> bytes:
    """The grants of a record as a JSON array of `{"id", "grantee_kind", "grantee": {"id", "name"}, "level", "until",
    "reason", "created_at", "created_by"}`. `NotFound` where the caller may not see the record."""
    seen = view(organisation.registry, principal.policy, object_key)
    if not is_id(record):
        raise NotFound()

    def make() -> Plan[None]:
        return plan(make_grants(seen), seen.policy, None)

    kept_plan = remembered(seen.registry, ("grants", seen.policy, object_key), make)
    run = Run(organisation, principal)
    row = await one_row(connection, kept_plan, kept_plan.bind(run, {"id": record}), prepare=True)
    if row is None or row[0] is None:
        raise NotFound()
    return row[0]
