"""Ending with the process that started us, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

SUPERVISOR = (
    "KEYUAN_SUPERVISOR"  # environment variable: the process number of `keyuan serve`, for its children
)
GRACE = 10.0  # seconds for an orderly end after the parent's

_PR_SET_PDEATHSIG = 1
# loaded here: between fork and exec nothing may be imported
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` after which the new program gets the signal when its parent ends, even by `kill -9`. The call
    must come from the parent's main thread: the system watches the thread. None where the system has no such thing:
    what is left over is then found at the next start."""
    if _libc is None:
        return None
    libc, wanted, parent = _libc, int(number), os.getpid()

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, wanted, 0, 0, 0)
        if os.getppid() != parent:  # it ended in between
            os._exit(1)

    return prepare


def end_with_supervisor() -> None:
    """From inside a child that `keyuan serve` started: end when it ends. Nothing happens for anybody else's child."""
    if parent := os.environ.get(SUPERVISOR):
        end_with_parent(int(parent))


def end_with_parent(parent: int, number: signal.Signals = signal.SIGTERM) -> None:
    """From inside a program of ours: get the signal when the process `parent`, which started us, has ended, and end for
    good if that does not suffice. `SIGKILL` is for programs that may hang on their way to an orderly end in a way that no
    thread of theirs can end. Called from the main thread."""
    if sys.platform == "win32":
        return
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    threading.Thread(target=_watch, args=(parent, number), name="parent", daemon=True).start()


def _watch(parent: int, number: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os.kill(os.getpid(), number)
    time.sleep(GRACE)
    os._exit(1)
