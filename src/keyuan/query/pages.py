"""The rows of a page, found before anything of them is shown.

Usually one SELECT with its order and limit. Two cases are put together of several, of which only those run that are
needed, because one alone would be read in an order that may take seconds:

- After a cursor, where the first key can be null, the records with a value come first and those without after them.
- With a quick search, few matches are fetched and sorted, many are met soon enough on the way through the order. How
  many there are is found out by asking the index for a bounded number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, func, literal_column, select, union_all
from sqlalchemy.sql.expression import CTE

from ..access.parameters import parameter
from .base import Condition, Rows, View, matching
from .cursors import Key, after
from .order import order_keys

MORE: ColumnElement[int] = parameter("more", Integer())
"""The parameter for one more than the number of records on a page."""

FEW = 2_000
"""Up to so many matches of a quick search are fetched and sorted."""

_FEW = literal_column(str(FEW), Integer())
_ONE_MORE = literal_column(str(FEW + 1), Integer())


@dataclass(frozen=True, slots=True)
class Asked:
    """What decides which rows a page has. `nulls` says of a cursor's keys which are null; None is the first page."""

    given: Condition
    sort: tuple[str, ...]
    deleted: str = "no"
    searched: bool = False
    nulls: tuple[bool, ...] | None = None


def keys_of(view: View, asked: Asked) -> list[Key]:
    """The keys of the order; raises `BadRequest` at `sort`."""
    rows = Rows(view, Condition())
    return order_keys(rows.scope, rows.joins, asked.sort)


def make_page(view: View, asked: Asked, columns: Collection[str]) -> CTE:
    """The page and one more row as the CTE `p`: these columns of the object's table and the keys as `k0`, `k1`, …"""
    if not asked.searched:
        branches = _branches(view, asked, columns, "")
    else:
        tokens, met = matching(view)
        found = select(tokens.c.id).where(met).limit(_ONE_MORE).cte("m").prefix_with("MATERIALIZED")
        count = select(func.count()).select_from(found).scalar_subquery()
        ids: Any = func.array(select(found.c.id).scalar_subquery())
        branches = _branches(view, asked, columns, "few", count <= _FEW, ids)
        branches += _branches(view, asked, columns, "many", count > _FEW)
    if len(branches) == 1:
        return branches[0].cte("p")
    both = union_all(*(select(branch.subquery()) for branch in branches)).subquery("u")
    keys = keys_of(view, asked)
    order = [key.ordered(both.c[f"k{n}"]) for n, key in enumerate(keys)]
    return select(*both.c).order_by(*order).limit(MORE).cte("p")


def _branches(
    view: View,
    asked: Asked,
    columns: Collection[str],
    name: str,
    gate: ColumnElement[bool] | None = None,
    ids: Any = None,
) -> list[Select[Any]]:
    """The SELECTs whose rows follow each other in the order, behind a condition that is looked at once."""
    rows = Rows(view, asked.given, deleted=asked.deleted, searched=asked.searched and ids is None)
    if ids is not None:
        rows.where.append(rows.table.c.id == func.any(ids))
    if gate is not None:
        rows.where.append(gate)
    keys = order_keys(rows.scope, rows.joins, asked.sort)
    labelled = [key.value.label(f"k{n}") for n, key in enumerate(keys)]
    usual = rows.select(*(rows.table.c[c] for c in columns), *labelled)
    usual = usual.order_by(*(key.ordered() for key in keys)).limit(MORE)
    if asked.nulls is None:
        return [usual]
    return _going_on(usual, after(keys, asked.nulls), name)


def _going_on(usual: Select[Any], ways: Sequence[ColumnElement[bool]], name: str) -> list[Select[Any]]:
    """What comes after a cursor: by one way, or by a second where the first does not fill the page."""
    if len(ways) == 1:
        return [usual.where(ways[0])]
    first = usual.where(ways[0]).cte(f"after{name}")
    filled = select(func.count()).select_from(first).scalar_subquery()
    return [select(*first.c), usual.where(ways[1], filled < MORE)]
