"""Expressions that the pipeline runs on the record in hand: default values and validation rules.

They see the record's own fields; what lies across a reference is not loaded at this point."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..expr import parser, python, typing
from ..expr.ast import Expr, Steps, paths
from ..expr.scope import Resolved, Scope, UnknownPath
from ..expr.types import Type
from ..expr.values import to_canonical
from ..kernel.errors import FieldError
from ..kernel.kept import kept
from ..schema import field_types
from ..schema.model import Field
from ..schema.registry import Registry
from .hooks import Batch, Values
from .unit_of_work import UnitOfWork


class OwnFields:
    """The scope of a record's own stored fields and their parts."""

    def __init__(self, registry: Registry, object_key: str) -> None:
        self._fields = registry.fields(object_key)

    def resolve(self, path: Steps) -> Resolved:
        """What is at the path."""
        found = self._fields.get(path[0])
        if found is None or len(path) > 2 or not field_types.get(found.type).stored:
            raise UnknownPath(0)
        kind = field_types.get(found.type)
        if len(path) == 2:
            if (part := kind.parts(found).get(path[1])) is None:
                raise UnknownPath(1)
            return Resolved(part)
        choices = frozenset(c.value for c in found.choices) if found.choices else None
        return Resolved(kind.expression_type(found), choices)

    def children(self, path: Steps) -> Scope:
        """A record in hand has no children."""
        raise UnknownPath(0)


@kept(2_000)
def _condition(registry: Registry, object_key: str, text: str) -> Expr:
    return typing.check_condition(parser.parse(text), OwnFields(registry, object_key))


@lru_cache(maxsize=2_000)
def _paths(tree: Expr) -> frozenset[Steps]:
    return paths(tree)


@kept(2_000)
def _value(registry: Registry, object_key: str, text: str, expected: Type) -> Expr:
    return typing.check(parser.parse(text), OwnFields(registry, object_key), expected)


def _in_hand(tree: Expr, registry: Registry, object_key: str, values: Values) -> dict[str, Any]:
    """What a tree reads of the record, as expressions see it: money by its base amount, parts as nested values."""
    shown: dict[str, Any] = {}
    fields = registry.fields(object_key)
    for key in {steps[0] for steps in _paths(tree)}:
        field, value = fields[key], values.get(key)
        shown[key] = value
        if isinstance(value, Mapping):
            for part in field_types.get(field.type).parts(field):
                shown[f"{key}.{part}"] = value.get(part)
            shown[key] = value.get("base", value.get("id", value.get("detail")))
    return shown


def default(uow: UnitOfWork, object_key: str, field: Field, values: Values) -> Any:
    """The canonical value of a default that is an expression."""
    assert isinstance(field.default, Mapping)
    expected = field_types.get(field.type).expression_type(field)
    tree = _value(uow.registry, object_key, str(field.default["expr"]), expected)
    value = python.evaluate(tree, _in_hand(tree, uow.registry, object_key, values), uow.environment)
    return to_canonical(value, expected)


def check(uow: UnitOfWork, batch: Batch) -> None:
    """Refuse records that break a rule of their object; the message is the rule's own."""
    if uow.restoring:
        return
    for rule in batch.object.rules:
        tree = _condition(uow.registry, batch.object.key, rule.condition)
        for item in batch:
            record = _in_hand(tree, uow.registry, batch.object.key, item.after)
            if not python.holds(tree, record, uow.environment):
                item.errors.append(FieldError(rule.field, "rule", {"text": rule.message}))
