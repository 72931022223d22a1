"""Uploaded files: the content in a folder or an object store, a row for each in the organisation's table `file`.

The content is there before its row, and goes after it: a row always has its content. Content without a row is left by
a process that was killed in between; `sweep` removes it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from ..access import Principal, field_access
from ..kernel import clock
from ..kernel.errors import NotFound, TooLarge
from ..kernel.ids import is_id, new_id
from ..kernel.settings import Settings
from ..records import read
from ..storage.organisations import Organisation
from ..storage.pool import Connection
from .file_kinds import HEAD, clean_name, media_type
from .statements import Statement

MEGABYTE: Final = 1_000_000
DRAFTS_KEPT: Final = timedelta(days=1)
CHUNK: Final = 1024 * 1024

_ADD = Statement(
    """insert into {org}.file (id, name, media_type, size, sha256, created_by, created_at)
    values (%(id)s, %(name)s, %(media_type)s, %(size)s, %(sha256)s, %(by)s, %(now)s)"""
)
_FIND = Statement(
    """select id::text, name, media_type, size, sha256, object, record::text, field, created_by::text
    from {org}.file where id = %(id)s"""
)
_FORGET_DRAFTS = Statement(
    """delete from {org}.file where id in (select id from {org}.file where record is null and created_at < %(before)s
        order by created_at limit 500 for update skip locked) returning id::text"""
)
_KNOWN = Statement("select id::text from {org}.file where id = any(%(ids)s::uuid[])")


@dataclass(frozen=True, slots=True)
class File:
    """A file: a draft of `created_by` while `record` is None, then one of the record's field."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    object: str | None = None
    record: str | None = None
    field: str | None = None
    created_by: str | None = None


class FileStore:
    """Where the content lies: `<data folder>/files`, or what `KEYUAN_FILES_URL` names (`s3://bucket/prefix`, …)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: ObjectStore | None = None

    @property
    def _store(self) -> ObjectStore:
        if self._made is None:
            if self._settings.files_url:
                self._made = from_url(self._settings.files_url)
            else:
                folder = self._settings.data_dir / "files"
                folder.mkdir(parents=True, exist_ok=True)
                self._made = LocalStore(folder)
        return self._made

    async def put(self, slug: str, chunks: AsyncIterator[bytes], name: str, most: int) -> File:
        """Store content under a new id. Raises `TooLarge` past `most` bytes, and keeps nothing then."""
        digest, head, size = hashlib.sha256(), b"", 0

        async def passing() -> AsyncIterator[bytes]:
            nonlocal head, size
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise TooLarge(extra={"limit": most})
                if len(head) < HEAD:
                    head += chunk[: HEAD - len(head)]
                digest.update(chunk)
                yield chunk

        id_ = new_id()
        await obstore.put_async(self._store, _place(slug, id_), passing())
        cleaned = clean_name(name)
        return File(id_, cleaned, media_type(cleaned, head), size, digest.hexdigest())

    async def chunks(self, slug: str, id_: str) -> AsyncIterator[bytes]:
        """The content of a file. Raises `NotFound` if it is not there."""
        try:
            found = await obstore.get_async(self._store, _place(slug, id_))
        except FileNotFoundError:
            raise NotFound() from None

        async def reading() -> AsyncIterator[bytes]:
            async for chunk in found.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

        return reading()

    async def remove(self, slug: str, *ids: str) -> None:
        """Remove content; what is not there is no error."""
        for id_ in ids:
            try:
                await obstore.delete_async(self._store, _place(slug, id_))
            except FileNotFoundError:
                continue

    async def listed(self, slug: str) -> AsyncIterator[list[str]]:
        """The ids of all content that is older than a day, in portions."""
        before = clock.now() - DRAFTS_KEPT
        async for portion in obstore.list(self._store, prefix=slug):
            ids = [str(m["path"]).rpartition("/")[2] for m in portion if m["last_modified"] < before]
            yield [id_ for id_ in ids if is_id(id_)]


def _place(slug: str, id_: str) -> str:
    # the end of an id is random, its beginning is the time: folders fill evenly
    return f"{slug}/{id_[-2:]}/{id_}"


async def add_draft(connection: Connection, slug: str, file: File, user: str | None) -> None:
    """Note a stored file as a draft of a user, until a record's field takes it."""
    values = {
        "id": file.id,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
        "by": user,
        "now": clock.now(),
    }
    await connection.execute(_ADD.of(slug), values)


async def find(connection: Connection, organisation: Organisation, principal: Principal, id_: str) -> File:
    """A file the person may see: an own draft, or one of a record that may be read in a field that may be. Raises
    `NotFound`."""
    if not is_id(id_):
        raise NotFound()
    row: Any = await (await connection.execute(_FIND.of(organisation.slug), {"id": id_})).fetchone()
    if row is None:
        raise NotFound()
    file = File(*row)
    if file.record is None or file.object is None or file.field is None:
        if file.created_by is None or file.created_by != principal.user:
            raise NotFound()
        return file
    if field_access(organisation.registry, principal.policy, file.object, file.field) not in ("read", "edit"):
        raise NotFound()
    await read.get_record(
        connection, organisation, principal, file.object, file.record, fields=("id",), deleted=None
    )
    return file


async def sweep(connection: Connection, slug: str, store: FileStore) -> int:
    """Remove drafts that nobody took within a day, and content without a row; how many. `connection` is in
    autocommit."""
    removed = 0
    while True:
        cursor = await connection.execute(_FORGET_DRAFTS.of(slug), {"before": clock.now() - DRAFTS_KEPT})
        ids = [row[0] for row in await cursor.fetchall()]
        await store.remove(slug, *ids)
        removed += len(ids)
        if not ids:
            break
    async for portion in store.listed(slug):
        cursor = await connection.execute(_KNOWN.of(slug), {"ids": portion})
        known = {row[0] for row in await cursor.fetchall()}
        stray = [id_ for id_ in portion if id_ not in known]
        await store.remove(slug, *stray)
        removed += len(stray)
    return removed
