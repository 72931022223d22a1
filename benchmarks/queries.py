"""Search and report over a million records, in process, against the bare statements."""

from __future__ import annotations

import time
from typing import Any

from keyuan.query.requests import AggregateQuery, SearchQuery
from keyuan.records import read
from keyuan.schema.text.tokens import query_tokens
from keyuan.storage.pool import autocommit

from .result import Row, in_turn, percentile
from .world import World

TYPED = (
    "海天",
    "云飞",
    "智能",
    "hwkj",
    "zgjr",
    "金龙",
    "bjhd",
    "采购",
    "远盛",
    "xadf",
    "环保",
    "szkj",
    "机械",
    "新科",
    "gzly",
)
ROUNDS = 5
SEARCHES = 11


async def search(world: World) -> Row:
    """Two characters or initials, ranked, in the manager's scope, against the bare look-up in the index: the p95 of a round
    of all that is typed, the median of the rounds."""

    async def ours() -> list[float]:
        took = []
        async with autocommit(world.runtime.pool) as connection:
            for q in TYPED:
                start = time.perf_counter()
                await read.search(
                    connection,
                    world.organisation,
                    world.manager,
                    SearchQuery(q=q, objects=("opportunity",), limit=20),
                )
                took.append(time.perf_counter() - start)
        return took

    async def bare() -> list[float]:
        took = []
        async with autocommit(world.runtime.pool) as connection:
            for q in TYPED:
                tokens = query_tokens(q)
                start = time.perf_counter()
                cursor = await connection.execute(
                    "select o.id, o.name from org_main.opportunity__search s join org_main.opportunity o using (id)"
                    " where s.tokens @@ %s::tsquery limit 200",
                    [tokens],
                    prepare=False,
                )
                await cursor.fetchall()
                took.append(time.perf_counter() - start)
        return took

    await ours()
    await bare()
    slowest, pairs = [], []
    for _ in range(SEARCHES):
        mine, theirs = await ours(), await bare()
        slowest.append(percentile(mine, 0.95))
        pairs.append((sum(mine), sum(theirs)))
    turns = iter([x for pair in pairs for x in pair])
    _, _, ratio = in_turn(SEARCHES, lambda: next(turns), lambda: next(turns))
    p95 = percentile(slowest, 0.5) * 1000
    return Row("search, p95", p95, "ms", ratio, "<= 15 ms and <= 5 x bare", p95 <= 15 and ratio <= 5)


async def report(world: World) -> Row:
    """Count and sum of amounts by stage and by industry of the customer, in the manager's scope."""
    query = AggregateQuery(
        group_by=(("stage.name", ""), ("customer.industry", "")), measures=(("count", ""), ("sum", "amount"))
    )
    departments = list(dict.fromkeys((*world.manager.departments, *world.manager.department_tree)))

    async def ours() -> float:
        async with autocommit(world.runtime.pool) as connection:
            start = time.perf_counter()
            await read.aggregate(connection, world.organisation, world.manager, "opportunity", query)
            return time.perf_counter() - start

    async def by_hand() -> float:
        params: list[Any] = [departments, world.manager.user]
        async with world.runtime.pool.connection() as connection:
            await connection.execute("set local max_parallel_workers_per_gather = 2")
            start = time.perf_counter()
            cursor = await connection.execute(
                """select s.name, c.industry, count(*), sum(o.amount__base)
                from org_main.opportunity o left join org_main.stage s on s.id = o.stage
                left join org_main.customer c on c.id = o.customer
                where o.deleted_at is null and (o.owner_department = any(%s::uuid[]) or o.owner = %s)
                group by 1, 2 order by 1, 2""",
                params,
                prepare=False,
            )
            await cursor.fetchall()
            return time.perf_counter() - start

    await ours()
    await by_hand()
    pairs = [(await ours(), await by_hand()) for _ in range(ROUNDS)]
    turns = iter([x for pair in pairs for x in pair])
    mine, theirs, ratio = in_turn(ROUNDS, lambda: next(turns), lambda: next(turns))
    return Row(
        "report, group and sum",
        mine * 1000,
        "ms",
        ratio,
        "<= 1.3 x by hand",
        ratio <= 1.3,
        f"by hand {theirs * 1000:.0f} ms",
    )
