"""Parameters of statements that are kept and bound later."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, bindparam, cast
from sqlalchemy.types import NullType, TypeEngine


def parameter(name: str, type: TypeEngine[Any]) -> ColumnElement[Any]:
    """A parameter of that name, cast so that PostgreSQL need not guess its type."""
    # Without a type SQLAlchemy adds no conversion of its own: the value goes to the driver as it is.
    return cast(bindparam(name, type_=NullType()), type)
