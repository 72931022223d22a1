"""Figures over records: grouped, measured, sorted, as one statement that answers JSON.

A row holds its groups under their paths (`stage.name`, `closed_at.month`) and its measures under `count`, `sum_amount`.
Grouping by a reference itself shows `{"id", "name"}`. What a caller may not read can neither be grouped nor measured;
records that may not be read are in no figure, and what they hold is null where a path goes through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    case,
    cast,
    collate,
    column,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy import table as sql_table

from ..access.parameters import parameter
from ..access.paths import Found, paths_of
from ..access.scope import Joins, RecordScope
from ..expr.filters import shown as for_message
from ..expr.filters import split_path
from ..expr.scope import UnknownPath
from ..expr.types import DATES, TEXTS, Type
from ..kernel.errors import BadRequest, FieldError
from ..schema.registry import Registry
from .base import Condition, Rows, Statement, View
from .buckets import BUCKETS, start_of
from .labels import Labels
from .listing import used_columns
from .output import Outputs, formula_shown, shown, unseen

Column = ColumnElement[Any]

_WHOLE = (Type.INTEGER, Type.DURATION)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One thing rows are grouped by: its key in the answer, where it leads, the bucket of a date."""

    key: str
    found: Found
    bucket: str

    @property
    def target(self) -> str:
        """The object of a reference that is grouped by itself; empty for anything else."""
        field = self.found.field
        if field is None or self.found.part or Registry.type_of(field).output != "reference":
            return ""
        return field.target


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One figure: its key in the answer, its function, what it is taken of (None: records)."""

    key: str
    function: str
    found: Found | None


def make_aggregate(
    view: View,
    given: Condition,
    group_by: Sequence[tuple[str, str]],
    measures: Sequence[tuple[str, str]],
    sort: Sequence[str],
    *,
    deleted: str = "no",
    searched: bool = False,
) -> tuple[Statement, dict[str, str]]:
    """The statement: one row with the JSON array of at most `limit` rows (a parameter); and the keys that short names in
    it stand for. Raises `BadRequest` at `group_by`, `measures` or `sort`."""
    rows = Rows(view, given, deleted=deleted, searched=searched)
    groups = [_group(rows.scope, n, path, bucket) for n, (path, bucket) in enumerate(group_by)]
    figures = [_measure(rows.scope, n, function, path) for n, (function, path) in enumerate(measures)]
    found = (
        _in_two_steps(rows, groups, figures)
        if _few(view, groups, figures)
        else _at_once(rows, groups, figures)
    )
    return _answer(view, found.cte("a"), groups, figures, sort)


def _at_once(rows: Rows, groups: Sequence[Group], figures: Sequence[Measure]) -> Select[Any]:
    """The groups and figures, as columns `g0` … and `m0` …."""
    values = [_grouped(rows.scope, group) for group in groups]
    taken = [_taken(rows.scope, figure) for figure in figures]
    found = rows.select(
        *(value.label(f"g{n}") for n, value in enumerate(values)),
        *(value.label(f"m{n}") for n, value in enumerate(taken)),
    )
    return found.group_by(*_first(len(groups))) if groups else found


def _few(view: View, groups: Sequence[Group], figures: Sequence[Measure]) -> bool:
    """Whether to group by references before following them. That halves the time where they lead to few records, and
    multiplies it where they lead to many, so it is done for what has no owner: stages, products, departments. The
    figures must be such that they can be taken of parts and put together."""
    hops = [group.found.hops[0] for group in groups if group.found.hops]
    if not hops or any(f.function == "count_distinct" or (f.found and f.found.hops) for f in figures):
        return False
    return all(_is_small(view.registry, hop.target) for hop in hops)


def _is_small(registry: Registry, object_key: str) -> bool:
    obj = registry.objects[object_key]
    parent = registry.field(object_key, obj.parent) if obj.parent else None
    above = () if parent is None else registry.targets(parent)
    return not obj.owned and not any(registry.objects[o].owned for o in above if o in registry.objects)


def _in_two_steps(rows: Rows, groups: Sequence[Group], figures: Sequence[Measure]) -> Select[Any]:
    """As `_at_once`, with the rows first grouped by the references that the groups go through."""
    view = rows.view
    main = view.registry.tables[view.object].main
    direct = {n: _grouped(rows.scope, group) for n, group in enumerate(groups) if not group.found.hops}
    partial = {
        f"m{n}{part}": value
        for n, figure in enumerate(figures)
        for part, value in _parts(rows.scope, figure).items()
    }
    names = [*(f"g{n}" for n in direct), *partial]
    table = sql_table("b", *(column(c.name, c.type) for c in main.columns), *(column(name) for name in names))
    joins = Joins(view.reach, table)
    scope = RecordScope(view.reach, view.object, table, joins)
    values = [table.c[f"g{n}"] if n in direct else _grouped(scope, group) for n, group in enumerate(groups)]
    put_together = [_together(figure, f"m{n}", table) for n, figure in enumerate(figures)]
    second = (
        select(
            *(value.label(f"g{n}") for n, value in enumerate(values)),
            *(value.label(f"m{n}") for n, value in enumerate(put_together)),
        )
        .select_from(joins.clause())
        .group_by(*_first(len(groups)))
    )
    through = [rows.table.c[name] for name in sorted(used_columns(second, table)) if name in main.c]
    first = rows.select(
        *through,
        *(value.label(f"g{n}") for n, value in direct.items()),
        *(value.label(name) for name, value in partial.items()),
    ).group_by(*_first(len(through) + len(direct)))
    return second.add_cte(first.cte("b"))


def _first(count: int) -> list[Column]:
    """The first columns of a SELECT, for its GROUP BY."""
    return [literal_column(str(n + 1)) for n in range(count)]


def _parts(scope: RecordScope, figure: Measure) -> dict[str, Column]:
    """What is kept of a part of the rows, for a figure of all of them; an average needs two."""
    if figure.function != "avg" or figure.found is None:
        return {"": _taken(scope, figure)}
    value = scope.column(figure.found.steps)
    return {"s": func.sum(value), "n": func.count(value)}


def _together(figure: Measure, name: str, table: FromClause) -> Column:
    """The figure of all rows from those of the parts."""
    if figure.function == "avg":
        return func.sum(table.c[name + "s"]) / func.nullif(func.sum(table.c[name + "n"]), literal_column("0"))
    value: Column = table.c[name]
    if figure.function in ("min", "max"):
        ordered = value if figure.found is None else _ordered(value, figure.found)
        return func.min(ordered) if figure.function == "min" else func.max(ordered)
    return func.sum(value)


def _find(scope: RecordScope, path: str, at: str) -> Found:
    steps = split_path(path)
    try:
        if steps is None:
            raise UnknownPath(0)
        return scope.find(steps)
    except UnknownPath as unknown:
        raise BadRequest(errors=[FieldError(at, unknown.code, {"path": for_message(path)})]) from None


def _group(scope: RecordScope, n: int, path: str, bucket: str) -> Group:
    at = f"group_by/{n}"
    found = _find(scope, path, at)
    if not found.groupable:
        raise BadRequest(errors=[FieldError(at, "query_not_groupable", {"path": for_message(path)})])
    if bucket and (found.type not in DATES or bucket not in BUCKETS):
        words = ", ".join(BUCKETS) if found.type in DATES else "–"
        told = {"path": for_message(path), "bucket": for_message(bucket), "words": words}
        raise BadRequest(errors=[FieldError(at, "query_bucket", told)])
    return Group(f"{path}.{bucket}" if bucket else path, found, bucket)


def _measure(scope: RecordScope, n: int, function: str, path: str) -> Measure:
    at = f"measures/{n}"
    found = _find(scope, path, at) if path else None
    allowed = ("count",) if found is None else found.measures
    if function not in allowed:
        told = {"path": for_message(path or "id"), "measure": for_message(function)}
        raise BadRequest(errors=[FieldError(at, "query_measure", told)])
    return Measure(f"{function}_{path}" if path else function, function, found)


def _grouped(scope: RecordScope, group: Group) -> Column:
    value = scope.column(group.found.steps)
    return start_of(value, group.found.type, group.bucket) if group.bucket else value


def _taken(scope: RecordScope, figure: Measure) -> Column:
    """A measure over the rows of a group."""
    if figure.found is None:
        return func.count()
    value = scope.column(figure.found.steps)
    match figure.function:
        case "count":
            return func.count(value)
        case "count_distinct":
            return func.count(value.distinct())
        case "sum":
            return func.sum(value)
        case "avg":
            return func.avg(value)
        case "min":
            return func.min(_ordered(value, figure.found))
    return func.max(_ordered(value, figure.found))


def _ordered(value: Column, found: Found) -> Column:
    return collate(value, "C") if found.type in TEXTS else value


def _figure_shown(figure: Measure, value: Column) -> Column:
    """A figure in canonical form: whole numbers as numbers, others as text, averages to six decimals."""
    if figure.found is None or figure.function in ("count", "count_distinct"):
        return value
    if figure.function == "avg":
        if figure.found.type is Type.DURATION:
            return func.round(value)
        return cast(func.trim_scale(func.round(value, literal_column("6"))), Text)
    formula = figure.found.field is not None and figure.found.field.type == "formula"
    return formula_shown(value, figure.found) if formula else shown(value, figure.found.type)


def _group_shown(group: Group, value: Column) -> Column:
    if group.bucket:
        return value
    formula = group.found.field is not None and group.found.field.type == "formula"
    return formula_shown(value, group.found) if formula else shown(value, group.found.type)


def _answer(
    view: View, rows: CTE, groups: Sequence[Group], figures: Sequence[Measure], sort: Sequence[str]
) -> tuple[Statement, dict[str, str]]:
    """The groups with the names of what they point at, in their order, as JSON."""
    outputs = Outputs(view.reach, view.object, rows)
    source: Any = rows
    columns: list[Column] = []
    labels = Labels()
    order: dict[str, Column] = {}
    for n, group in enumerate(groups):
        value: Column = rows.c[f"g{n}"]
        order[group.key] = _ordered(value, group.found)
        if not group.target:
            columns.append(_group_shown(group, value).label(labels.of(group.key)))
        elif not view.rights.can(group.target, "read"):
            columns.append(case((value.is_not(None), unseen(value))).label(labels.of(group.key)))
        else:
            target = view.registry.tables[group.target].main.alias()
            source = source.outerjoin(target, (target.c.id == value) & outputs.readable(group.target, target))
            made = outputs.pointed(group.target, target, value)
            columns.append(case((value.is_(None), null()), else_=made).label(labels.of(group.key)))
            order[group.key] = _name_order(view, group.target, target, value)
    for n, figure in enumerate(figures):
        value = rows.c[f"m{n}"]
        order.setdefault(figure.key, value)
        columns.append(_figure_shown(figure, value).label(labels.of(figure.key)))
    sorted_by = _order(order, sort or [group.key for group in groups])
    listed = (
        select(*columns).select_from(source).order_by(*sorted_by).limit(parameter("limit", Integer()))
    ).subquery("r")
    answer = func.coalesce(func.json_agg(func.row_to_json(literal_column("r"))), literal_column("'[]'::json"))
    return Statement(select(answer).select_from(listed), view.late), labels.renamed


def _name_order(view: View, object_key: str, target: Any, value: Column) -> Column:
    """Groups of a reference stand in the order of the names, where the caller may see them."""
    found = paths_of(view.registry).find(object_key, ("name",))
    if found.field is None or not found.sortable or view.rights.of(found) not in ("read", "edit"):
        return value
    if found.field.type == "formula":
        return RecordScope(view.reach, object_key, target).formula(found)
    return Registry.type_of(found.field).order_key(found.field, target)


def _order(known: dict[str, Column], sort: Sequence[str]) -> list[Column]:
    made: list[Column] = []
    for word in sort:
        key = word.removeprefix("-").removeprefix("+")
        if key not in known:
            raise BadRequest(errors=[FieldError("sort", "expr_unknown_path", {"path": for_message(key)})])
        made.append(known[key].desc().nulls_last() if word.startswith("-") else known[key].asc())
    return made
