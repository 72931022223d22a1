"""From a definition to its tables: the records, their history, their search tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UnaryExpression,
    and_,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

from . import field_types
from .field_types.pointer import UUID
from .model import Field, Object

Columns = tuple[Column[Any], ...]

STAMPS = ("id", "version", "deleted_at", "operation")
"""The columns of every table that are no fields."""

MOST_COLUMNS = 300


class Tables(NamedTuple):
    """The tables of one object; history and search only where the object has them."""

    main: Table
    history: Table | None
    search: Table | None


def field_columns(field: Field) -> Columns:
    """The physical columns of a field, with those of what it is becoming."""
    own = field_types.get(field.type).columns(field)
    return own + (field_columns(field.becoming) if field.becoming else ())


def stored_fields(obj: Object) -> Iterator[Field]:
    """The fields that have columns."""
    return (f for f in obj.fields if field_types.get(f.type).stored)


def orderable(field: Field) -> bool:
    """Whether a column of the field can stand in an index by its order."""
    kind = field_types.all_types().get(field.type)
    return (
        kind is not None
        and kind.stored
        and not field.encrypted
        and (kind.sortable or kind.output == "reference")
    )


def _stamp_columns() -> Columns:
    return (
        Column("id", UUID, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("deleted_at", DateTime(timezone=True)),
        Column("operation", UUID),
    )


def _data_columns(obj: Object, schema: str | None) -> Iterator[Column[Any]]:
    """The columns of the fields; with foreign keys if `schema` is given."""
    for field in stored_fields(obj):
        for position, column in enumerate(field_columns(field)):
            if field.key in ("created_at", "updated_at"):
                column.nullable = False
            main = position == 0 and field_types.get(field.type).output == "reference"
            if schema and main and field.key not in ("created_by", "updated_by"):
                column.append_foreign_key(
                    ForeignKey(
                        f"{schema}.{field.target}.id", name=_key_name(obj.key, column.name), use_alter=True
                    )
                )
            yield column


def _key_name(table: str, column: str) -> str:
    """The name of a foreign key, within PostgreSQL's 63 bytes and different for every column."""
    name = f"fk_{table}_{column}"
    return name if len(name) <= 63 else f"{name[:54]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _index_name(table: str, kind: str, columns: Iterable[str]) -> str:
    """A name that changes with what the index is, so that the migrator compares names alone."""
    words = ",".join(columns)
    digest = hashlib.sha256(f"{kind}|{table}|{words}".encode()).hexdigest()[:8]
    readable = f"{kind}_{table}_{words}".replace(",", "_").replace("-", "").replace(" ", "")
    return f"{readable[:54]}_{digest}"


def _index(
    table: Table, keys: Iterable[str], *, unique: bool = False, above: frozenset[str] = frozenset()
) -> Index:
    """An index over columns (`-column` descending, empty values last), of records that are not deleted. `above`: those of
    a unique index that lead to the record above in a tree; records at its top have none, and are unique among each other."""
    parts: list[Column[Any] | UnaryExpression[Any]] = []
    keys = tuple(keys)
    for key in keys:
        column = table.c[key.lstrip("-")]
        if not key.startswith("-"):
            parts.append(column)
        else:
            parts.append(column.desc().nulls_last() if column.nullable else column.desc())
    alive: ColumnElement[bool] = table.c.deleted_at.is_(None)
    if unique:
        # of records where a yes/no field of the group is not yes there may be any number
        alive = and_(alive, *(table.c[k] for k in keys if isinstance(table.c[k].type, Boolean)))
    if not above.intersection(keys):
        name = _index_name(table.name, "uq" if unique else "ix", keys)
        return Index(name, *parts, unique=unique, postgresql_where=alive)
    # what is empty elsewhere stands against nothing, as in other groups
    alive = and_(alive, *(table.c[k].is_not(None) for k in keys if k not in above and table.c[k].nullable))
    name = _index_name(table.name, "uq_top", keys)
    return Index(name, *parts, unique=True, postgresql_where=alive, postgresql_nulls_not_distinct=True)


