"""Security events: sign-ins, refusals, changes of passwords and keys. Kept beside the history of records."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from ...kernel import clock
from ...kernel.ids import new_id
from ...storage.pool import Connection
from ..statements import Statement

_ADD = Statement(
    """insert into {org}.security_event (id, at, kind, "user", address, detail)
    values (%(id)s, %(at)s, %(kind)s, %(user)s, %(address)s, %(detail)s)"""
)


async def add(
    connection: Connection, slug: str, kind: str, user: str | None, address: str, **detail: Any
) -> None:
    """Note an event, in the transaction of `connection`. `detail` holds no secrets."""
    await connection.execute(
        _ADD.of(slug),
        {
            "id": new_id(),
            "at": clock.now(),
            "kind": kind,
            "user": user,
            "address": address,
            "detail": Jsonb(detail),
        },
    )
