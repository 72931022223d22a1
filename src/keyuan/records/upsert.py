"""Create or update by the value of a unique field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..kernel.errors import BadRequest, FieldError, Invalid
from ..schema import field_types
from ..schema.field_types import FieldProblem
from . import pipeline
from .hooks import Change, Item
from .incoming import shown
from .statements import qualified, quoted
from .unit_of_work import Again, UnitOfWork
from .writing import BatchInvalid


async def find(uow: UnitOfWork, object_key: str, key: str, text: str) -> tuple[str | None, Any]:
    """The id of the live record whose unique field has the value written as text, and the canonical value."""
    field = uow.registry.field(object_key, key)
    if field is None or not field.unique or not shown(uow, object_key, field):
        raise BadRequest("not_a_key", errors=[FieldError(key, "not_a_key")])
    kind = field_types.get(field.type)
    try:
        value = kind.from_text(field, text, uow.context)
    except FieldProblem as problem:
        raise Invalid(errors=[problem.at(key)]) from None
    if value is None:
        raise Invalid(errors=[FieldError(key, "required")])
    columns = kind.encode(field, value, uow.context)
    column = field.physical + ("__blind" if field.encrypted else "")
    table = uow.registry.tables[object_key].main
    rows = await uow.fetch(
        f"select id from {qualified(table)} where {quoted(column)} = %(value)s and deleted_at is null",  # noqa: S608
        {"value": columns[column]},
    )
    return (rows[0][0] if rows else None), value


async def upsert(
    uow: UnitOfWork,
    object_key: str,
    key: str,
    text: str,
    values: Mapping[str, Any],
    version: int | None = None,
) -> tuple[Literal["create", "update"], Item]:
    """Update the record with that key, or create it; when two do so at once, one creates and the other updates."""
    record, value = await find(uow, object_key, key, text)
    if record is not None:
        return "update", (await pipeline.update(uow, object_key, [Change(record, values, version)]))[0]
    try:
        return "create", (await pipeline.create(uow, object_key, [{**values, key: value}]))[0]
    except BatchInvalid as refused:
        if any(e.field == key and e.code == "taken" for e in refused.errors):
            raise Again from None  # someone made it in between; the next attempt finds it
        raise
