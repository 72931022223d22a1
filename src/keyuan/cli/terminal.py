"""Lines for the person at the terminal. They go to standard error: standard output is for results."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """Show one line of progress."""
    print(line, file=sys.stderr, flush=True)
