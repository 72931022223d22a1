"""What tests of definitions work on, where they have nothing of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from definition_samples import COMPANY, PERSON

from keyuan.records.hooks import Hooks
from keyuan.records.runtime import Runtime


@pytest.fixture
async def runtime(make_runtime: Callable[..., Awaitable[Runtime]]) -> Runtime:
    """An organisation with companies and people."""
    return await make_runtime((COMPANY, PERSON), Hooks())
