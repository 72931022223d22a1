"""The second start, and the memory of what then runs idle."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from .result import Row, percentile
from .serving import _answers, free_port
from .world import World

ROOT = Path(__file__).parents[1]
STARTS = 5


def measure(world: World) -> list[Row]:
    """Start on the data folder several times; a start is from the command to the first answer of the health address."""
    took, memory = [], 0.0
    port = free_port()
    environ = {k: v for k, v in os.environ.items() if not k.startswith("KEYUAN_")}
    for number in range(STARTS + 1):
        start = time.perf_counter()
        started = subprocess.Popen(
            [str(ROOT / "run"), "--port", str(port), "--data", str(world.settings.data_dir), "--no-demo"],
            env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while not _answers(port, "/api/v1/health"):
            if started.poll() is not None or time.perf_counter() - start > 300:
                raise RuntimeError("./run did not start")
            time.sleep(0.02)
        took.append(time.perf_counter() - start)
        if number == STARTS:
            time.sleep(15)
            memory = _memory(started.pid)
        started.send_signal(signal.SIGINT)
        started.wait(60)
    second = percentile(took[1:], 0.5)
    return [
        Row("second start", second, "s", None, "<= 2.5 s", second <= 2.5),
        Row(
            "memory, web and worker", memory, "MB", None, "<= 250 MB", memory <= 250, "PSS, PostgreSQL apart"
        ),
    ]


def _memory(root: int) -> float:
    """The proportional set size of our processes below `root`, in MB, without PostgreSQL."""
    total, todo = 0, [root]
    while todo:
        pid = todo.pop()
        for task in Path(f"/proc/{pid}/task").iterdir():
            todo.extend(int(child) for child in (task / "children").read_text().split())
        if b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]:
            continue
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024
