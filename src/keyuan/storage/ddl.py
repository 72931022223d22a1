"""The statements of the migrator, one function for each kind of step."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Index, Table, UniqueConstraint
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from .sql import DIALECT, quoted, type_sql
from .sql import ddl as text_of


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the database: its kind, what it concerns, its statements. `later` steps run alone, outside any
    transaction, each statement by itself; all may be run again after a failure."""

    kind: str
    table: str
    name: str
    statements: tuple[str, ...]
    later: bool = False

    def __str__(self) -> str:
        return f"{'~' if self.later else '+'} {self.kind} {self.table}{'.' + self.name if self.name else ''}"


def qualified(table: Table) -> str:
    """The table's name with its schema, quoted."""
    return f"{quoted(table.schema or 'public')}.{quoted(table.name)}"


def _in_schema(table: Table, name: str) -> str:
    return f"{quoted(table.schema or 'public')}.{quoted(name)}"


# -- what PostgreSQL calls things ----------------------------------------------------------------------------------


def catalogue_type(column: Column[Any]) -> str:
    """The type of a column as `format_type` writes it."""
    written = type_sql(column.type).split(" COLLATE ")[0].lower()
    return written.replace(", ", ",")


def collation(column: Column[Any]) -> str:
    """The collation a column asks for; empty for the type's own."""
    of = column.type
    return str(
        getattr(of, "collation", None) or getattr(getattr(of, "item_type", None), "collation", None) or ""
    )


def numeric(name: str) -> tuple[int, int] | tuple[()] | None:
    """Precision and scale of a numeric type, () for one without; None for other types."""
    if name == "numeric":
        return ()
    found = re.fullmatch(r"numeric\((\d+),(\d+)\)", name)
    return (int(found[1]), int(found[2])) if found else None


def partition_key(table: Table) -> str:
    """How a table is partitioned, in small letters (`range (valid_to)`); empty if it is not."""
    return str(table.dialect_options["postgresql"]["partition_by"] or "").lower()


def target(key: ForeignKeyConstraint) -> str:
    """The table a foreign key leads to, as `schema.table`; it need not be known here."""
    return key.elements[0].target_fullname.rpartition(".")[0]


def on_delete(key: ForeignKeyConstraint) -> str:
    """The letter of the catalogue for what deleting the target does."""
    return {"CASCADE": "c", "SET NULL": "n", "RESTRICT": "r"}.get((key.ondelete or "").upper(), "a")


def partition_index_name(partition: str, index: Index) -> str:
    """The name of a partition's part of an index of the whole table."""
    digest = hashlib.sha256(f"{partition}|{index.name}".encode()).hexdigest()[:8]
    return f"ix_{partition[:50]}_{digest}"


# -- steps -----------------------------------------------------------------------------------------------------------


def create_schema(name: str) -> Step:
    """Make the schema."""
    return Step("schema", "", name, (f"create schema {quoted(name)}",))


def create_table(table: Table) -> Step:
    """Make a table with its primary key and unique constraints, without foreign keys and indexes."""
    return Step("table", table.name, "", (text_of(CreateTable(table, include_foreign_key_constraints=[])),))


def add_columns(table: Table, columns: Iterable[Column[Any]], literals: Mapping[str, str]) -> Step:
    """Add columns in one go. Rows already there get the literal of theirs, by a default that is taken back at once: so
    PostgreSQL writes no row."""
    added = list(columns)
    changes = []
    for column in added:
        spec = text_of_column(column)
        if column.name in literals:
            spec += f" DEFAULT {literals[column.name]}"
        changes.append(f"ADD COLUMN {spec}")
    statements = [f"ALTER TABLE {qualified(table)} {', '.join(changes)}"]
    if literals:
        undone = ", ".join(f"ALTER COLUMN {quoted(name)} DROP DEFAULT" for name in literals)
        statements.append(f"ALTER TABLE {qualified(table)} {undone}")
    return Step("column", table.name, ",".join(c.name for c in added), tuple(statements))


def text_of_column(column: Column[Any]) -> str:
    """A column as DDL writes it."""
    return str(CreateColumn(column).compile(dialect=DIALECT)).strip()


def drop_columns(table: Table, names: Iterable[str]) -> Step:
    """Drop columns for good. Not part of any plan: the caller knows that they were retired long enough."""
    gone = list(names)
    dropped = ", ".join(f"DROP COLUMN IF EXISTS {quoted(name)}" for name in gone)
    return Step(
        "drop_column", table.name, ",".join(gone), (f"ALTER TABLE {qualified(table)} {dropped}",), later=True
    )


def widen(table: Table, column: Column[Any]) -> Step:
    """Give a column a type that takes all its values."""
    change = f"ALTER COLUMN {quoted(column.name)} TYPE {type_sql(column.type)}"
    return Step("widen", table.name, column.name, (f"ALTER TABLE {qualified(table)} {change}",))


def set_default(table: Table, column: Column[Any]) -> Step:
    """Give a column the default it lacks."""
    default = text_of_column(column).partition(" DEFAULT ")[2].removesuffix(" NOT NULL")
    change = f"ALTER COLUMN {quoted(column.name)} SET DEFAULT {default}"
    return Step("default", table.name, column.name, (f"ALTER TABLE {qualified(table)} {change}",))


