"""Creating one record through the whole pipeline against the bare INSERTs of what it leaves behind."""

from __future__ import annotations

import time
from typing import Any

from keyuan.kernel.ids import new_id
from keyuan.records import pipeline, statements
from keyuan.records.unit_of_work import UnitOfWork, run

from .result import Row, in_turn, percentile
from .world import World

TIMES = 150
ROUNDS = 5


async def measure(world: World) -> Row:
    """Customers made by the manager: name, phone, address, industry."""
    registry = world.organisation.registry
    tables = registry.tables["customer"]
    columns = tuple(c.name for c in tables.main.c)
    made: list[str] = []

    def values() -> dict[str, Any]:
        return {"name": "杭州云帆精密机械有限公司", "phone": "0571-88001234", "industry": "machinery",
                "address": {"city": "330100", "detail": "文三路 1 号"}, "level": "B"}  # fmt: skip

    async def ours() -> float:
        took = []
        for _ in range(TIMES):
            start = time.perf_counter()
            items = await run(
                world.runtime, world.manager, lambda uow: pipeline.create(uow, "customer", [values()])
            )
            took.append(time.perf_counter() - start)
            made.append(items[0].id)
        return percentile(took, 0.5)

    await ours()
    row = await _row(world, made[-1])

    async def bare() -> float:
        names = ", ".join(statements.quoted(c) for c in columns)
        places = ", ".join(f"%({c})s" for c in columns)
        into = statements.qualified(tables.main)
        search = statements.qualified(tables.search)  # type: ignore[arg-type]
        took = []
        async with world.runtime.pool.connection() as connection:
            for _ in range(TIMES):
                record = {**row[0], "id": new_id(), "code": new_id()}
                start = time.perf_counter()
                async with connection.transaction():
                    await connection.execute(
                        f"insert into {into} ({names}) values ({places})".encode(), record
                    )
                    await connection.execute(
                        b"insert into org_main.change (at, operation, object, record, kind, version, actor)"
                        b" values (now(), %s, 'customer', %s, 'create', 1, %s)",
                        [record["operation"], record["id"], record["owner"]],
                    )
                    await connection.execute(
                        f"insert into {search} (id, tokens) values (%s, %s::tsvector)".encode(),
                        [record["id"], row[1]],
                    )
                took.append(time.perf_counter() - start)
        return percentile(took, 0.5)

    pairs = [(await ours(), await bare()) for _ in range(ROUNDS)]
    turns = iter([x for pair in pairs for x in pair])
    mine, theirs, ratio = in_turn(ROUNDS, lambda: next(turns), lambda: next(turns))
    return Row(
        "create one record",
        mine * 1000,
        "ms",
        ratio,
        "<= 3 x bare INSERTs",
        ratio <= 3,
        f"bare {theirs * 1000:.2f} ms",
    )


async def _row(world: World, record: str) -> tuple[dict[str, Any], str]:
    async def work(uow: UnitOfWork) -> tuple[dict[str, Any], str]:
        table = uow.registry.tables["customer"].main
        names = ", ".join(statements.quoted(c.name) for c in table.c)
        (found,) = await uow.fetch(f"select {names} from org_main.customer where id = %(id)s", {"id": record})
        ((tokens,),) = await uow.fetch(
            "select tokens::text from org_main.customer__search where id = %(id)s", {"id": record}
        )
        return dict(zip((c.name for c in table.c), found, strict=True)), tokens

    return await run(world.runtime, world.manager, work)
