"""Running an import: rows become values, values find or make records, all in one unit of work, so that an import is there
whole or not at all and is undone as one operation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from ...kernel.errors import BadRequest, FieldError, Invalid
from ...records import pipeline
from ...records.halves import in_halves
from ...records.hooks import Canonical, Change, Item
from ...records.unit_of_work import UnitOfWork
from ...records.writing import BatchInvalid
from ...schema.model import Field
from . import cells, lookup
from .ahead import reading_ahead
from .bulk_search import bulk_search
from .mapping import Column, FileMapping, Plan
from .reading import Source
from .report import Progress, StepReport
from .resolve import Known, resolve, resolve_left
from .rows import Pending, read_batches, source_of

T = TypeVar("T")


async def run_plan(
    uow: UnitOfWork, plan: Plan, folder: Path, progress: Progress | None = None
) -> list[StepReport]:
    """Run all steps of a plan inside a unit of work."""
    return [await run_step(uow, step, folder, progress) for step in plan.steps]


async def run_step(
    uow: UnitOfWork, step: FileMapping, folder: Path, progress: Progress | None = None
) -> StepReport:
    """Run one mapping. With `on_error: stop` a step with refused rows raises `Invalid` that names their lines."""
    report = StepReport(step.object, step.file or "rows")
    source = source_of(step, folder)
    _check(uow, step, source)
    deferred: list[Pending] = []
    known: Known = defaultdict(dict)
    async with reading_ahead(read_batches(uow, step, source)) as batches, bulk_search(uow, step.object):
        async for batch in batches:
            batch.count_in(report)
            await _batch(uow, step, batch.pending, report, deferred, known)
            if progress:
                progress(report)
    if deferred:
        await _link(uow, step, deferred, report)
    if report.refused and step.on_error == "stop":
        raise Invalid("import_refused", errors=_told(report), count=report.refused)
    return report


def _told(report: StepReport) -> list[FieldError]:
    return [e.under(f"{report.source}:{row.line}") for row in report.errors for e in row.errors]


def _check(uow: UnitOfWork, step: FileMapping, source: Source) -> None:
    """Refuse a mapping that speaks of objects, fields or columns that are not there."""
    fields = uow.registry.fields(uow.registry.object(step.object).key)
    if not uow.registry.objects[step.object].importable:
        raise BadRequest(
            "import_not_importable", errors=[FieldError("object", "import_object", {"object": step.object})]
        )
    errors = [FieldError(key, "unknown") for key in (*step.fields, *step.keys) if key not in fields]
    errors += [
        FieldError(key, "import_key_unmapped")
        for key in step.keys
        if key in fields and key not in step.fields
    ]
    errors += [
        e
        for key, column in step.columns.items()
        if key in fields
        for e in _check_reference(uow, fields[key], column)
    ]
    wanted = {*step.distinct, *step.skip_empty}
    for column in step.columns.values():
        wanted |= cells.columns_of(column)
    missing = sorted(wanted - set(source.columns))
    errors += [
        FieldError(name, "import_no_column", {"column": name, "columns": ", ".join(source.columns)})
        for name in missing
    ]  # fmt: skip
    if errors:
        raise BadRequest("import_mapping", errors=errors)


def _check_reference(uow: UnitOfWork, field: Field, column: Column) -> Iterator[FieldError]:
    """What is wrong with how a mapping finds the records that a field refers to."""
    targets = uow.registry.targets(field)
    if column.find and not targets:
        yield FieldError(field.key, "import_no_reference")
    elif isinstance(column.object, str) and column.object and column.object not in targets:
        yield FieldError(
            field.key, "import_no_target", {"value": column.object, "values": ", ".join(targets)}
        )
    elif column.find and not column.object and len(targets) > 1:
        yield FieldError(field.key, "import_which_object", {"values": ", ".join(targets)})


async def _batch(
    uow: UnitOfWork,
    step: FileMapping,
    pending: list[Pending],
    report: StepReport,
    deferred: list[Pending],
    known: Known,
) -> None:
    deferred += await resolve(uow, step, pending, known)
    for each in pending:
        if each.errors:
            report.refuse(each.line, each.errors)
    await _write(uow, step, [p for p in pending if not p.errors], report)


async def _write(uow: UnitOfWork, step: FileMapping, pending: list[Pending], report: StepReport) -> None:
    existing: dict[lookup.Key, str] = {}
    if step.keys:
        keyed = [_key(step, p) for p in pending]
        existing = await lookup.find(uow, step.object, step.keys, (k for k in keyed if None not in k))
    new: list[Pending] = []
    changes: list[tuple[Pending, Change]] = []
    waiting: dict[lookup.Key, None] = {}
    for each in pending:
        key = _key(step, each) if step.keys else ()
        record = existing.get(key) if key and None not in key else None
        if record == lookup.AMBIGUOUS:
            report.refuse(
                each.line, [FieldError(step.keys[0], "import_ambiguous", {"value": lookup_text(key)})]
            )
        elif record is not None and step.mode != "create":
            changes.append((each, Change(record, each.values)))
        elif record is not None or step.mode == "update":
            report.skipped += 1
        elif key and None not in key and key in waiting:
            report.refuse(each.line, [FieldError(step.keys[0], "import_twice", {"value": lookup_text(key)})])
        else:
            waiting[key] = None
            new.append(each)

    async def create(rows: Sequence[Pending]) -> list[Item]:
        return await pipeline.create(uow, step.object, [Canonical(p.values) for p in rows], on_error="skip")

    async def update(pairs: Sequence[tuple[Pending, Change]]) -> list[Item]:
        return await pipeline.update(uow, step.object, [c for _, c in pairs], on_error="skip")

    if new:
        made = await _in_parts(uow, new, lambda p: p.line, create, report)
        report.created += _count(report, made, written=True)
    for group in _once_each(changes):
        written = await _in_parts(uow, group, lambda pair: pair[0].line, update, report)
        report.updated += _count(report, written, written=True)
        report.unchanged += sum(1 for _, i in written if not i.errors and not i.changed)


async def _in_parts(
    uow: UnitOfWork,
    rows: Sequence[T],
    line_of: Callable[[T], int],
    write: Callable[[Sequence[T]], Awaitable[list[Item]]],
    report: StepReport,
) -> list[tuple[int, Item]]:
    """Write rows; the items by their lines. Those that the database refuses (a value that must be unique) are told."""

    def refused(row: T, problem: BatchInvalid) -> None:
        report.refuse(line_of(row), [e for found in problem.by_position.values() for e in found])

    written: list[Item | None] = await in_halves(uow, rows, write, BatchInvalid, refused)
    return [(line_of(row), item) for row, item in zip(rows, written, strict=True) if item is not None]


def lookup_text(key: lookup.Key) -> str:
    """A key as people read it."""
    return ", ".join(str(k) for k in key)


def _key(step: FileMapping, pending: Pending) -> lookup.Key:
    return tuple(pending.values.get(k) for k in step.keys)


def _once_each(changes: list[tuple[Pending, Change]]) -> Iterator[list[tuple[Pending, Change]]]:
    """The changes in groups in which no record stands twice, in their order: of two rows about one record the later one
    has the last word."""
    rest = changes
    while rest:
        group: list[tuple[Pending, Change]] = []
        later: list[tuple[Pending, Change]] = []
        seen: set[str] = set()
        for pair in rest:
            (later if pair[1].id in seen else group).append(pair)
            seen.add(pair[1].id)
        yield group
        rest = later


def _count(report: StepReport, items: list[tuple[int, Item]], *, written: bool) -> int:
    count = 0
    for line, item in items:
        if item.errors:
            report.refuse(line, item.errors)
        elif item.changed and written:
            count += 1
    return count


async def _link(uow: UnitOfWork, step: FileMapping, deferred: list[Pending], report: StepReport) -> None:
    """Fill the references among the records of the step itself, now that all are there."""
    if not step.keys:
        raise BadRequest("import_mapping", errors=[FieldError("key", "required")])
    refused = {row.line for row in report.errors}
    waiting = [p for p in deferred if p.line not in refused]
    await resolve_left(uow, step, waiting)
    ids = await lookup.find(uow, step.object, step.keys, (_key(step, p) for p in waiting))
    changes: list[tuple[Pending, Change]] = []
    for each in waiting:
        if each.errors:
            report.refuse(each.line, each.errors)
        elif record := ids.get(_key(step, each)):
            changes.append((each, Change(record, {key: each.values[key] for key in each.wanted})))
    for group in _once_each(changes):
        items = await pipeline.update(uow, step.object, [c for _, c in group], on_error="skip")
        _count(report, [(p.line, i) for (p, _), i in zip(group, items, strict=True)], written=False)
