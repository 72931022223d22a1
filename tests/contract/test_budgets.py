"""How many statements a request sends to the database, from `tests/budgets.json`. A list is one after the one that says who
asks; a hundred records cost hardly more than one. Statements of transactions (BEGIN, COMMIT, savepoints) count too.

`KEYUAN_UPDATE_BUDGETS=1` writes what is measured into the file: look at the difference before you commit it."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from contract_values import value_of
from contract_world import CUSTOM, ContractWorld

pytestmark = [pytest.mark.anyio, pytest.mark.contract]

FILE = Path(__file__).parent.parent / "budgets.json"
OBJECTS = ("customer", "contact", "opportunity", "activity", "tag", "machine", CUSTOM)


class Counter:
    """The statements sent while it counts."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.counting = False

    def note(self, statement: object) -> None:
        """Count a statement."""
        if self.counting:
            self.sent.append(str(statement))

    @contextmanager
    def __call__(self) -> Iterator[list[str]]:
        self.sent, self.counting = [], True
        try:
            yield self.sent
        finally:
            self.counting = False


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Counts what goes through the connections of this process."""
    counter = Counter()
    execute, command = psycopg.AsyncCursor.execute, psycopg.AsyncConnection._exec_command
    many = psycopg.AsyncCursor.executemany

    async def counted(self: Any, query: Any, *given: Any, **more: Any) -> Any:
        counter.note(query)
        return await execute(self, query, *given, **more)

    async def counted_many(self: Any, query: Any, *given: Any, **more: Any) -> Any:
        counter.note(query)
        return await many(self, query, *given, **more)

    def commanded(self: Any, query: Any, *given: Any, **more: Any) -> Any:
        counter.note(query)
        return command(self, query, *given, **more)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", counted)
    monkeypatch.setattr(psycopg.AsyncCursor, "executemany", counted_many)
    monkeypatch.setattr(psycopg.AsyncConnection, "_exec_command", commanded)
    return counter


async def requests(world: ContractWorld, key: str) -> AsyncIterator[tuple[str, Callable[[], Awaitable[Any]]]]:
    """The requests that have a budget, by name."""
    path = f"/records/{key}"

    async def rows(count: int) -> list[dict[str, Any]]:
        return [{"values": v} for v in await world.fulls(key, count)]

    first, second = [r["values"] for r in await rows(2)]
    made = (await world.call("POST", path, 201, json=first)).json()["id"]
    yield "list", lambda: world.call("GET", path, 200)
    yield "list, all fields", lambda: world.call("GET", f"{path}?fields=*&sort=-created_at", 200)
    yield "get", lambda: world.call("GET", f"{path}/{made}", 200)
    if world.registry.objects[key].searchable:
        word = first["name"]
        yield "search", lambda: world.call("GET", f"/search?objects={key}&q={quote(word)}", 200)
    yield "aggregate", lambda: world.call("POST", f"{path}/aggregate", 200, json={"group_by": ["created_by"]})
    yield "create", lambda: world.call("POST", path, 201, json=second)
    name = value_of(world, key, world.registry.fields(key)["name"], world.number())
    yield "update", lambda: world.call("PATCH", f"{path}/{made}", 200, json={"name": name})
    for count in (1, 100):
        body: dict[str, Any] = {"creates": await rows(count)}
        found: list[str] = []

        async def create(body: dict[str, Any] = body, found: list[str] = found) -> None:
            answer = await world.call("POST", f"{path}/bulk", 200, json=body)
            found += [r["id"] for r in answer.json()["results"]]

        yield f"create {count} in bulk", create
        names = [value_of(world, key, world.registry.fields(key)["name"], world.number()) for _ in found]
        updates = [{"id": i, "values": {"name": n}} for i, n in zip(found, names, strict=True)]
        yield (
            f"update {count} in bulk",
            lambda updates=updates: world.call("POST", f"{path}/bulk", 200, json={"updates": updates}),
        )
        deletes = [{"id": i} for i in found]
        yield (
            f"delete {count} in bulk",
            lambda deletes=deletes: world.call("POST", f"{path}/bulk", 200, json={"deletes": deletes}),
        )


@pytest.mark.parametrize("key", OBJECTS)
async def test_statements_stay_within_the_budget(world: ContractWorld, statements: Counter, key: str) -> None:
    budgets = json.loads(FILE.read_text("utf-8"))
    measured: dict[str, int] = {}
    told: dict[str, list[str]] = {}
    for name in ("list", "get"):  # what a process learns once
        async for known, ask in requests(world, key):
            if known == name:
                await ask()
    async for name, ask in requests(world, key):
        with statements() as sent:
            await ask()
        measured[name], told[name] = len(sent), [s[:120] for s in sent]
    if os.environ.get("KEYUAN_UPDATE_BUDGETS"):
        FILE.write_text(json.dumps({**budgets, key: measured}, indent=2) + "\n", "utf-8")
        return
    over = {n: (count, told[n]) for n, count in measured.items() if count > budgets[key][n]}
    assert not over, f"more statements than the budget allows: {json.dumps(over, indent=1)}"
    assert set(measured) == set(budgets[key])


@pytest.mark.parametrize("key", OBJECTS)
def test_the_budgets_themselves(key: str) -> None:
    """What every object keeps to, whatever the file says."""
    budget = json.loads(FILE.read_text("utf-8"))[key]
    assert budget["list"] == budget["list, all fields"] == budget["get"] == 2
    assert budget.get("search", 3) <= 3  # ids by the index, then the records
    assert budget["aggregate"] == 3  # one more says that processes of the server may share it
    for kind in ("create", "update", "delete"):
        one, hundred = (budget[f"{kind} {count} in bulk"] for count in (1, 100))
        assert hundred <= one + 2, f"{kind}: {hundred} statements for a hundred records, {one} for one"
