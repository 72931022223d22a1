"""Many writes of one object in one request and one operation: all or nothing, or row by row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
from litestar import post

from ..kernel.errors import FieldError, Invalid, NotFound, Problem, TooLarge
from ..kernel.i18n import Language
from ..kernel.ids import is_id
from ..records import pipeline
from ..records.halves import in_halves
from ..records.hooks import Change, Item
from ..records.unit_of_work import UnitOfWork
from ..records.writing import BatchInvalid
from .answers import Answer, json_answer
from .bodies import read_as
from .exchange import exchange_of
from .parameters import Parameters
from .paths import AnyRequest, object_of
from .writing import writing

MOST: Final = 1000


class Create(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record to make."""

    values: dict[str, Any]


class Update(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record to change, with the version seen if it must be that."""

    id: str
    values: dict[str, Any]
    version: int | None = None


class Delete(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record to delete, to bring back, or to remove for good."""

    id: str


class Bulk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to 1,000 writes, done in this order. `atomic`: all or nothing; otherwise each row stands for itself."""

    creates: list[Create] = []
    updates: list[Update] = []
    deletes: list[Delete] = []
    restores: list[Delete] = []
    purges: list[Delete] = []
    atomic: bool = True


Part = Callable[[UnitOfWork, str, Sequence[Any]], Awaitable[list[Item]]]
Result = dict[str, Any]


async def _create(uow: UnitOfWork, key: str, rows: Sequence[Create]) -> list[Item]:
    return await pipeline.create(uow, key, [row.values for row in rows])


async def _update(uow: UnitOfWork, key: str, rows: Sequence[Update]) -> list[Item]:
    return await pipeline.update(uow, key, [Change(row.id, row.values, row.version) for row in rows])


async def _delete(uow: UnitOfWork, key: str, rows: Sequence[Delete]) -> list[Item]:
    return await pipeline.delete(uow, key, [row.id for row in rows])


async def _restore(uow: UnitOfWork, key: str, rows: Sequence[Delete]) -> list[Item]:
    return await pipeline.restore(uow, key, [row.id for row in rows])


async def _purge(uow: UnitOfWork, key: str, rows: Sequence[Delete]) -> list[Item]:
    return await pipeline.purge(uow, key, [row.id for row in rows])


_PARTS: tuple[tuple[str, Part, int], ...] = (
    ("creates", _create, 201),
    ("updates", _update, 200),
    ("deletes", _delete, 204),
    ("restores", _restore, 200),
    ("purges", _purge, 204),
)


@post("/api/v1/records/{object_key:str}/bulk", status_code=200)
async def bulk(request: AnyRequest) -> Answer:
    """Make, change, delete, bring back and remove many records. The answer has a result for each, in the order of the request."""
    Parameters(request)
    given = await read_as(request, Bulk)
    key, exchange = object_of(request), exchange_of(request)
    if sum(len(getattr(given, name)) for name, _, _ in _PARTS) > MOST:
        raise TooLarge(extra={"limit": MOST})

    if given.atomic and (errors := _no_ids(given)):
        raise Invalid(errors=errors)

    async def work(uow: UnitOfWork) -> Answer:
        uow.registry.object(key)
        results: list[Result] = []
        for name, part, status in _PARTS:
            rows: Sequence[Any] = getattr(given, name)
            if rows and given.atomic:
                results.extend(await _all(uow, key, name, part, rows, status))
            elif rows:
                results.extend(await _each(uow, key, part, rows, status, exchange.language))
        return json_answer({"results": results})

    return await writing(request, work, kind="bulk", detail={"object": key})


def _no_ids(given: Bulk) -> list[FieldError]:
    """The ids that have not the form of one."""
    named: tuple[tuple[str, Sequence[Update | Delete]], ...] = (
        ("updates", given.updates),
        ("deletes", given.deletes),
        ("restores", given.restores),
        ("purges", given.purges),
    )
    return [
        FieldError(f"{name}.{position}.id", "reference")
        for name, rows in named
        for position, row in enumerate(rows)
        if not is_id(row.id)
    ]


async def _all(
    uow: UnitOfWork, key: str, name: str, part: Part, rows: Sequence[Any], status: int
) -> list[Result]:
    try:
        items = await part(uow, key, rows)
    except BatchInvalid as refused:
        errors = [
            error.under(f"{name}.{position}")
            for position, found in refused.by_position.items()
            for error in found
        ]
        raise Invalid(errors=errors) from None
    by_id = {item.id: item for item in items}
    asked = [item.id for item in items] if name in ("creates", "updates") else [row.id for row in rows]
    return [_done(by_id[record], status) for record in asked if record in by_id]


async def _each(
    uow: UnitOfWork, key: str, part: Part, rows: Sequence[Any], status: int, language: Language
) -> list[Result]:
    async def write(some: Sequence[Any]) -> list[Result]:
        if not all(is_id(row.id) for row in some if not isinstance(row, Create)):
            raise NotFound()
        items = await part(uow, key, some)
        by_id = {item.id: item for item in items}
        return [_done(by_id.get(getattr(row, "id", ""), items[n]), status) for n, row in enumerate(some)]

    return await in_halves(uow, rows, write, Problem, lambda row, problem: _refused(row, problem, language))


def _done(item: Item, status: int) -> Result:
    return {"id": item.id, "status": status, "version": item.after.get("version")}


def _refused(row: Any, problem: Problem, language: Language) -> Result:
    told = problem.as_json(language)
    errors = told["errors"] or [
        {**FieldError("", "form").as_json(language), "code": problem.code, "message": told["title"]}
    ]
    return {"id": getattr(row, "id", None), "status": problem.status, "errors": errors}


HANDLERS = (bulk,)
