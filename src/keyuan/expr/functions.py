"""The functions of the language: names, parameters, result types. What they do is in `sql_functions` and, once more
and independently, in `python_functions`; the documentation lists them all (a test sees to that)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .types import DATES, MANY, NUMBERS, ORDERED, TEXTS, Type

Types = frozenset[Type]
DURATION = frozenset({Type.DURATION})
BOOLEAN = frozenset({Type.BOOLEAN})
SINGLE = frozenset(Type) - MANY - {Type.JSON}


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter. With `words` it is a constant text out of these; with `format` a constant date format."""

    name: str
    types: Types = frozenset()
    optional: bool = False
    words: tuple[str, ...] = ()
    format: bool = False

    @property
    def constant(self) -> bool:
        """Whether the argument must be written as a text literal (it is then part of the expression's shape)."""
        return bool(self.words) or self.format


Result = Type | Callable[[Sequence[Type]], Type]


@dataclass(frozen=True, slots=True)
class Function:
    """A function. `repeats`: the last parameter may come any number of times. `unify`: all arguments must agree in
    type. `copies`: how often SQL repeats an argument (it bounds the size of the statement)."""

    params: tuple[Param, ...]
    result: Result
    repeats: bool = False
    unify: bool = False
    copies: int = 1

    def signature(self, name: str) -> str:
        """The call as the documentation writes it: `round(number, digits?)`."""
        names = [p.name + ("?" if p.optional else "") for p in self.params] + (["…"] if self.repeats else [])
        return f"{name}({', '.join(names)})"


def widest(types: Sequence[Type]) -> Type:
    """The type of several values that agree (see `typing`)."""
    if all(t == types[0] for t in types):
        return types[0]
    return Type.NUMBER if types[0] in NUMBERS else Type.TEXT


def _integer_if_alone(types: Sequence[Type]) -> Type:
    return Type.INTEGER if len(types) == 1 else Type.NUMBER


def _first(types: Sequence[Type]) -> Type:
    return types[0]


def _text(name: str = "text", optional: bool = False) -> Param:
    return Param(name, TEXTS, optional)


def _number(name: str = "number", optional: bool = False) -> Param:
    return Param(name, NUMBERS, optional)


def _date(name: str = "date") -> Param:
    return Param(name, DATES)


DATE_UNITS = ("days", "weeks", "months", "quarters", "years")
TIME_UNITS = ("hours", "minutes", "seconds")
STARTS = ("week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year")
_MOMENT = Param("datetime", frozenset({Type.DATETIME}))

