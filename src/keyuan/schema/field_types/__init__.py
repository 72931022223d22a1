"""The field types, one module each, found by name: `get("money")` is the instance declared in `money.py`."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from .base import Context, FieldProblem, FieldType

__all__ = ["Context", "FieldProblem", "FieldType", "all_types", "get"]

_NOT_TYPES = frozenset({"base", "numeric", "pointer", "stored_text"})


@cache
def all_types() -> dict[str, FieldType]:
    """Every field type by name."""
    found: dict[str, FieldType] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name not in _NOT_TYPES and not module.name.startswith("test_"):
            kind: FieldType = import_module(f"{__name__}.{module.name}").TYPE
            if kind.name != module.name:
                raise ValueError(f"field type {kind.name} lives in {module.name}.py")
            found[kind.name] = kind
    return found


def get(name: str) -> FieldType:
    """The field type of that name; KeyError if there is none."""
    return all_types()[name]
