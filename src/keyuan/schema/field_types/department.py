"""A reference to a department."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ...kernel.i18n import Label
from .reference import ReferenceType


class DepartmentOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As for references; the target is always `department`."""

    target: Literal["department"] = "department"
    on_delete: Literal["restrict", "clear", "cascade"] = "restrict"
    acyclic: bool = False
    filter: list[Any] | None = None


class DepartmentType(ReferenceType):
    """A department of the organisation."""

    name = "department"
    label = Label("部门", "Department")
    options = DepartmentOptions


TYPE = DepartmentType()
