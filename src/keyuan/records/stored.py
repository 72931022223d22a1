"""Reading the stored state of records that are about to be written, locked, in canonical form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, and_, bindparam, func, select, true

from ..access import Policy, predicate
from ..kernel.errors import Forbidden, NotFound
from ..kernel.kept import kept
from ..schema import field_types
from ..schema.field_types.pointer import UUID
from ..schema.registry import Registry
from ..schema.tables import STAMPS, stored_fields
from ..storage.sql import Compiled, compile
from .hooks import Values
from .unit_of_work import UnitOfWork


def canonical_columns(registry: Registry, object_key: str) -> list[ColumnElement[Any]]:
    """The stamps and the canonical values of all stored fields, each labelled with its key."""
    table = registry.tables[object_key].main
    columns: list[ColumnElement[Any]] = [table.c[name] for name in STAMPS]
    fields = stored_fields(registry.objects[object_key])
    return columns + [field_types.get(f.type).canonical(f, table).label(f.key) for f in fields]


@kept()
def _reading(registry: Registry, object_key: str) -> Compiled:
    table = registry.tables[object_key].main
    rows = select(*canonical_columns(registry, object_key)).where(
        table.c.id == func.any(bindparam("ids", type_=ARRAY(UUID)))
    )
    return compile(select(func.row_to_json(rows.subquery("r").table_valued())))


async def read(uow: UnitOfWork, object_key: str, ids: Iterable[str]) -> dict[str, Values]:
    """The canonical values of records as they are now, deleted ones too. Not locked, and no permission is asked for: for
    the product's own use."""
    rows = await uow.select(_reading(uow.registry, object_key), ids=sorted(set(ids)))
    return {row[0]["id"]: decrypted(uow, object_key, row[0]) for row in rows}


@kept()
def _locking(
    registry: Registry, policy: Policy, object_key: str, action: str, deleted: bool, granted: bool
) -> Compiled:
    table = registry.tables[object_key].main
    alive = table.c.deleted_at.is_not(None) if deleted else table.c.deleted_at.is_(None)
    wanted = table.c.id == func.any(bindparam("ids", type_=ARRAY(UUID)))
    allowed = predicate(registry, policy, object_key, action, table, granted=granted) if action else true()
    rows = (
        select(*canonical_columns(registry, object_key))
        .where(and_(wanted, alive, allowed))
        .order_by(table.c.id)
        .with_for_update(of=table, key_share=action != "delete")
        .subquery("r")
    )
    return compile(select(func.row_to_json(rows.table_valued())))


async def lock(
    uow: UnitOfWork,
    object_key: str,
    ids: Iterable[str],
    action: str,
    *,
    deleted: bool = False,
    granted: bool = True,
) -> dict[str, Values]:
    """Lock records in the order of their ids and read their canonical values. Records that do not exist or that the
    principal may not do `action` to are left out; an empty action asks for no permission. Without `granted` what is
    only shared with the principal is left out."""
    statement = _locking(uow.registry, uow.principal.policy, object_key, action, deleted, granted)
    rows = await uow.select(statement, **uow.binds, ids=sorted(set(ids)))
    found = [decrypted(uow, object_key, row[0]) for row in rows]
    for values in found:
        uow.follow(values["updated_at"])
    return {values["id"]: values for values in found}


def decrypted(uow: UnitOfWork, object_key: str, values: Values) -> Values:
    """The values with those of encrypted fields in clear."""
    for field in uow.registry.objects[object_key].fields:
        if field.encrypted and values.get(field.key) is not None:
            assert uow.context.cipher is not None
            values[field.key] = uow.context.cipher.decrypt(values[field.key])
    return values


async def lock_allowed(
    uow: UnitOfWork,
    object_key: str,
    ids: Iterable[str],
    action: str,
    *,
    deleted: bool = False,
    granted: bool = True,
) -> dict[str, Values]:
    """As `lock`, for all of them or none: `Forbidden` where one can be read but not changed, `NotFound` where one does
    not exist or cannot be known of."""
    wanted = sorted(set(ids))
    found = await lock(uow, object_key, wanted, action, deleted=deleted, granted=granted)
    missing = [i for i in wanted if i not in found]
    if not missing:
        return found
    readable = await lock(uow, object_key, missing, "read", deleted=deleted)
    if len(readable) < len(missing):
        raise NotFound()
    # They may have come back between the two looks, from the recycle bin or another's hands; now they stay as they are.
    found |= await lock(uow, object_key, missing, action, deleted=deleted, granted=granted)
    if len(found) < len(wanted):
        raise Forbidden()
    return {i: found[i] for i in wanted}
