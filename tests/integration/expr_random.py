"""Random expressions and rows for the property tests, and the table and scope they live in."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any as AnyValue

from hypothesis import strategies as st
from sqlalchemy import ARRAY, Column, MetaData, Table, exists, select
from sqlalchemy.dialects import postgresql as pg

from keyuan.expr import periods
from keyuan.expr.ast import (
    And,
    Any,
    Between,
    Binary,
    Call,
    Case,
    Compare,
    Expr,
    Has,
    In,
    IsNull,
    Literal,
    Match,
    Not,
    Or,
    Path,
    Placeholder,
    Unary,
    Within,
    literal,
)
from keyuan.expr.functions import DATE_UNITS, STARTS, TIME_UNITS
from keyuan.expr.rewrite import rebuilt
from keyuan.expr.scope import Children, Resolved, UnknownPath
from keyuan.expr.types import Type

Tree = st.SearchStrategy[Expr]

IDS = [f"018f0000-0000-7000-8000-00000000000{i}" for i in range(5)]
CHOICES = ("new", "won", "lost", "无效")
TEXTS = (
    "", "a", "A", "abc", "ABCabc", "é", "É", "客缘", "上海客缘软件有限公司", "😀", "a😀b", "👩‍👩‍👧", " x ",
    "\u3000全角\u3000", "100%", "_", "\\", "a'b\"c",
    "12.50", "-3", "+7", "007", "1e5", "１２", "NaN", "2026-01-31", "2026-02-30", " 2024-02-29 ",
    "0000-01-01", "false", "\t\n", "%s %(x)s {}",
    "aaaa", "zzz", "\U0010ffff", "\uffff", "ß", "İ", "ﬃ", "e\u0301",
)  # fmt: skip
NUMBERS = tuple(map(Decimal, (
    "0", "1", "-1", "0.5", "-0.5", "1.5", "2.5", "-2.5", "0.005", "1.005", "12.50", "100", "3",
    "7", "0.1", "0.3333333333",
    "99999999999999999999.99", "-99999999999999999999.99", "0.00000000000000000001",
    "123456789.987654321", "1000000",
)))  # fmt: skip
INTEGERS = (
    0,
    1,
    -1,
    2,
    3,
    7,
    10,
    31,
    -31,
    365,
    2026,
    1000,
    -1000,
    2**31,
    2**63 - 1,
    -(2**63),
    1_500_000,
    1_500_001,
)
DATES = (
    date(1, 1, 1), date(1, 1, 3), date(9999, 12, 31), date(9999, 12, 29), date(2024, 2, 29),
    date(2025, 2, 28), date(2026, 1, 31),
    date(2026, 1, 1), date(2025, 12, 31), date(2026, 3, 29), date(2026, 10, 25), date(1970, 1, 1),
    date(1900, 12, 31),
    date(2026, 8, 31), date(2000, 2, 29), date(2027, 1, 3),
)  # fmt: skip
MOMENTS = (
    datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 28, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC),
    datetime(2026, 1, 31, 16, tzinfo=UTC), datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 34, 56, 789012, tzinfo=UTC), datetime(1900, 12, 31, 15, 54,
    tzinfo=UTC),
    datetime(2025, 12, 31, 22, 0, 0, 1, tzinfo=UTC),
)  # fmt: skip
DURATIONS = (0, 1, -1, 59, 60, 3600, 86_400, -86_400, 31_536_000, 130_000_000_000)

VALUES: dict[Type, tuple[AnyValue, ...]] = {
    Type.TEXT: TEXTS,
    Type.NUMBER: NUMBERS,
    Type.INTEGER: INTEGERS,
    Type.BOOLEAN: (True, False),
    Type.DATE: DATES,
    Type.DATETIME: MOMENTS,
    Type.DURATION: DURATIONS,
    Type.CHOICE: CHOICES,
    Type.CHOICES: ((), ("new",), ("new", "won"), ("lost", "无效", "new"), CHOICES),
    Type.REFERENCE: tuple(IDS),
    Type.REFERENCES: ((), (IDS[0],), (IDS[0], IDS[1]), tuple(IDS)),
    Type.JSON: ({"a": 1}, [], "x"),
}

FIELDS: dict[str, Type] = {
    "t1": Type.TEXT, "t2": Type.TEXT, "n1": Type.NUMBER, "n2": Type.NUMBER, "i1": Type.INTEGER,
    "i2": Type.INTEGER, "b1": Type.BOOLEAN,
    "b2": Type.BOOLEAN, "d1": Type.DATE, "d2": Type.DATE, "m1": Type.DATETIME, "m2": Type.DATETIME,
    "u1": Type.DURATION, "c1": Type.CHOICE,
    "cs": Type.CHOICES, "r1": Type.REFERENCE, "r2": Type.REFERENCE, "rs": Type.REFERENCES,
    "j1": Type.JSON,
}  # fmt: skip
KID_FIELDS = {"t1": Type.TEXT, "n1": Type.NUMBER, "d1": Type.DATE, "b1": Type.BOOLEAN}

_metadata = MetaData()
_COLUMN_TYPES = {
    Type.TEXT: pg.TEXT(collation="C"), Type.NUMBER: pg.NUMERIC(), Type.INTEGER: pg.BIGINT(),
    Type.BOOLEAN: pg.BOOLEAN(), Type.DATE: pg.DATE(),
    Type.DATETIME: pg.TIMESTAMP(timezone=True), Type.DURATION: pg.BIGINT(),
    Type.CHOICE: pg.TEXT(collation="C"),
    Type.CHOICES: ARRAY(pg.TEXT(collation="C")), Type.REFERENCE: pg.UUID(as_uuid=False),
    Type.REFERENCES: ARRAY(pg.UUID(as_uuid=False)),
    Type.JSON: pg.JSONB(),
}  # fmt: skip


def _table(name: str, fields: dict[str, Type]) -> Table:
    return Table(
        name,
        _metadata,
        Column("id", pg.INTEGER(), primary_key=True),
        Column("parent", pg.INTEGER()),
        *(Column(field, _COLUMN_TYPES[type]) for field, type in fields.items()),
    )


ROWS = _table("rows", FIELDS)
KIDS = _table("kids", KID_FIELDS)
OTHER = ROWS.alias("other")
FROM = ROWS.outerjoin(OTHER, ROWS.c.parent == OTHER.c.id)
metadata = _metadata


class TableScope:
    """The fields of `rows`, those of the row at `parent` one step away, and `kids` as children."""

    def __init__(self, table: AnyValue = ROWS, fields: dict[str, Type] = FIELDS) -> None:
        self.table = table
        self.fields = fields

    def resolve(self, path: tuple[str, ...]) -> Resolved:
        if len(path) == 2 and path[0] == "parent" and self.fields is FIELDS:
            path = path[1:]
        if len(path) != 1 or path[0] not in self.fields:
            raise UnknownPath(len(path) - 1)
        type = self.fields[path[0]]
        return Resolved(type, frozenset(CHOICES) if type in (Type.CHOICE, Type.CHOICES) else None)

    def children(self, path: tuple[str, ...]) -> TableScope:
        if path != ("kids",) or self.fields is not FIELDS:
            raise UnknownPath(0)
        return TableScope(KIDS, KID_FIELDS)

    def column(self, path: tuple[str, ...]) -> AnyValue:
        return self.table.c[path[0]] if len(path) == 1 else OTHER.c[path[1]]

    def any(self, path: tuple[str, ...]) -> Children:
        return Children(
            self.children(path),
            lambda condition: exists(
                select(KIDS.c.id).where(KIDS.c.parent == ROWS.c.id, condition).correlate(ROWS)
            ),
        )


def random_rows(count: int, seed: int = 20260131) -> list[dict[str, AnyValue]]:
    """Rows of Python values: a third of them null, the rest from the values above or near them."""
    pick = random.Random(seed)

    def one(type: Type) -> AnyValue:
        if pick.random() < 0.3:
            return None
        value = pick.choice(VALUES[type])
        if pick.random() < 0.4:
            if type is Type.NUMBER:
                return Decimal(pick.randint(-(10**8), 10**8)).scaleb(-pick.randint(0, 6))
            if type is Type.INTEGER:
                return pick.randint(-400, 400)
            if type is Type.DATE:
                return date(2026, 1, 31) + timedelta(days=pick.randint(-800, 800))
            if type is Type.DATETIME:
                return MOMENTS[3] + timedelta(
                    seconds=pick.randint(-(10**7), 10**7), microseconds=pick.randint(0, 10**6)
                )
        return list(value) if isinstance(value, tuple) else value

    def row(number: int, fields: dict[str, Type], parents: int) -> dict[str, AnyValue]:
        parent = pick.choice([None, *range(1, parents + 1)])
        return {"id": number, "parent": parent, **{field: one(type) for field, type in fields.items()}}

    rows = [row(i, FIELDS, count) for i in range(1, count + 1)]
    kids = [row(i, KID_FIELDS, count) for i in range(1, count + 1)]
    for each in rows:
        each["kids"] = [kid for kid in kids if kid["parent"] == each["id"]]
    return rows


def record(row: dict[str, AnyValue], rows: list[dict[str, AnyValue]]) -> dict[str, AnyValue]:
    """The row as the evaluator takes it, its parent nested."""
    parent = next((other for other in rows if other["id"] == row["parent"]), None)
    return {**row, "parent": parent}


# -- expressions of a type ---------------------------------------------------------------------------------------------


def literals(type: Type) -> st.SearchStrategy[Literal]:
    """A literal of the type, sometimes as text that becomes one."""
    values: st.SearchStrategy[AnyValue] = st.sampled_from(VALUES[type])
    if type is Type.TEXT:
        values |= st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
    elif type is Type.INTEGER:
        values |= st.integers(-50, 50)
    elif type is Type.NUMBER:
        values |= st.decimals(-1000, 1000, places=2)
    elif type is Type.DATE:
        values |= st.dates(date(2020, 1, 1), date(2030, 1, 1))
    elif type is Type.DATETIME:
        values |= st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))  # wall-clock times too
    return values.map(literal)


def paths(type: Type, fields: dict[str, Type]) -> Tree:
    names = [name for name, of in fields.items() if of is type]
    found = [Path((name,)) for name in names]
    if fields is FIELDS:
        found += [Path(("parent", name)) for name in names]
    return st.sampled_from(found)


def expressions(type: Type, depth: int = 3, fields: dict[str, Type] = FIELDS) -> Tree:
    """Unchecked expressions that are of the type once checked."""
    key = (type, max(depth, 0), fields is FIELDS)
    if key not in _MADE:
        _MADE[key] = _expressions(type, depth, fields)
    return _MADE[key]


_MADE: dict[tuple[Type, int, bool], Tree] = {}


def _expressions(type: Type, depth: int, fields: dict[str, Type]) -> Tree:
    leaves: list[Tree] = []
    if type in fields.values():
        leaves.append(paths(type, fields))
    if type not in (Type.CHOICES, Type.REFERENCES, Type.JSON, Type.REFERENCE, Type.DURATION):
        leaves.append(literals(type))
    if not leaves:
        seconds = _calls("duration", literals(Type.INTEGER), _word("seconds"))
        leaves.append(seconds if type is Type.DURATION else st.just(Literal(None)))
    placeholders = {
        Type.DATE: ["today"],
        Type.DATETIME: ["now"],
        Type.REFERENCE: ["me", "my_department"],
        Type.REFERENCES: ["my_departments"],
    }
    if type in placeholders:
        leaves.append(st.sampled_from(placeholders[type]).map(Placeholder))
    if depth <= 0 or type is Type.JSON:
        return st.one_of(leaves)
    return st.one_of(*leaves, *alternatives(type, depth, fields))


def alternatives(type: Type, depth: int = 3, fields: dict[str, Type] = FIELDS) -> list[Tree]:
    """Every way to make a value of the type out of others, each a strategy."""

    def sub(of: Type, shallower: int = 1) -> Tree:
        return st.deferred(lambda: expressions(of, depth - shallower, fields))

    number = st.one_of(sub(Type.NUMBER), sub(Type.INTEGER))
    day = st.one_of(sub(Type.DATE), sub(Type.DATETIME))
    made = _MAKERS[type](sub, number, day, fields, depth) if type in _MAKERS else []
    if type not in (Type.DURATION, Type.REFERENCE, Type.CHOICE, Type.CHOICES, Type.REFERENCES):
        made.append(st.builds(_case, sub(Type.BOOLEAN, 2), sub(type), sub(type)))
    if type in fields.values():
        made.append(st.builds(lambda a, b: Call("coalesce", (a, b)), paths(type, fields), sub(type)))
    return made


Sub = Callable[..., Tree]


def _case(condition: Expr, value: Expr, otherwise: Expr) -> Expr:
    return Case(((condition, value),), otherwise)


def _calls(name: str, *args: Tree) -> Tree:
    return st.tuples(*args).map(lambda found: Call(name, tuple(found)))


def _word(*words: str) -> Tree:
    return st.sampled_from(words).map(literal)


def _texts(sub: Sub, number: Tree, day: Tree, fields: dict[str, Type], depth: int) -> list[Tree]:
    text = sub(Type.TEXT)
    single = st.one_of(
        [sub(of) for of in (Type.TEXT, Type.NUMBER, Type.INTEGER, Type.BOOLEAN, Type.DATE, Type.DATETIME)]
    )
    return [
        st.lists(single, min_size=1, max_size=3).map(lambda args: Call("concat", tuple(args))),
        *(_calls(name, text) for name in ("lower", "upper", "trim")),
        *(_calls(name, text, number) for name in ("left", "right")),
        _calls("mid", text, number, number),
        _calls("replace", text, text, text),
        _calls("pad_left", text, number, text),
        _calls("fixed", number, sub(Type.INTEGER)),
        _calls("text", single),
        _calls("text", day, _word("YYYY年M月D日", "YY/MM/DD HH:mm:ss", "D H", "Q'%YYYY", "{0}%sYYYY{}")),
        _calls("min", text, text),
        _calls("max", text, text),
    ]


def _numbers(sub: Sub, number: Tree, day: Tree, fields: dict[str, Type], depth: int) -> list[Tree]:
    return [
        st.builds(Binary, st.sampled_from("+-*/%"), sub(Type.NUMBER), number),
        st.builds(Binary, st.just("/"), number, number),
        st.builds(lambda e: Unary("-", e), sub(Type.NUMBER)),
        *(_calls(name, number, sub(Type.INTEGER)) for name in ("round", "trunc")),
        _calls("abs", sub(Type.NUMBER)),
        _calls("mod", sub(Type.NUMBER), number),
        _calls("number", sub(Type.TEXT)),
        _calls("sum", sub(Type.NUMBER), number),
        _calls("average", number, number),
        _calls("min", sub(Type.NUMBER), number),
        _calls("max", sub(Type.NUMBER), number, number),
    ]


def _integers(sub: Sub, number: Tree, day: Tree, fields: dict[str, Type], depth: int) -> list[Tree]:
    parts = ("year", "quarter", "month", "week", "weekday", "day")
    lists = [sub(Type.CHOICES), sub(Type.REFERENCES)] if fields is FIELDS else []
    return [
        st.builds(Binary, st.sampled_from("+-*%"), sub(Type.INTEGER), sub(Type.INTEGER)),
        st.builds(lambda e: Unary("-", e), sub(Type.INTEGER)),
        *(_calls(name, number) for name in ("round", "trunc", "floor", "ceil", "sign")),
        _calls("len", sub(Type.TEXT)),
        _calls("find", sub(Type.TEXT), sub(Type.TEXT)),
        *(_calls(name, day) for name in parts),
        *(_calls(name, day, day) for name in ("days_between", "months_between", "years_between")),
        st.builds(Binary, st.just("-"), sub(Type.DATE), sub(Type.DATE)),
        *(_calls(name, sub(Type.DATETIME)) for name in ("hour", "minute")),
        *(_calls("count", of) for of in lists),
    ]


def _dates(sub: Sub, number: Tree, day: Tree, fields: dict[str, Type], depth: int) -> list[Tree]:
    return [
        st.builds(Binary, st.sampled_from("+-"), sub(Type.DATE), number),
        st.builds(Binary, st.just("+"), number, sub(Type.DATE)),
        _calls("date", st.one_of(day, sub(Type.TEXT))),
        _calls("date", number, number, number),
        _calls("date_add", sub(Type.DATE), number, _word(*DATE_UNITS)),
        _calls("start_of", day, _word(*STARTS)),
        _calls("end_of", day, _word(*STARTS)),
        _calls("min", sub(Type.DATE), sub(Type.DATE)),
    ]


def _moments(sub: Sub, number: Tree, day: Tree, fields: dict[str, Type], depth: int) -> list[Tree]:
    return [
        _calls("datetime", day),
        _calls("date_add", sub(Type.DATETIME), number, _word(*DATE_UNITS, *TIME_UNITS)),
        st.builds(Binary, st.sampled_from("+-"), sub(Type.DATETIME), sub(Type.DURATION)),
        st.builds(Binary, st.just("+"), sub(Type.DURATION), sub(Type.DATETIME)),
        _calls("max", sub(Type.DATETIME), sub(Type.DATETIME)),
    ]


def _durations(sub: Sub, number: Tree, day: Tree, fields: dict[str, Type], depth: int) -> list[Tree]:
    duration = _calls("duration", number, _word("weeks", "days", *TIME_UNITS))
    return [
        duration,
        st.builds(Binary, st.just("-"), sub(Type.DATETIME), sub(Type.DATETIME)),
        st.builds(Binary, st.sampled_from("+-"), duration, duration),
        st.builds(Binary, st.sampled_from("*/"), duration, number),
    ]


def _conditions(sub: Sub, number: Tree, day: Tree, fields: dict[str, Type], depth: int) -> list[Tree]:
    comparison = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    equality = st.sampled_from(["=", "!="])
    text, boolean = sub(Type.TEXT), sub(Type.BOOLEAN)
    made = [
        st.builds(Compare, comparison, text, text),
        st.builds(Compare, comparison, number, number),
        st.builds(Compare, comparison, day, day),
        # a moment and the days that it is on the edge of
        st.builds(lambda op, at: Compare(op, at, Call("date", (at,))), comparison, sub(Type.DATETIME)),
        st.builds(lambda op, on: Compare(op, Call("datetime", (on,)), on), comparison, sub(Type.DATE)),
        st.builds(lambda op, on: Compare(op, on, Call("datetime", (on,))), comparison, sub(Type.DATE)),
        st.builds(Compare, equality, boolean, boolean),
        st.builds(Compare, equality, st.one_of(text, number, day), st.just(Literal(None))),
        st.lists(boolean, max_size=3).map(lambda items: And(tuple(items))),
        st.lists(boolean, max_size=3).map(lambda items: Or(tuple(items))),
        st.builds(Not, boolean),
        st.builds(IsNull, st.one_of(text, number, day, boolean)),
        st.builds(Between, day, day, day),
        st.builds(Between, number, number, number),
        st.builds(Between, paths(Type.TEXT, fields), text, text),
        st.builds(Match, st.sampled_from(["contains", "starts_with", "ends_with"]), text, text),
        st.builds(_within, day, st.sampled_from(periods.FIXED + periods.COUNTED), st.integers(0, 400)),
        _calls("isblank", text),
        *(
            st.builds(In, expression, st.lists(item, max_size=4).map(tuple))
            for expression, item in (
                (text, st.one_of(literals(Type.TEXT), st.just(Literal(None)), text)),
                (number, st.one_of(literals(Type.INTEGER), literals(Type.NUMBER))),
                (day, st.one_of(literals(Type.DATE), st.just(Literal(None)))),
                (sub(Type.DATE), sub(Type.DATE)),
            )
        ),
    ]
    if fields is not FIELDS:
        return made
    lists = {Type.CHOICES: Type.CHOICE, Type.REFERENCES: Type.REFERENCE}
    for many, one in lists.items():
        items = st.lists(st.one_of(literals(one), sub(one)), min_size=1, max_size=3).map(tuple)
        made.append(st.builds(Has, st.sampled_from(["any", "all"]), sub(many), items))
        made.append(st.builds(Compare, equality, paths(one, fields), st.one_of(literals(one), sub(one))))
        made.append(st.builds(In, paths(one, fields), items))
        made.append(st.builds(IsNull, sub(many)))
    return [
        *made,
        st.builds(lambda kind, many: Has(kind, many, (Placeholder("my_departments"),)),
        st.sampled_from(["any", "all"]), sub(Type.REFERENCES)),
        st.builds(lambda e: In(e, (Placeholder("my_departments"), Path(("rs",)))),
        sub(Type.REFERENCE)),
        st.builds(IsNull, paths(Type.JSON, fields)),
        st.builds(Compare, comparison, sub(Type.DURATION), sub(Type.DURATION)),
        st.builds(Any, st.just(("kids",)), st.deferred(lambda: expressions(Type.BOOLEAN, depth - 1,
        KID_FIELDS))),
    ]  # fmt: skip


def _within(operand: Expr, period: str, count: int) -> Expr:
    return Within(operand, period, count if "_n_" in period else None)


_MAKERS: dict[Type, Callable[[Sub, Tree, Tree, dict[str, Type], int], list[Tree]]] = {
    Type.TEXT: _texts,
    Type.NUMBER: _numbers,
    Type.INTEGER: _integers,
    Type.DATE: _dates,
    Type.DATETIME: _moments,
    Type.DURATION: _durations,
    Type.BOOLEAN: _conditions,
}


def with_other_literals(tree: Expr, pick: random.Random) -> Expr:
    """A checked tree of the same shape with other values."""
    if isinstance(tree, Literal) and tree.type in VALUES and tree.value is not None:
        return replace(tree, value=pick.choice(VALUES[tree.type]))
    if isinstance(tree, Within) and tree.count is not None:
        return replace(rebuilt(tree, lambda e: with_other_literals(e, pick)), count=pick.randint(0, 400))
    return rebuilt(tree, lambda e: with_other_literals(e, pick))
