"""Reading pipelines and their stages for the rules of opportunities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ARRAY, bindparam, func, or_, select

from ...kernel.kept import kept
from ...records.unit_of_work import UnitOfWork
from ...schema.field_types.pointer import UUID
from ...schema.registry import Registry
from ...storage.sql import Compiled, compile

Outcome = Literal["open", "won", "lost", "invalid"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as the rules need it. `probability` is a decimal string in percent."""

    id: str
    name: str
    pipeline: str
    kind: Outcome
    probability: str
    active: bool
    pipeline_active: bool
    required_fields: tuple[str, ...]
    tasks: tuple[Mapping[str, Any], ...]


class Stages:
    """The stages of some pipelines, in their order, and the pipeline that new opportunities go into."""

    def __init__(self, stages: Iterable[Stage], default_pipeline: str | None) -> None:
        self.by_id = {s.id: s for s in stages}
        self.default_pipeline = default_pipeline

    def first(self, pipeline: str, kind: str) -> Stage | None:
        """The first stage in use of that kind in a pipeline."""
        return next(
            (s for s in self.by_id.values() if s.pipeline == pipeline and s.kind == kind and s.active), None
        )


@kept(100)
def _reading(registry: Registry) -> Compiled:
    stages, pipelines = registry.tables["stage"].main, registry.tables["pipeline"].main
    own = pipelines.alias("own")
    named = func.any(bindparam("stages", type_=ARRAY(UUID)))
    default = (
        select(pipelines.c.id).where(pipelines.c.default, pipelines.c.deleted_at.is_(None)).scalar_subquery()
    )
    concerned = or_(
        stages.c.pipeline == func.any(bindparam("pipelines", type_=ARRAY(UUID))),
        stages.c.pipeline.in_(select(stages.c.pipeline).where(stages.c.id == named).correlate(None)),
        stages.c.pipeline == default,
    )
    columns = ("id", "name", "pipeline", "kind", "probability", "active", "required_fields", "tasks")
    return compile(
        select(*(stages.c[name] for name in columns), default, own.c.active.label("pipeline_active"))
        .select_from(stages.join(own, own.c.id == stages.c.pipeline))
        .where(concerned, stages.c.deleted_at.is_(None))
        .order_by(stages.c.position, stages.c.id)
    )


async def load(uow: UnitOfWork, pipelines: Iterable[str], stages: Iterable[str]) -> Stages:
    """The stages of these pipelines, of the pipelines of these stages, and of the default pipeline."""
    rows = await uow.select(
        _reading(uow.registry), pipelines=sorted(set(pipelines)), stages=sorted(set(stages))
    )
    found = [
        Stage(
            id=str(r[0]), name=r[1], pipeline=str(r[2]), kind=r[3], probability=format(r[4], "f"), active=r[5] is not False,
            pipeline_active=r[9] is not False,
            required_fields=tuple(k for k in r[6] or () if isinstance(k, str)),
            tasks=tuple(t for t in r[7] or () if isinstance(t, Mapping)),
        )
        for r in rows
    ]  # fmt: skip
    return Stages(found, str(rows[0][8]) if rows and rows[0][8] else None)
