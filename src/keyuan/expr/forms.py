"""Calls in expression text that make nodes of their own: `if`, `isnull`, `any`, `date("…")`, …"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from datetime import date, datetime

from . import periods
from .ast import (
    TRUE,
    And,
    Any,
    Between,
    Call,
    Case,
    Compare,
    Expr,
    Has,
    IsNull,
    Literal,
    Match,
    Not,
    Or,
    Path,
    Placeholder,
    Span,
    Within,
    literal,
)
from .errors import ExprError
from .filters import shown
from .functions import FORMS, FUNCTIONS, HINTS, signature
from .values import parse_date, parse_datetime

Args = tuple[Expr, ...]


def call(name: str, args: Args, named: Span, at: Span) -> Expr:
    """The node of a call; `named` is where its name stands, `at` the whole call."""
    if name in _FORMS:
        tree = _FORMS[name](args, at)
        if tree is None:
            raise ExprError("expr_arguments", at, signature=signature(name))
        return tree
    if name not in FUNCTIONS:
        raise _unknown(name, named)
    constant = _constant(name, args)
    return constant if constant is not None else Call(name, args, at=at)


def _unknown(name: str, at: Span) -> ExprError:
    close = HINTS.get(name) or next(iter(difflib.get_close_matches(name, [*FORMS, *FUNCTIONS], 1)), None)
    if close:
        return ExprError("expr_unknown_function_hint", at, name=shown(name), hint=close)
    return ExprError("expr_unknown_function", at, name=shown(name))


def _constant(name: str, args: Args) -> Literal | None:
    """`date("2026-01-31")` and `datetime("…")` are literals."""
    if name not in ("date", "datetime") or len(args) != 1:
        return None
    text = args[0]
    if not isinstance(text, Literal) or not isinstance(text.value, str):
        return None
    value: date | datetime | None = parse_date(text.value) if name == "date" else parse_datetime(text.value)
    if value is None:
        raise ExprError(f"expr_not_a_{name}", text.at, value=shown(text.value))
    return literal(value, text.at)


def _case(args: Args, at: Span) -> Expr | None:
    if len(args) < 2:
        return None
    pairs = tuple(zip(args[::2], args[1::2], strict=False))
    return Case(pairs, args[-1] if len(args) % 2 else literal(None, at), at=at)


def _switch(args: Args, at: Span) -> Expr | None:
    if len(args) < 3:
        return None
    subject, *rest = args
    pairs = tuple(
        (Compare("=", subject, value, at=value.at), result)
        for value, result in zip(rest[::2], rest[1::2], strict=False)
    )
    return Case(pairs, rest[-1] if len(rest) % 2 else literal(None, at), at=at)


def _match(kind: str) -> Callable[[Args, Span], Expr | None]:
    return lambda args, at: Match(kind, *args, at=at) if len(args) == 2 else None


def _has(kind: str, args: Args, at: Span) -> Expr | None:
    return Has(kind, args[0], args[1:], at=at) if len(args) > 1 else None


def _within(args: Args, at: Span) -> Expr | None:
    if len(args) != 2 or not isinstance(args[1], Literal) or not isinstance(args[1].value, str):
        return None
    parts = periods.split(args[1].value)
    if parts is None:
        raise ExprError("expr_unknown_period", args[1].at, period=shown(args[1].value))
    return Within(args[0], *parts, at=at)


def _any(args: Args, at: Span) -> Expr | None:
    if len(args) not in (1, 2) or not isinstance(args[0], Path):
        return None
    return Any(args[0].steps, args[1] if len(args) == 2 else TRUE, at=at)


_FORMS: dict[str, Callable[[Args, Span], Expr | None]] = {
    "if": _case,
    "switch": _switch,
    "and": lambda args, at: And(args, at=at),
    "or": lambda args, at: Or(args, at=at),
    "not": lambda args, at: Not(args[0], at=at) if len(args) == 1 else None,
    "isnull": lambda args, at: IsNull(args[0], at=at) if len(args) == 1 else None,
    "between": lambda args, at: Between(*args, at=at) if len(args) == 3 else None,
    "contains": _match("contains"),
    "starts_with": _match("starts_with"),
    "ends_with": _match("ends_with"),
    "within": _within,
    "has_any": lambda args, at: _has("any", args, at),
    "has_all": lambda args, at: _has("all", args, at),
    "has_none": lambda args, at: (has := _has("any", args, at)) and Not(has, at=at),
    "any": _any,
    "today": lambda args, at: None if args else Placeholder("today", at=at),
    "now": lambda args, at: None if args else Placeholder("now", at=at),
}

assert _FORMS.keys() == FORMS.keys()
