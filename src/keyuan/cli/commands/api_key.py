"""`keyuan api-key`: makes a key for a program that acts as a user."""

from __future__ import annotations

import argparse
import asyncio
from datetime import timedelta

from ...access import system_principal
from ...domains.runtime import open_runtime
from ...kernel import clock
from ...kernel.settings import Settings
from ...kernel.startup import CannotStart
from ...records import unit_of_work
from ...records.unit_of_work import UnitOfWork, record_operation
from ...services.identity import api_keys, events, sign_in
from ...storage.database import database
from ..organisation import add_organisation, chosen
from ..terminal import say

NAME = "api-key"
HELP = "make an API key: api-key create --user EMAIL"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, for whom, and for how long."""
    parser.add_argument("what", choices=("create",), help="create: make a key and print it alone")
    parser.add_argument(
        "--user", required=True, metavar="EMAIL", help="mail address, account name or mobile number"
    )
    parser.add_argument("--name", default="command line", help="what the key is for")
    parser.add_argument(
        "--days", type=int, default=0, metavar="N", help="days until it ends (default: it does not)"
    )
    add_organisation(parser)


def run(args: argparse.Namespace) -> int:
    """Make the key and print it, alone on standard output."""
    with database(args.settings, what="keyuan api-key", say=say) as url:
        print(asyncio.run(_create(args, args.settings, url)))
    return 0


async def _create(args: argparse.Namespace, settings: Settings, url: str) -> str:
    async with open_runtime(url, settings, "cli") as runtime:
        slug = await chosen(runtime, args.organisation)
        async with runtime.pool.connection() as connection:
            organisation = await runtime.organisations.get(connection, slug)
            user, _ = await sign_in.find(connection, organisation, args.user)
            if user is None:
                raise CannotStart(f"No active user of {slug} is called {args.user}.")
        person = user
        ends = clock.now() + timedelta(days=args.days) if args.days > 0 else None

        async def make(uow: UnitOfWork) -> str:
            name = args.name[: api_keys.MOST_NAME]
            made = await api_keys.create(uow.connection, slug, person, name, ends)
            uow.detail["api_key"] = {"id": made.id, "name": made.name}
            await record_operation(uow)
            await events.add(uow.connection, slug, "api_key_made", person, "command line", key=made.id)
            return made.text

        return await unit_of_work.run(runtime, system_principal(slug), make, kind="api_key_made")
