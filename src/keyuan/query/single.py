"""Statements about one record, by its id: they are prepared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, literal_column, select, text

from ..access.parameters import parameter
from ..schema.field_types.pointer import UUID
from .base import Statement, View
from .listing import ListAbout, output_columns
from .output import Outputs

ID = parameter("id", UUID)
"""The parameter for the record's id."""


def make_record(
    view: View, fields: Sequence[str], *, deleted: bool | None = False
) -> tuple[Statement, ListAbout]:
    """The statement that reads one record: at most one row, (the record as JSON, its version).
    `deleted`: whether it must lie in the recycle bin; None for either."""
    table = view.registry.tables[view.object].main.alias("t")
    outputs = Outputs(view.shown, view.object, table)
    columns = output_columns(outputs, fields)
    record = select(*columns).correlate(*outputs.joins.tables).lateral("r")
    rows: Select[Any] = (
        select(func.row_to_json(literal_column("r")), table.c.version)
        .select_from(outputs.joins.clause().join(record, text("true")))
        .where(table.c.id == ID, view.predicate(table, planned=False))
    )
    if deleted is not None:
        rows = rows.where(table.c.deleted_at.is_not(None) if deleted else table.c.deleted_at.is_(None))
    return Statement(rows, view.late), ListAbout("", tuple(outputs.secrets), dict(outputs.labels.renamed))
