"""`keyuan migrate`: brings the database up to date, as every start does; sign-in details go to standard output."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from ...domains import load
from ...domains.runtime import open_runtime
from ...kernel.settings import Settings
from ...services.demo.load import fill
from ...services.setup import prepare
from ...storage.database import database
from ...storage.death import end_with_supervisor
from ..terminal import say

NAME = "migrate"
HELP = "bring the database up to date without serving"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(args: argparse.Namespace) -> int:
    """Prepare the database and print what `prepare` tells."""
    end_with_supervisor()
    with database(args.settings, what="keyuan migrate", say=say) as url:
        for line in asyncio.run(_prepare(url, args.settings)):
            print(line)
    return 0


async def _prepare(url: str, settings: Settings) -> Sequence[str]:
    async with open_runtime(url, settings, "cli") as runtime:
        return await prepare(runtime, settings, load().seeds, fill if settings.demo else None)
