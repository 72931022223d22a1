"""The versions of a record, the newest first, each with everything the caller may see of it in canonical form. What
changed from one to the next is worked out from neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from ..access.parameters import parameter
from ..access.rights import Rights
from ..access.scope import SHOWN
from ..schema.field_types.pointer import UUID
from ..schema.registry import Registry
from .base import Statement, View
from .listing import output_columns
from .output import Outputs
from .single import ID

Column = ColumnElement[Any]

BEFORE: Column = parameter("before", Integer())
"""Versions up to this one are asked for; null for the current one and all before it."""
COUNT: Column = parameter("count", Integer())
"""How many versions at most, the current one apart."""


@dataclass(frozen=True, slots=True)
class VersionsAbout:
    """The fields that versions tell, and those of them that are encrypted."""

    fields: tuple[str, ...]
    secrets: frozenset[str]


def version_fields(rights: Rights, object_key: str) -> tuple[str, ...]:
    """The fields whose changes are told: stored ones that people or the product set, as far as the caller may see."""
    return tuple(
        key
        for key, field in rights.registry.fields(object_key).items()
        if Registry.type_of(field).stored
        and field.type != "rollup"
        and key not in ("updated_at",)
        and rights.access(object_key, key) != "hidden"
    )


def make_versions(view: View) -> tuple[Statement, VersionsAbout]:
    """The statement that reads versions of one record: one row with a JSON array of `{"version", "until", "operation",
    "changed", "values"}`, the newest first; no row where the caller may not see the record. The current version comes
    first, if it is asked for; its `until` and `operation` are null. Where the caller may not see `updated_at`, no `until` is
    told: it is the `updated_at` of the version after."""
    tables = view.registry.tables[view.object]
    fields = version_fields(view.rights, view.object)
    current, secrets = _versions(view, tables.main.alias("t"), fields)
    main = tables.main.alias("seen")
    parts: list[Select[Any]] = [current.where(BEFORE.is_(None))]
    if tables.history is not None:
        table = tables.history.alias("h")
        past, _ = _versions(view, table, fields, past=True)
        parts.append(
            past.where(or_(BEFORE.is_(None), table.c.version <= BEFORE))
            .order_by(table.c.valid_to.desc(), table.c.version.desc())
            .limit(COUNT)
        )
    rows = union_all(*(select(p.subquery()) for p in parts)).subquery("v")
    listed = func.json_agg(aggregate_order_by(func.row_to_json(literal_column("v")), rows.c.version.desc()))
    found = select(listed).select_from(rows).scalar_subquery()
    statement = select(found).where(main.c.id == ID, view.predicate(main, planned=False))
    return Statement(statement, view.late), VersionsAbout(fields, frozenset(place[0] for place in secrets))


def _versions(
    view: View, table: Any, fields: Sequence[str], past: bool = False
) -> tuple[Select[Any], list[tuple[str, ...]]]:
    outputs = Outputs(view.shown, view.object, table)
    columns = output_columns(outputs, (*fields, "deleted_at"))
    record = select(*columns).correlate(*outputs.joins.tables).lateral("r")
    timed = past and view.rights.access(view.object, "updated_at") in SHOWN
    until = table.c.valid_to if timed else cast(null(), DateTime(timezone=True))
    operation = table.c.ended_by if past else cast(null(), UUID)
    changed = table.c.changed if past else cast(null(), ARRAY(Text))
    rows: Select[Any] = (
        select(
            table.c.version.label("version"),
            until.label("until"),
            operation.label("operation"),
            changed.label("changed"),
            func.row_to_json(literal_column("r")).label("values"),
        )
        .select_from(outputs.joins.clause().join(record, text("true")))
        .where(table.c.id == ID)
    )
    return rows, outputs.secrets
