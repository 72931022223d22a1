"""The short names of organisations, which are part of their schemas' names and of tokens."""

from __future__ import annotations

import re

from ..kernel.errors import FieldError, Invalid

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


def is_slug(text: object) -> bool:
    """Whether a text has the form of a short name: small letters, digits and underscores, a letter first."""
    return isinstance(text, str) and _SLUG.match(text) is not None


def check_slug(text: str) -> str:
    """The text if it has the form of a short name; `Invalid` otherwise."""
    if not is_slug(text):
        raise Invalid(errors=[FieldError("slug", "slug")])
    return text
