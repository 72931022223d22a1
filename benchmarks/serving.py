"""Two web servers on the same database: ours, and a bare one that sends what the same SQL answers. `wrk` asks both."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .result import Row, in_turn
from .world import SLUG, World

CONNECTIONS = 8
SECONDS = 3
ROUNDS = 5


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def process(arguments: list[str], port: int, path: str, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server process that answers at `path` when the block begins, and is stopped when it ends."""
    with tempfile.TemporaryFile() as log:
        started = subprocess.Popen(arguments, env={**os.environ, **environ}, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 60
            while not _answers(port, path):
                if started.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise RuntimeError(log.read().decode()[-2000:])
                time.sleep(0.05)
            yield started
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(30)


def _answers(port: int, path: str) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False


def requests_per_second(port: int, path: str, token: str = "") -> float:
    """What wrk counts in some seconds. RuntimeError if an answer is no success."""
    arguments = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", f"http://127.0.0.1:{port}{path}"]
    if token:
        arguments[1:1] = ["-H", f"Authorization: Bearer {token}"]
    told = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in told:
        raise RuntimeError(told)
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert found is not None
    return float(found[1])


def compare(world: World, rows: list[tuple[str, str, float, dict[str, Any]]], token: str) -> Iterator[Row]:
    """Rows of (name, path, bar, statement as `{"text", "params"}`): our requests against the bare endpoint's."""
    ours, bare = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        statements = Path(folder, "statements.json")
        statements.write_text(json.dumps([statement for _, _, _, statement in rows]))
        with (
            process([sys.executable, "-m", "keyuan", "web", "--port", str(ours)], ours, "/api/v1/health",
                    KEYUAN_DATABASE_URL=world.url, KEYUAN_WEB_WORKERS="1", KEYUAN_DATA_DIR=str(world.settings.data_dir)),
            process([sys.executable, "-m", "benchmarks.bare", str(bare), world.url, str(statements)], bare, "/health"),
        ):  # fmt: skip
            for number, (name, path, bar, _) in enumerate(rows):
                for port, where, key in ((ours, path, token), (bare, f"/{number}", "")):
                    requests_per_second(port, where, key)  # warm
                mine, theirs, ratio = in_turn(
                    ROUNDS,
                    lambda p=path: requests_per_second(ours, p, token),
                    lambda n=number: requests_per_second(bare, f"/{n}"),
                )
                yield Row(
                    name, mine, "req/s", ratio, f">= {bar} of bare", ratio >= bar, f"bare {theirs:.0f} req/s"
                )


async def api_key(world: World) -> str:
    """A key of the manager."""
    from keyuan.services.identity import api_keys

    assert world.manager.user is not None
    async with world.runtime.pool.connection() as connection:
        made = await api_keys.create(connection, SLUG, world.manager.user, "bench")
    return made.text
