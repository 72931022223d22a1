"""Auto-numbers: taken from counters in the database.

Gapless numbers are taken inside the saving transaction: the counter's row stays locked until it ends, so that a number
given back by a failed save is the next one's. The others are taken in a short transaction of their own, which holds
nobody up and may leave gaps; that is the one write here outside the unit of work."""

from __future__ import annotations

from datetime import date

from ..schema.field_types import get
from ..schema.field_types.auto_number import TYPE as AUTO_NUMBER
from ..schema.model import Field
from ..storage.pool import Connection, autocommit
from .hooks import Batch
from .unit_of_work import UnitOfWork


async def _take(
    connection: Connection, counter: str, object_key: str, field: Field, period: str, count: int
) -> int:
    """Move a counter on by `count`; the first of the values taken, counting from 0."""
    cursor = await connection.execute(
        f"insert into {counter} as c (object, field, period, value)"  # noqa: S608
        " values (%(object)s, %(field)s, %(period)s, %(count)s)"
        " on conflict (object, field, period) do update set value = c.value + excluded.value returning value",
        {"object": object_key, "field": field.key, "period": period, "count": count},
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(str(row[0])) - count


async def assign(uow: UnitOfWork, batch: Batch) -> None:
    """Give the new records of a batch their numbers, in the order of the batch."""
    counter = uow.table_name("counter")
    day = date.fromisoformat(uow.context.today)
    for field in uow.registry.fields(batch.object.key).values():
        if get(field.type) is not AUTO_NUMBER:
            continue
        items = [i for i in batch if i.after.get(field.key) is None]
        if not items:
            continue
        period = AUTO_NUMBER.period(field, day)
        if AUTO_NUMBER.settings(field).gapless:
            first = await _take(uow.connection, counter, batch.object.key, field, period, len(items))
        else:
            async with autocommit(uow.runtime.side_pool) as own:
                first = await _take(own, counter, batch.object.key, field, period, len(items))
        for position, item in enumerate(items):
            item.set(field.key, AUTO_NUMBER.compose(field, day, first + position))
