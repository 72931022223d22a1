"""Finding the records that rows speak of: by the value of a field, many at a time, as far as the importing person sees
them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, select

from ...access import predicate
from ...access.scope import Reach, RecordScope
from ...expr import filters, sql, typing
from ...expr.ast import Expr
from ...kernel.errors import BadRequest, FieldError
from ...kernel.ids import is_id
from ...query.conditions import as_stored
from ...records.incoming import shown
from ...records.unit_of_work import UnitOfWork
from ...schema import field_types
from ...schema.model import Field
from ...storage.sql import compile

Key = tuple[Any, ...]

AMBIGUOUS = "*"
"""Stands for the id where several records have the same key."""


async def find(
    uow: UnitOfWork,
    object_key: str,
    fields: Sequence[str],
    keys: Iterable[Key],
    where: Mapping[str, Any] | None = None,
) -> dict[Key, str]:
    """The ids of live records by the canonical values of some of their fields; `AMBIGUOUS` for keys of several records.
    `where`: values the records must have besides; that of a reference may be the name of its record."""
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return {}
    registry = uow.registry
    for name in (*fields, *(where or {})):
        field = registry.field(object_key, name)
        if field is None or not shown(uow, object_key, field):
            raise BadRequest("import_mapping", errors=[FieldError(name, "unknown")])
    table = registry.tables[object_key].main
    late: dict[str, Expr] = {}
    scope = RecordScope(Reach(registry, late, encrypted=True), object_key, table)
    data = _filter(uow, object_key, fields, wanted, where or {})
    tree = typing.check_condition(filters.from_filter(data), scope)
    defined = [registry.fields(object_key)[name] for name in fields]
    if any(registry.fields(object_key)[name].encrypted for name in (*fields, *(where or {}))):
        tree = as_stored(tree, scope, uow.context.cipher)
    late["k"] = tree
    columns = [_compared(f, table).label(f.key) for f in defined]
    conditions = [sql.condition(tree, scope, "k"), table.c.deleted_at.is_(None)]
    if not uow.trusted:
        conditions.append(predicate(registry, uow.principal.policy, object_key, "read", table))
    statement = compile(select(table.c.id, *columns).where(and_(*conditions)))
    bound: dict[str, Any] = dict(uow.binds)
    for prefix, each in late.items():
        bound |= sql.binds(each, uow.environment, prefix)
    found: dict[Key, str] = {}
    for record, *values in await uow.select(statement, **bound):
        key = tuple(_plain(v) for v in values)
        found[key] = AMBIGUOUS if key in found else record
    if not any(f.encrypted for f in defined):
        return found
    blinded = ((key, _blind(uow, defined, key)) for key in wanted)
    return {key: found[blind] for key, blind in blinded if blind in found}


def _compared(field: Field, table: FromClause) -> ColumnElement[Any]:
    kind = field_types.get(field.type)
    return kind.comparable(field, table) if field.encrypted else kind.canonical(field, table)


def _blind(uow: UnitOfWork, fields: Sequence[Field], key: Key) -> Key:
    """The key as it is found among encrypted values."""
    cipher = uow.context.cipher
    assert cipher is not None
    return tuple(cipher.blind(v) if f.encrypted else v for f, v in zip(fields, key, strict=True))


def _plain(value: Any) -> Any:
    """A database value in the form canonical values compare in."""
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)


def _filter(
    uow: UnitOfWork, object_key: str, fields: Sequence[str], keys: list[Key], where: Mapping[str, Any]
) -> list[Any]:
    if len(fields) == 1:
        condition: list[Any] = [fields[0], "in", [k[0] for k in keys]]
    else:
        condition = [
            "or",
            *(["and", *([f, "=", v] for f, v in zip(fields, key, strict=True))] for key in keys),
        ]
    return ["and", condition, *(_where(uow, object_key, name, value) for name, value in where.items())]


def _where(uow: UnitOfWork, object_key: str, name: str, value: Any) -> list[Any]:
    field = uow.registry.fields(object_key)[name]
    by_name = field_types.get(field.type).output == "reference" and not is_id(value)
    return [f"{name}.name" if by_name else name, "=", value]
