"""An organisation to work in: `make_runtime(objects, hooks)` makes the organisation `test` with the identity objects and
those given, in a database of its own, and answers what a process holds to work on it.

Making the tables takes a second or two, so it is done once for each set of objects; every test gets a copy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack

import pytest

from databases import Server
from keyuan.records.hooks import Hooks
from keyuan.records.runtime import Runtime
from keyuan.schema.model import Object
from keyuan.services.identity.objects import OBJECTS as IDENTITY
from keyuan.storage.organisations import Organisations
from keyuan.storage.pool import open_pool

MakeRuntime = Callable[[tuple[Object, ...], Hooks], Awaitable[Runtime]]


class Templates:
    """Databases in which the organisation `test` exists already, by the keys of its objects."""

    def __init__(self, server: Server, stack: ExitStack) -> None:
        self._server, self._stack = server, stack
        self._made: dict[tuple[str, ...], str] = {}

    async def name(self, objects: tuple[Object, ...]) -> str:
        """The name of the database to copy for these objects."""
        key = tuple(o.key for o in objects)
        if key not in self._made:
            url = self._stack.enter_context(self._server.database())
            async with open_pool(url, "cli", size=1) as pool:
                await Organisations(pool, objects).create("test", "测试")
                async with pool.connection() as connection:
                    row = await (await connection.execute("select current_database()")).fetchone()
            assert row is not None
            self._made[key] = str(row[0])
        return self._made[key]


@pytest.fixture(scope="session")
def templates(server: Server) -> Iterator[Templates]:
    """The databases that `make_runtime` copies."""
    with ExitStack() as stack:
        yield Templates(server, stack)


@pytest.fixture
async def make_runtime(server: Server, templates: Templates) -> AsyncIterator[MakeRuntime]:
    """Make the organisation `test`; what it opened is closed after the test."""
    async with AsyncExitStack() as stack:

        async def make(objects: tuple[Object, ...], hooks: Hooks) -> Runtime:
            everything = (*IDENTITY, *objects)
            url = stack.enter_context(server.database(await templates.name(everything)))
            pool = await stack.enter_async_context(open_pool(url, "web", size=8))
            side = await stack.enter_async_context(open_pool(url, "web", size=2))
            organisations = Organisations(pool, everything)
            return Runtime(pool=pool, side_pool=side, organisations=organisations, hooks=hooks, actions={})

        yield make
