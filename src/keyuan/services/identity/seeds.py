"""What identity gives a new organisation."""

from __future__ import annotations

from ...records import pipeline
from ...records.unit_of_work import UnitOfWork
from .ready_roles import rows


async def seed(uow: UnitOfWork) -> None:
    """The ready roles."""
    await pipeline.create(uow, "role", rows(str(uow.organisation.settings["language"])))
