"""Reading pipelines and their stages for the rules of opportunities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ARRAY, Boolean, and_, bindparam, func, or_, select

from ...kernel.kept import kept
from ...records.unit_of_work import UnitOfWork
from ...schema.field_types.pointer import UUID
from ...schema.registry import Registry
from ...storage.sql import Compiled, compile

Outcome = Literal["open", "won", "lost", "invalid"]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline as the rules need it. `departments`: those it is for, if it is not for all."""

    id: str
    active: bool
    default: bool
    departments: frozenset[str]
    order: tuple[int, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as the rules need it. `probability` is a decimal string in percent."""

    id: str
    name: str
    pipeline: str
    kind: Outcome
    probability: str
    active: bool
    required_fields: tuple[str, ...]
    tasks: tuple[Mapping[str, Any], ...]


class Stages:
    """The stages of some pipelines, in their order, and these pipelines in theirs; pipelines without stages are not
    among them."""

    def __init__(self, stages: Iterable[Stage], pipelines: Iterable[Pipeline]) -> None:
        self.by_id = {s.id: s for s in stages}
        self.pipelines = {p.id: p for p in sorted(pipelines, key=lambda p: p.order)}

    @property
    def default_pipeline(self) -> str | None:
        """The pipeline of opportunities that belong to no other."""
        return next((p.id for p in self.pipelines.values() if p.default), None)

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
    concerned = or_(
        stages.c.pipeline == func.any(bindparam("pipelines", type_=ARRAY(UUID))),
        stages.c.pipeline.in_(select(stages.c.pipeline).where(stages.c.id == named).correlate(None)),
        and_(own.c.deleted_at.is_(None), own.c.default),
        and_(
            bindparam("departmental", type_=Boolean), own.c.deleted_at.is_(None),
            own.c.active.is_not(False), func.cardinality(own.c.departments) > 0,
        ),
    )  # fmt: skip
    columns = ("id", "name", "pipeline", "kind", "probability", "active", "required_fields", "tasks")
    theirs = ("active", "default", "departments", "position", "name", "deleted_at")
    return compile(
        select(*(stages.c[name] for name in columns), *(own.c[name].label(f"own_{name}") for name in theirs))
        .select_from(stages.join(own, own.c.id == stages.c.pipeline))
        .where(concerned, stages.c.deleted_at.is_(None))
        .order_by(stages.c.position, stages.c.id)
    )


async def load(
    uow: UnitOfWork, pipelines: Iterable[str], stages: Iterable[str], *, departmental: bool = False
) -> Stages:
    """The stages of these pipelines, of the pipelines of these stages, and of the default pipeline; `departmental`: also
    of the pipelines in use that are for certain departments."""
    rows = await uow.select(
        _reading(uow.registry),
        pipelines=sorted(set(pipelines)), stages=sorted(set(stages)), departmental=departmental,
    )  # fmt: skip
    found = [
        Stage(
            id=str(r[0]), name=r[1], pipeline=str(r[2]), kind=r[3], probability=format(r[4], "f"), active=r[5] is not False,
            required_fields=tuple(k for k in r[6] or () if isinstance(k, str)),
            tasks=tuple(t for t in r[7] or () if isinstance(t, Mapping)),
        )
        for r in rows
    ]  # fmt: skip
    theirs = {
        stage.pipeline: Pipeline(
            stage.pipeline, active is not False, bool(default) and deleted is None,
            frozenset(str(d) for d in departments or ()), (position or 0, name),
        )
        for stage, (active, default, departments, position, name, deleted) in (
            (stage, r[8:]) for stage, r in zip(found, rows, strict=True)
        )
    }  # fmt: skip
    return Stages(found, theirs.values())
