"""`keyuan serve`: everything on this machine, until Ctrl-C: database, web and worker."""

from __future__ import annotations

import argparse

from ..address import add_address, check_port
from ..installation import Installation
from ..terminal import say

NAME = "serve"
HELP = "start everything: database, web and worker"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, and whether an empty installation gets the demo organisation."""
    add_address(parser)
    parser.add_argument(
        "--no-demo", action="store_true", help="no demo organisation in a new installation (KEYUAN_DEMO=0)"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until stopped. Errors come before anything is started or made, where they can."""
    check_port(args.settings.host, args.settings.port)
    return Installation(args.settings, say).run()
