"""Child lines: records that live inside another, such as the items of an order."""

from __future__ import annotations

from typing import Any

import msgspec

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import Context, FieldProblem, FieldType


class LinesOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`object`: the child object, whose `parent` is its reference field `via` to this one; `most`: lines at most."""

    object: str
    via: str
    most: int = 500


class LinesType(FieldType):
    """The child records of this one, read and written with it. Nothing is stored here: the children point back.
    Written as a list of records, each with an `id` where it exists already; a line left out is deleted."""

    name = "lines"
    label = Label("明细", "Lines")
    type = Type.JSON
    options = LinesOptions
    measures = ()
    stored = False
    output = "lines"
    retype_from = False
    listed = False

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        if not isinstance(value, list) or not all(isinstance(line, dict) for line in value):
            raise FieldProblem("type", expected=Label("明细列表", "a list of lines"))
        if len(value) > self.settings(field).most:
            raise FieldProblem("too_many", limit=self.settings(field).most)
        return value

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "object"}}


TYPE = LinesType()
