"""What an expression is told about its surroundings: which paths exist, and how to reach them in SQL.

The language knows no objects and no fields. Whoever uses it gives a `Scope`: `query` one made of the registry and the
caller's rights, tests one made of a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement

from .ast import Steps
from .types import Type


class UnknownPath(Exception):
    """Raised by a scope: there is no such path, or the caller may not use it (never say which). `step` is the
    index of the step that fails; `code` a message code without `field.`, `params` its parameters."""

    def __init__(
        self, step: int = 0, code: str = "expr_unknown_path", params: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(code)
        self.step = step
        self.code = code
        self.params = dict(params or {})


@dataclass(frozen=True, slots=True)
class Resolved:
    """What is at a path. `choices`: the values that a choice may be compared with (None: do not check)."""

    type: Type
    choices: frozenset[str] | None = None


class Scope(Protocol):
    """Enough to check types."""

    def resolve(self, path: Steps) -> Resolved:
        """What is at the path; raises `UnknownPath` for one that does not exist, is forbidden or is too long."""

    def children(self, path: Steps) -> Scope:
        """The scope of the children that `any` looks at; raises `UnknownPath` like `resolve`."""


@dataclass(frozen=True, slots=True)
class Children:
    """How `any` looks at children: the conditions on a child are compiled in `scope`, and `wrap` makes of them the
    condition on the parent (an EXISTS)."""

    scope: SqlScope
    wrap: Callable[[ColumnElement[bool]], ColumnElement[bool]]


class SqlScope(Scope, Protocol):
    """Enough to compile to SQL. Called only with paths that `resolve` and `children` allowed."""

    def column(self, path: Steps) -> ColumnElement[Any]:
        """The value at the path, of the SQL type that `Type` names; null where a reference leads nowhere."""

    def any(self, path: Steps) -> Children:
        """The way to the children at the path."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What is known when an expression runs. `now` has a zone; `time_zone` is the organisation's IANA name; the
    fiscal year begins on the first of month `fiscal_year_start` (1–12)."""

    now: datetime
    time_zone: str = "Asia/Shanghai"
    fiscal_year_start: int = 1
    me: str | None = None
    my_department: str | None = None
    my_departments: tuple[str, ...] = field(default=())

    @property
    def zone(self) -> tzinfo:
        """The organisation's zone."""
        return ZoneInfo(self.time_zone)

    @property
    def today(self) -> date:
        """The date in the organisation's zone."""
        return self.now.astimezone(self.zone).date()
