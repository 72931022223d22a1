"""What a schema really holds, read from PostgreSQL's catalogue: tables, columns, constraints, indexes, partitions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString

from .pool import Connection


@dataclass(frozen=True, slots=True)
class ActualColumn:
    """A column. `type` as `format_type` writes it; `collation` is empty for the type's own."""

    name: str
    type: str
    not_null: bool
    default: str | None
    collation: str


@dataclass(frozen=True, slots=True)
class ActualConstraint:
    """A constraint. `kind`: p primary key, u unique, f foreign key, c check. `target`: the table a foreign key leads to
    (`schema.table`), `on_delete` its action as one letter (a nothing, c cascade, n set null)."""

    name: str
    kind: str
    columns: tuple[str, ...]
    validated: bool
    target: str = ""
    on_delete: str = ""


@dataclass(frozen=True, slots=True)
class ActualIndex:
    """An index that belongs to no constraint. `columns` leaves expressions out; `attached`: it is part of the
    index of a partitioned table."""

    name: str
    columns: tuple[str, ...]
    unique: bool
    valid: bool
    attached: bool


@dataclass(frozen=True, slots=True)
class ActualPartition:
    """A partition by time, from `lower` to before `upper`; both None for the default partition."""

    name: str
    lower: datetime | None
    upper: datetime | None


@dataclass(frozen=True, slots=True)
class ActualTable:
    """A table. `partitioned_by`: how, empty if not; `parent`: the table it is a partition of; `size` in bytes, of all its
    partitions together (0 means certainly without rows)."""

    name: str
    partitioned_by: str
    parent: str
    size: int
    columns: Mapping[str, ActualColumn] = field(default_factory=dict)
    constraints: Mapping[str, ActualConstraint] = field(default_factory=dict)
    indexes: Mapping[str, ActualIndex] = field(default_factory=dict)
    partitions: Mapping[str, ActualPartition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The tables of a schema by name; `exists` says whether there is such a schema."""

    schema: str
    exists: bool
    tables: Mapping[str, ActualTable]


_TABLES: LiteralString = """
select c.relname, coalesce(pg_get_partkeydef(c.oid), ''), coalesce(p.relname, ''), pg_relation_size(c.oid),
    pg_get_expr(c.relpartbound, c.oid)
from pg_class c
    left join pg_inherits i on i.inhrelid = c.oid
    left join pg_class p on p.oid = i.inhparent
where c.relnamespace = %(schema)s::regnamespace and c.relkind in ('r', 'p')
    and (%(only)s::text[] is null or c.relname = any(%(only)s) or p.relname = any(%(only)s))
order by c.relname
"""

_COLUMNS: LiteralString = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
    case when a.attcollation <> t.typcollation then l.collname else '' end
from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    left join pg_collation l on l.oid = a.attcollation
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = %(schema)s::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and (%(only)s::text[] is null or c.relname = any(%(only)s))
order by c.relname, a.attnum
"""

_CONSTRAINTS: LiteralString = """
select c.relname, k.conname, k.contype::text, k.convalidated, k.confdeltype::text,
    coalesce((select n.nspname || '.' || r.relname from pg_class r join pg_namespace n on n.oid = r.relnamespace
              where r.oid = k.confrelid), ''),
    array(select a.attname::text from unnest(k.conkey) with ordinality as u(num, place)
          join pg_attribute a on a.attrelid = c.oid and a.attnum = u.num order by u.place)
from pg_constraint k join pg_class c on c.oid = k.conrelid
where c.relnamespace = %(schema)s::regnamespace and k.contype in ('p', 'u', 'f', 'c') and not c.relispartition
    and (%(only)s::text[] is null or c.relname = any(%(only)s))
order by c.relname, k.conname
"""

_INDEXES: LiteralString = """
select c.relname, n.relname, i.indisunique, i.indisvalid and i.indisready,
    exists (select from pg_inherits h where h.inhrelid = n.oid),
    array(select a.attname::text from unnest(i.indkey::int2[]) with ordinality as u(num, place)
          join pg_attribute a on a.attrelid = c.oid and a.attnum = u.num where u.num > 0 order by u.place)
from pg_index i join pg_class c on c.oid = i.indrelid join pg_class n on n.oid = i.indexrelid
    left join pg_inherits pi on pi.inhrelid = c.oid
    left join pg_class p on p.oid = pi.inhparent
where c.relnamespace = %(schema)s::regnamespace and c.relkind in ('r', 'p')
    and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
    and (%(only)s::text[] is null or c.relname = any(%(only)s) or p.relname = any(%(only)s))
order by c.relname, n.relname
"""

_BOUND = re.compile(r"FOR VALUES FROM \('([^']+)'\) TO \('([^']+)'\)")


async def read(connection: Connection, schema: str, only: Iterable[str] | None = None) -> Catalogue:
    """The structure of a schema, or of some of its tables (with their partitions). The session's zone is UTC."""
    found = await connection.execute("select to_regnamespace(%s) is not null", [f'"{schema}"'], prepare=False)
    row = await found.fetchone()
    if row is None or not row[0]:
        return Catalogue(schema, False, {})
    params = {"schema": f'"{schema}"', "only": None if only is None else list(only)}

    async def rows(query: LiteralString) -> list[tuple[Any, ...]]:
        return await (await connection.execute(query, params, prepare=False)).fetchall()

    columns: dict[str, dict[str, ActualColumn]] = {}
    for table, *rest in await rows(_COLUMNS):
        column = ActualColumn(*rest)
        columns.setdefault(table, {})[column.name] = column
    constraints: dict[str, dict[str, ActualConstraint]] = {}
    for table, name, kind, validated, on_delete, target, names in await rows(_CONSTRAINTS):
        made = ActualConstraint(name, kind, tuple(names), validated, target, on_delete.strip())
        constraints.setdefault(table, {})[name] = made
    indexes: dict[str, dict[str, ActualIndex]] = {}
    for table, name, unique, valid, attached, names in await rows(_INDEXES):
        index = ActualIndex(name, tuple(names), unique, valid, attached)
        indexes.setdefault(table, {})[name] = index
    told = await rows(_TABLES)
    sizes: dict[str, int] = {}
    partitions: dict[str, dict[str, ActualPartition]] = {}
    for name, _, parent, size, bound in told:
        sizes[name] = sizes.get(name, 0) + size
        if parent:
            sizes[parent] = sizes.get(parent, 0) + size
            partitions.setdefault(parent, {})[name] = _partition(name, bound or "")
    return Catalogue(
        schema, True,
        {
            name: ActualTable(
                name, by, parent, sizes[name], columns.get(name, {}), constraints.get(name, {}),
                indexes.get(name, {}), partitions.get(name, {}),
            )
            for name, by, parent, _, _ in told
        },
    )  # fmt: skip


def _partition(name: str, bound: str) -> ActualPartition:
    limits = _BOUND.fullmatch(bound)
    if limits is None:
        return ActualPartition(name, None, None)
    return ActualPartition(name, datetime.fromisoformat(limits[1]), datetime.fromisoformat(limits[2]))
