"""Files that a record takes: drafts of the person who saves it, or files it has already."""

from __future__ import annotations

from ..schema import field_types
from ..schema.model import Field
from .hooks import Batch
from .unit_of_work import UnitOfWork
from .writing import BatchInvalid


def _file_fields(uow: UnitOfWork, batch: Batch) -> list[Field]:
    fields = uow.registry.fields(batch.object.key).values()
    return [f for f in fields if field_types.get(f.type).output == "files"]


async def claim(uow: UnitOfWork, batch: Batch) -> None:
    """Make the drafts named in file fields files of the record. Refused: files of others, of other records, of a media
    type the field does not take, or too large. Files a record lets go stay with it, because its history shows them."""
    for field in _file_fields(uow, batch):
        limits = field_types.get(field.type).settings(field)
        kinds = getattr(field_types.get(field.type), "media_types", ())
        for item in batch:
            before = set(item.was(field.key) or ())
            if field.key not in item.changed or not (new := set(item.after.get(field.key) or ()) - before):
                continue
            rows = await uow.fetch(
                f"update {uow.table_name('file')} set object = %(object)s, record = %(record)s, field = %(field)s"  # noqa: S608
                " where id = any(%(ids)s::uuid[]) and size <= %(most)s"
                " and (%(kinds)s::text[] = '{}' or media_type = any(%(kinds)s::text[]))"
                " and (record = %(record)s or (record is null and (created_by = %(user)s or %(trusted)s)))"
                " returning id",
                {
                    "object": batch.object.key,
                    "record": item.id,
                    "field": field.key,
                    "ids": sorted(new),
                    "most": limits.megabytes * 1_000_000,
                    "kinds": list(kinds),
                    "user": uow.principal.user,
                    "trusted": uow.trusted,
                },
            )
            if {str(r[0]) for r in rows} != new:
                item.error(field.key, "file")
    if any(i.errors for i in batch):
        raise BatchInvalid(batch)
