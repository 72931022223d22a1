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
    """Make the drafts named in file fields files of the record, in one statement for each field. Refused: files of others,
    of other records or fields (a file is seen by those who may see the field that took it), of a media type the field
    does not take, or too large. Files a record lets go stay with it, because its history shows them."""
    for field in _file_fields(uow, batch):
        limits = field_types.get(field.type).settings(field)
        kinds = getattr(field_types.get(field.type), "media_types", ())
        wanted = {
            item.id: new
            for item in batch
            if field.key in item.changed
            and (new := set(item.after.get(field.key) or ()) - set(item.was(field.key) or ()))
        }
        if not wanted:
            continue
        pairs = [(file, record) for record, files in sorted(wanted.items()) for file in sorted(files)]
        rows = await uow.fetch(
            f"update {uow.table_name('file')} f set object = %(object)s, record = x.record, field = %(field)s"  # noqa: S608
            " from unnest(%(files)s::uuid[], %(records)s::uuid[]) as x(id, record)"
            " where f.id = x.id and f.size <= %(most)s"
            " and (%(kinds)s::text[] = '{}' or f.media_type = any(%(kinds)s::text[]))"
            " and ((f.record = x.record and (f.field = %(field)s or %(trusted)s))"
            " or (f.record is null and (f.created_by = %(user)s or %(trusted)s)))"
            " returning f.id, f.record",
            {
                "object": batch.object.key,
                "field": field.key,
                "files": [file for file, _ in pairs],
                "records": [record for _, record in pairs],
                "most": limits.megabytes * 1_000_000,
                "kinds": list(kinds),
                "user": uow.principal.user,
                "trusted": uow.trusted,
            },
        )
        taken = {(str(file), str(record)) for file, record in rows}
        for item in batch:
            if any((file, item.id) not in taken for file in wanted.get(item.id, ())):
                item.error(field.key, "file")
    if any(i.errors for i in batch):
        raise BatchInvalid(batch)
