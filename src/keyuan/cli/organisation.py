"""Which organisation a command works on."""

from __future__ import annotations

import argparse

from psycopg import errors as pg

from ..kernel.startup import CannotStart
from ..records.runtime import Runtime


def add_organisation(parser: argparse.ArgumentParser) -> None:
    """The flag that names it; needed only where an installation has several."""
    parser.add_argument("--organisation", metavar="SLUG", default="", help="the organisation's short name")


async def chosen(runtime: Runtime, slug: str) -> str:
    """The short name asked for, or that of the only organisation there is. Raises `CannotStart`."""
    try:
        found = [o.slug for o in await runtime.organisations.list()]
    except pg.UndefinedTable:
        found = []  # nothing was ever set up in this database
    if not found:
        raise CannotStart("There is no organisation yet: start ./run once.")
    if slug and slug not in found:
        raise CannotStart(f"There is no organisation {slug}; there are: {', '.join(found)}.")
    if not slug and len(found) != 1:
        raise CannotStart(f"Name one with --organisation: {', '.join(found)}.")
    return slug or found[0]
