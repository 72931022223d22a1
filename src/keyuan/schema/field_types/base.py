"""What a field type is: one class that owns column, validation, operators, import, export and OpenAPI of its values.

A value has one form everywhere, its *canonical* JSON form (decimals, dates and ids are strings): `parse` makes it from
input, `encode` spreads it over columns, `canonical` reads it back in SQL."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Protocol
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Column, ColumnElement, FromClause, func, literal_column

from ...expr.types import Type
from ...kernel.errors import FieldError
from ...kernel.i18n import Label, Language
from ...kernel.misfits import misfit
from ..model import Field

EQUALITY = ("=", "!=", "in", "not_in", "is_null")
ORDERED = ("=", "!=", "<", "<=", ">", ">=", "between", "in", "not_in", "is_null")
TEXTUAL = (*EQUALITY, "contains", "starts_with")
MANY = ("contains", "is_null")
DATED = (*ORDERED, "within")
SUMMED = ("count", "count_distinct", "sum", "avg", "min", "max")
RANGED = ("count", "count_distinct", "min", "max")
COUNTED = ("count", "count_distinct")


def json_object(**values: ColumnElement[Any]) -> ColumnElement[Any]:
    """SQL for a JSON object of a few values. Its keys are part of the statement, not parameters of it."""
    parts = (part for key, value in values.items() for part in (literal_column(f"'{key}'"), value))
    return func.json_build_object(*parts)


class FieldProblem(Exception):
    """A value a field cannot take: a message code (without `field.`), its parameters, the part concerned."""

    def __init__(self, code: str, part: str = "", /, **params: object) -> None:
        self.code, self.part, self.params = code, part, params
        super().__init__(code, part, params)

    def at(self, key: str) -> FieldError:
        """The error as told to the caller, at the field of that key."""
        return FieldError(f"{key}.{self.part}" if self.part else key, self.code, self.params)


class Cipher(Protocol):
    """Encrypts values of encrypted fields; `blind` makes the keyed hash under which equal values are found."""

    def encrypt(self, text: str) -> str: ...
    def decrypt(self, text: str) -> str: ...
    def blind(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Context:
    """What reading a value depends on beside the field: language and zone of the person, money of the organisation.
    `rates` are units of the base currency for one unit of the other. `rounds`: numbers with more decimals than are kept are
    rounded, for the program worked them out; what people write is refused instead."""

    language: Language = "zh"
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    currency: str = "CNY"
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    today: str = ""
    cipher: Cipher | None = None
    rounds: bool = False


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of a type that has none."""


# Options as typed values, by the field they belong to; the field is kept beside them so that its id stays its own.
_SETTINGS: dict[int, tuple[Field, Any]] = {}
_MOST_SETTINGS = 50_000


