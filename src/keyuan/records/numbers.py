"""Auto-numbers: taken from counters in the database.

Gapless numbers are taken inside the saving transaction: the counter's row stays locked until it ends, so that a number
given back by a failed save is the next one's. The others are taken in a short transaction of their own, which holds
nobody up and may leave gaps; that is the one write here outside the unit of work."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import LiteralString

from ..schema.field_types import get
from ..schema.field_types.auto_number import TYPE as AUTO_NUMBER
from ..schema.model import Field
from ..storage.pool import Connection, autocommit
from .hooks import Batch, Item
from .unit_of_work import UnitOfWork


async def assign(uow: UnitOfWork, batch: Batch) -> None:
    """Give the new records of a batch their numbers, in the order of the batch. The day in a number is that of making,
    also for records of earlier days that are brought in."""
    for field in uow.registry.fields(batch.object.key).values():
        if get(field.type) is not AUTO_NUMBER:
            continue
        items = [(i, _day(uow, i)) for i in batch if i.after.get(field.key) is None]
        past = _brought(batch, field)
        if not items and not past:
            continue
        counts = Counter(AUTO_NUMBER.period(field, day) for _, day in items)
        async with _counting(uow, field) as connection:
            if past:
                await _pass_by(uow, connection, batch.object.key, field, past)
            following = await _take(uow, connection, batch.object.key, field, counts) if counts else {}
        for item, day in items:
            period = AUTO_NUMBER.period(field, day)
            item.set(field.key, AUTO_NUMBER.compose(field, day, following[period]))
            following[period] += 1


@asynccontextmanager
async def _counting(uow: UnitOfWork, field: Field) -> AsyncIterator[Connection]:
    """The connection on which the field's counters move."""
    if AUTO_NUMBER.settings(field).gapless:
        await uow.flush()
        yield uow.connection
    else:
        async with autocommit(uow.runtime.side_pool) as own:
            yield own


def _brought(batch: Batch, field: Field) -> dict[str, int]:
    """How far the counters have to be, by period, to be past the numbers that records bring with them."""
    past: dict[str, int] = {}
    for item in batch:
        number = item.after.get(field.key)
        if number is not None and (found := AUTO_NUMBER.read(field, str(number))):
            period, count = found
            past[period] = max(past.get(period, 0), count)
    return past


async def _pass_by(
    uow: UnitOfWork, connection: Connection, object_key: str, field: Field, past: Mapping[str, int]
) -> None:
    """Move the counters so far, so that numbers that are there are not given again."""
    await _move(uow, connection, object_key, field, past, "greatest(c.value, excluded.value)")


def _day(uow: UnitOfWork, item: Item) -> date:
    """The day a record is made on."""
    made = item.after.get("created_at") if uow.trusted else None
    if made is None:
        return date.fromisoformat(uow.context.today)
    return datetime.fromisoformat(made).astimezone(uow.context.time_zone).date()


async def _take(
    uow: UnitOfWork, connection: Connection, object_key: str, field: Field, counts: Mapping[str, int]
) -> dict[str, int]:
    """Move the counters of some periods on; the first of the values taken in each, counting from 0."""
    reached = await _move(uow, connection, object_key, field, counts, "c.value + excluded.value")
    return {period: value - counts[period] for period, value in reached.items()}


async def _move(
    uow: UnitOfWork,
    connection: Connection,
    object_key: str,
    field: Field,
    given: Mapping[str, int],
    value: LiteralString,
) -> dict[str, int]:
    """Set counters by period: those that are not there yet to what is given, the others to an SQL expression over the
    counter `c` and what is given, `excluded`. Answers where they stand. They are taken in one order, so that two never
    wait for each other."""
    cursor = await connection.execute(
        f"insert into {uow.table_name('counter')} as c (object, field, period, value)"  # noqa: S608
        " select %(object)s, %(field)s, x.period, x.count"
        " from unnest(%(periods)s::text[], %(counts)s::bigint[]) as x(period, count)"
        f" on conflict (object, field, period) do update set value = {value} returning period, value",
        {
            "object": object_key,
            "field": field.key,
            "periods": sorted(given),
            "counts": [given[period] for period in sorted(given)],
        },
    )
    return {str(period): int(str(reached)) for period, reached in await cursor.fetchall()}
