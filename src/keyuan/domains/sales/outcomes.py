"""Pipeline, stage, outcome, closing time and probability of an opportunity agree, whichever of them was written."""

from __future__ import annotations

from ...records import incoming
from ...records.hooks import Batch, Item
from ...records.trust import historic
from ...records.unit_of_work import UnitOfWork
from ...schema.field_types.datetime import iso
from . import stages, territories
from .stages import Outcome, Stage, Stages
from .territories import Territories

_CONCERNED = {"pipeline", "stage", "outcome", "closed_at", "probability"}
_CERTAIN = {"won": "100.00", "lost": "0.00", "invalid": "0.00"}


async def settle(uow: UnitOfWork, batch: Batch) -> None:
    """The hook: complete what follows from what was written, refuse what contradicts."""
    if batch.kind not in ("create", "update"):
        return
    readable = (i for i in batch if not any(e.field in _CONCERNED for e in i.errors))
    items = [i for i in readable if i.before is None or i.changed & _CONCERNED]
    if not items:
        return
    known = await stages.load(
        uow,
        (p for i in items if (p := i.after.get("pipeline"))),
        (s for i in items for s in (i.after.get("stage"), i.was("stage")) if s),
        departmental=any(not i.after.get("pipeline") for i in items),
    )
    fits = await territories.load(uow, items, known)
    for item in items:
        _Settling(uow, item, known, fits).run()


class _Settling:
    def __init__(self, uow: UnitOfWork, item: Item, known: Stages, fits: Territories) -> None:
        self.uow, self.item, self.known, self.fits = uow, item, known, fits

    def wants(self, key: str) -> bool:
        """Whether the caller asks for a (new) value of the field."""
        if self.item.before is None:
            return self.item.given.get(key) is not None
        return key in self.item.changed

    def told(self, key: str) -> bool:
        """Whether the caller may know what a stage says."""
        return incoming.shown(self.uow, "stage", self.uow.registry.fields("stage")[key])

    def run(self) -> None:
        item = self.item
        if self.wants("stage") and item.after["stage"] not in self.known.by_id:
            if item.after["stage"] is None:
                item.error("stage", "required")
            return  # that the stage does not exist is told by the check of references
        wanted = item.after.get("outcome")
        if self.wants("outcome") and wanted not in ("open", *_CERTAIN):
            # pipelines and figures know these; one that was made up has no meaning to them
            if wanted is None:
                item.error("outcome", "required")
            else:
                item.error("outcome", "choice", value=wanted)
            return
        stage = self.stage()
        if stage is None:
            return
        if not item.after.get("pipeline"):
            if not self.wants("stage"):
                item.set("pipeline", stage.pipeline)
            elif self.told("pipeline"):
                item.complete("pipeline", stage.pipeline)
            else:
                item.error("pipeline", "required")
                return
        item.set("stage", stage.id)
        outcome: Outcome = item.after["outcome"] if self.wants("outcome") else stage.kind
        if not self.wants("outcome") and not self.wants("stage") and item.before is not None:
            outcome = item.after["outcome"]
        item.set("outcome", outcome)
        self.check(stage, outcome)
        self.close(stage, outcome)

    def stage(self) -> Stage | None:
        """The stage that the opportunity is to stand in."""
        item, known = self.item, self.known
        if self.wants("stage"):
            return known.by_id[item.after["stage"]]
        current = known.by_id.get(item.after.get("stage") or "")
        pipeline = item.after.get("pipeline") or self.fits.pipeline_of(item)
        if pipeline is None:
            item.error("pipeline", "required")
            return None
        outcome = item.after.get("outcome") or "open"
        if current is not None and current.pipeline == pipeline and current.kind == outcome:
            return current
        found = known.first(pipeline, outcome)
        if found is None and current is not None and current.pipeline == pipeline and outcome != "open":
            return current  # a pipeline need not have a place for every end
        found = found or known.first(pipeline, "open")
        if found is None:
            item.error("pipeline", "no_stages")
        elif not item.after.get("pipeline"):
            item.set("pipeline", pipeline)
        return found

    def check(self, stage: Stage, outcome: Outcome) -> None:
        item = self.item
        if stage.pipeline != item.after["pipeline"]:
            item.error("stage", "stage_pipeline")
        elif stage.kind != outcome and (
            stage.kind != "open" or self.known.first(stage.pipeline, outcome) is not None
        ):
            item.error("outcome", "stage_outcome", stage=stage.name)
        elif "pipeline" in item.changed and not historic(self.uow) and (code := self.fits.refusal(item)):
            item.error("pipeline", code)
        elif "stage" in item.changed and not stage.active and not historic(self.uow):
            item.error("stage", "stage_inactive", stage=stage.name)

    def close(self, stage: Stage, outcome: Outcome) -> None:
        item, now = self.item, iso(self.uow.now)
        ended = item.before is None or item.was("outcome") != outcome
        reopened = outcome == "open" and ended and item.before is not None
        if outcome == "open":
            if reopened:
                for key in ("closed_at", "lost_reason", "invalid_reason", "close_remark"):
                    if not self.wants(key):
                        item.set(key, None)
        elif ended:
            if not self.wants("closed_at"):
                item.set("closed_at", now)
            for key, kind in (("lost_reason", "lost"), ("invalid_reason", "invalid")):
                if outcome != kind and not self.wants(key) and item.after.get(key) is not None:
                    item.set(key, None)
        if outcome != "open":
            item.set("probability", _CERTAIN[outcome])
        elif ("stage" in item.changed or reopened) and not self.wants("probability"):
            item.set("probability", stage.probability if self.told("probability") else None)
        if "stage" in item.changed:
            item.set("stage_entered_at", self.entered(outcome) or now)

    def entered(self, outcome: Outcome) -> str | None:
        """When the stage was entered, as history that is brought in tells it."""
        item = self.item
        if not historic(self.uow):
            return None
        if item.given.get("stage_entered_at") is not None:
            return str(item.after["stage_entered_at"])
        known = item.after.get("closed_at") if outcome != "open" else None
        if known is None and item.before is None and self.uow.trusted:
            known = item.after.get("created_at")
        return known
