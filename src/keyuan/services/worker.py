"""The worker process: the job queue and the relay, until asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import procrastinate

from ..kernel.settings import Settings
from ..records.runtime import Runtime
from . import files
from .jobs import queue, relay, tasks

CONCURRENCY = 2
STOPPING = 10.0
"""Seconds that running jobs get to finish; those that do not are run again by the next worker."""


async def work(url: str, settings: Settings, runtime: Runtime) -> None:
    """Run jobs and the relay until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await queue.prepare(runtime.pool)
    app = procrastinate.App(connector=queue.connector(url))
    tasks.declare(app, tasks.Work(runtime, files.FileStore(settings)))
    async with app.open_async():
        await tasks.resume(app)
        running = [
            asyncio.create_task(relay.run(url, runtime, [tasks.definition_changes(app)])),
            asyncio.create_task(
                app.run_worker_async(
                    concurrency=CONCURRENCY,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=STOPPING,
                    delete_jobs="successful",
                )
            ),
        ]
        stop = asyncio.create_task(stopped.wait())
        done, _ = await asyncio.wait([*running, stop], return_when=asyncio.FIRST_COMPLETED)
        for task in [*running, stop]:
            task.cancel()
        for task in running:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for task in done - {stop}:
            task.result()  # neither ends of itself: what ended it is told
