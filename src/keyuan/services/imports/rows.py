"""From the rows of a file to values of fields, as far as that goes without the database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ...kernel.errors import FieldError
from ...kernel.turns import in_turns
from ...records import incoming
from ...records.unit_of_work import UnitOfWork
from ...schema import field_types
from ...schema.field_types import FieldProblem
from ...schema.field_types.stored_text import split_list
from ...schema.model import Field
from ...schema.registry import Registry
from . import cells
from .mapping import Column, FileMapping
from .reading import Row, Source, open_table
from .report import StepReport

BATCH = 1000
_REMEMBERED = 4096
"""Values that are kept, with their texts, while a file is read."""


class Wanted(NamedTuple):
    """Records that a row refers to: of which object, and what the file has for each."""

    object: str
    texts: tuple[str, ...]


@dataclass(slots=True)
class Pending:
    """A row on its way: what it says of each field, in canonical form, and what is yet to be looked up."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    wanted: dict[str, Wanted] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)


@dataclass(slots=True)
class Batch:
    """Some rows that were read ahead."""

    pending: list[Pending] = field(default_factory=list)
    read: int = 0
    skipped: int = 0
    refused: list[tuple[int, FieldError]] = field(default_factory=list)

    def count_in(self, report: StepReport) -> None:
        """Put what was read into the report."""
        report.read += self.read
        report.skipped += self.skipped
        for line, error in self.refused:
            report.refuse(line, [error])

    def handed_over(self) -> Batch:
        """What is here so far, which is not here any more."""
        made = Batch(self.pending, self.read, self.skipped, self.refused)
        self.pending, self.read, self.skipped, self.refused = [], 0, 0, []
        return made


def source_of(step: FileMapping, folder: Path) -> Source:
    """The table that a mapping speaks of: its file, or its own rows."""
    if not step.file:
        columns = tuple(dict.fromkeys(key for row in step.rows for key in row))
        given = ({c: "" if row.get(c) is None else str(row[c]) for c in columns} for row in step.rows)
        return Source(columns, (Row(n, row) for n, row in enumerate(given, 1)))
    return open_table(folder / step.file, encoding=step.encoding, delimiter=step.delimiter, sheet=step.sheet)


async def read_batches(uow: UnitOfWork, step: FileMapping, source: Source) -> AsyncGenerator[Batch, None]:
    """The rows of a file as far as they can be read without the database."""
    columns = step.columns
    fields = uow.registry.fields(step.object)
    batch = Batch()

    # most columns of a file hold the same few texts again and again
    @lru_cache(_REMEMBERED)
    def of_text(key: str, text: str) -> Any:
        return canonical(uow, fields[key], text)

    def value(key: str, given: Any) -> Any:
        return of_text(key, given) if isinstance(given, str) else canonical(uow, fields[key], given)

    def wanted(key: str, column: Column, row: Row, text: str) -> Wanted:
        return _wanted(uow.registry, fields[key], column, row, text)

    async for row in in_turns(_rows(step, source, batch)):
        batch.pending.append(_read(columns, value, wanted, row))
        if len(batch.pending) == BATCH:
            yield batch.handed_over()
    yield batch


def _rows(step: FileMapping, source: Source, batch: Batch) -> Iterator[Row]:
    seen: set[tuple[str, ...]] = set()
    for row in source.rows:
        batch.read += 1
        if row.extra:
            batch.refused.append((row.line, FieldError("", "import_ragged", {"count": len(row.extra)})))
            continue
        if any(not row.cells[c].strip() for c in step.skip_empty):
            batch.skipped += 1
            continue
        if step.distinct:
            key = tuple(row.cells[c].strip() for c in step.distinct)
            if key in seen:
                batch.skipped += 1
                continue
            seen.add(key)
        yield row


def _read(
    columns: Mapping[str, Column],
    canonical: Callable[[str, Any], Any],
    wanted: Callable[[str, Column, Row, str], Wanted],
    row: Row,
) -> Pending:
    made = Pending(row.line)
    for key, column in columns.items():
        try:
            value = cells.value_of(column, row.cells)
            if value is None:
                if column.clear:
                    made.values[key] = None
            elif column.find:
                made.wanted[key] = wanted(key, column, row, str(value))
            else:
                made.values[key] = canonical(key, value)
        except FieldProblem as problem:
            made.errors.append(problem.at(key))
    return made


def _wanted(registry: Registry, field: Field, column: Column, row: Row, text: str) -> Wanted:
    """What a cell refers to; `FieldProblem` where it says of no object that the field takes."""
    targets = registry.targets(field)
    target = column.object if isinstance(column.object, str) else cells.value_of(column.object, row.cells)
    target = target or targets[0]
    if target not in targets:
        raise FieldProblem("import_no_target", value=str(target)[:40], values=", ".join(targets))
    many = field_types.get(field.type).output == "references"
    return Wanted(target, tuple(dict.fromkeys(split_list(text))) if many else (text,))


def canonical(uow: UnitOfWork, target: Field, value: Any) -> Any:
    """The canonical value of a cell; `FieldProblem` if it is none."""
    if value is None:
        return None
    if isinstance(value, str):
        return field_types.get(target.type).from_text(target, value, uow.context)
    return incoming.parse(uow, target, value)
