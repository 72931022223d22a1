"""Fixed statements over the tables of one organisation, written once with a place for its schema."""

from __future__ import annotations

from ..schema.registry import organisation_schema
from ..storage.slugs import is_slug
from ..storage.sql import quoted


class Statement:
    """A statement in which `{org}` stands for the schema of an organisation."""

    def __init__(self, text: str) -> None:
        self._text = " ".join(text.split())
        self._made: dict[str, bytes] = {}

    def of(self, slug: str) -> bytes:
        """The statement for the organisation of that short name. Raises `ValueError` for what is no short name."""
        made = self._made.get(slug)
        if made is None:
            if not is_slug(slug):
                raise ValueError(f"not the short name of an organisation: {slug!r}")
            made = self._text.replace("{org}", quoted(organisation_schema(slug))).encode()
            self._made[slug] = made
        return made
