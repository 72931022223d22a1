"""The advisory locks of the application: their keys, in one place so that none means two things.

Writers hold the organisation's lock shared for their transaction, a change of definitions holds it exclusively."""

from __future__ import annotations

import hashlib


def _key(purpose: str, name: str = "") -> int:
    digest = hashlib.sha256(f"keyuan|{purpose}|{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def organisation_lock_key(slug: str) -> int:
    """Held shared by every transaction that writes records, exclusively while definitions change (`bigint`)."""
    return _key("organisation", slug)


def definition_job_lock_key(slug: str) -> int:
    """Held by the session that builds indexes and fills columns of an organisation, so that only one does."""
    return _key("definition jobs", slug)


def partition_lock_key(slug: str) -> int:
    """Held by the transaction that makes partitions of an organisation's tables."""
    return _key("partitions", slug)


def platform_lock_key() -> int:
    """Held by the transaction that makes or migrates the platform's own tables, or an organisation."""
    return _key("platform")


def setup_lock_key() -> int:
    """Held by the session that prepares an installation: organisations, roles, the first administrator."""
    return _key("set-up")


def queue_lock_key() -> int:
    """Held by the transaction that makes or migrates the tables of the job queue."""
    return _key("queue")


def relay_lock_key() -> int:
    """Held by the session of the one relay that reads the change logs."""
    return _key("relay")
