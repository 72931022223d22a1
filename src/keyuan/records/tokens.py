"""Search tokens of records, written by the pipeline in the same transaction as the record."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ..kernel.kept import kept
from ..kernel.turns import in_turns
from ..schema import field_types
from ..schema.field_types import Context
from ..schema.model import Field
from ..schema.registry import Registry
from ..schema.text.grams import Kind
from ..schema.text.tokens import document_tokens
from .hooks import Batch
from .statements import save_tokens
from .unit_of_work import UnitOfWork

_MANY = 50
"""Records whose tokens take longer to make than a task to begin."""


@kept()
def searched_fields(registry: Registry, object_key: str) -> tuple[Field, ...]:
    """The fields whose values a record is found by."""
    return tuple(
        f for f in registry.fields(object_key).values()
        if f.search and not f.encrypted and field_types.get(f.type).search_kind is not None
    )  # fmt: skip


def _texts(field: Field, value: Any, context: Context) -> Iterator[tuple[Kind, str, str | None]]:
    kind: Any = field_types.get(field.type).search_kind
    text = value if isinstance(value, str) else field_types.get(field.type).to_text(field, value, context)
    yield kind, text, None if field.key == "name" else field.key


def tokens_of(registry: Registry, object_key: str, values: Mapping[str, Any], context: Context) -> list[str]:
    """The tokens of a record; those of every field but the name are tagged with the field's key, so that a query can
    leave out fields its reader may not see."""
    found: list[tuple[Kind, str, str | None]] = []
    for field in searched_fields(registry, object_key):
        if (value := values.get(field.key)) is not None:
            found.extend(_texts(field, value, context))
    return document_tokens(found)


async def write_tokens(
    uow: UnitOfWork, object_key: str, records: Sequence[tuple[str, Mapping[str, Any]]]
) -> None:
    """Store the tokens of records given as (id, values), at the latest when the unit is flushed. The tokens of many are
    made while the database does what was sent before."""
    search = uow.registry.tables[object_key].search
    if search is None or not records:
        return
    sent = asyncio.create_task(uow.flush()) if len(records) >= _MANY else None
    try:
        rows = [
            {"id": record, "tokens": tokens_of(uow.registry, object_key, values, uow.context)}
            async for record, values in in_turns(records)
        ]
    finally:
        if sent is not None:
            await sent
    uow.send(save_tokens(search), {"rows": msgspec.json.encode(rows).decode()})


async def refresh(uow: UnitOfWork, batch: Batch) -> None:
    """Bring the tokens of a written batch up to date, where a searched field changed."""
    keys = {f.key for f in searched_fields(uow.registry, batch.object.key)}
    concerned = [i for i in batch if i.before is None or i.changed & keys]
    await write_tokens(uow, batch.object.key, [(i.id, i.after) for i in concerned])
