"""Pages: the order of a list, the condition for what comes after a record, and the cursor that names that record.

The order has several keys of mixed directions, records without a value always last, and the id at the end so that no two
records are equal. A cursor is the values of the last record's keys as text, with a fingerprint of the order, as
base64; it is not signed, for it can show nothing that the list itself would not."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Numeric,
    Text,
    and_,
    cast,
    false,
    or_,
    tuple_,
)
from sqlalchemy.types import TypeEngine

from ..access.parameters import parameter
from ..access.scope import digest
from ..expr.filters import bad_character
from ..expr.types import Type
from ..kernel.ids import is_id
from ..schema.field_types.pointer import UUID
from .requests import bad

_SQL_TYPES: dict[Type, TypeEngine[Any]] = {
    Type.NUMBER: Numeric(),
    Type.INTEGER: BigInteger(),
    Type.DURATION: BigInteger(),
    Type.BOOLEAN: Boolean(),
    Type.DATE: Date(),
    Type.DATETIME: DateTime(timezone=True),
    Type.REFERENCE: UUID,
}
_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?\Z")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00\Z")
_INT64 = 2**63


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Form:
    """What a cursor's value of a key looks like: its type, whether it can be null. `wide` integers are of any size
    (formulas)."""

    type: Type
    nullable: bool
    wide: bool = False

    @property
    def sql_type(self) -> TypeEngine[Any]:
        """What a cursor's value is cast to."""
        return Numeric() if self.wide else _SQL_TYPES.get(self.type, Text())

    def readable(self, text: str) -> bool:
        """Whether the text is a value of the key's type, as PostgreSQL wrote it."""
        match self.type:
            case Type.NUMBER:
                return _NUMBER.match(text) is not None
            case Type.INTEGER | Type.DURATION:
                whole = _NUMBER.match(text) is not None and "." not in text
                return whole and (self.wide or -_INT64 <= int(text) < _INT64)
            case Type.BOOLEAN:
                return text in ("true", "false")
            case Type.REFERENCE:
                return is_id(text)
            case Type.DATE:
                return len(text) == 10 and _parses(date.fromisoformat, text)
            case Type.DATETIME:
                return _MOMENT.match(text) is not None and _parses(datetime.fromisoformat, text)
        return not bad_character(text)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Key(Form):
    """One key of an order: its SQL, whether descending."""

    value: ColumnElement[Any]
    descending: bool

    def ordered(self, value: ColumnElement[Any] | None = None) -> ColumnElement[Any]:
        """The key in ORDER BY, written so that an index of `schema.tables` serves."""
        column = self.value if value is None else value
        if not self.descending:
            return column.asc()
        return column.desc().nulls_last() if self.nullable else column.desc()

    @property
    def form(self) -> Form:
        """What a cursor's value looks like, without the SQL."""
        return Form(type=self.type, nullable=self.nullable, wide=self.wide)


def _parses(read: Any, text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def fingerprint(object_key: str, sort: Sequence[str]) -> str:
    """What ties a cursor to an order."""
    return digest(object_key, *sort)[:6]


def encode(mark: str, values: Sequence[str | None]) -> str:
    """The cursor of a record whose keys have these values (as text, the id last)."""
    return base64.urlsafe_b64encode(msgspec.json.encode([mark, *values])).rstrip(b"=").decode()


def decode(cursor: str, mark: str, keys: Sequence[Form]) -> tuple[str | None, ...]:
    """The values of the keys in a cursor; a 400 if it is none of this order."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad("cursor", "query_cursor") from None
    if not isinstance(found, list) or len(found) != len(keys) + 1 or found[0] != mark:
        raise bad("cursor", "query_cursor")
    for key, value in zip(keys, found[1:], strict=True):
        fits = isinstance(value, str) and key.readable(value)
        if not fits and not (value is None and key.nullable):
            raise bad("cursor", "query_cursor")
    return tuple(found[1:])


def bound(position: int, key: Key) -> ColumnElement[Any]:
    """The parameter that holds a cursor's value of a key."""
    return parameter(f"after{position}", key.sql_type)


def binds(values: Sequence[str | None]) -> dict[str, str | None]:
    """The parameters of `after`."""
    return {f"after{n}": value for n, value in enumerate(values)}


def after(keys: Sequence[Key], nulls: Sequence[bool]) -> list[ColumnElement[bool]]:
    """The conditions on what comes after the record of a cursor, of whose keys those in `nulls` have no value. They are
    alternatives whose rows follow each other in the order, so that each can be read from an index: usually one; two
    where the first key may be null and the cursor's is not."""
    first = keys[0]
    if not any(key.nullable for key in keys) and len({key.descending for key in keys}) == 1:
        ours = tuple_(*(key.value for key in keys))
        theirs = tuple_(*(bound(n, key) for n, key in enumerate(keys)))
        return [ours < theirs if first.descending else ours > theirs]
    if nulls[0]:
        return [_chain(keys, nulls, 0)]
    limit = bound(0, first)
    edge = first.value <= limit if first.descending else first.value >= limit
    ways = [and_(edge, _chain(keys, nulls, 0, with_nulls=False))]
    if first.nullable:
        ways.append(first.value.is_(None))
    return ways


def _chain(
    keys: Sequence[Key], nulls: Sequence[bool], n: int, with_nulls: bool = True
) -> ColumnElement[bool]:
    """What comes after by the keys from the n-th on: greater by it, or equal and after by the rest."""
    key, value = keys[n], bound(n, keys[n])
    if nulls[n]:
        greater: ColumnElement[bool] = false()
        equal: ColumnElement[bool] = key.value.is_(None)
    else:
        greater = key.value < value if key.descending else key.value > value
        if key.nullable and with_nulls:
            greater = or_(greater, key.value.is_(None))
        equal = key.value == value
    if n == len(keys) - 1:
        return greater
    return or_(greater, and_(equal, _chain(keys, nulls, n + 1)))


def as_text(key: Key, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """A key's value as a cursor holds it."""
    return cast(value, Text())
