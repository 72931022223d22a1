"""Reading records: lists, single records, counts, figures, searches, histories. Each answers what its caller may see and
nothing else, as JSON that PostgreSQL made wherever that is possible.

Lists and figures run unprepared, because their best plan depends on the values; reads by id are prepared. The functions
take a connection as `storage.pool` opens it and leave transactions to their callers."""

from __future__ import annotations

from .figures import aggregate, search
from .history import history
from .lists import CountAnswer, ListAnswer, RecordAnswer, count, get_record, list_records
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
