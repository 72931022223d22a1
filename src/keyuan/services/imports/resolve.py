"""The records that rows refer to: found by the text that the file has for them, many at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from ...kernel.errors import BadRequest, FieldError
from ...records import incoming, pipeline
from ...records.unit_of_work import UnitOfWork
from ...schema import field_types
from ...schema.field_types import FieldProblem
from ...schema.model import Field
from . import lookup
from .mapping import Column, FileMapping
from .rows import Pending, canonical

Known = defaultdict[tuple[str, str], dict[str, str]]
"""Ids by the text that the file has for them, by the field that refers to them and the object they are of."""


async def resolve(
    uow: UnitOfWork, step: FileMapping, pending: Sequence[Pending], known: Known
) -> list[Pending]:
    """Fill the fields of rows that refer to records. Answers what is left: what a row says of a record of its own object
    that is not there yet waits until all rows are in. What was found stays so for all rows, but for the object that the
    rows themselves write."""
    left: list[Pending] = []
    for key, column in step.columns.items():
        if not (wanting := [p for p in pending if key in p.wanted]):
            continue
        await _find(uow, step, key, column, wanting, known)
        for each in wanting:
            wanted = each.wanted[key]
            found = known[key, wanted.object]
            if wanted.object == step.object and not found.keys() >= set(wanted.texts):
                left.append(Pending(each.line, each.values, {key: wanted}))
            else:
                fill(uow, step, key, each, known)
    return left


async def resolve_left(uow: UnitOfWork, step: FileMapping, left: Sequence[Pending]) -> None:
    """The same for what was left, now that all rows are in; what is not there now is an error of its row."""
    known: Known = defaultdict(dict)
    for key, column in step.columns.items():
        wanting = [p for p in left if key in p.wanted]
        await _find(uow, step, key, column, wanting, known)
        for each in wanting:
            fill(uow, step, key, each, known)


async def _find(
    uow: UnitOfWork, step: FileMapping, key: str, column: Column, wanting: Iterable[Pending], known: Known
) -> None:
    texts: dict[str, set[str]] = defaultdict(set)
    for each in wanting:
        wanted = each.wanted[key]
        texts[wanted.object].update(wanted.texts)
    for target, asked in texts.items():
        if target == step.object:
            known[key, target] = {}
        found = known[key, target]
        found |= await _found(uow, target, column, asked - found.keys())
        if column.make is not None and (absent := sorted(asked - found.keys())):
            rows = [{column.find: text, **column.make} for text in absent]
            made = await pipeline.create(uow, target, rows)
            found |= {text: item.id for text, item in zip(absent, made, strict=True)}


async def _found(uow: UnitOfWork, target: str, column: Column, texts: set[str]) -> dict[str, str]:
    source = uow.registry.field(target, column.find)
    if source is None:
        raise BadRequest("import_mapping", errors=[FieldError(f"{target}.{column.find}", "unknown")])
    by_value: dict[Any, list[str]] = defaultdict(list)
    for text in texts:
        try:
            by_value[canonical(uow, source, text)].append(text)
        except FieldProblem:
            continue
    by_value.pop(None, None)
    ids = await lookup.find(uow, target, (column.find,), ((v,) for v in by_value), column.where)
    return {text: record for key, record in ids.items() for text in by_value[key[0]]}


def fill(uow: UnitOfWork, step: FileMapping, key: str, row: Pending, known: Known) -> None:
    """Give a field of a row the records that were found for it, or the row an error."""
    wanted = row.wanted[key]
    found = known[key, wanted.object]
    records = []
    for text in wanted.texts:
        record = found.get(text)
        if record is None or record == lookup.AMBIGUOUS:
            code = "import_not_found" if record is None else "import_ambiguous"
            row.errors.append(FieldError(key, code, {"value": text}))
        else:
            records.append(record)
    if len(records) == len(wanted.texts):
        try:
            row.values[key] = _value(uow, uow.registry.fields(step.object)[key], wanted.object, records)
        except FieldProblem as problem:
            row.errors.append(problem.at(key))


def _value(uow: UnitOfWork, field: Field, target: str, records: list[str]) -> Any:
    match field_types.get(field.type).output:
        case "references":
            return incoming.parse(uow, field, records)
        case "reference_any":
            return incoming.parse(uow, field, {"object": target, "id": records[0]})
    return records[0]
