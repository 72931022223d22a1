"""`keyuan demo`: fill an organisation that has no records yet with an invented company, of any size."""

from __future__ import annotations

import argparse
import asyncio
from time import monotonic

from ...domains.runtime import open_runtime
from ...kernel.startup import CannotStart
from ...services.demo.load import Size, load
from ...storage.database import database
from ..organisation import add_organisation, chosen
from ..terminal import say

NAME = "demo"
HELP = "fill an organisation without records with an invented company"
_LEAN = 50_000
_MOST = 5_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much of everything; where only the opportunities are told, the rest goes with them."""
    parser.add_argument("--opportunities", metavar="N", type=int, help="default 1200")
    parser.add_argument(
        "--customers", metavar="N", type=int, help="default a third, above 50,000 a tenth of that"
    )
    parser.add_argument(
        "--leads", metavar="N", type=int, help="default a fifth, above 50,000 a twentieth of that"
    )
    parser.add_argument(
        "--follow-ups", metavar="X", type=float, help="how many to a deal, default 3; none above 50,000 deals"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=Size().seed, help="another story")
    parser.add_argument(
        "--lean", action="store_true",
        help="without products in deals and stages passed, and indexes built at the end (always above 50,000 deals)",
    )  # fmt: skip
    add_organisation(parser)


def run(args: argparse.Namespace) -> int:
    """Load and say how it goes. Doing it again changes nothing; loading that was interrupted goes on."""
    size = _size(args)
    with database(args.settings, what="keyuan demo", say=say) as url:
        return asyncio.run(_load(args, url, size))


def _size(args: argparse.Namespace) -> Size:
    """The size asked for. Raises `CannotStart` for one that cannot be."""
    deals = Size().opportunities if args.opportunities is None else args.opportunities
    large = deals > _LEAN
    size = Size(
        seed=args.seed,
        opportunities=deals,
        customers=deals // (10 if large else 3) if args.customers is None else args.customers,
        leads=deals // (20 if large else 5) if args.leads is None else args.leads,
        follow_ups=(0.0 if large else 3.0) if args.follow_ups is None else args.follow_ups,
        lean=args.lean or large,
    )
    if not (0 <= size.opportunities <= _MOST and 0 <= size.leads <= _MOST and 0 <= size.follow_ups <= 50):
        raise CannotStart(
            f"A demo has from 0 to {_MOST:,} of everything and at most 50 follow-ups to a deal."
        )
    if not (1 if size.opportunities else 0) <= size.customers <= _MOST:
        raise CannotStart("Opportunities need customers: give --customers a number of at least 1.")
    return size


async def _load(args: argparse.Namespace, url: str, size: Size) -> int:
    async with open_runtime(url, args.settings, "cli") as runtime:
        slug = await chosen(runtime, args.organisation)
        started = monotonic()

        def tell(written: int) -> None:
            print(f"{written:,} records after {monotonic() - started:.0f} s", flush=True)

        try:
            written = await load(runtime, slug, size, tell)
        except ValueError as problem:
            raise CannotStart(f"No such demo: {problem}.") from problem
        if written:
            print(f"{written:,} records in {monotonic() - started:.0f} s.")
        else:
            print(f"The organisation {slug} has records already; nothing was changed.")
    return 0
