"""`keyuan serve` and `EmbeddedServer` as tests use them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from keyuan.storage.server import EmbeddedServer, running_url

KEYUAN = [sys.executable, "-m", "keyuan"]
# these tests kill their own servers: what is checked is in the write-ahead log, the disk itself is not pulled
QUICK = {"fsync": "off"}


def server(folder: Path, **options: str) -> EmbeddedServer:
    """An embedded server for a test that only kills processes."""
    return EmbeddedServer(folder, options=QUICK | options, sync=False, what="a test")


def passable(folder: Path) -> None:
    """Let others pass through a test's folder, as through /srv or a home that is not closed."""
    top = Path(tempfile.gettempdir()).resolve()
    for place in (folder, *folder.parents):
        if top in place.resolve().parents:
            place.chmod(0o711)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def environ(**more: str) -> dict[str, str]:
    """The environment of a command, without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KEYUAN_")} | more


def command(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `keyuan` to its end."""
    return subprocess.run(
        [*KEYUAN, *arguments], env=environ(**more), capture_output=True, text=True, check=False, timeout=120
    )


def eventually(test: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait until something holds."""
    until = time.monotonic() + seconds
    pause = threading.Event()
    while not test():
        if time.monotonic() > until:
            pytest.fail(f"not within {seconds} s: {what}")
        pause.wait(0.02)


class Serving:
    """One `keyuan serve` on a data folder."""

    def __init__(self, folder: Path, output: Path, **more: str) -> None:
        self.folder = folder
        self.output = output
        self.port = free_port()
        arguments = ["serve", "--no-demo", "--port", str(self.port), "--data", str(folder)]
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [*KEYUAN, *arguments], env=environ(**more), stdout=file, stderr=file, stdin=subprocess.DEVNULL
            )

    def healthy(self) -> bool:
        """Whether the application answers."""
        if self.process.poll() is not None:
            pytest.fail(f"serve ended with {self.process.returncode}: {self.said()}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def ready(self) -> Serving:
        """Wait until everything is up, the worker too."""
        eventually(
            lambda: self.healthy() and "is ready" in self.said(), f"ready; it said: {self.said()}", 120
        )
        eventually(lambda: self.children("worker"), "a worker")
        return self

    def said(self) -> str:
        """What it has told so far."""
        return self.output.read_text("utf-8", "replace")

    def family(self) -> list[psutil.Process]:
        """All processes below it."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def children(self, name: str) -> list[psutil.Process]:
        """The processes of one subcommand."""
        found = []
        for process in self.family():
            try:
                if process.cmdline()[1:4] == ["-m", "keyuan", name]:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop, and wait; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)


def as_nobody(act: Callable[[], object]) -> str:
    """What happens to somebody without rights: `act` in a process of the user `nobody` (only root can); what it wrote to
    standard error. Whatever it needs must be imported before: the installation may be closed to others."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.dup2(writer, 2)
            sys.stderr = os.fdopen(2, "w")
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            act()
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        text = told.read()
    os.waitpid(child, 0)
    return text


@contextmanager
def serving(folder: Path, output: Path, **more: str) -> Iterator[Serving]:
    """A `keyuan serve` that is up, for the length of the block."""
    one = Serving(folder, output, **more)
    try:
        yield one.ready()
    finally:
        one.stop()


class Writer:
    """Commits numbers one after the other, over whatever connection it gets, and knows which were acknowledged."""

    def __init__(self, url: Callable[[], str | None]) -> None:
        self.acknowledged: list[int] = []
        self._url = url
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @classmethod
    def on(cls, folder: Path) -> Writer:
        """A writer that finds the server of a data folder by itself, again and again."""
        return cls(lambda: running_url(folder) if (folder / "postgres").exists() else None)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._done.is_set():
            try:
                if not (url := self._url()):
                    self._done.wait(0.01)
                    continue
                with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
                    connection.execute("create table if not exists public.written (number int primary key)")
                    while not self._done.is_set():
                        number += 1
                        connection.execute("insert into public.written values (%s)", [number])
                        self.acknowledged.append(number)
            except (psycopg.Error, OSError):
                self._done.wait(0.01)

    def missing(self, url: str) -> set[int]:
        """Which acknowledged numbers the database does not have."""
        with psycopg.connect(url) as connection:
            if not connection.execute("select to_regclass('public.written')").fetchone()[0]:
                return set(self.acknowledged)
            there = {row[0] for row in connection.execute("select number from public.written")}
        return set(self.acknowledged) - there
