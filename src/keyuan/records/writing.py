"""The write itself: rows, their history, the log of changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from psycopg import errors as pg

from ..kernel.errors import Conflict, FieldError, Invalid, Problem
from ..kernel.kept import kept
from ..schema import field_types
from ..schema.conversion import converted_columns, neutral
from ..schema.field_types import Context, FieldType
from ..schema.model import Field, Object
from ..schema.registry import Registry
from ..schema.tables import stored_fields
from . import statements
from .hooks import Batch, Item
from .unit_of_work import UnitOfWork, operation_row

_MANY = 50
"""Rows from which on it pays to leave out the columns that all of them leave empty."""

STAMP_KEYS = ("created_at", "updated_at", "created_by", "updated_by")


class Encoder(NamedTuple):
    """How the value of one field goes into its columns. Most types have one column that holds the value as it is:
    `column` names it then; otherwise `encode` does the work."""

    field: Field
    column: str | None
    encode: Callable[[Field, Any, Context], dict[str, Any]]


@kept(500)
def encoders(registry: Registry, object_key: str) -> Mapping[str, Encoder]:
    """The encoders of an object's stored fields in use, by the fields' keys."""
    made = {}
    for field in stored_fields(registry.objects[object_key]):
        if field.state == "retired":
            continue
        kind = field_types.get(field.type)
        plain = type(kind).encode is FieldType.encode and field.becoming is None
        made[field.key] = Encoder(field, field.physical if plain else None, kind.encode)
    return made


def _becoming(uow: UnitOfWork, field: Field, new: Field, value: Any) -> dict[str, Any]:
    """The columns of what a field is becoming, converted through text."""
    return converted_columns(field, new, value, neutral(uow.context, uow.organisation.settings))


def stamp(uow: UnitOfWork, item: Item) -> None:
    """Who and when, and the next version. Trusted work may have set the stamps itself (history that is imported)."""
    moment = uow.moment
    new = item.before is None
    for key, value in (("updated_at", moment), ("updated_by", uow.principal.user)):
        if not (uow.trusted and key in item.given):
            item.after[key] = value
    if new:
        for key, value in (("created_at", moment), ("created_by", uow.principal.user)):
            if item.after.get(key) is None:
                item.after[key] = value
    item.after["id"] = item.id
    item.after["version"] = 1 if item.before is None else int(item.before["version"]) + 1
    item.after["operation"] = uow.operation


def _rows(uow: UnitOfWork, using: Mapping[str, Encoder], items: Iterable[Item]) -> list[dict[str, Any]]:
    """The columns of rows, with those that are empty: what is written is the same for all rows of a statement."""
    empty: dict[str, Any] = {}
    for encoder in using.values():
        empty |= _columns(uow, encoder, None)
    return [_row(uow, using, item, empty) for item in items]


def _row(
    uow: UnitOfWork, using: Mapping[str, Encoder], item: Item, empty: Mapping[str, Any]
) -> dict[str, Any]:
    after = item.after
    row: dict[str, Any] = {
        "id": item.id,
        "version": after["version"],
        "operation": after["operation"],
        "deleted_at": after.get("deleted_at"),
        **empty,
    }
    for key, value in after.items():
        if value is not None and (encoder := using.get(key)) is not None:
            if encoder.column is not None:
                row[encoder.column] = value
            else:
                row |= _columns(uow, encoder, value)
    return row


def _columns(uow: UnitOfWork, encoder: Encoder, value: Any) -> dict[str, Any]:
    field = encoder.field
    columns = encoder.encode(field, value, uow.context)
    if field.becoming is not None:
        columns |= _becoming(uow, field, field.becoming, value)
    return columns


def insert(uow: UnitOfWork, batch: Batch) -> None:
    """Insert the rows of a batch."""
    table = uow.registry.tables[batch.object.key].main
    using = encoders(uow.registry, batch.object.key)
    if len(batch.items) >= _MANY:
        filled = {key for item in batch for key, value in item.after.items() if value is not None}
        using = {key: using[key] for key in sorted(filled & using.keys())}
    rows = _rows(uow, using, batch)
    _write(uow, batch, statements.insert(table, tuple(rows[0])), rows)


def update(uow: UnitOfWork, batch: Batch) -> None:
    """Keep the history of the rows of a batch, then set the columns that change; rows in which the same fields change
    travel together."""
    tables = uow.registry.tables[batch.object.key]
    uow.held.forget(batch.object.key)
    keep_history(uow, batch)
    # Of a place that only one record may have (see `Object.unique`) they let go before others take it.
    places = {k for group in batch.object.unique for k in group if _is_yes_no(batch.object, k)}
    groups: dict[tuple[bool, frozenset[str]], list[Item]] = defaultdict(list)
    for item in batch:
        takes = any(item.after.get(k) for k in places & item.changed)
        groups[takes, frozenset(item.changed)].append(item)
    known = encoders(uow.registry, batch.object.key)
    for (_, keys), items in sorted(groups.items(), key=lambda group: group[0][0]):
        using = {k: known[k] for k in sorted({*keys, "updated_at", "updated_by"}) if k in known}
        rows = _rows(uow, using, items)
        _write(uow, batch, statements.update(tables.main, tuple(rows[0])), rows)


def _is_yes_no(obj: Object, key: str) -> bool:
    field = obj.field(key)
    return field is not None and field.type == "boolean"


def keep_history(uow: UnitOfWork, batch: Batch) -> None:
    """Copy the rows as they stand before the change. They end when the change says it was made: now, or in the past where
    trusted work tells what happened then."""
    tables = uow.registry.tables[batch.object.key]
    if tables.history is None:
        return
    rows = [{"id": i.id, "changed": sorted(i.changed), "at": i.after["updated_at"]} for i in batch]
    uow.send(
        statements.keep_history(tables.main, tables.history),
        {
            "operation": uow.operation,
            "rows": msgspec.json.encode(rows).decode(),
        },
    )


def log_changes(uow: UnitOfWork, batch: Batch) -> None:
    """One line of the change log for each record; the operation's own row with the first."""
    made = operation_row(uow)
    first, params = ("", {}) if made is None else (f"with made as ({made[0]}) ", made[1])
    rows = [
        {
            "record": item.id,
            "version": item.after["version"],
            "changed": sorted(item.changed - set(STAMP_KEYS)) if item.before is not None else None,
        }
        for item in batch
    ]
    uow.send(
        f"{first}insert into {uow.table_name('change')} (at, operation, object, record, kind, version, actor, changed)"  # noqa: S608
        " select %(at)s, %(operation)s, %(object)s, x.record, %(kind)s, x.version, %(actor)s, x.changed"
        " from json_to_recordset(%(rows)s::json) as x(record uuid, version int, changed text[])",
        {
            **params,
            "at": uow.now,
            "operation": uow.operation,
            "object": batch.object.key,
            "kind": batch.kind,
            "actor": uow.principal.user,
            "rows": msgspec.json.encode(rows).decode(),
        },
    )


