"""Values of a field that changes its type: they pass through text, the same way whether a job fills the new column or a
person writes both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from . import field_types
from .field_types import Context, FieldProblem
from .model import Field


def neutral(context: Context, settings: Mapping[str, Any]) -> Context:
    """The context in which values are converted: the organisation's language and zone, so that the result does not
    depend on who writes; numbers are rounded to the decimals that are kept."""
    zone = ZoneInfo(str(settings["time_zone"]))
    return replace(
        context, language="en" if settings["language"] == "en" else "zh", time_zone=zone, rounds=True
    )


def convert(old: Field, new: Field, value: Any, context: Context) -> Any:
    """The canonical value of the new definition for one of the old (never None); None where nothing is left of it.
    Raises `FieldProblem` where it cannot be read."""
    text = field_types.get(old.type).to_text(old, value, context)
    return field_types.get(new.type).from_text(new, text, context)


def converted_columns(old: Field, new: Field, value: Any, context: Context) -> dict[str, Any]:
    """The columns of the new definition for a canonical value of the old or None; empty ones where it cannot be read."""
    made = None
    if value is not None:
        try:
            made = convert(old, new, value, context)
        except FieldProblem:
            made = None
    return field_types.get(new.type).encode(new, made, context)


def same_storage(old: Field, new: Field) -> bool:
    """Whether values of the old definition lie in the columns of the new as they are. The names of columns do not
    count."""
    if old.encrypted != new.encrypted or old.type != new.type:
        return False
    if field_types.get(new.type).output == "reference" and old.target != new.target:
        return False
    here, there = field_types.get(old.type).columns(old), field_types.get(new.type).columns(new)
    return [repr(c.type) for c in here] == [repr(c.type) for c in there]
