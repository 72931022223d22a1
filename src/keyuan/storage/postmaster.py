"""What is running on a database folder: the file `postmaster.pid`, and processes left over from an earlier start."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from ..kernel.startup import Say

PATIENCE = 120.0  # seconds for an orderly stop (it writes all changed pages) before the server is made to stop at once


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What `postmaster.pid` says. `status` is `starting`, `ready`, `stopping`, … or empty while it is being written."""

    pid: int
    port: int | None
    socket_dir: Path | None
    status: str


def read(pgdata: Path) -> Postmaster | None:
    """The contents of `postmaster.pid`; None if it is missing or not yet whole enough to hold a process number."""
    try:
        lines = (pgdata / "postmaster.pid").read_text("utf-8", "replace").splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    rest = [line.strip() for line in lines[1:]] + [""] * 8
    return Postmaster(
        pid, int(rest[2]) if rest[2].isdigit() else None, Path(rest[3]) if rest[3] else None, rest[6]
    )


def processes(pgdata: Path) -> set[int]:
    """The PostgreSQL processes whose working folder is this one. That is where they all stand, so neither a process
    number used again by another program nor a server of another folder is taken for ours."""
    if sys.platform == "linux":
        return _processes_linux(pgdata)
    import psutil

    found = set()
    for process in psutil.process_iter(["name"]):
        try:
            if "postgres" in (process.info["name"] or "") and os.path.samefile(process.cwd(), pgdata):
                found.add(process.pid)
        except (OSError, psutil.Error):
            continue
    return found


def _processes_linux(pgdata: Path) -> set[int]:
    wanted = pgdata.stat()
    found = set()
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            # a process that has ended and waits for its parent has no working folder
            there = os.stat(f"/proc/{entry.name}/cwd")
            if (there.st_dev, there.st_ino) != (wanted.st_dev, wanted.st_ino):
                continue
            with open(f"/proc/{entry.name}/comm", encoding="utf-8", errors="replace") as file:
                name = file.read().strip()
        except OSError:
            continue
        if name.startswith(("postgres", "postmaster")):
            found.add(int(entry.name))
    return found


def clear(pgdata: Path, say: Say) -> None:
    """Stop what is left of an earlier server of this folder and remove its `postmaster.pid`, so that a new one can
    start. Only the holder of the folder's lock may call this. Committed data is safe at each step: what an orderly stop
    does not reach, the next start recovers."""
    known = read(pgdata)
    if known is None and not (pgdata / "postmaster.pid").exists():
        return
    left = processes(pgdata)
    if known is not None and known.pid in left:
        say("Stopping the PostgreSQL that an earlier start left behind …")
        _signal({known.pid}, signal.SIGINT)
        if not _gone(lambda: known.pid not in processes(pgdata), PATIENCE):
            _signal({known.pid}, getattr(signal, "SIGQUIT", signal.SIGTERM))
            _gone(lambda: known.pid not in processes(pgdata), 10)
    for hard in (getattr(signal, "SIGQUIT", signal.SIGTERM), getattr(signal, "SIGKILL", signal.SIGTERM)):
        left = processes(pgdata)
        if not left:
            break
        _signal(left, hard)
        _gone(lambda: not processes(pgdata), 5)
    (pgdata / "postmaster.pid").unlink(missing_ok=True)


def _signal(pids: Collection[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _gone(test: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not test():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
