"""How many records a list has: exactly, or up to a bound beyond which nobody counts."""

from __future__ import annotations

from sqlalchemy import Integer, func, literal_column, select

from ..access.parameters import parameter
from .base import Condition, Rows, Statement, View

CAP = 10_000
"""Where a capped count ends."""


def make_count(
    view: View, given: Condition, *, deleted: str = "no", searched: bool = False, capped: bool = False
) -> Statement:
    """The statement of a count: one row with the number. Capped ones look at no more than `cap` rows (a parameter)."""
    rows = Rows(view, given, deleted=deleted, searched=searched)
    if not capped:
        return Statement(rows.select(func.count()), view.late)
    some = rows.select(literal_column("1")).limit(parameter("cap", Integer())).subquery("c")
    return Statement(select(func.count()).select_from(some), view.late)
