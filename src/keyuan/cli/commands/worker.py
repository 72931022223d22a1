"""`keyuan worker`: runs jobs and the relay of the outbox."""

from __future__ import annotations

import argparse
import asyncio

from ...domains.runtime import open_runtime
from ...kernel.settings import Settings
from ...services.worker import work
from ...storage.database import database
from ...storage.death import end_with_supervisor
from ..terminal import say

NAME = "worker"
HELP = "run jobs alone, beside other processes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(args: argparse.Namespace) -> int:
    """Work until stopped."""
    end_with_supervisor()
    with database(args.settings, what="keyuan worker", say=say) as url:
        asyncio.run(_work(url, args.settings))
    return 0


async def _work(url: str, settings: Settings) -> None:
    async with open_runtime(url, settings, "worker") as runtime:
        await work(url, settings, runtime)
