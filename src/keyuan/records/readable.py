"""Which of some records somebody may read, in the recycle bin or not: for what is told of records beside their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.sql.elements import ColumnClause

from ..access import Policy, Principal, binds, can, predicate, rights
from ..access.scope import SHOWN
from ..kernel.kept import kept
from ..schema.field_types.pointer import UUID
from ..schema.registry import Registry
from ..storage.sql import Compiled, compile
from .standing import Read

_STAMPS: Mapping[str, tuple[str, str]] = {"create": ("created_at", "created_by")}
_OF_CHANGES = ("updated_at", "updated_by")


def everything(registry: Registry, policy: Policy, object_key: str) -> bool:
    """Whether people of the policy may read all records of the object."""
    table = registry.tables[object_key].main
    return bool(predicate(registry, policy, object_key, "read", table).compare(true()))


def tells(registry: Registry, policy: Policy, object_key: str, kind: str) -> bool:
    """Whether people of the policy may see when and by whom records of the object underwent a change of a kind."""
    seen = rights(registry, policy)
    return all(seen.access(object_key, stamp) in SHOWN for stamp in _STAMPS.get(kind, _OF_CHANGES))


def condition(
    registry: Registry,
    policy: Policy,
    object_key: str,
    record: ColumnElement[str],
    gone: ColumnElement[bool],
) -> ColumnElement[bool]:
    """That the record of an id may be read, or is there no more and `gone` holds. Its parameters are those of `binds`."""
    table = registry.tables[object_key].main.alias()
    one: ColumnElement[Any] = literal_column("1")
    there = select(one).select_from(table).where(table.c.id == record)
    may_be_read = there.where(predicate(registry, policy, object_key, "read", table))
    return or_(exists(may_be_read.correlate_except(table)), gone & ~exists(there.correlate_except(table)))


async def readable(
    read: Read,
    registry: Registry,
    principal: Principal,
    object_key: str,
    ids: Iterable[str],
    *,
    gone: bool = False,
) -> set[str]:
    """Of records those that the caller may read. Of those removed for good it is known no more who might have: they are
    among them where the caller may read all records of the object, or with `gone`."""
    asked = {*ids}
    if (
        not asked
        or object_key not in registry.objects
        or not can(registry, principal.policy, object_key, "read")
    ):
        return set()
    if everything(registry, principal.policy, object_key):
        return asked
    statement = _reading(registry, principal.policy, object_key)
    rows = await read(statement.text, statement.bind(binds(principal), ids=sorted(asked), gone=gone))
    return {str(record) for (record,) in rows}


@kept(500)
def _reading(registry: Registry, policy: Policy, object_key: str) -> Compiled:
    named = func.unnest(bindparam("ids", type_=ARRAY(UUID))).table_valued("id").render_derived(name="r")
    record: ColumnClause[str] = literal_column("r.id", UUID)
    gone = bindparam("gone", type_=Boolean)
    return compile(
        select(record).select_from(named).where(condition(registry, policy, object_key, record, gone))
    )
