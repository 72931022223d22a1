"""Reading records: lists, single records, counts, figures, searches, histories. Each answers what its caller may see and
nothing else, as JSON that PostgreSQL made wherever that is possible.

Lists and figures run unprepared, because their best plan depends on the values; reads of given ids are prepared. The functions
take a connection as `storage.pool` opens it and leave transactions to their callers."""

from __future__ import annotations

from .figures import aggregate
from .history import history
from .lists import CountAnswer, ListAnswer, RecordAnswer, count, get_record, list_records
from .search import search
from .sharing import grants_of
from .timeline import timeline

__all__ = [
    "CountAnswer",
    "ListAnswer",
    "RecordAnswer",
    "aggregate",
    "count",
    "get_record",
    "grants_of",
    "history",
    "list_records",
    "search",
    "timeline",
]
