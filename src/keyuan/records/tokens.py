"""Search tokens of records, written by the pipeline in the same transaction as the record."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..kernel.kept import kept
from ..kernel.turns import in_turns
from ..schema import field_types
from ..schema.field_types import Context
from ..schema.model import Field
from ..schema.registry import Registry
from ..schema.text.tokens import Document
from ..storage.tsvector import Vectors
from .hooks import Batch
from .statements import save_tokens
from .token_process import vectors
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


def document_of(registry: Registry, object_key: str, values: Mapping[str, Any], context: Context) -> Document:
    """What a record is found by. All but the name is tagged with the field's key, so that a query can leave out fields its
    reader may not see."""
    found: Document = []
    for field in searched_fields(registry, object_key):
        if (value := values.get(field.key)) is not None:
            kind = field_types.get(field.type)
            text = value if isinstance(value, str) else kind.to_text(field, value, context)
            found.append((kind.search_kind, text, None if field.key == "name" else field.key))  # type: ignore[arg-type]
    return found


@dataclass(frozen=True, slots=True)
class Making:
    """Tokens of records that are being made: those of many already while the rows themselves are."""

    object: str
    ids: list[str]
    documents: list[Document]
    made: asyncio.Task[list[bytes]] | None


async def begin(uow: UnitOfWork, object_key: str, records: Iterable[tuple[str, Mapping[str, Any]]]) -> Making:
    """Begin to make the tokens of records given as (id, values)."""
    if uow.registry.tables[object_key].search is None:
        return Making(object_key, [], [], None)
    ids, values = [], []
    for record, shown in records:
        ids.append(record)
        values.append(document_of(uow.registry, object_key, shown, uow.context))
    made = None
    if len(ids) >= _MANY:
        elsewhere = uow.token_process
        made = await elsewhere.ask(values) if elsewhere is not None else asyncio.create_task(_here(values))
    return Making(object_key, ids, values, made)


async def _here(documents: Sequence[Document]) -> list[bytes]:
    return [made async for document in in_turns(documents) for made in vectors([document])]


async def store(uow: UnitOfWork, making: Making) -> None:
    """Store the tokens, at the latest when the unit ends; what was sent before is run while those of many are made."""
    search = uow.registry.tables[making.object].search
    if search is None or not making.ids:
        return
    uow.catch_up()  # a record's later tokens replace its earlier ones
    if making.made is not None:
        await uow.flush()
    made = vectors(making.documents) if making.made is None else await making.made
    send = uow.send if making.made is None else uow.send_later
    send(save_tokens(search), {"ids": f"{{{','.join(making.ids)}}}", "tokens": Vectors(made)})


async def refreshed(uow: UnitOfWork, batch: Batch) -> Making:
    """Begin to make the tokens of the records of a batch in which a searched field changes."""
    keys = {f.key for f in searched_fields(uow.registry, batch.object.key)}
    concerned = (i for i in batch if i.before is None or i.changed & keys)
    return await begin(uow, batch.object.key, ((i.id, i.after) for i in concerned))
