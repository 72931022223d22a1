"""`python -m keyuan` is the command `keyuan`."""

from __future__ import annotations

import sys


def run() -> int:
    """Run the command; the answer is its exit code. A Ctrl-C while the program still loads ends it without a word, as one
    later does."""
    try:
        from .cli.main import main  # takes long enough for a Ctrl-C to come meanwhile

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(run())