class FieldType:
    """One kind of value. A subclass sets the class variables and overrides what differs from plain storage in one
    column."""

    name: ClassVar[str]
    label: ClassVar[Label]
    type: ClassVar[Type]
    """How expressions and filters see the value."""
    options: ClassVar[builtins.type[msgspec.Struct]] = NoOptions
    operators: ClassVar[tuple[str, ...]] = ()
    sortable: ClassVar[bool] = False
    groupable: ClassVar[bool] = False
    measures: ClassVar[tuple[str, ...]] = COUNTED
    bounded: ClassVar[bool] = False
    """Whether `minimum` and `maximum` mean something for its values; `check` reads them."""
    uniquable: ClassVar[bool] = False
    """Whether one index over its main column says what people mean by unique."""
    names: ClassVar[bool] = False
    """Whether its values can be what records are called."""
    listed: ClassVar[bool] = True
    """Whether lists show it unless told otherwise: not what is long, and not what is many."""
    stored: ClassVar[bool] = True
    """Whether the value lies in columns of the record."""
    output: ClassVar[str] = "plain"
    """How answers show it: `plain` (the canonical value), `reference`, `references`, `reference_any`, `files`,
    `lines`, `formula`."""
    search_kind: ClassVar[str | None] = None
    """The kind of search token made from it (see `schema.text.tokens`), if it can be searched."""
    writable: ClassVar[bool] = True
    """Whether people can write it where they may edit the field."""
    computed: ClassVar[bool] = False
    """Whether the product alone works the value out; not even an import can set it."""
    encryptable: ClassVar[bool] = False
    seeks: ClassVar[bool] = False
    """Whether people write the same value in several ways, of which one is stored (see `sought`)."""
    retype_from: ClassVar[bool] = True
    """Whether a field may be changed into this type (its values then pass through text)."""

    # -- definition ----------------------------------------------------------------------------------------------

    def check(self, field: Field) -> None:
        """Refuse a definition whose options or attributes this type cannot have, with a `FieldProblem`."""
        try:
            msgspec.convert(dict(field.options), self.options)
        except msgspec.ValidationError as e:
            wrong = misfit(e)
            raise FieldProblem(wrong.code, wrong.under("options").field, **wrong.params) from None
        if field.encrypted and not self.encryptable:
            raise FieldProblem("not_encryptable", "encrypted")
        if field.encrypted and (field.search or field.minimum is not None or field.maximum is not None):
            raise FieldProblem("encrypted_search", "encrypted")

    def bound(self, value: Any) -> Any:
        """A `minimum` or `maximum` that `check` let pass, as something that can be compared."""
        return value

    def settings(self, field: Field) -> Any:
        """The field's options, typed and with their defaults."""
        known = _SETTINGS.get(id(field))
        if known is not None and known[0] is field:
            return known[1]
        made = msgspec.convert(dict(field.options), self.options)
        if len(_SETTINGS) >= _MOST_SETTINGS:
            _SETTINGS.clear()
        _SETTINGS[id(field)] = field, made
        return made

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        """The physical columns; the first is the main one. Empty where nothing is stored."""
        return ()

    def expression_type(self, field: Field) -> Type:
        """How expressions see this field's value."""
        return self.type

    def parts(self, field: Field) -> Mapping[str, Type]:
        """Parts that a path may name (`amount.currency`), by name; each lies in the column `<column>__<part>`."""
        return {}

    def field_operators(self, field: Field) -> tuple[str, ...]:
        """The filter operators of this field; encrypted values can only be compared whole."""
        return EQUALITY if field.encrypted else self.operators

    def field_measures(self, field: Field) -> tuple[str, ...]:
        """The measures that aggregates may take of this field; encrypted values can only be counted."""
        return COUNTED if field.encrypted else self.measures

    # -- values --------------------------------------------------------------------------------------------------

    def received(self, field: Field, value: Any, stored: Any, context: Context) -> Any:
        """What counts of a value that a person sends for a field that holds `stored`, before it is parsed: types with parts
        that only the product works out leave these out."""
        return value

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        """The canonical value of an input (never None); None for an empty one; `FieldProblem` if it cannot be."""
        raise NotImplementedError

    def encode(self, field: Field, value: Any, context: Context) -> dict[str, Any]:
        """The value of each column, in a form PostgreSQL's `json_to_recordset` reads, for a canonical value or None. A
        type with several columns gives them all."""
        return {field.physical: value}

    def canonical(self, field: Field, table: FromClause) -> ColumnElement[Any]:
        """SQL for the canonical value as PostgreSQL's `row_to_json` shows it."""
        return table.c[field.physical]

    def comparable(self, field: Field, table: FromClause, part: str = "") -> ColumnElement[Any]:
        """SQL for the value (or a part of it) in filters, groups and formulas."""
        return table.c[f"{field.physical}__{part}" if part else field.physical]

    def order_key(self, field: Field, table: FromClause) -> ColumnElement[Any]:
        """SQL for the value as lists sort by it."""
        return self.comparable(field, table)

    def mask(self, value: ColumnElement[Any]) -> ColumnElement[Any] | None:
        """SQL for the masked form of a canonical value; None where nothing of it may show."""
        return None

    def sought(self, field: Field, text: str) -> str:
        """A text that the field is compared with, as the same value is stored; as it is where it is no such value."""
        try:
            found = self.parse(field, text, Context())
        except FieldProblem:
            return text
        return found if isinstance(found, str) else text

    # -- text: import, export, retype, search --------------------------------------------------------------------

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        """The canonical value of a cell of a file, as people write it; `FieldProblem` if it cannot be read."""
        return self.parse(field, text, context)

    def to_text(self, field: Field, value: Any, context: Context) -> str:
        """The value as people read it in a file."""
        return str(value)

    # -- API -----------------------------------------------------------------------------------------------------

    def json_schema(self, field: Field) -> dict[str, Any]:
        """JSON Schema of the value in answers; null is added by the caller."""
        raise NotImplementedError

    def input_schema(self, field: Field) -> dict[str, Any]:
        """JSON Schema of what a write takes; null is added by the caller."""
        return self.json_schema(field)
