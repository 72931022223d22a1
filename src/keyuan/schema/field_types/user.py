"""A reference to a user."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ...kernel.i18n import Label
from .reference import ReferenceType


class UserOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As for references; the target is always `user`."""

    target: Literal["user"] = "user"
    on_delete: Literal["restrict", "clear", "cascade"] = "restrict"
    acyclic: bool = False
    filter: list[Any] | None = None


class UserType(ReferenceType):
    """A user of the organisation."""

    name = "user"
    label = Label("用户", "User")
    options = UserOptions


TYPE = UserType()
