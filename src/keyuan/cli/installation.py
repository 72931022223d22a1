"""One installation at work: the database, the web process and the worker, from the first start to the last stop."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

from ..kernel.settings import Settings
from ..kernel.startup import CannotStart, Say
from ..storage.death import SUPERVISOR
from ..storage.server import EmbeddedServer, make_folder
from . import gate, supervisor
from .supervisor import Child, keyuan

CRASHES = 5  # database crashes in a row, each within supervisor.HEALTHY, after which we give up


class Installation:
    """What `keyuan serve` runs. `run` does everything; the other methods are its steps."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self.settings = settings
        self._say = say
        self._server: EmbeddedServer | None = None
        self._children: list[Child] = []
        self._crashes = 0
        self._server_started = 0.0
        self._bell = _Bell()

    def run(self) -> int:
        """Start, announce, watch, and stop on SIGINT, SIGTERM or SIGHUP. The exit code is 0 after an orderly stop.
        Raises `CannotStart`."""
        with self._bell:
            try:
                url = self._database()
                self._bell.check()
                # files of the installation are nobody else's business
                os.umask(0o077)
                environ = self._environ(url)
                with gate.closed(self.settings.data_dir) as opened:
                    environ[gate.VARIABLE] = str(opened)
                    # web loads its code while the database is brought up to date, and waits at the gate
                    web = Child("web", keyuan("web"), environ)
                    self._children.append(web)
                    web.start()
                    lines = self._prepare(environ)
                    self._bell.check()
                    gate.open_up(opened)
                    self._await_web(web)
                    self._children.append(Child("worker", keyuan("worker"), environ, settled=True))
                    self._announce(lines)
                    self._watch()
                return 0
            except _Stop:
                return 0
            finally:
                self._stop()

    def _database(self) -> str:
        make_folder(self.settings.data_dir)
        if self.settings.database_url:
            # psycopg takes longer to import than the embedded server takes to start
            from ..storage.external import check

            check(self.settings.database_url, self._say)
            return self.settings.database_url
        self._server = EmbeddedServer(
            self.settings.data_dir, say=self._say, what=f"serving on port {self.settings.port}"
        )
        self._server.start()
        self._server_started = time.monotonic()
        return self._server.url()

    def _environ(self, url: str) -> dict[str, str]:
        settings = self.settings
        return os.environ | {
            "KEYUAN_DATABASE_URL": url,
            "KEYUAN_DATA_DIR": str(settings.data_dir),
            "KEYUAN_HOST": settings.host,
            "KEYUAN_PORT": str(settings.port),
            "KEYUAN_DEMO": "1" if settings.demo else "0",
            SUPERVISOR: str(os.getpid()),
        }

    def _prepare(self, environ: dict[str, str]) -> list[str]:
        """Bring the database up to date in a process of its own, whose memory goes with it; its lines are for the
        announcement, what it has to say meanwhile goes straight to the terminal."""
        process: subprocess.Popen[str]
        with subprocess.Popen(
            keyuan("migrate"),
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            **supervisor.child_arguments(),
        ) as process:
            try:
                told, _ = process.communicate()
            except BaseException:
                process.terminate()
                raise
        if process.returncode != 0:
            raise CannotStart("The database could not be brought up to date; the reason stands above.")
        return str(told).splitlines()

    def _await_web(self, web: Child) -> None:
        while not self._answers():
            web.watch(self._say)
            self._mind_server()
            self._bell.wait(0.02)
        web.settled = True

    def _answers(self) -> bool:
        """Whether the application says that it is ready. In plain words: http.client takes longer to import than the
        rest of this process."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.settings.host, self.settings.host)  # noqa: S104
        with (
            contextlib.suppress(OSError),
            socket.create_connection((host, self.settings.port), 5) as connection,
        ):
            connection.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return connection.recv(64).split(b" ")[1:2] == [b"200"]
        return False

    def _announce(self, lines: list[str]) -> None:
        host = {"0.0.0.0": "localhost", "::": "localhost"}.get(self.settings.host, self.settings.host)  # noqa: S104
        shown = f"[{host}]" if ":" in host else host
        print(f"\nKeyuan 客缘 is ready: http://{shown}:{self.settings.port}")
        for line in lines:
            print(f"  {line}")
        print(f"  Data folder: {self.settings.data_dir}. Ctrl-C stops everything.", flush=True)

    def _watch(self) -> None:
        trimmed = time.monotonic()
        while True:
            for child in self._children:
                child.watch(self._say)
            self._mind_server()
            if self._server and time.monotonic() - trimmed > 60:
                trimmed = time.monotonic()
                self._server.log.trim()
            now = time.monotonic()
            due = [child.due - now for child in self._children if child.process is None]
            self._bell.wait(max(0.0, min([*due, 10.0])))

    def _mind_server(self) -> None:
        """Start the database again if it ended; web and worker find it at the same address."""
        if self._server is None or self._server.alive():
            return
        now = time.monotonic()
        self._crashes = 1 if now - self._server_started > supervisor.HEALTHY else self._crashes + 1
        if self._crashes > CRASHES:
            raise CannotStart(f"PostgreSQL ended {CRASHES} times in a row: see {self._server.log.path}.")
        self._say("PostgreSQL ended; it is started again.")
        self._server.start(make=False)
        self._server_started = time.monotonic()

    def _stop(self) -> None:
        self._bell.impatient()
        if self._children or (self._server and self._server.alive()):
            self._say("Stopping …")
        supervisor.stop(self._children, self._say)
        if self._server:
            self._server.close()


class _Stop(BaseException):
    """Somebody asked us to stop."""


class _Bell:
    """Signals: those that ask us to stop raise `_Stop` wherever we are, the end of a child cuts a wait short. Where Python
    lets go of what is raised (in a callback of a weak reference, as the import of a module has them), it is raised again
    by the next `check` or `wait`."""

    def __init__(self) -> None:
        self._asked = False

    def __enter__(self) -> _Bell:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        if sys.platform != "win32":
            signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
            signal.signal(signal.SIGCHLD, _nothing)
            # started with nohup, the end of the terminal is none of ours
            if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
                signal.signal(signal.SIGHUP, self._ask)
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)
        return self

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        raise _Stop

    def __exit__(self, *_: object) -> None:
        if sys.platform != "win32":
            signal.set_wakeup_fd(-1)
        self._reader.close()
        self._writer.close()

    def check(self) -> None:
        """Raise `_Stop` if somebody has asked us to stop."""
        if self._asked:
            raise _Stop

    def wait(self, seconds: float) -> None:
        """Wait until a signal comes, at most so long."""
        self.check()
        if select.select([self._reader], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                self._reader.recv(4096)

    def impatient(self) -> None:
        """We are stopping already: asking again by SIGTERM changes nothing, another Ctrl-C is a `KeyboardInterrupt`."""
        signal.signal(signal.SIGTERM, _nothing)
        if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, _nothing)
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _nothing(number: int, frame: FrameType | None) -> None:
    pass
