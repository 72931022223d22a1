"""The SQL of the pipeline's writes, as text made once for each table and set of columns.

Rows travel as one JSON parameter and are spread by `json_to_recordset`, so that one text serves a record and a
thousand."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Table

from ..kernel.kept import kept
from ..storage.sql import quoted, type_sql

__all__ = ["insert", "keep_history", "qualified", "quoted", "recordset", "save_tokens", "update"]


def qualified(table: Table) -> str:
    """The table's name with its schema."""
    return f"{quoted(table.schema or 'public')}.{quoted(table.name)}"


@kept(20_000)
def _type_name(table: Table, column: str) -> str:
    # The collation belongs to the column, not to the type that the recordset names.
    return type_sql(table.c[column].type).split(" COLLATE ")[0]


def recordset(table: Table, columns: Iterable[str]) -> str:
    """The rows of the parameter `rows`, as a FROM item named `x`."""
    spec = ", ".join(f"{quoted(c)} {_type_name(table, c)}" for c in columns)
    return f"json_to_recordset(%(rows)s::json) as x({spec})"


@kept(2_000)
def insert(table: Table, columns: tuple[str, ...]) -> str:
    """Insert the rows of `rows`."""
    names = ", ".join(map(quoted, columns))
    values = ", ".join(f"x.{quoted(c)}" for c in columns)
    return f"insert into {qualified(table)} ({names}) select {values} from {recordset(table, columns)}"  # noqa: S608


@kept(5_000)
def update(table: Table, columns: tuple[str, ...]) -> str:
    """Set columns of the rows of `rows`, found by `id`."""
    sets = ", ".join(f"{quoted(c)} = x.{quoted(c)}" for c in columns if c != "id")
    source = recordset(table, ("id", *(c for c in columns if c != "id")))
    return f"update {qualified(table)} t set {sets} from {source} where t.id = x.id"  # noqa: S608


@kept(2_000)
def keep_history(main: Table, history: Table) -> str:
    """Copy the rows named in `rows` (`id`; `changed`, the keys that change; `at`, when) as they stand into the history. No
    version ends before it began."""
    shared = [c.name for c in main.c if c.name in history.c]
    names = ", ".join(map(quoted, shared))
    values = ", ".join(f"t.{quoted(c)}" for c in shared)
    return (
        f"insert into {qualified(history)} ({names}, valid_to, ended_by, changed)"  # noqa: S608
        f" select {values}, greatest(x.at, t.updated_at), %(operation)s, x.changed from {qualified(main)} t"
        " join json_to_recordset(%(rows)s::json) as x(id uuid, changed text[], at timestamptz) on x.id = t.id"
    )


@kept(2_000)
def save_tokens(search: Table) -> str:
    """Store the search tokens of the records `ids` (an array as text): `tokens` are `Vectors`."""
    return (
        f"insert into {qualified(search)} (id, tokens)"  # noqa: S608
        " select x.id, x.tokens from unnest(%(ids)s::text::uuid[], %(tokens)b) as x(id, tokens)"
        " on conflict (id) do update set tokens = excluded.tokens"
    )
