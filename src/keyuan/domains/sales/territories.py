"""Whose deals go into which pipeline: those that name departments are for the people in these and below them.

A deal without a pipeline goes into the one in use that names a department of its owner, the main department before the
others and the nearest one up the tree before those further up; of several into the first by their order; otherwise into
the default one, which takes everybody's. Only where a deal is put into a pipeline is this asked: it stays where it is when
its owner changes, when an owner changes department, or when the departments of its pipeline do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from ...access import field_access
from ...access.scope import SHOWN
from ...kernel.errors import NotFound
from ...query.requests import ListQuery
from ...records import departments, read
from ...records.hooks import Item
from ...records.unit_of_work import UnitOfWork
from . import stages
from .stages import Pipeline, Stages


class Territories:
    """Which of some pipelines the owners of some deals work in. `of`: the departments that each owner is in and those
    above, the nearest first."""

    def __init__(self, known: Stages, of: Mapping[str, Sequence[str]]) -> None:
        self._known = known
        self._departments = of

    def _of(self, item: Item) -> Sequence[str]:
        return self._departments.get(item.after.get("owner") or "", ())

    def pipeline_of(self, item: Item) -> str | None:
        """The pipeline that a deal without one goes into."""
        for department in self._of(item):
            for pipeline in self._known.pipelines.values():
                if pipeline.active and department in pipeline.departments:
                    return pipeline.id
        return self._known.default_pipeline

    def refusal(self, item: Item) -> str | None:
        """Why the deal cannot be put into the pipeline that it is to be in, as a message code."""
        return self._refusal(item, self._known.pipelines[item.after["pipeline"]])

    def taking(self, item: Item) -> list[str]:
        """The pipelines that the deal can be put into, in their order."""
        return [p.id for p in self._known.pipelines.values() if self._refusal(item, p) is None]

    def _refusal(self, item: Item, pipeline: Pipeline) -> str | None:
        if not pipeline.active:
            return "pipeline_inactive"
        if pipeline.default or not pipeline.departments or pipeline.departments & set(self._of(item)):
            return None
        return "pipeline_departments"


async def load(uow: UnitOfWork, items: Iterable[Item], known: Stages) -> Territories:
    """The territories of the owners of deals that are put into a pipeline; the database is asked only where one of the
    pipelines is for certain departments."""
    owners = {o for i in items if _is_put(i) and (o := i.after.get("owner"))}
    asked = owners and any(p.departments for p in known.pipelines.values())
    return Territories(known, await departments.with_those_above(uow, owners) if asked else {})


async def offers(uow: UnitOfWork, item: Item) -> Mapping[str, list[Any]]:
    """The hook: of the pipelines that the caller may read those that a new deal of this owner can be put into. Whose the
    departments of a pipeline are is told to those who may see these and the owner's."""
    seen = await _readable(uow)
    known = await stages.load(uow, seen, ())
    owner = item.after.get("owner")
    if owner is None or owner == uow.principal.user or _sees_departments(uow):
        taking = (await load(uow, [item], known)).taking(item)
    else:
        taking = [p.id for p in known.pipelines.values() if p.active]
    return {"pipeline": ["id", "in", [p for p in taking if p in seen]]}


async def _readable(uow: UnitOfWork) -> set[str]:
    """The pipelines that the caller may read."""
    found: set[str] = set()
    cursor: str | None = ""
    await uow.flush()
    while cursor is not None:
        query = ListQuery(fields=("id",), limit=1000, cursor=cursor)
        try:
            page = await read.list_records(uow.connection, uow.organisation, uow.principal, "pipeline", query)
        except NotFound:
            return found
        found.update(record["id"] for record in msgspec.json.decode(page.body))
        cursor = page.next_cursor
    return found


def _sees_departments(uow: UnitOfWork) -> bool:
    """Whether the caller may see which departments pipelines are for and which people are in."""
    fields = (("pipeline", "departments"), ("user", "department"), ("user", "departments"))
    return all(field_access(uow.registry, uow.principal.policy, *field) in SHOWN for field in fields)


def _is_put(item: Item) -> bool:
    """Whether a deal is put into a pipeline, named or not."""
    return item.before is None or "pipeline" in item.changed or not item.after.get("pipeline")
