"""Expressions that the pipeline runs on the record in hand: default values and validation rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..access import Policy, rights
from ..access.scope import SHOWN
from ..expr import parser, python, typing
from ..expr.ast import Expr
from ..expr.types import Type
from ..expr.values import to_canonical
from ..kernel.errors import FieldError
from ..kernel.kept import kept
from ..schema import field_types
from ..schema.model import Field
from ..schema.registry import Registry
from . import references
from .hooks import Batch, Item
from .in_hand import InHand, Neighbours, read_by, secret
from .unit_of_work import UnitOfWork


@kept(2_000)
def _condition(registry: Registry, object_key: str, text: str) -> Expr | None:
    """The condition of a rule; None for one that was made over an encrypted field, which is not asked."""
    tree = typing.check_condition(parser.parse(text), InHand(registry, object_key, encrypted=True))
    return None if secret(registry, object_key, tree) else tree


@kept(2_000)
def _value(registry: Registry, object_key: str, text: str, expected: Type) -> Expr:
    tree = typing.check(parser.parse(text), InHand(registry, object_key, encrypted=True), expected)
    if secret(registry, object_key, tree):
        return typing.check(parser.parse("null"), InHand(registry, object_key), expected)
    return tree


def _default(registry: Registry, object_key: str, field: Field) -> Expr:
    """What a default is made by; nothing, where it was made over an encrypted field."""
    expected = field_types.get(field.type).expression_type(field)
    return _value(registry, object_key, str(field.default["expr"]), expected)  # type: ignore[index]


def is_expression(field: Field) -> bool:
    """Whether the default of a field is worked out for each record."""
    return isinstance(field.default, Mapping) and set(field.default) == {"expr"}


async def default(uow: UnitOfWork, batch: Batch, field: Field, items: list[Item]) -> list[Any]:
    """The canonical values, for some items of a batch, of a default that is an expression; none where it reads a record
    that the caller may not refer to, which is refused here already."""
    expected = field_types.get(field.type).expression_type(field)
    tree = _default(uow.registry, batch.object.key, field)
    neighbours = Neighbours(uow, batch)
    if along := neighbours.along(tree):
        await references.check(uow, batch, along)
    told = [i for i in items if not _refused(i, along)]
    values: dict[str, Any] = {}
    for item, record in zip(told, await neighbours.seen(tree, told), strict=True):
        values[item.id] = to_canonical(python.evaluate(tree, record, uow.environment), expected)
    return [values.get(item.id) for item in items]


@kept(2_000)
def _shown(registry: Registry, policy: Policy, object_key: str, field_key: str) -> bool:
    """Whether people of a policy may read all that the default of a field is made from."""
    tree = _default(registry, object_key, registry.fields(object_key)[field_key])
    known = rights(registry, policy)
    return all(known.of(known.paths.find(object_key, steps)) in SHOWN for steps in read_by(tree))


def untold(uow: UnitOfWork, object_key: str, field: Field, already: Collection[str]) -> bool:
    """Whether the value of a default would tell the caller what they may not read, itself or by the defaults of other
    fields that it is made from (`already`)."""
    if uow.trusted or not is_expression(field):
        return False
    if not _shown(uow.registry, uow.principal.policy, object_key, field.key):
        return True
    tree = _default(uow.registry, object_key, field)
    return any(steps[0] in already for steps in read_by(tree))


def withheld(uow: UnitOfWork, batch: Batch, field: Field, item: Item) -> bool:
    """Whether a new record has no value of a field because its default reads a record that the caller may not refer to."""
    if item.before is not None or field.key in item.given or not is_expression(field):
        return False
    return _refused(item, Neighbours(uow, batch).along(_default(uow.registry, batch.object.key, field)))


def _refused(item: Item, fields: Collection[str]) -> bool:
    """Whether something is wrong with one of the fields."""
    return any(e.field in fields for e in item.errors)


async def check(uow: UnitOfWork, batch: Batch) -> None:
    """Refuse records that break a rule of their object; the message is the rule's own. A rule says nothing of a record
    whose reference was refused: it would tell of what the caller may not see."""
    neighbours = Neighbours(uow, batch)
    for rule in batch.object.rules:
        tree = _condition(uow.registry, batch.object.key, rule.condition)
        if tree is None:
            continue
        along = neighbours.along(tree)
        items = [i for i in batch if not _refused(i, along)]
        for item, record in zip(items, await neighbours.seen(tree, items), strict=True):
            if not python.holds(tree, record, uow.environment):
                item.errors.append(FieldError(rule.field, "rule", {"text": rule.message}))
