"""An organisation with everything the product declares."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from world import World

from keyuan.access import Policy, system_principal
from keyuan.domains import load
from keyuan.records import pipeline
from keyuan.records.hooks import Hooks
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.schema.model import Object
from keyuan.services.identity.objects import OBJECTS as IDENTITY

MakeRuntime = Callable[[tuple[Object, ...], Hooks], Awaitable[Runtime]]


@pytest.fixture
async def world(make_runtime: MakeRuntime) -> World:
    """An organisation as it is when it was just made, with an administrator at work in it."""
    standard = load()
    own = {o.key for o in IDENTITY}
    runtime = await make_runtime(tuple(o for o in standard.objects if o.key not in own), standard.hooks)
    runtime = replace(runtime, actions=standard.actions)

    async def begin(uow: UnitOfWork) -> str:
        for seed in standard.seeds:
            await seed(uow)
        made = await pipeline.create(uow, "user", [{"name": "管理员", "login": "admin"}])
        return made[0].id

    user = await run(runtime, system_principal("test"), begin, trusted=True)
    me = replace(system_principal("test"), user=user, policy=Policy.from_roles([{"administrator": True}]))
    return World(runtime, me)
