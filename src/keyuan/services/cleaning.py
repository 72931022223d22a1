"""What an organisation forgets by itself: sessions and counts that are over, keys of old requests, files nobody took."""

from __future__ import annotations

from ..storage.organisations import Organisation
from ..storage.pool import Pool, autocommit
from . import files, idempotency
from .files import FileStore
from .identity import attempts, sessions
from .identity.principals import lifetime


async def clean(pool: Pool, organisation: Organisation, store: FileStore) -> dict[str, int]:
    """Forget what is over; how much of each. A job for every hour; it may run twice at once."""
    slug = organisation.slug
    async with autocommit(pool) as connection:
        return {
            "sessions": await sessions.forget(connection, slug, lifetime(organisation.settings)),
            "attempts": await attempts.forget(connection, slug),
            "requests": await idempotency.forget(connection, slug),
            "files": await files.sweep(connection, slug, store),
        }
