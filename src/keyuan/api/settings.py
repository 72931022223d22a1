"""The settings of the organisation."""

from __future__ import annotations

from typing import Any

from litestar import get, patch

from ..records.unit_of_work import UnitOfWork
from ..services import settings
from .answers import Answer, json_answer
from .bodies import read_object
from .parameters import Parameters
from .paths import AnyRequest
from .reading import Reader, reading
from .writing import writing


@get("/api/v1/settings")
async def get_settings(request: AnyRequest) -> Answer:
    """The settings that the caller may know, with their types and words."""
    Parameters(request)

    async def work(reader: Reader) -> list[dict[str, Any]]:
        return settings.shown(reader.principal, reader.organisation.settings)

    return json_answer({"settings": await reading(request, work)})


@patch("/api/v1/settings")
async def change_settings(request: AnyRequest) -> Answer:
    """Change settings: `{key: value}`; null puts one back to its default. They hold for every process at once."""
    Parameters(request)
    changes = await read_object(request)

    async def work(uow: UnitOfWork) -> Answer:
        await settings.change(uow, changes)
        now = await uow.runtime.organisations.read(uow.connection, uow.organisation.slug)
        return json_answer({"settings": settings.shown(uow.principal, now.settings)})

    return await writing(request, work, kind="settings")


HANDLERS = (get_settings, change_settings)
