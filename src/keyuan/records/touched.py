"""What operations did to which records: objects, kinds and counts, as far as somebody may read the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Boolean, ColumnElement, and_, literal_column, or_, select, text

from ..access import Policy, Principal, binds, can
from ..access.scope import constant
from ..kernel.kept import kept
from ..schema.field_types.pointer import UUID
from ..schema.registry import Registry
from ..storage.pool import Connection
from ..storage.sql import Compiled, compile
from .readable import condition, everything, tells

MOST: Final = 10_000
"""Changes of an operation that are counted; where there are more, it is told that there are."""

TAKEN_BACK: Final = frozenset({"create", "update", "delete", "restore"})
"""The kinds of change that undo takes back."""

_OF_RECORDS: Final = (*TAKEN_BACK, "purge")


class Change(NamedTuple):
    """What an operation did to records of one object: of what kind, to how many, to one of them, and whether there are
    more than were counted."""

    object: str
    kind: str
    number: int
    record: str
    cut: bool


async def seen_changes(
    connection: Connection, registry: Registry, principal: Principal, mine: Mapping[str, bool]
) -> dict[str, tuple[list[Change], bool]]:
    """By operation the changes of what the caller may read, in the order of the first of each, and whether there were
    others. `mine`: the operations, and whether the caller did them."""
    policy = principal.policy
    made = await _changes(connection, registry, [*mine])
    objects = {c.object for changes in made.values() for c in changes} & registry.objects.keys()
    objects = {key for key in objects if can(registry, policy, key, "read")}
    restricted = tuple(sorted(key for key in objects if not everything(registry, policy, key)))
    counted: dict[tuple[str, str, str], tuple[int, str]] = {}
    if restricted:
        statement = _counting(registry, policy, restricted)
        given = {"ids": [*mine], "mine": [*mine.values()], "most": MOST, "kinds": [*_OF_RECORDS]}
        for id_, key, kind, *rest in await _rows(
            connection, statement.text, statement.bind(binds(principal), **given)
        ):
            counted[id_, key, kind] = rest[0], rest[1]
    found: dict[str, tuple[list[Change], bool]] = {}
    for id_, changes in made.items():
        seen: list[Change] = []
        for change in changes:
            if change.object not in objects:
                continue
            if not (mine[id_] or tells(registry, policy, change.object, change.kind)):
                continue
            if change.object not in restricted:
                seen.append(change)
            elif (some := counted.get((id_, change.object, change.kind))) is not None:
                seen.append(change._replace(number=some[0], record=some[1]))
        found[id_] = seen, sum(c.number for c in seen) < sum(c.number for c in changes)
    return found


_TOUCHED = (
    "lateral (select object, kind, record, seq, row_number() over () as place from"
    " (select object, kind, record, seq from {changes} where operation = i.id"
    " and kind = any(cast({kinds} as text[])) limit {most} + 1) f) c"
)


async def _changes(connection: Connection, registry: Registry, ids: Sequence[str]) -> dict[str, list[Change]]:
    """The changes of operations, in the order of the first of each."""
    touched = _TOUCHED.format(changes=f'"{registry.schema}".change', kinds="%(kinds)s", most="%(most)s")
    statement = (
        "select i.id::text, c.object, c.kind, count(distinct c.record), min(c.record::text), max(c.place) > %(most)s"  # noqa: S608
        f" from unnest(%(ids)s::uuid[]) i(id), {touched}"
        " group by i.id, c.object, c.kind order by min(c.seq)"
    )
    found: dict[str, list[Change]] = {}
    for id_, *change in await _rows(
        connection, statement, {"ids": [*ids], "most": MOST, "kinds": [*_OF_RECORDS]}
    ):
        found.setdefault(id_, []).append(Change(*change))
    return found


@kept(500)
def _counting(registry: Registry, policy: Policy, objects: tuple[str, ...]) -> Compiled:
    """Of what operations changed in records of these objects how many, and one, that people of the policy may read."""
    touched = _TOUCHED.format(
        changes=f'"{registry.schema}".change', kinds=":kinds", most="cast(:most as integer)"
    )
    source = text(f"unnest(cast(:ids as uuid[]), cast(:mine as boolean[])) i(id, mine), {touched}")
    record, mine = literal_column("c.record", UUID), literal_column("i.mine", Boolean)
    group: list[ColumnElement[Any]] = [literal_column(name) for name in ("i.id::text", "c.object", "c.kind")]
    seen = [
        and_(literal_column("c.object") == constant(key), condition(registry, policy, key, record, mine))
        for key in objects
    ]
    told: list[ColumnElement[Any]] = [
        literal_column("count(distinct c.record)"),
        literal_column("min(c.record::text)"),
    ]
    return compile(select(*group, *told).select_from(source).where(or_(*seen)).group_by(*group))


async def _rows(connection: Connection, statement: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return await (await connection.execute(statement, given)).fetchall()
