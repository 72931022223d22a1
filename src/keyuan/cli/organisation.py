"""Which organisation a command works on."""

from __future__ import annotations

import argparse

from ..kernel.startup import CannotStart
from ..records.runtime import Runtime


def add_organisation(parser: argparse.ArgumentParser) -> None:
    """The flag that names it; needed only where an installation has several."""
    parser.add_argument("--organisation", metavar="SLUG", default="", help="the organisation's short name")


async def chosen(runtime: Runtime, slug: str) -> str:
    """The short name asked for, or that of the only organisation there is. Raises `CannotStart`."""
    found = [o.slug for o in await runtime.organisations.list()]
    if slug and slug not in found:
        raise CannotStart(f"There is no organisation {slug}; there are: {', '.join(found) or 'none'}.")
    if not slug and len(found) != 1:
        raise CannotStart(
            f"Name one with --organisation: {', '.join(found) or 'there is none yet; start ./run once'}."
        )
    return slug or found[0]
