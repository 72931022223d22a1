"""Whether records are as an operation left them although they have changed since: because it was undone and that undo was
undone, as often as one likes, or because what was done after it was undone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..schema.registry import Registry

Read = Callable[[str, Mapping[str, Any]], Awaitable[Sequence[Sequence[Any]]]]
"""Runs a statement with its parameters and answers the rows."""


async def left_again(
    read: Read, registry: Registry, operation: str, object_key: str, ids: Iterable[str]
) -> set[str]:
    """Of records that the operation touched those that are as it left them, although they have changed since."""
    wanted = sorted(ids)
    if not wanted:
        return set()
    rows = await read(
        f"select c.record::text, c.operation::text, o.detail->>'undoes' from \"{registry.schema}\".change c"  # noqa: S608
        f' join "{registry.schema}".operation o on o.id = c.operation'
        " where c.object = %(object)s and c.record = any(%(ids)s::uuid[])"
        " group by c.record, c.operation, o.id order by min(c.seq)",
        {"object": object_key, "ids": wanted},
    )
    by_record: dict[str, list[tuple[str, str | None]]] = {}
    for record, by, undoes in rows:
        by_record.setdefault(record, []).append((by, undoes))
    return {record for record, done in by_record.items() if operation in as_left(done)}


def as_left(done: Iterable[tuple[str, str | None]]) -> set[str]:
    """Of operations on a record, in their order and each with the one it undid, those that left it as it is now: since
    then nothing was done, or all of it was undone. An undo takes away what the one that it undid had done, or brings it back
    where that was an undo itself.

    An undo of what had not left the record as it was then did not undo that there, but changed the record in passing; it
    counts as a change of its own."""
    # A state is the operations whose effects are there: a number for each, and the states with one fewer.
    states: dict[tuple[int, str], int] = {}
    below: list[int] = [0]
    state = 0
    known: dict[str, _Effect] = {}
    for by, undoes in done:
        undone = known.get(undoes or "")
        origin, there = by, True
        if undone is not None and undone.state == state:
            origin, there = undone.origin, not undone.there
        if there:
            state = states.setdefault((under := state, origin), len(below))
            if state == len(below):
                below.append(under)
        else:
            state = below[state]
        known[by] = _Effect(origin, there, state)
    return {by for by, effect in known.items() if effect.state == state}


@dataclass(frozen=True, slots=True)
class _Effect:
    """What an operation did to the record: the effect of which one it made or took away, whether that is there after it,
    and the state then."""

    origin: str
    there: bool
    state: int