def _order_columns(obj: Object, keys: Iterable[str]) -> tuple[str, ...]:
    """The columns by which a list in that order is sorted."""
    made = []
    for key in keys:
        field = obj.field(key.lstrip("-"))
        if field is None:
            raise ValueError(f"{obj.key}: an index names {key}, which is no field")
        kind = field_types.get(field.type)
        scratch = Table("scratch", MetaData(), *kind.columns(field))
        sorted_by = kind.order_key(field, scratch)
        made.append(("-" if key.startswith("-") else "") + str(getattr(sorted_by, "name", field.physical)))
    return tuple(made)


def _leads_up(obj: Object, key: str) -> bool:
    """Whether a field leads to the record above in a tree of the object's own records."""
    field = obj.field(key)
    return (
        field is not None and field_types.get(field.type).output == "reference" and field.target == obj.key
        and bool(field.option("acyclic"))
    )  # fmt: skip


def _add_indexes(obj: Object, table: Table) -> None:
    seen: set[tuple[str, ...]] = set()

    def add(*keys: str, unique: bool = False) -> None:
        if keys not in seen:
            seen.add(keys)
            _index(table, keys, unique=unique)

    for group in obj.unique:
        columns = _order_columns(obj, group)
        if above := frozenset(c for k, c in zip(group, columns, strict=True) if _leads_up(obj, k)):
            seen.add(columns)
            _index(table, columns, unique=True, above=above)
        else:
            add(*columns, unique=True)
    for order in obj.indexes:
        ordered = _order_columns(obj, order)
        add(*ordered, "-id" if ordered[-1].startswith("-") else "id")
    add("-updated_at", "-id")
    add("-created_at", "-id")
    for field in stored_fields(obj):
        kind = field_types.get(field.type)
        name = kind.columns(field)[0].name
        if field.unique:
            add(name + ("__blind" if field.encrypted else ""), unique=True)
        if kind.output in ("reference", "reference_any") and field.key not in ("created_by", "updated_by"):
            # over deleted records too: PostgreSQL looks there before it lets go of what they point at
            Index(_index_name(table.name, "ref", (name,)), table.c[name])
        if kind.output == "references":
            Index(_index_name(table.name, "gin", (name,)), table.c[name], postgresql_using="gin")
        if field.index or field.key == "name":
            ordered = _order_columns(obj, (field.key,))
            add(*ordered, "id")
        if field.encrypted and not field.unique:
            add(name + "__blind")
    Index(
        _index_name(table.name, "bin", ("deleted_at",)), table.c.deleted_at,
        postgresql_where=table.c.deleted_at.is_not(None),
    )  # fmt: skip


_WHOLE_PAGE = 8160
"""The most bytes a row may have: PostgreSQL then squeezes none that fits into a page."""


def build(obj: Object, schema: str, metadata: MetaData) -> Tables:
    """The tables of an object in an organisation's schema."""
    main = Table(obj.key, metadata, *_stamp_columns(), *_data_columns(obj, schema), schema=schema)
    _add_indexes(obj, main)
    history = search = None
    if obj.history:
        stamps = [Column(c.name, c.type, nullable=c.name != "id") for c in _stamp_columns()]
        history = Table(
            f"{obj.key}__history", metadata, *stamps, *_data_columns(obj, None),
            Column("valid_to", DateTime(timezone=True), nullable=False),
            Column("ended_by", UUID, nullable=False),
            Column("changed", ARRAY(Text(collation="C"))),
            schema=schema, postgresql_partition_by="RANGE (valid_to)",
        )  # fmt: skip
        Index(_index_name(history.name, "ix", ("id", "valid_to")), history.c.id, history.c.valid_to)
        Index(_index_name(history.name, "ix", ("ended_by",)), history.c.ended_by)
    if obj.searchable:
        search = Table(
            f"{obj.key}__search", metadata,
            Column("id", UUID, primary_key=True),
            Column("tokens", TSVECTOR, nullable=False),
            Column("tokens_version", BigInteger, nullable=False, server_default="0"),
            # squeezing tokens that lie in the index anyway takes longer than writing them
            schema=schema, postgresql_with={"toast_tuple_target": _WHOLE_PAGE},
        )  # fmt: skip
        Index(_index_name(search.name, "gin", ("tokens",)), search.c.tokens, postgresql_using="gin")
    return Tables(main, history, search)
