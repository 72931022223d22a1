"""Building blocks of the SQL, as templates: text with `{0}`, `{1}`, … for operands and `{tz}`, `{fiscal}` for what the
environment binds. Where something could fail they give null, and they name each operand once if they can, since
operands named twice would double the statement at each level of nesting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter, ColumnClause, ColumnElement, bindparam
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import NullType, TypeEngine

from .types import QUOTIENT_SCALE, TEXTS, Type
from .values import DATE_PATTERN, NUMBER_PATTERN, SPACES

Column = ColumnElement[Any]

SQL_TYPES: dict[Type, TypeEngine[Any]] = {
    Type.TEXT: pg.TEXT(),
    Type.NUMBER: pg.NUMERIC(),
    Type.INTEGER: pg.NUMERIC(),
    Type.BOOLEAN: pg.BOOLEAN(),
    Type.DATE: pg.DATE(),
    Type.DATETIME: pg.TIMESTAMP(timezone=True),
    Type.DURATION: pg.NUMERIC(),
    Type.CHOICE: pg.TEXT(),
    Type.CHOICES: pg.ARRAY(pg.TEXT()),
    Type.REFERENCE: pg.UUID(as_uuid=False),
    Type.REFERENCES: pg.ARRAY(pg.UUID(as_uuid=False)),
    Type.JSON: pg.JSONB(),
}
"""The types of computed columns."""

BIND_TYPES: dict[Type, str] = {
    Type.TEXT: "TEXT",
    Type.NUMBER: "NUMERIC",
    Type.INTEGER: "BIGINT",
    Type.BOOLEAN: "BOOLEAN",
    Type.DATE: "DATE",
    Type.DATETIME: "TIMESTAMPTZ",
    Type.DURATION: "BIGINT",
    Type.CHOICE: "TEXT",
    Type.CHOICES: "TEXT[]",
    Type.REFERENCE: "UUID",
    Type.REFERENCES: "UUID[]",
    Type.JSON: "JSONB",
}
"""What bound values are cast to, so that PostgreSQL need not guess and an index on a column serves."""


class Template(FunctionElement[Any]):
    """SQL text with places for operands. It stands in parentheses or is a call, so that it needs none around it."""

    # One element for each function keeps compiling within Python's stack, however much SQL a function is.
    name = "template"
    _traverse_internals = [*FunctionElement._traverse_internals, ("template", InternalTraversal.dp_string)]  # noqa: RUF012

    def __init__(self, template: str, operands: Iterable[Column], type: TypeEngine[Any]) -> None:
        super().__init__(*map(_grouped, operands))
        self.template = template
        self.type = type


def _grouped(operand: Column) -> Column:
    """The operand, in parentheses if a scope gave one that may need them (`a + b`)."""
    return (
        operand if isinstance(operand, FunctionElement | ColumnClause | BindParameter) else Grouping(operand)
    )


@compiles(Template)
def _compile(element: Template, compiler: SQLCompiler, **options: Any) -> str:
    return element.template.format(*[compiler.process(operand, **options) for operand in element.clauses])


def sql(template: str, *operands: Column, type: Type = Type.TEXT) -> Column:
    """The SQL of a template and its operands."""
    bound = list(operands)
    for name, cast in (("tz", "TEXT"), ("fiscal", "INTEGER")):
        if f"{{{name}}}" in template:
            template = template.replace(f"{{{name}}}", f"CAST({{{len(bound)}}} AS {cast})")
            bound.append(bindparam(f"env_{name}", type_=NullType()))
    return Template(template, bound, SQL_TYPES[type])


def condition(template: str, *operands: Column) -> ColumnElement[bool]:
    """A condition made of a template."""
    return sql(template, *operands, type=Type.BOOLEAN)


def parameter(name: str, type: Type, many: bool = False) -> Column:
    """A bound value, or an array of such."""
    # Without a type SQLAlchemy adds no conversion of its own: the value goes to the driver as it is.
    return sql(
        f"CAST({{0}} AS {BIND_TYPES[type]}{'[]' * many})", bindparam(name, type_=NullType()), type=type
    )


def quoted(text: str) -> str:
    """A text constant of the language. Values of users are bound, never written so."""
    text = text.replace("'", "''").replace("{", "{{").replace("}", "}}").replace("%", "%%")
    return f"'{text}'"


def numeric(operand: str, type: Type | None) -> str:
    """The number as numeric, so that arithmetic is exact and of any size; anything else as it is."""
    return f"CAST({operand} AS NUMERIC)" if type in (Type.INTEGER, Type.DURATION) else operand


def collated(operand: str, type: Type | None) -> str:
    """A text with the order of code points, whatever the database's own; anything else as it is."""
    return f'({operand} COLLATE "C")' if type in TEXTS else operand


