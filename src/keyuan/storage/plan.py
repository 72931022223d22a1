"""What is missing between the tables that definitions ask for and those that are there: a list of steps, made without
touching the database, that can be read before it is run.

A step that must not hold up others on a table with rows (building an index, validating a foreign key) is `later`: it runs
alone, outside the transaction of the rest. Nothing here ever drops a table or a column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Column, ForeignKeyConstraint, Index, Table, UniqueConstraint

from . import ddl
from .catalogue import ActualColumn, ActualTable, Catalogue
from .ddl import Step

SMALL = 1 << 20
"""Tables of at most so many bytes get their indexes and foreign keys at once: it takes a few milliseconds."""

MOST_COLUMNS = 300

_OF_HISTORY = 3
"""The columns that a history has beside those of its records."""

_WIDENINGS = {
    ("integer", "bigint"), ("integer", "numeric"), ("bigint", "numeric"), ("smallint", "integer"),
    ("smallint", "bigint"),
}  # fmt: skip
"""Changes of type that lose nothing and that any writer of the old type survives."""

_OURS = ("ix_", "uq_", "gin_", "bin_")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A difference that no step removes. `kind`: `wrong_type`, `wrong_collation`, `unknown_table`, `unknown_column`,
    `not_partitioned`, `too_many_columns`."""

    kind: str
    table: str
    name: str
    detail: str = ""

    def __str__(self) -> str:
        return f"! {self.kind} {self.table}{'.' + self.name if self.name else ''} {self.detail}".rstrip()


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps that bring a schema up to its definitions, in their order, and what they do not cure."""

    schema: str
    steps: tuple[Step, ...]
    troubles: tuple[Trouble, ...] = ()

    @property
    def now(self) -> tuple[Step, ...]:
        """The steps of the one transaction."""
        return tuple(s for s in self.steps if not s.later)

    @property
    def later(self) -> tuple[Step, ...]:
        """The steps that each run alone, afterwards."""
        return tuple(s for s in self.steps if s.later)

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        return "\n".join(map(str, (*self.steps, *self.troubles))) or "nothing to do"


def plan(
    actual: Catalogue,
    desired: Iterable[Table],
    *,
    fills: Mapping[tuple[str, str], str] | None = None,
    keep: Iterable[tuple[str, str]] = (),
    small: int = SMALL,
    complete: bool = True,
) -> Plan:
    """Compare. `fills`: the SQL literal that rows already there get in a new column, by table and column. `keep`: columns
    that may be there unasked, with their indexes (retired ones, and those a field is about to take). `complete`: the
    desired tables are all there should be."""
    tables = list(desired)
    return _Planner(actual, fills or {}, frozenset(keep), small).run(tables, complete)


class _Planner:
    def __init__(
        self,
        actual: Catalogue,
        fills: Mapping[tuple[str, str], str],
        keep: frozenset[tuple[str, str]],
        small: int,
    ) -> None:
        self.actual = actual
        self.fills = fills
        self.keep = keep
        self.small = small
        self.troubles: list[Trouble] = []

    def run(self, desired: list[Table], complete: bool) -> Plan:
        steps: list[Step] = []
        if not self.actual.exists:
            steps.append(ddl.create_schema(self.actual.schema))
        for table in desired:
            there = self.actual.tables.get(table.name)
            names = {c.name for c in table.columns} | set(there.columns if there else ())
            more = _OF_HISTORY if ddl.partition_key(table) else 0
            if len(names) > MOST_COLUMNS + more:
                self.troubles.append(Trouble("too_many_columns", table.name, "", str(len(names))))
        present = {t.name: self.actual.tables.get(t.name) for t in desired}
        for table in desired:
            there = present[table.name]
            steps.extend([ddl.create_table(table)] if there is None else self.columns(table, there))
        for table in desired:
            steps.extend(self.indexes(table, present[table.name]))
        for table in desired:
            steps.extend(self.keys(table, present[table.name]))
        if complete:
            names = {t.name for t in desired}
            for name, left in self.actual.tables.items():
                if name not in names and not left.parent and (name, "") not in self.keep:
                    self.troubles.append(Trouble("unknown_table", name, ""))
        # drops before builds, so that a name is free again
        steps.sort(key=lambda s: (s.later, _ORDER.index(s.kind)))
        return Plan(self.actual.schema, tuple(steps), tuple(self.troubles))

    # -- columns -------------------------------------------------------------------------------------------------

    def columns(self, table: Table, there: ActualTable) -> Iterator[Step]:
        wanted = ddl.partition_key(table)
        if wanted != there.partitioned_by.replace('"', "").lower():
            self.troubles.append(Trouble("not_partitioned", table.name, "", wanted))
        missing = [c for c in table.columns if c.name not in there.columns]
        if missing:
            literals = {
                c.name: self.fills[table.name, c.name] for c in missing if (table.name, c.name) in self.fills
            }
            yield ddl.add_columns(table, missing, literals)
        for column in table.columns:
            if actual := there.columns.get(column.name):
                yield from self.column(table, column, actual, there)
        for name in there.columns:
            if name not in table.columns and (table.name, name) not in self.keep:
                self.troubles.append(Trouble("unknown_column", table.name, name))

    def column(
        self, table: Table, column: Column[object], actual: ActualColumn, there: ActualTable
    ) -> Iterator[Step]:
        wanted = ddl.catalogue_type(column)
        if wanted != actual.type:
            if _widens(actual.type, wanted):
                yield ddl.widen(table, column)
            else:
                self.troubles.append(
                    Trouble("wrong_type", table.name, column.name, f"{actual.type} is not {wanted}")
                )
        elif ddl.collation(column) not in ("", actual.collation):
            self.troubles.append(
                Trouble("wrong_collation", table.name, column.name, actual.collation or "default")
            )
        if column.server_default is not None and actual.default is None and column.identity is None:
            yield ddl.set_default(table, column)
        if not column.nullable and not actual.not_null:
            yield from ddl.set_not_null(table, column, later=there.size > self.small)
        elif column.nullable and actual.not_null:
            yield ddl.drop_not_null(table, column)

    # -- indexes -------------------------------------------------------------------------------------------------

    def indexes(self, table: Table, there: ActualTable | None) -> Iterator[Step]:
        wanted = {str(i.name): i for i in table.indexes}
        later = there is not None and there.size > self.small
        for name, index in sorted(wanted.items()):
            actual = there.indexes.get(name) if there else None
            if actual is not None and actual.valid:
                continue
            if there is not None and there.partitioned_by:
                yield from self.partitioned_index(table, index, there, later, begun=actual is not None)
                continue
            if actual is not None:
                yield ddl.drop_index(table, name, later=later)
            yield ddl.create_index(table, index, later=later)
        if there is None:
            return
        kept = {column for owner, column in self.keep if owner == table.name}
        for name, actual in there.indexes.items():
            if name not in wanted and name.startswith(_OURS) and not kept.intersection(actual.columns):
                # a unique index that definitions no longer ask for must not refuse another write
                yield ddl.drop_index(
                    table, name, later=later and not actual.unique and not there.partitioned_by
                )

    def partitioned_index(
        self, table: Table, index: Index, there: ActualTable, later: bool, *, begun: bool
    ) -> Iterator[Step]:
        """The index of a partitioned table with rows is built partition by partition and then attached."""
        if not later:
            if begun:
                yield ddl.drop_index(table, str(index.name), later=False)
            yield ddl.create_index(table, index, later=False)
            return
        if not begun:
            yield ddl.create_index_only(table, index)
        for partition in there.partitions:
            part = self.actual.tables.get(partition)
            name = ddl.partition_index_name(partition, index)
            done = part.indexes.get(name) if part else None
            if done is not None and done.valid and done.attached:
                continue
            if done is not None and not done.valid:
                yield ddl.drop_index(table, name, later=True)
            if done is None or not done.valid:
                yield ddl.create_partition_index(table, index, partition)
            yield ddl.attach_index(table, index, partition)

    # -- constraints ---------------------------------------------------------------------------------------------

    def keys(self, table: Table, there: ActualTable | None) -> Iterator[Step]:
        if there is not None:
            present = {(c.kind, c.columns) for c in there.constraints.values()}
            primary = tuple(c.name for c in table.primary_key.columns)
            if primary and ("p", primary) not in present:
                yield ddl.add_primary_key(table)
            for constraint in sorted(table.constraints, key=lambda c: str(c.name)):
                names = tuple(c.name for c in getattr(constraint, "columns", ()))
                if isinstance(constraint, UniqueConstraint) and ("u", names) not in present:
                    yield ddl.add_unique(table, constraint)
        for key in sorted(table.foreign_key_constraints, key=lambda k: str(k.name)):
            yield from self.foreign_key(table, key, there)

    def foreign_key(
        self, table: Table, key: ForeignKeyConstraint, there: ActualTable | None
    ) -> Iterator[Step]:
        target = ddl.target(key)
        columns = tuple(key.column_keys)
        small = there is None or there.size <= self.small
        if there is not None:
            for actual in there.constraints.values():
                same = actual.kind == "f" and actual.columns == columns and actual.target == target
                if same and actual.on_delete == ddl.on_delete(key):
                    if not actual.validated:
                        yield ddl.validate(table, actual.name, later=not small)
                    return
                if actual.kind == "f" and actual.name == key.name:
                    yield ddl.drop_constraint(table, actual.name)
        yield ddl.add_foreign_key(table, key, valid=small)
        if not small:
            yield ddl.validate(table, str(key.name), later=True)


_ORDER = (
    "schema", "table", "column", "widen", "default", "not_null", "nullable", "drop_constraint", "drop_index",
    "primary_key", "unique", "index_only", "index", "attach_index", "foreign_key", "validate",
)  # fmt: skip


def _widens(actual: str, wanted: str) -> bool:
    if (actual, wanted) in _WIDENINGS:
        return True
    old, new = ddl.numeric(actual), ddl.numeric(wanted)
    if old is None or new is None:
        return False
    if not old or not new:
        return not new
    return new[1] >= old[1] and new[0] - new[1] >= old[0] - old[1]
