"""`keyuan web`: only the web server, for machines that run it apart from the worker."""

from __future__ import annotations

import argparse
import os

from ...kernel.startup import CannotStart
from ...storage.death import SUPERVISOR, end_with_supervisor
from ..address import add_address, check_port
from ..web import serve

NAME = "web"
HELP = "serve the web application alone (needs KEYUAN_DATABASE_URL)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen."""
    add_address(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    end_with_supervisor()
    if not args.settings.database_url:
        raise CannotStart("`keyuan web` alone needs KEYUAN_DATABASE_URL; `keyuan serve` starts everything.")
    if SUPERVISOR not in os.environ:  # it has looked already, and one that we replace may still be there
        check_port(args.settings.host, args.settings.port)
    serve(args.settings)
    return 0
