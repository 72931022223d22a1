"""What was done: operations, the newest first, with how much each changed and whether it can still be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Final

from sqlalchemy import ARRAY, Text, bindparam, cast, func, select

from ..access import Policy, Principal, binds, can, predicate, rights
from ..access.scope import SHOWN
from ..kernel.errors import Forbidden, NotFound
from ..kernel.ids import is_id
from ..kernel.kept import kept
from ..query.requests import bad
from ..schema.field_types.datetime import iso
from ..schema.field_types.pointer import UUID
from ..schema.registry import Registry
from ..storage.pool import Connection
from ..storage.sql import Compiled, compile
from .readable import readable
from .standing import Read, as_left, left_again
from .statements import qualified
from .touched import MOST, TAKEN_BACK, seen_changes
from .undo import ANYONES, may_undo

Shown = dict[str, Any]

_AT_SET_UP: Final = "setup"
"""The operation that made the organisation is nobody's act; it is not among those listed."""

_NOT_SEEN: Final[Shown] = {"name": None, "masked": True}
"""What is told of somebody whose name the caller may not see."""

_COLUMNS = (
    "o.id::text, case o.kind when 'definition' then o.detail->>'change' else o.kind end, o.at, o.actor::text,"
    " o.undone_by::text, o.detail->>'undoes', case o.kind when 'definition' then o.detail end"
)


async def operations(
    connection: Connection,
    registry: Registry,
    principal: Principal,
    *,
    everyones: bool = False,
    limit: int = 50,
    cursor: str = "",
) -> tuple[list[Shown], str | None]:
    """The operations of the caller, or of everybody, the newest first, and where to go on: `{"id", "kind", "at", "actor",
    "changes": [{"object", "kind", "count", "record"}], "others", "more", "undone_by", "undoes", "about", "can_undo"}`. `record`
    is the id where a change is of one record alone; `about` is the object and field whose definition was changed; `more`
    says that not all changes were counted. Counted are the records that the caller may read, in what others did only those
    of which the caller may see when and by whom it was done; `others` says that there are more. `Forbidden` where the
    caller asks for everybody's and may not undo them."""
    if everyones and not principal.may(ANYONES):
        raise Forbidden()
    if cursor and not is_id(cursor):
        raise bad("cursor", "query_cursor")
    # Ids rise with time: the key serves for everybody's. One's own have an index by time.
    order = "o.id desc" if everyones else "o.at desc, o.id desc"
    whose = "o.kind <> %(setup)s" if everyones else "o.actor = %(user)s"
    after = "o.id < %(cursor)s" if everyones else f"(o.at, o.id) < {_place(registry)}"
    statement = (
        f"select {_COLUMNS} from {_table(registry, 'operation')} o"  # noqa: S608
        f" where {whose} and (%(cursor)s::uuid is null or {after}) order by {order} limit %(limit)s"
    )
    given = {"user": principal.user, "cursor": cursor or None, "limit": limit + 1, "setup": _AT_SET_UP}
    rows = await _rows(connection, statement, given)
    shown = await _shown(connection, registry, principal, rows[:limit])
    return shown, rows[limit - 1][0] if len(rows) > limit else None


async def operation(connection: Connection, registry: Registry, principal: Principal, id: str) -> Shown:
    """One operation as `operations` tells it, and `stays`: by object how many of those of its records that the caller may
    read were changed or removed since and would therefore stay as they are. `NotFound` where there is none that the
    caller may undo."""
    statement = f"select {_COLUMNS} from {_table(registry, 'operation')} o where o.id = %(id)s"  # noqa: S608
    rows = await _rows(connection, statement, {"id": id})
    if not rows or not may_undo(principal, rows[0][3]):
        raise NotFound()
    (shown,) = await _shown(connection, registry, principal, rows)
    stays = []
    for key in dict.fromkeys(change["object"] for change in shown["changes"]):
        moved = await _changed_since(connection, registry, id, key)
        mine = rows[0][3] == principal.user
        told = await readable(_reader(connection), registry, principal, key, moved, gone=mine)
        if told:
            stays.append({"object": key, "count": len(told)})
    return {**shown, "stays": stays}


