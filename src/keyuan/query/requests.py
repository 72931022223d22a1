"""What callers ask for, read from the parameters of a GET or the body of a POST. Reading checks the form alone; whether
fields exist and may be used is decided where the statement is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, Self

import msgspec

from ..expr.filters import bad_character, shown
from ..kernel.errors import BadRequest, FieldError

MOST_FIELDS = 200
MOST_SORTS = 6
MOST_GROUPS = 6
MOST_MEASURES = 20
MOST_TEXT = 100

Count = Literal["none", "capped", "exact"]
Deleted = Literal["no", "only"]
Read = Callable[[str, Any], Any]


class _Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the requests share: `read` makes one from parameters, whose values may all be text."""

    readers: ClassVar[Mapping[str, Read]] = {}

    @classmethod
    def read(cls, given: object) -> Self:
        """The request that parameters or a body mean. Raises `BadRequest` with an entry for each bad parameter."""
        if not isinstance(given, Mapping):
            raise BadRequest(errors=[FieldError("", "query_form")])
        errors: list[FieldError] = []
        values: dict[str, Any] = {}
        for name, value in given.items():
            reader = cls.readers.get(name)
            if reader is None:
                errors.append(FieldError(shown(name), "query_parameter"))
            elif value is not None:
                try:
                    values[name] = reader(name, value)
                except BadRequest as refused:
                    errors.extend(refused.errors)
        if errors:
            raise BadRequest(errors=errors)
        return cls(**values)


def bad(field: str, code: str, **params: object) -> BadRequest:
    """One parameter refused."""
    return BadRequest(errors=[FieldError(field, code, params)])


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or bad_character(value):
        raise bad(name, "query_text")
    return value


def _search_text(name: str, value: Any) -> str:
    return _text(name, value).strip()[:MOST_TEXT]


def _words(most: int) -> Read:
    """A list of words, or one text with commas."""

    def read(name: str, value: Any) -> tuple[str, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple):
            raise bad(name, "query_list")
        words = tuple(dict.fromkeys(_text(name, p).strip() for p in parts))
        words = tuple(w for w in words if w)
        if len(words) > most:
            raise bad(name, "too_many", limit=most)
        return words

    return read


def _integer(low: int, high: int) -> Read:
    def read(name: str, value: Any) -> int:
        text = value if isinstance(value, str) else str(value) if type(value) is int else ""
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        if not low <= number <= high:
            raise bad(name, "query_integer", low=low, high=high)
        return number

    return read


def _one_of(*words: str) -> Read:
    def read(name: str, value: Any) -> str:
        if value not in words:
            raise bad(name, "query_word", words=", ".join(words))
        return str(value)

    return read


def _json(name: str, value: Any) -> Any:
    """JSON, which a parameter holds as text."""
    if isinstance(value, str):
        if not value.strip():
            return None
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            raise bad(name, "query_json") from None
    if value is not None and not isinstance(value, list):
        raise bad(name, "query_list")
    return value


class ListQuery(_Request, frozen=True, kw_only=True):
    """Records of one object: `filter` (filter JSON, decoded), `q` (a quick search), `sort` (`-amount` descending),
    `fields` (keys and paths; `*` for all fields), `limit`, `cursor` (of the page before), `count`, `deleted` (`only`
    lists the recycle bin)."""

    filter: Any = None
    q: str = ""
    sort: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    limit: int = 50
    cursor: str = ""
    count: Count = "none"
    deleted: Deleted = "no"

    readers = {
        "filter": _json,
        "q": _search_text,
        "sort": _words(MOST_SORTS),
        "fields": _words(MOST_FIELDS),
        "limit": _integer(1, 1000),
        "cursor": _text,
        "count": _one_of("none", "capped", "exact"),
        "deleted": _one_of("no", "only"),
    }


class AggregateQuery(_Request, frozen=True, kw_only=True):
    """Figures over records: `group_by` (paths, or `(path, bucket)` for dates), `measures` (`(function, path)`, the path
    empty for the count of records), `filter`, `q`, `sort` (keys of the answer's rows, `-sum_amount`), `limit`."""

    group_by: tuple[tuple[str, str], ...] = ()
    measures: tuple[tuple[str, str], ...] = (("count", ""),)
    filter: Any = None
    q: str = ""
    sort: tuple[str, ...] = ()
    limit: int = 1000
    deleted: Deleted = "no"


def _pairs(name: str, value: Any, most: int) -> tuple[tuple[str, str], ...]:
    """A list of words or of pairs of words; the second half of a word alone is empty."""
    given = _json(name, value) or []
    if len(given) > most:
        raise bad(name, "too_many", limit=most)
    pairs: list[tuple[str, str]] = []
    for place, item in enumerate(given):
        parts = [item] if isinstance(item, str) else item
        at = f"{name}/{place}"
        if not isinstance(parts, list | tuple) or not 1 <= len(parts) <= 2:
            raise bad(at, "query_pair")
        first, second = _text(at, parts[0]), _text(at, parts[1]) if len(parts) == 2 else ""
        pairs.append((first, second))
    return tuple(pairs)


def _groups(name: str, value: Any) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(_pairs(name, value, MOST_GROUPS)))


def _measures(name: str, value: Any) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(_pairs(name, value, MOST_MEASURES))) or (("count", ""),)


AggregateQuery.readers = {
    "group_by": _groups,
    "measures": _measures,
    "filter": _json,
    "q": _search_text,
    "sort": _words(MOST_SORTS),
    "limit": _integer(1, 10_000),
    "deleted": _one_of("no", "only"),
}


class SearchQuery(_Request, frozen=True, kw_only=True):
    """One search over several objects: `q`, `objects` (keys; empty for all that can be searched), `limit` for each."""

    q: str = ""
    objects: tuple[str, ...] = ()
    limit: int = 8

    readers = {"q": _search_text, "objects": _words(50), "limit": _integer(1, 50)}
