"""Reading records: lists, single records, figures, histories, search."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from litestar import get, post

from ..query.requests import AggregateQuery, ListQuery, SearchQuery
from ..records import read
from ..schema.field_types.base import Cipher
from .answers import Answer
from .bodies import read_object
from .exchange import exchange_of
from .parameters import Parameters, raw_query
from .parameters import read as read_parameters
from .paths import AnyRequest, object_of, record_of
from .reading import Reader, reading
from .shown import page, record_answer

_LIST = tuple(ListQuery.readers)
_SEARCH = tuple(SearchQuery.readers)
_PAGED = ("limit", "cursor")


def _cipher(request: AnyRequest) -> Cipher | None:
    return exchange_of(request).app.runtime.cipher


@get("/api/v1/records/{object_key:str}")
async def list_records(request: AnyRequest) -> Answer:
    """A page of the records of an object."""
    return await _list(request, _query(raw_query(request)))


@lru_cache(maxsize=2_000)
def _query(raw: bytes) -> ListQuery:
    """The request that the parameters of an address mean; screens ask the same ones again and again."""
    return ListQuery.read(read_parameters(raw, _LIST))


@post("/api/v1/records/{object_key:str}/query", status_code=200)
async def query_records(request: AnyRequest) -> Answer:
    """A page of the records of an object, asked for in a body: filters can be longer than addresses."""
    Parameters(request)
    return await _list(request, ListQuery.read(await read_object(request)))


async def _list(request: AnyRequest, query: ListQuery) -> Answer:
    key, cipher = object_of(request), _cipher(request)

    async def work(reader: Reader) -> bytes:
        source = (reader.connection, reader.organisation, reader.principal, key, query)
        found = await read.list_records(*source, cipher=cipher)
        count = None if query.count == "none" else await read.count(*source, cipher=cipher)
        return page("records", found.body, found.next_cursor, count)

    return Answer(await reading(request, work))


@get("/api/v1/records/{object_key:str}/{record:str}")
async def get_record(request: AnyRequest) -> Answer:
    """One record, from the recycle bin too."""
    fields = Parameters(request, ("fields",)).names("fields") or ("*",)
    key, record, cipher = object_of(request), record_of(request), _cipher(request)

    async def work(reader: Reader) -> Answer:
        found = await read.get_record(
            reader.connection, reader.organisation, reader.principal, key, record,
            fields=fields, deleted=None, cipher=cipher,
        )  # fmt: skip
        return record_answer(found.body, found.version)

    return await reading(request, work)


@post("/api/v1/records/{object_key:str}/aggregate", status_code=200)
async def aggregate(request: AnyRequest) -> Answer:
    """Groups and measures over the records of an object."""
    Parameters(request)
    query = AggregateQuery.read(await read_object(request))
    key, cipher = object_of(request), _cipher(request)

    async def work(reader: Reader) -> bytes:
        return await read.aggregate(
            reader.connection, reader.organisation, reader.principal, key, query, cipher=cipher
        )

    return Answer(b'{"rows":' + await reading(request, work) + b"}")


@get("/api/v1/records/{object_key:str}/{record:str}/history")
async def history(request: AnyRequest) -> Answer:
    """The changes of a record, the newest first."""
    return await _entries(request, read.history)


@get("/api/v1/records/{object_key:str}/{record:str}/timeline")
async def timeline(request: AnyRequest) -> Answer:
    """What happened with a record: changes, follow-ups, ways through stages."""
    return await _entries(request, read.timeline)


async def _entries(request: AnyRequest, source: Any) -> Answer:
    given = Parameters(request, _PAGED)
    limit, cursor = given.integer("limit", 50, 1, 200), given.text("cursor")
    key, record, cipher = object_of(request), record_of(request), _cipher(request)

    async def work(reader: Reader) -> bytes:
        found = await source(
            reader.connection, reader.organisation, reader.principal, key, record,
            limit=limit, cursor=cursor, cipher=cipher,
        )  # fmt: skip
        return page("entries", found.body, found.next_cursor)

    return Answer(await reading(request, work))


@get("/api/v1/search")
async def search(request: AnyRequest) -> Answer:
    """One search over several objects."""
    query = SearchQuery.read(Parameters(request, _SEARCH).given)

    async def work(reader: Reader) -> bytes:
        return await read.search(reader.connection, reader.organisation, reader.principal, query)

    return Answer(b'{"results":' + await reading(request, work) + b"}")


HANDLERS = (list_records, query_records, get_record, aggregate, history, timeline, search)
