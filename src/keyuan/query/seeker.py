"""Finding records by what is typed into a search box, within the fields that the reader may read."""

from __future__ import annotations

from ..access.rights import Rights
from ..access.scope import SHOWN
from ..schema.registry import Registry
from ..schema.text.tokens import Kind, query_tokens


def search_tags(rights: Rights, object_key: str) -> dict[str, Kind]:
    """The tags under which the tokens of an object's searched fields lie, as far as the caller may read the fields. The
    tokens of `name` have no tag: the empty one stands for it."""
    found: dict[str, Kind] = {}
    for key, field in rights.registry.fields(object_key).items():
        kind = Registry.type_of(field).search_kind
        if (
            field.search
            and not field.encrypted
            and kind is not None
            and rights.access(object_key, key) in SHOWN
        ):
            found["" if key == "name" else key] = kind  # type: ignore[assignment]
    return found


def search_text(q: str, tags: dict[str, Kind], start: bool = False) -> str:
    """The text of a tsquery for what was typed, within the tags; empty (which finds nothing) where there is nothing to
    look for or nothing may be looked into."""
    return query_tokens(q, tags, start)
