"""The secrets that prove who calls: sessions' cookies and API keys. Each carries the short name of its organisation,
so that one look into one schema settles it. Only hashes are stored."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final, NamedTuple

KEY_PREFIX: Final = "ky_"

_RANDOM = r"[A-Za-z0-9_-]{43}"
_COOKIE = re.compile(rf"([a-z][a-z0-9_]{{0,39}})\.({_RANDOM})\Z")
_KEY = re.compile(rf"{KEY_PREFIX}([a-z][a-z0-9_]{{0,39}})_({_RANDOM})\Z")


class Token(NamedTuple):
    """A token as it came: the organisation it names, and the hash under which it would be stored."""

    organisation: str
    hash: bytes


class NewToken(NamedTuple):
    """A token as it goes out, once, and its hash."""

    text: str
    hash: bytes


def new_session(slug: str) -> NewToken:
    """The value of a new session's cookie: `<slug>.<43 characters, 256 bits>`."""
    secret = secrets.token_urlsafe(32)
    return NewToken(f"{slug}.{secret}", _digest(secret))


def new_key(slug: str) -> NewToken:
    """A new API key: `ky_<slug>_<43 characters, 256 bits>`."""
    secret = secrets.token_urlsafe(32)
    return NewToken(f"{KEY_PREFIX}{slug}_{secret}", _digest(secret))


def read_session(cookie: str) -> Token | None:
    """The token in a cookie; None if it has not the form of one."""
    return _read(_COOKIE, cookie)


def read_key(text: str) -> Token | None:
    """The token in an API key; None if it has not the form of one."""
    return _read(_KEY, text)


def _read(form: re.Pattern[str], text: str) -> Token | None:
    found = form.match(text)
    return Token(found[1], _digest(found[2])) if found else None


def _digest(secret: str) -> bytes:
    # 256 random bits need no salt and no slow hash
    return hashlib.sha256(secret.encode()).digest()
