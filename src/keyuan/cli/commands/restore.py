"""`keyuan restore`: put a backup back."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...storage import dump
from ...storage.database import database
from ..terminal import say

NAME = "restore"
HELP = "put a backup back"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file."""
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument(
        "--replace", action="store_true", help="replace an installation that is there already"
    )


def run(args: argparse.Namespace) -> int:
    """Restore and say what to do next."""
    with database(args.settings, what="keyuan restore", say=say) as url:
        dump.restore(url, args.settings.data_dir, args.file, say, replace=args.replace)
    say("Restored. `keyuan doctor` checks it.")
    return 0