def local(moment: str) -> str:
    """The wall-clock time of a moment (timestamp without zone)."""
    return f"timezone({{tz}}, {moment})"


def moment(wall: str) -> str:
    """The moment of a wall-clock time, null where it leaves the calendar."""
    return in_range(f"timezone({{tz}}, {wall})")


def start_of_day(day: str) -> str:
    """The moment at which a day begins."""
    return f"timezone({{tz}}, CAST({day} AS TIMESTAMP))"


def as_date(operand: str, type: Type | None) -> str:
    """The date of a date or moment."""
    return f"CAST({local(operand)} AS DATE)" if type is Type.DATETIME else operand


def as_wall(operand: str, type: Type | None) -> str:
    """The wall-clock time of a moment, or of the beginning of a date."""
    return local(operand) if type is Type.DATETIME else f"CAST({operand} AS TIMESTAMP)"


def in_calendar(day: str) -> str:
    """The date, null where it is not in the years 1 to 9999."""
    return between(day, "DATE '0001-12-31 BC'", "DATE '10000-01-01'")


def in_range(moment: str) -> str:
    """The moment, null where it is not between `values.MOMENT_MIN` and `MOMENT_MAX`."""
    return between(
        moment, "TIMESTAMPTZ '0001-01-02 23:59:59.999999+00'", "TIMESTAMPTZ '9999-12-29 00:00:00+00'"
    )


def between(operand: str, low: str, high: str) -> str:
    """The value if `low < value < high`, else null."""
    # LEAST and GREATEST leave nulls out, NULLIF brings them back.
    return f"nullif(greatest(nullif(least({operand}, {high}), {high}), {low}), {low})"


def bounded(number: str, limit: int) -> str:
    """The number without its fraction if its size is at most the limit, else null."""
    return f"trunc({between(number, str(-limit - 1), str(limit + 1))})"


def clamped(number: str, low: int, high: int) -> str:
    """The number without its fraction, held between `low` and `high`, as an integer; null stays null."""
    # width_bucket is the one function that bounds a value, keeps null, and names the value once.
    return f"(width_bucket(trunc({number}), {low + 1}, {high}, {high - low - 1}) + {low})"


def quotient(left: str, right: str) -> str:
    """`left / right` rounded half away from zero to `QUOTIENT_SCALE` decimals; null for a division by zero."""
    # DIV cuts off exactly; one digit more than needed is enough to round by.
    digits = QUOTIENT_SCALE + 1
    cut = f"div({left} * 1{'0' * digits}, nullif({right}, 0))"
    return f"round({cut} * 0.{'0' * (digits - 1)}1, {QUOTIENT_SCALE})"


def lowered(text: str) -> str:
    """The text with A–Z as a–z. (By collation "C", so that every server gives the same.)"""
    return f'lower({text} COLLATE "C")'


def trimmed(text: str) -> str:
    """The text without spaces around."""
    return f"btrim({text}, {_SPACES})"


def read(text: str, pattern: str, type: str) -> str:
    """The text as one of the type if all of it, but for spaces around, is of the pattern; else null."""
    return f'CAST(substring({trimmed(text)} COLLATE "C", {quoted(f"^({pattern})$")}) AS {type})'


def read_number(text: str) -> str:
    """The number that a text is, else null."""
    return read(text, NUMBER_PATTERN, "NUMERIC")


def read_date(text: str) -> str:
    """The date that a text is, else null."""
    return read(text, f"(?!0000){DATE_PATTERN}", "DATE")


_SPACES = "E'" + "".join(f"\\u{ord(c):04x}" for c in SPACES) + "'"
