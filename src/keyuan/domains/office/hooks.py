"""What happens around records of the office domain."""

from __future__ import annotations

from ...records.hooks import Hooks
from . import follow_ups, links, tasks


def register(hooks: Hooks) -> None:
    """Join the pipeline."""
    hooks.register("activity", before_validate=links.complete)
    hooks.register("activity", before_validate=follow_ups.summarise, after_write=follow_ups.plan_next_step)
    hooks.register("activity", after_write=follow_ups.begin_work_on_leads)
    hooks.register("task", before_validate=links.complete)
    hooks.register("task", before_validate=tasks.finish)
