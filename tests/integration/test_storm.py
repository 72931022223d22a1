"""Fifty clients create, edit, merge children and read while an administrator adds, retypes and retires fields and
processes are killed: no answer is wrong, no record lost.

What happens is decided by `KEYUAN_TEST_STORM_SEED`, how much by `KEYUAN_TEST_STORM` (operations of each client), though
not its order, for that is the processes' own. Whatever the order, what the clients check and `storm_audit` looks at
holds."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import psycopg
import pytest
import storm_reader as reader
from storm_administrator import Administrator
from storm_audit import SCHEMA, Audit
from storm_caller import Caller
from storm_client import OPPORTUNITY, VISIT, Client, Shared
from storm_ledger import Ledger, Wrong
from storm_world import KINDS, World

pytestmark = pytest.mark.embedded

SEED = int(os.environ.get("KEYUAN_TEST_STORM_SEED", "20260131"))
OPERATIONS = int(os.environ.get("KEYUAN_TEST_STORM", "16"))
CLIENTS = 50
KILLS = len(KINDS) + OPERATIONS // 10
CHANGES = OPERATIONS
LOGINS = ("norman", "nick", "sue", "nora", "boss", "fin", "norman", "nick", "sue", "norman")
SEES = {"norman": ("norman",), "nick": ("nick",), "sue": ("sue",), "nora": ("norman", "nick"),
        "boss": ("norman", "nick", "sue"), "fin": ("norman", "nick", "sue")}  # fmt: skip

Act = Callable[[Client], Awaitable[None]]
READS: tuple[tuple[Act, int], ...] = (
    (reader.wide_list, 4), (reader.custom_list, 3), (reader.one, 4), (reader.figures, 2), (reader.definitions, 2),
)  # fmt: skip
WRITES: tuple[tuple[Act, int], ...] = (
    (lambda c: c.create("customer"), 3), (lambda c: c.create("contact"), 2), (lambda c: c.create(OPPORTUNITY), 6),
    (lambda c: c.create(VISIT), 4), (Client.edit, 12), (Client.bulk, 2), (Client.delete_or_restore, 3),
    (Client.undo, 3), (Client.edit_shared, 14), (Client.hand_over, 1), (Client.delete_shared, 1),
    (reader.own_list, 4), (reader.search, 3), (reader.history, 2),
)  # fmt: skip


def test_storm(tmp_path: Path) -> None:
    began = time.monotonic()
    world = World.start(tmp_path)
    try:
        ledger = asyncio.run(storm(world))
    except BaseException:
        print(world.said()[-20_000:])
        raise
    finally:
        world.stop()
    failed = [
        line for line in world.said().splitlines() if line.startswith("request ") and line.endswith(" failed")
    ]
    assert failed == []
    print(f"seed {SEED}, {time.monotonic() - began:.0f} s, kills: {', '.join(world.kills)}")
    print(*(f"{name}: {count}" for name, count in sorted(ledger.counts.items())), sep="\n")


async def storm(world: World) -> Ledger:
    """The storm and the look at what it left."""
    ledger, chance = Ledger(), random.Random(SEED)
    async with httpx.AsyncClient(trust_env=False, verify=False) as asking:
        await world.complete(asking)
        await world.people()
        async with await psycopg.AsyncConnection.connect(world.database_url()) as connection:
            cursor = await connection.execute(f"select id::text from {SCHEMA}.operation".encode())
            begun = [row[0] for row in await cursor.fetchall()]
        async with Caller(world, ledger, "root", random.Random(SEED + 1)) as root:
            administrator = Administrator(root, ledger, random.Random(SEED + 2))
            await administrator.prepare()
            shared = await seeds(world, ledger)
            async with asyncio.TaskGroup() as group:
                group.create_task(
                    administrator.work([CLIENTS * OPERATIONS * n // CHANGES for n in range(CHANGES)])
                )
                group.create_task(killer(world, ledger, random.Random(SEED + 3), asking))
                for number in range(CLIENTS):
                    group.create_task(client(world, ledger, number, shared, chance.randrange(2**32)))
            faults = await Audit(world, ledger, random.Random(SEED + 4), begun).run(root)
    if faults:
        print(*ledger.story, sep="\n")
        raise Wrong(f"{len(faults)} faults:\n" + "\n".join(fault[:1500] for fault in faults[:25]))
    return ledger


async def seeds(world: World, ledger: Ledger) -> list[Shared]:
    """The records that several work on: of each salesperson, customers and opportunities with lines."""
    shared = []
    for number, login in enumerate(("norman", "nick", "sue")):
        chance = random.Random(SEED + 100 + number)
        async with Caller(world, ledger, login, chance) as caller:
            maker = Client(100 + number, caller, ledger, chance, [])
            for object_key in ("customer", OPPORTUNITY, OPPORTUNITY):
                await maker.create(object_key)
            shared += [Shared(m.object, m.id, login) for m in maker.mine]
    return shared


async def client(world: World, ledger: Ledger, number: int, shared: list[Shared], seed: int) -> None:
    """One client from its first operation to its last."""
    chance = random.Random(seed)
    login = LOGINS[number % len(LOGINS)]
    async with Caller(world, ledger, login, chance) as caller:
        own = Client(number, caller, ledger, chance, [s for s in shared if s.owner in SEES[login]])
        acts = READS if login == "fin" else (*READS, *WRITES)
        for _ in range(OPERATIONS):
            await chance.choices([a for a, _ in acts], [w for _, w in acts])[0](own)
            await ledger.advance()
        if login != "fin":
            await reader.own_list(own)


async def killer(world: World, ledger: Ledger, chance: random.Random, asking: httpx.AsyncClient) -> None:
    """Kill everything at least once, at points of the clients' work."""
    kinds = [*KINDS, *chance.choices(KINDS, k=KILLS - len(KINDS))]
    chance.shuffle(kinds)
    points = sorted(chance.randrange(CLIENTS, CLIENTS * OPERATIONS) for _ in kinds)
    for point, kind in zip(points, kinds, strict=True):
        await ledger.reach(point)
        ledger.tell(f"kill {kind}")
        await world.kill(kind, chance, asking)
        ledger.counts["kills"] += 1