def set_not_null(table: Table, column: Column[Any], *, later: bool) -> Iterator[Step]:
    """Refuse empty values from now on. On a table with rows a check is validated first, without keeping writers out."""
    name, alter = quoted(column.name), f"ALTER TABLE {qualified(table)}"
    final = f"{alter} ALTER COLUMN {name} SET NOT NULL"
    if not later:
        yield Step("not_null", table.name, column.name, (final,))
        return
    check = quoted(f"nn_{column.name}"[:63])
    statements = (
        f"{alter} DROP CONSTRAINT IF EXISTS {check}",
        f"{alter} ADD CONSTRAINT {check} CHECK ({name} IS NOT NULL) NOT VALID",
        f"{alter} VALIDATE CONSTRAINT {check}",
        final,
        f"{alter} DROP CONSTRAINT {check}",
    )
    yield Step("not_null", table.name, column.name, statements, later=True)


def drop_not_null(table: Table, column: Column[Any]) -> Step:
    """Take empty values from now on."""
    change = f"ALTER COLUMN {quoted(column.name)} DROP NOT NULL"
    return Step("nullable", table.name, column.name, (f"ALTER TABLE {qualified(table)} {change}",))


def create_index(table: Table, index: Index, *, later: bool) -> Step:
    """Build an index, where `later` without keeping writers out."""
    text = text_of(CreateIndex(index))
    if later:
        text = text.replace(" INDEX ", " INDEX CONCURRENTLY ", 1)
    return Step("index", table.name, str(index.name), (text,), later)


def create_index_only(table: Table, index: Index) -> Step:
    """Begin an index of a partitioned table; it is valid once every partition's is attached."""
    text = text_of(CreateIndex(index)).replace(f" ON {_written(table)}", f" ON ONLY {_written(table)}", 1)
    return Step("index_only", table.name, str(index.name), (text,))


def create_partition_index(table: Table, index: Index, partition: str) -> Step:
    """Build a partition's part of an index."""
    name = partition_index_name(partition, index)
    text = text_of(CreateIndex(index))
    head, _, tail = text.partition(f" ON {_written(table)}")
    unique = "UNIQUE " if head.startswith("CREATE UNIQUE") else ""
    made = f"CREATE {unique}INDEX CONCURRENTLY {quoted(name)} ON {_in_schema(table, partition)}{tail}"
    return Step("index", table.name, name, (made,), later=True)


def attach_index(table: Table, index: Index, partition: str) -> Step:
    """Make a partition's index part of the whole table's."""
    name = partition_index_name(partition, index)
    text = f"ALTER INDEX {_in_schema(table, str(index.name))} ATTACH PARTITION {_in_schema(table, name)}"
    return Step("attach_index", table.name, name, (text,), later=True)


def _written(table: Table) -> str:
    """The table's name as SQLAlchemy writes it in DDL."""
    return str(DIALECT.identifier_preparer.format_table(table))


def drop_index(table: Table, name: str, *, later: bool) -> Step:
    """Drop an index that is invalid or no longer asked for."""
    how = "CONCURRENTLY IF EXISTS" if later else "IF EXISTS"
    return Step("drop_index", table.name, name, (f"DROP INDEX {how} {_in_schema(table, name)}",), later)


def add_primary_key(table: Table) -> Step:
    """Give a table the primary key it has lost."""
    columns = ", ".join(quoted(c.name) for c in table.primary_key.columns)
    text = f"ALTER TABLE {qualified(table)} ADD PRIMARY KEY ({columns})"
    return Step("primary_key", table.name, "", (text,))


def add_unique(table: Table, constraint: UniqueConstraint) -> Step:
    """Give a table a unique constraint it lacks."""
    columns = ", ".join(quoted(c.name) for c in constraint.columns)
    name = f"CONSTRAINT {quoted(str(constraint.name))} " if constraint.name else ""
    text = f"ALTER TABLE {qualified(table)} ADD {name}UNIQUE ({columns})"
    return Step("unique", table.name, str(constraint.name or columns), (text,))


def add_foreign_key(table: Table, key: ForeignKeyConstraint, *, valid: bool) -> Step:
    """Add a foreign key; not `valid` leaves the rows that are there to a later validation."""
    schema, _, name = target(key).rpartition(".")
    columns = ", ".join(map(quoted, key.column_keys))
    there = ", ".join(quoted(e.target_fullname.rpartition(".")[2]) for e in key.elements)
    on = f" ON DELETE {key.ondelete}" if key.ondelete else ""
    text = (
        f"ALTER TABLE {qualified(table)} ADD CONSTRAINT {quoted(str(key.name))} FOREIGN KEY ({columns})"
        f" REFERENCES {quoted(schema)}.{quoted(name)} ({there}){on}{'' if valid else ' NOT VALID'}"
    )
    return Step("foreign_key", table.name, str(key.name), (text,))


def drop_constraint(table: Table, name: str) -> Step:
    """Drop a constraint that another of its name replaces."""
    text = f"ALTER TABLE {qualified(table)} DROP CONSTRAINT {quoted(name)}"
    return Step("drop_constraint", table.name, name, (text,))


def validate(table: Table, name: str, *, later: bool) -> Step:
    """Check the rows that were there before a foreign key was."""
    return Step(
        "validate",
        table.name,
        name,
        (f"ALTER TABLE {qualified(table)} VALIDATE CONSTRAINT {quoted(name)}",),
        later,
    )
