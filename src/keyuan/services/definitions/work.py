"""Running definition jobs. Each can be killed and run again."""

from __future__ import annotations

from collections.abc import Mapping

from ...records.runtime import Runtime
from . import jobs
from .indexes import build
from .jobs import Handler, Result, due_jobs
from .refill import refresh_rollups, refresh_tokens
from .removal import drop
from .retype import retype

HANDLERS: Mapping[str, Handler] = {
    "build": build,
    "retype": retype,
    "tokens": refresh_tokens,
    "rollups": refresh_rollups,
    "drop": drop,
}
"""What each kind of job does."""


async def run_job(runtime: Runtime, slug: str, job_id: str) -> Result:
    """Run one job to its end; see `jobs.run`."""
    return await jobs.run(runtime, slug, job_id, HANDLERS)


async def run_pending(runtime: Runtime, slug: str) -> list[tuple[str, Result]]:
    """Run every job that is due, one after another, with those that come up meanwhile. Answers ids and results."""
    results: list[tuple[str, Result]] = []
    tried: set[str] = set()
    while True:
        async with runtime.pool.connection() as connection:
            waiting = [job for job in await due_jobs(connection, slug) if job.id not in tried]
        if not waiting:
            return results
        for job in waiting:
            tried.add(job.id)
            results.append((job.id, await run_job(runtime, slug, job.id)))
