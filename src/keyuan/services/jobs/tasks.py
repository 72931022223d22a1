"""The tasks of the queue. Each looks at what is there and does what is missing, so running one again does no harm."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import procrastinate
from procrastinate import App, JobContext
from procrastinate.jobs import Status

from ...kernel import clock
from ...records.runtime import Runtime
from ...storage.partitions import ensure_partitions
from ...storage.pool import autocommit
from .. import files, idempotency
from ..definitions.work import run_pending
from ..identity import attempts, sessions
from ..identity.principals import lifetime
from .relay import Changed, Consumer

log = logging.getLogger("keyuan.jobs")

RETRY = procrastinate.RetryStrategy(max_attempts=20, exponential_wait=2)


@dataclass(frozen=True, slots=True)
class Work:
    """What tasks work with."""

    runtime: Runtime
    files: files.FileStore

    async def organisations(self) -> list[str]:
        """The short names of the organisations in this database."""
        return [o.slug for o in await self.runtime.organisations.list() if o.database_url is None]


def declare(app: App, work: Work) -> None:
    """Put all tasks on an application of the queue."""

    @app.task(name="definitions", retry=RETRY, pass_context=False)
    async def definitions(slug: str) -> None:
        """Build indexes, fill columns, drop retired ones: what changes of definitions left to do."""
        for job, result in await run_pending(work.runtime, slug):
            log.info("Definition job %s of %s: %s", job, slug, result)

    @app.periodic(cron="* * * * *")
    @app.task(name="due-definitions", queueing_lock="due-definitions")
    async def due_definitions(timestamp: int) -> None:
        """Definition jobs that became due, or that nobody told of."""
        for slug in await work.organisations():
            await run_pending(work.runtime, slug)

    @app.periodic(cron="17 * * * *")
    @app.task(name="partitions", queueing_lock="partitions", retry=RETRY)
    async def partitions(timestamp: int) -> None:
        """The partitions of the coming months."""

        async def one(slug: str) -> None:
            async with autocommit(work.runtime.pool) as connection:
                await ensure_partitions(connection, slug)

        await _each(work, one)

    @app.periodic(cron="41 * * * *")
    @app.task(name="clean-up", queueing_lock="clean-up", retry=RETRY)
    async def clean_up(timestamp: int) -> None:
        """Sessions that are over, old attempts to sign in, old idempotency keys, drafts of files nobody took."""

        async def one(slug: str) -> None:
            async with autocommit(work.runtime.pool) as connection:
                organisation = await work.runtime.organisations.get(connection, slug)
                await sessions.forget(connection, slug, lifetime(organisation.settings))
                await attempts.forget(connection, slug)
                await idempotency.forget(connection, slug)
                await files.sweep(connection, slug, work.files)

        await _each(work, one)

    @app.periodic(cron="* * * * *")
    @app.task(name="stalled", queueing_lock="stalled", pass_context=True)
    async def stalled(context: JobContext, timestamp: int) -> None:
        """Jobs whose worker died are put back on the queue."""
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
            if job.id != context.job.id:
                log.warning("Job %s (%s) lost its worker and is run again", job.id, job.task_name)
                try:
                    await app.job_manager.retry_job(job)
                except procrastinate.exceptions.UniqueViolation:
                    # another of its kind waits already, which will do the work of both
                    await app.job_manager.finish_job(job, Status.ABORTED, delete_job=True)


async def _each(work: Work, one: Callable[[str], Awaitable[None]]) -> None:
    """Do something for every organisation; what goes wrong with one does not hold up the others."""
    failed = []
    for slug in await work.organisations():
        try:
            await one(slug)
        except Exception:
            log.exception("Failed for the organisation %s", slug)
            failed.append(slug)
    if failed:
        raise RuntimeError(f"failed for {', '.join(failed)}")


async def resume(app: App) -> None:
    """Put what a former worker may have left half done on the queue, rather than wait for the minute's check."""
    with contextlib.suppress(procrastinate.exceptions.AlreadyEnqueued):
        await app.configure_task("due-definitions").defer_async(timestamp=int(clock.now().timestamp()))


def definition_changes(app: App) -> Consumer:
    """The consumer that puts work after changes of definitions on the queue; asked twice, it is there once."""

    async def consume(slug: str, changes: Sequence[Changed]) -> None:
        if any(change.kind == "definition" for change in changes):
            with contextlib.suppress(procrastinate.exceptions.AlreadyEnqueued):
                await app.configure_task("definitions", queueing_lock=f"definitions {slug}").defer_async(
                    slug=slug
                )

    return consume
