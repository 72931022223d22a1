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
from .standing import left_again
from .statements import qualified
from .undo import ANYONES, may_undo

Shown = dict[str, Any]

MOST: Final = 10_000
"""Changes of an operation that are counted; where there are more, it is told that there are."""

TAKEN_BACK: Final = frozenset({"create", "update", "delete", "restore"})
"""The kinds of change that undo takes back."""

_AT_SET_UP: Final = "setup"
"""The operation that made the organisation is nobody's act; it is not among those listed."""

_NOT_SEEN: Final[Shown] = {"name": None, "masked": True}
"""What is told of somebody whose name the caller may not see."""

_OF_RECORDS: Final = (*TAKEN_BACK, "purge")
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
    "changes": [{"object", "kind", "count", "record"}], "more", "undone_by", "undoes", "about", "can_undo"}`. `record` is the id
    where a change is of one record alone; `about` is the object and field whose definition was changed;
    `more` says that not all changes were counted. Changes of objects that the
    caller may not read are left out. `Forbidden` where the caller asks for everybody's and may not undo them."""
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
    """One operation as `operations` tells it, and `stays`: by object how many of its records were changed or removed since
    and would therefore stay as they are. `NotFound` where there is none that the caller may undo."""
    statement = f"select {_COLUMNS} from {_table(registry, 'operation')} o where o.id = %(id)s"  # noqa: S608
    rows = await _rows(connection, statement, {"id": id})
    if not rows or not may_undo(principal, rows[0][3]):
        raise NotFound()
    (shown,) = await _shown(connection, registry, principal, rows)
    stays = []
    for key in dict.fromkeys(change["object"] for change in shown["changes"]):
        count = await _changed_since(connection, registry, id, key)
        if count:
            stays.append({"object": key, "count": count})
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
    changes = _table(registry, "change")
    newest = f"select max(l.seq) from {changes} l where l.record = c.record and l.object = c.object"  # noqa: S608
    beside = (
        f"select from {changes} b where b.operation = c.operation"
        " and b.object = c.object and b.record <> c.record"
    )
    statement = (
        "select c.version, o.id::text, o.actor::text, o.undone_by is not null,"  # noqa: S608
        f" c.seq = ({newest}) or exists ({beside})"
        f" from {changes} c join {_table(registry, 'operation')} o on o.id = c.operation"
        " where c.record = %(record)s and c.object = %(object)s and c.version = any(%(versions)s)"
        " and c.kind = any(%(kinds)s)"
    )
    given = {"record": record, "object": object_key, "versions": [*versions], "kinds": [*TAKEN_BACK]}
    return {
        version: (id_, undone, not undone and useful and may_undo(principal, actor))
        for version, id_, actor, undone, useful in await _rows(connection, statement, given)
    }


async def _shown(
    connection: Connection, registry: Registry, principal: Principal, rows: Sequence[tuple[Any, ...]]
) -> list[Shown]:
    changes = await _changes(connection, registry, [row[0] for row in rows])
    names = await _names(connection, registry, principal, {row[3] for row in rows} - {None})
    shown = []
    for id_, kind, at, actor, undone_by, undoes, definition in rows:
        made = changes.get(id_, [])
        seen = [c for c in made if c[0] in registry.objects and can(registry, principal.policy, c[0], "read")]
        shown.append(
            {
                "id": id_,
                "kind": kind,
                "at": iso(at),
                "actor": None if actor is None else {"id": actor, **names.get(actor, _NOT_SEEN)},
                "changes": [
                    {"object": key, "kind": what, "count": count, "record": record if count == 1 else None}
                    for key, what, count, record, _ in seen
                ],
                "more": any(cut for *_, cut in made),
                "undone_by": undone_by,
                "undoes": undoes,
                "about": definition and {name: definition[name] for name in ("object", "field")},
                "can_undo": undone_by is None
                and any(what in TAKEN_BACK for _, what, *_ in made)
                and may_undo(principal, actor),
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


async def _changes(
    connection: Connection, registry: Registry, ids: Sequence[str]
) -> dict[str, list[tuple[str, str, int, str, bool]]]:
    """By operation: object, kind, records, one of them, and whether there are more than were counted; in the order of the
    first change of each."""
    statement = (
        "select i.id::text, c.object, c.kind, count(distinct c.record), min(c.record::text), max(c.place) > %(most)s"  # noqa: S608
        " from unnest(%(ids)s::uuid[]) i(id), lateral ("
        "select object, kind, record, seq, row_number() over () as place from"
        f" (select object, kind, record, seq from {_table(registry, 'change')} where operation = i.id"
        " and kind = any(%(kinds)s) limit %(most)s + 1) f) c"
        " group by i.id, c.object, c.kind order by min(c.seq)"
    )
    found: dict[str, list[tuple[str, str, int, str, bool]]] = {}
    for id_, *change in await _rows(
        connection, statement, {"ids": [*ids], "most": MOST, "kinds": [*_OF_RECORDS]}
    ):
        key, kind, count, record, cut = change
        found.setdefault(id_, []).append((key, kind, count, record, cut))
    return found


async def _changed_since(connection: Connection, registry: Registry, id: str, object_key: str) -> int:
    """How many records of an operation are not as it left them."""
    statement = (
        "select l.record::text from (select record, max(version) as version from"  # noqa: S608
        f" (select record, version from {_table(registry, 'change')}"
        " where operation = %(id)s and object = %(object)s limit %(most)s) f group by record) l"
        f" left join {qualified(registry.tables[object_key].main)} t on t.id = l.record"
        " where t.version is distinct from l.version"
    )
    rows = await _rows(connection, statement, {"id": id, "object": object_key, "most": MOST})
    moved = {record for (record,) in rows}

    async def read(statement: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return await _rows(connection, statement, given)

    return len(moved - await left_again(read, registry, id, object_key, moved))


def _place(registry: Registry) -> str:
    return f"(select b.at, b.id from {_table(registry, 'operation')} b where b.id = %(cursor)s)"  # noqa: S608


def _table(registry: Registry, name: str) -> str:
    return f'"{registry.schema}"."{name}"'


async def _rows(connection: Connection, statement: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return await (await connection.execute(statement, given)).fetchall()
