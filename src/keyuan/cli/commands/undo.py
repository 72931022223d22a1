"""`keyuan undo`: take an operation back, such as an import."""

from __future__ import annotations

import argparse
import asyncio

from ...access import system_principal
from ...domains.runtime import open_runtime
from ...kernel.errors import Problem
from ...kernel.i18n import message
from ...records.undo import Report, undo
from ...records.unit_of_work import UnitOfWork
from ...records.unit_of_work import run as in_unit
from ...storage.database import database
from ..organisation import add_organisation, chosen
from ..terminal import say, tell

NAME = "undo"
HELP = "take an operation back, such as an import"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The operation's id, as `keyuan import` printed it."""
    parser.add_argument("operation", metavar="OPERATION")
    parser.add_argument(
        "--purge", action="store_true", help="leave what it made in no recycle bin either; final"
    )
    parser.add_argument("--language", choices=("zh", "en"), default="en", help="language of messages")
    add_organisation(parser)


def run(args: argparse.Namespace) -> int:
    """Undo and print how much went back and what stayed because someone changed it since."""
    with database(args.settings, what="keyuan undo", say=say) as url:
        return asyncio.run(_undo(args, url))


async def _undo(args: argparse.Namespace, url: str) -> int:
    async with open_runtime(url, args.settings, "cli") as runtime:
        slug = await chosen(runtime, args.organisation)

        async def work(uow: UnitOfWork) -> Report:
            return await undo(uow, args.operation, purge=args.purge)

        try:
            report = await in_unit(runtime, system_principal(slug), work, kind="undo")
        except Problem as problem:
            return tell(problem, args.language)
    print(message("undo.done", args.language, count=report.undone, operation=report.operation))
    for held in report.changed:
        print(message("undo.left", args.language, object=held["object"], id=held["id"]))
    return 0