def _write(uow: UnitOfWork, batch: Batch, statement: str, rows: list[dict[str, Any]]) -> None:
    table = uow.registry.tables[batch.object.key].main

    def refused(error: pg.Error) -> Problem | None:
        match error:
            case pg.UniqueViolation() if error.diag.table_name == table.name:
                return _taken(uow, batch, rows, error)
            case pg.ForeignKeyViolation() if error.diag.table_name == table.name:
                return Conflict("referenced")
            case pg.DataError():
                # The types parse what PostgreSQL accepts; what slips through is still the caller's value, not a fault.
                return Invalid(errors=[FieldError("", "value")])
        return None

    uow.send(statement, {"rows": msgspec.json.encode(rows).decode()}, refused)


def _taken(
    uow: UnitOfWork, batch: Batch, rows: Sequence[Mapping[str, Any]], violation: pg.UniqueViolation
) -> Invalid:
    """The error for a value that another record has, at the fields of the index and the records concerned."""
    table = uow.registry.tables[batch.object.key].main
    index = next((i for i in table.indexes if i.name == violation.diag.constraint_name), None)
    columns = [] if index is None else [c.name for c in index.columns]
    if not columns:  # the primary key: an id given twice
        return Invalid(errors=[FieldError("id", "taken")])
    by_column = {
        column: field.key
        for field in stored_fields(uow.registry.objects[batch.object.key])
        for column in (c.name for c in field_types.get(field.type).columns(field))
    }
    keys = [by_column.get(c, c) for c in columns]
    detail = violation.diag.message_detail or ""
    _, _, told = detail.partition("=(")
    value = told.rpartition(")")[0]
    concerned = [
        item for item, row in zip(batch, rows, strict=False)
        if len(rows) == 1 or ", ".join("null" if row.get(c) is None else str(row[c]) for c in columns) == value
    ]  # fmt: skip
    for item in concerned:
        item.error(keys[-1], "taken")
    return BatchInvalid(batch)


class BatchInvalid(Invalid):
    """Some records of a batch are refused. The errors of a batch of one have the fields' own paths, those of larger
    ones begin with the record's position: `items.3.name`."""

    def __init__(self, batch: Batch, prefix: str = "items") -> None:
        self.kind = batch.kind
        self.by_position: dict[int, list[FieldError]] = {i.position: i.errors for i in batch if i.errors}
        single = len(batch.items) == 1
        errors = [
            e if single else e.under(f"{prefix}.{position}")
            for position, found in self.by_position.items()
            for e in found
        ]
        super().__init__(errors=errors or [FieldError("", "taken")])
