"""What happens around records of the sales domain."""

from __future__ import annotations

from ...records.hooks import Hooks
from ...records.single import only_one
from . import customers, gates, leads, lines, outcomes, pipelines, territories, trail


def register(hooks: Hooks) -> None:
    """Join the pipeline."""
    hooks.register("opportunity", before_validate=outcomes.settle, before_write=gates.check)
    hooks.register("opportunity", offers=territories.offers)
    hooks.register("opportunity", after_write=trail.record)
    hooks.register("opportunity", after_write=customers.has_bought)
    hooks.register("opportunity", after_write=gates.make_tasks)
    hooks.register("opportunity_line", before_validate=lines.complete)
    hooks.register("lead", before_validate=leads.complete)
    hooks.register("stage", before_validate=pipelines.check_stages)
    hooks.register("pipeline", before_validate=pipelines.check_pipelines, before_write=only_one("default"))
