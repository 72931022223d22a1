"""The web process loads its code while the database is brought up to date, and waits here before it uses it.

The gate is a file that the supervisor makes when the database is ready; its path is in the environment."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "KEYUAN_GATE"


@contextmanager
def closed(folder: Path) -> Iterator[Path]:
    """A closed gate in the folder, for the length of the block; those of starts that were killed are removed."""
    for left in folder.glob(".gate-*"):
        if sys.platform == "win32":
            break  # asking whether a process lives would end it there
        with contextlib.suppress(OSError):
            os.kill(int(left.name.removeprefix(".gate-")), 0)
            continue
        left.unlink(missing_ok=True)
    path = folder / f".gate-{os.getpid()}"
    path.unlink(missing_ok=True)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def open_up(path: Path) -> None:
    """Let those who wait pass, now and later."""
    path.touch()


def wait() -> None:
    """Wait until the gate is open; there is none where nobody supervises us."""
    path = os.environ.get(VARIABLE)
    while path and not os.path.exists(path):
        time.sleep(0.01)
