"""Sharing single records: grants to people, departments and roles, with an end if wished."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..kernel.errors import FieldError, Invalid, NotFound
from ..kernel.ids import is_id, new_id
from ..records import stored
from ..records.unit_of_work import UnitOfWork, record_operation
from .statements import Statement

KINDS = ("user", "department", "role")
LEVELS = ("read", "edit")

# The same grant again changes its level and end.
_ADD = Statement(
    """insert into {org}.grants as g
        (id, object, record, grantee_kind, grantee, level, until, reason, created_at, created_by)
    values (%(id)s, %(object)s, %(record)s, %(kind)s, %(grantee)s, %(level)s, %(until)s, %(reason)s, %(now)s, %(by)s)
    on conflict (object, record, grantee, reason) do update set level = excluded.level, until = excluded.until
    returning g.id::text"""
)
_REMOVE = Statement(
    "delete from {org}.grants where id = %(id)s and object = %(object)s and record = %(record)s and reason = 'share'"
)

REASON = "share"
"""Why a grant is there that a person made; teams and followers have others and are not ended here."""


async def add(
    uow: UnitOfWork,
    object_key: str,
    record: str,
    *,
    kind: str,
    grantee: str,
    level: str,
    until: datetime | None = None,
) -> str:
    """Share a record the caller may edit by a role, not by a grant alone, whose end and level bind its holder; the grant's
    id. Raises `NotFound`, `Forbidden`, and `Invalid` for somebody who
    is not there."""
    await stored.lock_allowed(uow, object_key, [record], "edit", granted=False)
    if kind not in KINDS:
        raise Invalid(errors=[FieldError("grantee_kind", "one_of", {"values": ", ".join(KINDS)})])
    if level not in LEVELS:
        raise Invalid(errors=[FieldError("level", "one_of", {"values": ", ".join(LEVELS)})])
    if until is not None and until <= uow.now:
        raise Invalid(errors=[FieldError("until", "in_the_past")])
    if not is_id(grantee) or not await stored.lock(uow, kind, [grantee], "read"):
        raise Invalid(errors=[FieldError("grantee", "reference")])
    await record_operation(uow)
    values = {
        "id": new_id(),
        "object": object_key,
        "record": record,
        "kind": kind,
        "grantee": grantee,
        "level": level,
        "until": until,
        "reason": REASON,
        "now": uow.now,
        "by": uow.principal.user,
    }
    row: Any = await (await uow.connection.execute(_ADD.of(uow.organisation.slug), values)).fetchone()
    return str(row[0])


async def remove(uow: UnitOfWork, object_key: str, record: str, grant: str) -> None:
    """End a grant of a record the caller may edit by a role. Raises `NotFound`, `Forbidden`."""
    await stored.lock_allowed(uow, object_key, [record], "edit", granted=False)
    if not is_id(grant):
        raise NotFound()
    values = {"id": grant, "object": object_key, "record": record}
    cursor = await uow.connection.execute(_REMOVE.of(uow.organisation.slug), values)
    if cursor.rowcount == 0:
        raise NotFound()
    await record_operation(uow)
