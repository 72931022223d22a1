"""Keeping processes running: started, watched, started again with back-off, and stopped in order."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..kernel.startup import CannotStart, Say
from ..storage.death import die_with_parent

SHORTEST, LONGEST = 0.5, 30.0  # seconds before a child that ended is started again
HEALTHY = 60.0  # seconds after which a child's earlier failures are forgotten
GRACE = 15.0  # seconds that children have for an orderly end


def keyuan(command: str, *arguments: str) -> list[str]:
    """The command line of a subcommand of ours, in this Python."""
    return [sys.executable, "-m", "keyuan", command, *arguments]


def child_arguments() -> dict[str, Any]:
    """What `subprocess.Popen` needs for a child that the terminal's Ctrl-C does not reach and that ends with us."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True, "preexec_fn": die_with_parent(signal.SIGTERM)}


@dataclass
class Child:
    """One process that is to run until we stop."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = field(default=0)
    due: float = 0.0
    settled: bool = False
    """Whether it has once done what it is for; if not, ending again and again is a reason to give up."""

    def start(self) -> None:
        """Start the process."""
        self.process = subprocess.Popen(
            self.command, env=dict(self.environ), stdin=subprocess.DEVNULL, **child_arguments()
        )
        self.started = time.monotonic()

    def watch(self, say: Say) -> None:
        """Start it again if it has ended and its time has come. Raises `CannotStart` if it never came up."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        self.process = None
        self.failures = 1 if now - self.started > HEALTHY else self.failures + 1
        if not self.settled and self.failures >= 3:
            raise CannotStart(
                f"The {self.name} process does not start: it ended {_how(code)}; the reason stands above."
            )
        wait = min(LONGEST, SHORTEST * 2 ** (self.failures - 1))
        self.due = now + wait
        say(f"The {self.name} process ended {_how(code)}; it is started again in {wait:g} s.")


def stop(children: Sequence[Child], say: Say, grace: float = GRACE) -> None:
    """End the children, all at once: asked first, after `grace` seconds killed. A second Ctrl-C kills at once."""
    running = [child for child in children if child.process is not None and child.process.poll() is None]
    for child in running:
        assert child.process is not None
        child.process.terminate()
    until = time.monotonic() + grace
    for child in running:
        assert child.process is not None
        try:
            child.process.wait(max(0.0, until - time.monotonic()))
        except (subprocess.TimeoutExpired, KeyboardInterrupt) as reason:
            until = time.monotonic() if isinstance(reason, KeyboardInterrupt) else until
            say(f"The {child.name} process did not end by itself and is ended.")
            child.process.kill()
            child.process.wait()


def _how(code: int) -> str:
    if code < 0:
        try:
            return f"by {signal.Signals(-code).name}"
        except ValueError:
            return f"by signal {-code}"
    return f"with exit code {code}"
