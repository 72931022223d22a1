"""Ending with the process that started us, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

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


def end_with_parent(parent: int) -> None:
    """From inside a program of ours: get SIGTERM when the process `parent`, which started us, ends."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
    elif sys.platform != "win32":
        threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
