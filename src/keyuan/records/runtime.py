"""What a process holds to work on records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio

from ..schema.field_types.base import Cipher
from ..storage.organisations import Organisations
from ..storage.pool import Pool
from .hooks import Action, Hooks


@dataclass(frozen=True, slots=True)
class Runtime:
    """The pool, the organisations and what the domains declared. One for each process.

    `side_pool` is a small pool for the short transactions of their own (numbers, counted refusals), which do not wait for
    the disk: taken from the main pool while a unit of work holds a connection, they could wait for each other for
    ever. Who keeps one of its connections while waiting for others holds `keeping`, so that only one is kept."""

    pool: Pool
    side_pool: Pool
    organisations: Organisations
    hooks: Hooks
    actions: Mapping[tuple[str, str], Action]
    cipher: Cipher | None = None
    keeping: anyio.Lock = field(default_factory=anyio.Lock)