async def undoable(
    connection: Connection,
    registry: Registry,
    principal: Principal,
    object_key: str,
    record: str,
    versions: Iterable[int],
) -> Mapping[int, tuple[str, bool, bool]]:
    """For versions of a record the operation that made each, whether it was undone, and whether the caller can undo it
    with an effect: the record is as the operation left it, or the operation changed other records of the object too."""
    changes, acts = _table(registry, "change"), _table(registry, "operation")
    beside = (
        f"select from {changes} b where b.operation = c.operation"
        " and b.object = c.object and b.record <> c.record"
    )
    statement = (
        "select c.version, o.id::text, o.actor::text, o.undone_by is not null, c.kind,"  # noqa: S608
        f" o.detail->>'undoes', c.version = any(%(versions)s) and exists ({beside})"
        f" from {changes} c join {acts} o on o.id = c.operation"
        " where c.record = %(record)s and c.object = %(object)s order by c.seq"
    )
    given = {"record": record, "object": object_key, "versions": [*versions]}
    rows = await _rows(connection, statement, given)
    left = as_left({id_: undoes for _, id_, _, _, _, undoes, _ in rows}.items())
    newest = {id_: version for version, id_, *_ in rows}
    return {
        version: (
            id_,
            undone,
            not undone
            and (wide or (id_ in left and newest[id_] == version))
            and may_undo(principal, actor)
            and _may_take_back(registry, principal, actor, object_key, kind),
        )
        for version, id_, actor, undone, kind, _, wide in rows
        if kind in TAKEN_BACK
    }


def _may_take_back(
    registry: Registry, principal: Principal, actor: str | None, object_key: str, kind: str
) -> bool:
    """Whether a change can be taken back as far as the right to delete is concerned: what somebody else deleted comes back,
    and what somebody else made goes, only with it."""
    edits = kind == "update" or actor == principal.user
    return edits or can(registry, principal.policy, object_key, "delete")


async def _shown(
    connection: Connection, registry: Registry, principal: Principal, rows: Sequence[tuple[Any, ...]]
) -> list[Shown]:
    changes = await seen_changes(
        connection, registry, principal, {row[0]: row[3] == principal.user for row in rows}
    )
    names = await _names(connection, registry, principal, {row[3] for row in rows} - {None})
    shown = []
    for id_, kind, at, actor, undone_by, undoes, definition in rows:
        seen, others = changes.get(id_, ([], False))
        shown.append(
            {
                "id": id_,
                "kind": kind,
                "at": iso(at),
                "actor": None if actor is None else {"id": actor, **names.get(actor, _NOT_SEEN)},
                "changes": [
                    {
                        "object": c.object,
                        "kind": c.kind,
                        "count": c.number,
                        "record": c.record if c.number == 1 else None,
                    }
                    for c in seen
                ],
                "others": others,
                "more": any(c.cut for c in seen),
                "undone_by": undone_by,
                "undoes": undoes,
                "about": definition and {name: definition[name] for name in ("object", "field")},
                "can_undo": undone_by is None
                and may_undo(principal, actor)
                and any(
                    c.kind in TAKEN_BACK and _may_take_back(registry, principal, actor, c.object, c.kind)
                    for c in seen
                ),
            }
        )
    return shown


async def _names(
    connection: Connection, registry: Registry, principal: Principal, people: Set[str]
) -> dict[str, Shown]:
    """The names of people, as far as the caller may see them; one's own always."""
    found: dict[str, Shown] = {principal.user: {"name": principal.name}} if principal.user else {}
    known = rights(registry, principal.policy)
    if people - found.keys() and known.access("user", "name") in SHOWN:
        statement = _naming(registry, principal.policy)
        bound = statement.bind(binds(principal), ids=sorted(people))
        rows = await (await connection.execute(statement.query, bound)).fetchall()
        found |= {id_: {"name": name} for id_, name in rows}
    return found


@kept(500)
def _naming(registry: Registry, policy: Policy) -> Compiled:
    table = registry.tables["user"].main
    name = table.c[registry.fields("user")["name"].physical]
    wanted = table.c.id == func.any(bindparam("ids", type_=ARRAY(UUID)))
    seen = predicate(registry, policy, "user", "read", table)
    return compile(select(cast(table.c.id, Text), name).where(wanted, seen))


async def _changed_since(connection: Connection, registry: Registry, id: str, object_key: str) -> set[str]:
    """The records of an operation that are not as it left them."""
    statement = (
        "select l.record::text from (select record, max(version) as version from"  # noqa: S608
        f" (select record, version from {_table(registry, 'change')}"
        " where operation = %(id)s and object = %(object)s limit %(most)s) f group by record) l"
        f" left join {qualified(registry.tables[object_key].main)} t on t.id = l.record"
        " where t.version is distinct from l.version"
    )
    rows = await _rows(connection, statement, {"id": id, "object": object_key, "most": MOST})
    moved = {record for (record,) in rows}
    return moved - await left_again(_reader(connection), registry, id, object_key, moved)


def _reader(connection: Connection) -> Read:
    async def read(statement: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return await _rows(connection, statement, given)

    return read


def _place(registry: Registry) -> str:
    return f"(select b.at, b.id from {_table(registry, 'operation')} b where b.id = %(cursor)s)"  # noqa: S608


def _table(registry: Registry, name: str) -> str:
    return f'"{registry.schema}"."{name}"'


async def _rows(connection: Connection, statement: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return await (await connection.execute(statement, given)).fetchall()
