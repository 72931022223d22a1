"""Records of one object that are about a record of another, in order of time: what timelines are made of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    and_,
    func,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, array

from ..access.parameters import parameter
from ..access.rights import Rights
from ..access.scope import SHOWN, constant
from ..schema.field_types.pointer import UUID
from ..schema.model import Field
from ..schema.registry import Registry
from .base import Statement, View
from .listing import output_columns
from .output import Outputs, all_fields
from .single import ID

_NOT_ABOUT = frozenset({"owner", "owner_department", "created_by", "updated_by"})


def links(rights: Rights, source: str, about: str) -> tuple[Field, ...]:
    """The fields by which records of `source` are about a record of `about`, as far as the caller may see them."""
    registry = rights.registry
    return tuple(
        field
        for place in registry.pointing_at.get(about, ())
        if place.object == source and place.field not in _NOT_ABOUT
        if rights.access(source, place.field) in SHOWN
        if (field := registry.field(source, place.field)) is not None
    )


def make_about(
    view: View, about: str, when: str, going_on: bool
) -> tuple[Statement, tuple[tuple[str, ...], ...]]:
    """The statement: one row with a JSON array of at most `count` records about the record `id`, each with all fields and
    its time as `_at`; and the places of encrypted values. `going_on`: only those before `after_at` and `after_id`."""
    table = view.registry.tables[view.object].main.alias("t")
    outputs = Outputs(view.shown, view.object, table)
    fields = all_fields(view.rights, view.object)
    field = view.registry.field(view.object, when)
    assert field is not None
    at = table.c[field.physical]
    columns = [*output_columns(outputs, fields), at.label("_at")]
    record = select(*columns).correlate(*outputs.joins.tables).lateral("r")
    ways = [_linked(link, about, table) for link in links(view.rights, view.object, about)]
    rows = (
        select(func.row_to_json(literal_column("r")).label("record"), at.label("at"), table.c.id.label("id"))
        .select_from(outputs.joins.clause().join(record, text("true")))
        .where(and_(or_(*ways), table.c.deleted_at.is_(None), at.is_not(None), view.predicate(table)))
        .order_by(at.desc(), table.c.id.desc())
        .limit(parameter("count", Integer()))
    )
    if going_on:
        last = tuple_(parameter("after_at", DateTime(timezone=True)), parameter("after_id", UUID))
        rows = rows.where(tuple_(at, table.c.id) < last)
    found = rows.subquery("o")
    listed = func.json_agg(aggregate_order_by(found.c.record, found.c.at.desc(), found.c.id.desc()))
    return Statement(select(listed).select_from(found), view.late), tuple(outputs.secrets)


def _linked(field: Field, about: str, table: FromClause) -> ColumnElement[bool]:
    column: ColumnElement[Any] = table.c[field.physical]
    match Registry.type_of(field).output:
        case "references":
            return column.op("@>")(array([ID]))
        case "reference_any":
            return and_(column == ID, table.c[field.physical + "__object"] == constant(about))
    return column == ID
