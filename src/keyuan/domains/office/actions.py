"""What can be done to tasks beside editing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...records import pipeline
from ...records.hooks import Action, Change, NoInput
from ...records.unit_of_work import UnitOfWork


async def complete(uow: UnitOfWork, record: str, given: NoInput) -> Mapping[str, Any]:
    """Mark a task as done."""
    await pipeline.update(uow, "task", [Change(record, {"status": "done"})])
    return {}


async def reopen(uow: UnitOfWork, record: str, given: NoInput) -> Mapping[str, Any]:
    """Put a task back among those to do."""
    await pipeline.update(uow, "task", [Change(record, {"status": "todo"})])
    return {}


ACTIONS = {("task", "complete"): Action(complete), ("task", "reopen"): Action(reopen)}