FUNCTIONS: dict[str, Function] = {
    # any values
    "coalesce": Function((Param("value", frozenset(Type) - {Type.JSON}),), widest, repeats=True, unify=True),
    "isblank": Function((Param("value", TEXTS | MANY),), Type.BOOLEAN),
    "text": Function((Param("value", SINGLE), Param("format", optional=True, format=True)), Type.TEXT),
    "count": Function((Param("list", MANY),), Type.INTEGER),
    # text
    "concat": Function((Param("value", SINGLE),), Type.TEXT, repeats=True),
    "len": Function((_text(),), Type.INTEGER),
    "lower": Function((_text(),), Type.TEXT),
    "upper": Function((_text(),), Type.TEXT),
    "trim": Function((_text(),), Type.TEXT),
    "left": Function((_text(), _number("count")), Type.TEXT),
    "right": Function((_text(), _number("count")), Type.TEXT),
    "mid": Function((_text(), _number("start"), _number("count")), Type.TEXT),
    "find": Function((_text(), _text("part")), Type.INTEGER),
    "replace": Function((_text(), _text("old"), _text("new")), Type.TEXT, copies=2),
    "pad_left": Function((_text(), _number("length"), _text("fill")), Type.TEXT, copies=3),
    # numbers
    "number": Function((Param("value", TEXTS | DURATION),), Type.NUMBER),
    "fixed": Function((_number(), _number("digits")), Type.TEXT),
    "round": Function((_number(), _number("digits", True)), _integer_if_alone),
    "trunc": Function((_number(), _number("digits", True)), _integer_if_alone),
    "floor": Function((_number(),), Type.INTEGER),
    "ceil": Function((_number(),), Type.INTEGER),
    "abs": Function((Param("number", NUMBERS | DURATION),), _first),
    "sign": Function((Param("number", NUMBERS | DURATION),), Type.INTEGER),
    "mod": Function((_number(), _number("divisor")), widest),
    "sum": Function((_number(),), widest, repeats=True),
    "average": Function((_number(),), Type.NUMBER, repeats=True, copies=2),
    "min": Function((Param("value", ORDERED),), widest, repeats=True, unify=True),
    "max": Function((Param("value", ORDERED),), widest, repeats=True, unify=True),
    # dates and times
    "date": Function(
        (Param("value", DATES | TEXTS | NUMBERS), _number("month", True), _number("day", True)), Type.DATE
    ),
    "datetime": Function((_date(),), Type.DATETIME),
    "year": Function((_date(),), Type.INTEGER),
    "quarter": Function((_date(),), Type.INTEGER),
    "month": Function((_date(),), Type.INTEGER),
    "week": Function((_date(),), Type.INTEGER),
    "weekday": Function((_date(),), Type.INTEGER),
    "day": Function((_date(),), Type.INTEGER),
    "hour": Function((_MOMENT,), Type.INTEGER),
    "minute": Function((_MOMENT,), Type.INTEGER),
    "date_add": Function((_date(), _number("count"), Param("unit", words=DATE_UNITS + TIME_UNITS)), _first),
    "days_between": Function((_date("from"), _date("to")), Type.INTEGER),
    "months_between": Function((_date("from"), _date("to")), Type.INTEGER, copies=2),
    "years_between": Function((_date("from"), _date("to")), Type.INTEGER),
    "start_of": Function((_date(), Param("unit", words=STARTS)), Type.DATE),
    "end_of": Function((_date(), Param("unit", words=STARTS)), Type.DATE),
    "duration": Function(
        (_number("count"), Param("unit", words=("weeks", "days", *TIME_UNITS))), Type.DURATION
    ),
}

FORMS: dict[str, str] = {
    "if": "if(condition, value, …, otherwise?)",
    "switch": "switch(value, case, result, …, otherwise?)",
    "and": "and(condition, …)",
    "or": "or(condition, …)",
    "not": "not(condition)",
    "isnull": "isnull(value)",
    "between": "between(value, low, high)",
    "contains": "contains(text, part)",
    "starts_with": "starts_with(text, part)",
    "ends_with": "ends_with(text, part)",
    "within": 'within(date, "period")',
    "has_any": "has_any(list, value, …)",
    "has_all": "has_all(list, value, …)",
    "has_none": "has_none(list, value, …)",
    "any": "any(children, condition?)",
    "today": "today()",
    "now": "now()",
}
"""What looks like a function and makes nodes of its own (`parser`), with signatures."""

# What people coming from spreadsheets and other products write: the name of ours.
HINTS = {
    "substitute": "replace", "search": "find", "value": "number", "ifs": "if", "iif": "if", "case": "switch",
    "length": "len", "substr": "mid", "substring": "mid", "ceiling": "ceil", "rounddown": "trunc", "avg": "average",
    "is_null": "isnull", "isempty": "isblank", "ispickval": "=", "begins": "starts_with", "includes": "has_any",
    "blankvalue": "coalesce", "nullvalue": "coalesce", "ifnull": "coalesce", "iferror": "coalesce",
    "concatenate": "concat", "addmonths": "date_add", "edate": "date_add", "dateadd": "date_add",
    "datediff": "days_between", "datedif": "days_between", "eomonth": "end_of", "datevalue": "date", "lpad": "pad_left",
    "weeknum": "week", "true": "true", "false": "false",
}  # fmt: skip


def signature(name: str) -> str:
    """How the function is called."""
    return FORMS[name] if name in FORMS else FUNCTIONS[name].signature(name)
