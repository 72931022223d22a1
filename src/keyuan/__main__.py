"""`python -m keyuan` is the command `keyuan`."""

from __future__ import annotations

import sys


def _run() -> int:
    try:
        from .cli.main import main  # takes long enough for a Ctrl-C to come meanwhile

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(_run())
