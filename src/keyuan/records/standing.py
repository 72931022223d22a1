"""Whether records are as an operation left them although they have changed since: because it was undone and that undo was
undone, as often as one likes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from ..schema.registry import Registry

Read = Callable[[str, Mapping[str, Any]], Awaitable[Sequence[Sequence[Any]]]]
"""Runs a statement with its parameters and answers the rows."""


async def left_again(
    read: Read, registry: Registry, operation: str, object_key: str, ids: Iterable[str]
) -> set[str]:
    """Of records that the operation touched those which nothing but undoing it and undoing that has changed since, the
    last time so that they are as it left them."""
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
    done = {operation: True}  # whether after this operation what `operation` did is there
    standing: dict[str, bool] = {}
    others: set[str] = set()
    for record, by, undoes in rows:
        if by == operation:
            standing[record] = True
        elif record in standing:
            if undoes in done:
                done[by] = not done[undoes]
                standing[record] = done[by]
            else:
                others.add(record)
    return {record for record, there in standing.items() if there} - others
