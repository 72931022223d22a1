"""The policy version of an organisation: raised by whatever changes who may do what, so that every process notices."""

from __future__ import annotations

from ...storage.pool import Connection
from ..statements import Statement

_RAISE = Statement("update {org}.state set policy_version = policy_version + 1")


async def raise_policy_version(connection: Connection, slug: str) -> None:
    """Raise it, in the transaction of `connection`. Until that ends, others who raise it wait: what is looked at
    afterwards counts for all of them together."""
    await connection.execute(_RAISE.of(slug))
