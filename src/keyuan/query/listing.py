"""A list of records as one statement that answers JSON.

    with p as (select id, <columns needed>, <keys> from object … where <permission, filter, cursor> order by … limit n+1)
    select json_agg(<row>), <keys of the last row if there is one more> from p left join <names of related records> …

The page is found first, with the joins that conditions and orders need and no others; only its rows are joined with what
they show. Which columns the page hands on follows from what the rows show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql import visitors
from sqlalchemy.sql.expression import ColumnClause, TableClause

from ..access.parameters import parameter
from ..access.paths import paths_of
from ..access.scope import SHOWN
from ..expr.filters import shown
from ..expr.scope import UnknownPath
from ..kernel.errors import BadRequest, FieldError
from .base import Statement, View
from .cursors import Form, Key, as_text, fingerprint
from .output import Outputs, all_fields, list_fields
from .pages import Asked, keys_of, make_page

SIZE: ColumnElement[int] = parameter("size", Integer())
"""The parameter for the number of records on a page."""


@dataclass(frozen=True, slots=True)
class ListAbout:
    """What a list's answer is read by: `mark` writes cursors, `secrets` are the places of encrypted values, `renamed`
    the keys that stand for longer ones."""

    mark: str
    secrets: tuple[tuple[str, ...], ...]
    renamed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Order:
    """What cursors of an order are read by."""

    forms: tuple[Form, ...]
    mark: str


def sort_of(view: View, sort: Sequence[str]) -> tuple[str, ...]:
    """The order asked for, or the object's own as far as the caller may use it."""
    if sort:
        return tuple(sort)
    usual = view.registry.objects[view.object].default_sort
    return tuple(word for word in usual if _usable(view, word.removeprefix("-")))


def _usable(view: View, path: str) -> bool:
    try:
        found = paths_of(view.registry).find(view.object, tuple(path.split(".")))
    except UnknownPath:
        return False
    return found.sortable and view.rights.of(found) in SHOWN


def order_of(view: View, asked: Asked) -> Order:
    """The keys of an order; raises `BadRequest` at `sort`."""
    return Order(tuple(key.form for key in keys_of(view, asked)), fingerprint(view.object, asked.sort))


def fields_of(view: View, fields: Sequence[str], *, deleted: bool = False) -> tuple[str, ...]:
    """The fields asked for with `id` and `version`, `*` standing for all, or the usual ones. Where deleted records can
    come (`deleted`), all and the usual ones have `deleted_at` too."""
    when = ("deleted_at",) if deleted else ()
    if not fields:
        return (*list_fields(view.rights, view.object), *when)
    named: list[str] = ["id", "version"]
    for name in fields:
        named.extend((*all_fields(view.rights, view.object), *when) if name == "*" else [name])
    return tuple(dict.fromkeys(named))


def make_list(view: View, asked: Asked, fields: Sequence[str]) -> tuple[Statement, ListAbout]:
    """The statement of a list: its rows are one, (records as JSON, keys of the last record as a JSON array if there are
    more, else null). Raises `BadRequest` at `fields` or `sort`."""
    keys = keys_of(view, asked)
    main = view.registry.tables[view.object].main
    order_columns = [column(f"k{n}", key.sql_type) for n, key in enumerate(keys)]
    page = sql_table("p", *(column(c.name, c.type) for c in main.columns), *order_columns)
    outputs = Outputs(view.shown, view.object, page)
    shown_columns = output_columns(outputs, fields)
    statement = _answer(outputs, shown_columns, page, keys)
    needed = used_columns(statement, page) | {"id"}
    found = make_page(view, asked, [c.name for c in main.columns if c.name in needed])
    made = Statement(statement.add_cte(found), view.late)
    return made, ListAbout(
        fingerprint(view.object, asked.sort), tuple(outputs.secrets), dict(outputs.labels.renamed)
    )


def output_columns(outputs: Outputs, fields: Sequence[str]) -> list[ColumnElement[Any]]:
    """The columns of the fields of an answer; raises `BadRequest` at `fields`."""
    errors: list[FieldError] = []
    made: list[ColumnElement[Any]] = []
    for path in fields:
        try:
            made.append(outputs.column(path))
        except UnknownPath as unknown:
            errors.append(FieldError("fields", unknown.code, {"path": shown(path)}))
    if errors:
        raise BadRequest(errors=errors)
    return made


def _answer(
    outputs: Outputs, columns: list[ColumnElement[Any]], page: TableClause, keys: Sequence[Key]
) -> Select[Any]:
    """From the page to the answer: its rows as JSON objects, numbered in their order, gathered into one array."""
    record = select(*columns).correlate(*outputs.joins.tables).lateral("r")
    ordered = [key.ordered(page.c[f"k{n}"]) for n, key in enumerate(keys)]
    place = func.row_number().over(order_by=ordered)
    values = [as_text(key, page.c[f"k{n}"]) for n, key in enumerate(keys)]
    rows = (
        select(
            func.row_to_json(literal_column("r")).label("record"),
            place.label("place"),
            case((place == SIZE, func.json_build_array(*values))).label("cursor"),
        )
        .select_from(outputs.joins.clause().join(record, text("true")))
        .subquery("o")
    )
    listed = func.json_agg(aggregate_order_by(rows.c.record, rows.c.place)).filter(rows.c.place <= SIZE)
    last = func.max(cast(rows.c.cursor, Text)).filter(rows.c.place == SIZE)
    return select(
        func.coalesce(listed, literal_column("'[]'::json")), case((func.count() > SIZE, last))
    ).select_from(rows)


def used_columns(statement: Select[Any], page: TableClause) -> set[str]:
    """The columns of the page that a statement takes."""
    return {
        element.name
        for element in visitors.iterate(statement)
        if isinstance(element, ColumnClause) and element.table is page
    }
