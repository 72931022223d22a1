"""`keyuan backup`: write the whole installation into a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...storage import dump
from ...storage.database import database
from ..terminal import say

NAME = "backup"
HELP = "write the whole installation into a file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file."""
    parser.add_argument("file", metavar="FILE", type=Path)


def run(args: argparse.Namespace) -> int:
    """Write the file; a running installation goes on meanwhile."""
    with database(args.settings, what="keyuan backup", say=say) as url:
        dump.backup(url, args.settings.data_dir, args.file, say)
    say(
        f"Written to {args.file}. Keep {args.settings.data_dir / 'secret.key'} too, apart from it: encrypted fields need it."
    )
    return 0
