"""The embedded PostgreSQL: one server on `<data folder>/postgres`, started and stopped by us.

    with EmbeddedServer(folder, say=print) as server:
        psycopg.connect(server.url())

Only the holder of the folder's lock starts or stops it; other processes find it with `running_url`. A kill at any
moment, of us or of the server, leaves a folder that the next start brings up with every committed row."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from ..kernel.startup import CannotStart, Say, silent
from . import cluster, postmaster, sockets
from .account import Account, account
from .binaries import programs
from .lock import FolderLock
from .log import ServerLog

SOCKET_PORT = 5432  # part of the socket's name; no port of the machine


class FolderInUse(CannotStart):
    """Another process runs the server of this folder."""


class EmbeddedServer:
    """The server of one data folder.

    `options` are PostgreSQL settings of this start. `tcp` listens on a port of 127.0.0.1, with a password kept in the
    folder, instead of on a private socket (the only way on Windows). `sync=False` does not wait for the disk while the
    folder is made, for tests. `what` tells others who holds the folder."""

    def __init__(
        self,
        folder: Path,
        *,
        options: Mapping[str, str] | None = None,
        say: Say = silent,
        tcp: bool = sys.platform == "win32",
        sync: bool = True,
        what: str = "keyuan",
    ) -> None:
        self.folder = folder.absolute()
        self.pgdata = self.folder / "postgres"
        self.log = ServerLog(self.folder / "log" / "postgres.log")
        self.lock = FolderLock(self.folder)
        self.new = False  # whether this start made the database
        self._options = dict(options or {})
        self._say = say
        self._tcp = tcp
        self._sync = sync
        self._what = what
        self._account: Account | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._socket_dir: Path | None = None
        self._port = SOCKET_PORT

    def claim(self) -> None:
        """Make the data folder if it is missing and take its lock. Raises `FolderInUse`, `CannotStart`."""
        make_folder(self.folder)
        try:
            taken = self.lock.acquire()
        except OSError as error:
            raise not_writable(self.folder, error) from error
        if not taken:
            holder = self.lock.holder()
            raise FolderInUse(
                f"Another Keyuan works in {self.folder} (process {holder.get('pid', 'unknown')}, "
                f"{holder.get('what', 'keyuan')}): stop it first, or choose another folder with --data."
            )
        self.lock.describe(what=self._what)

    def start(self, *, make: bool = True) -> None:
        """Make the database if it is missing (`make`), start the server and wait until it answers: during recovery
        for as long as it takes, saying how far it is. From the main thread. Raises `CannotStart`, `FolderInUse`."""
        if not self.lock.held:
            self.claim()
        try:
            self._account = _account_for(self.pgdata)
            cluster.sweep(self.folder)
            if self.pgdata.exists() and any(self.pgdata.iterdir()):
                self._clean_up(self._account)
                where = programs(self._account, cluster.version(self.pgdata))
            elif not make:
                raise CannotStart(f"The database {self.pgdata} is gone: bring it back, or start anew.")
            else:
                where = programs(self._account)
                password = self._password() if self._tcp else None
                cluster.make(
                    self.pgdata, where, self._account, password=password, sync=self._sync, say=self._say
                )
                self.new = True
            self._launch(where, self._account)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise not_writable(self.folder, error) from error
            raise

    def stop(self) -> None:
        """Stop the server in an orderly way: running statements are ended and all data is written. Nothing happens if
        it does not run. A later `start` of this object has the same address."""
        process, self._process = self._process, None
        if process is not None:
            try:
                self._end(process)
            except KeyboardInterrupt:  # somebody is impatient: end at once, the next start recovers
                process.send_signal(getattr(signal, "SIGQUIT", signal.SIGTERM))
                process.wait()

    def close(self) -> None:
        """Stop the server and give the folder back."""
        self.stop()
        if self._socket_dir is not None and self._account is not None:
            sockets.forget(self.folder / "run", self._account)
            self._socket_dir = None
        self.lock.release()

    def alive(self) -> bool:
        """Whether the server process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The number of the server process, if it was started."""
        return self._process.pid if self._process else None

    def url(self, database: str = cluster.DATABASE, role: str = cluster.ROLE) -> str:
        """The address for psycopg, pg_dump and the like."""
        assert self._account is not None, "the server was not started"
        return _url(self.folder, self._account, self._socket_dir, self._port, database, role)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _clean_up(self, user: Account) -> None:
        postmaster.clear(self.pgdata, self._say)
        cluster.take_over(self.pgdata, user)

    def _launch(self, where: Path, user: Account) -> None:
        cluster.write_access(self.pgdata, user, tcp=self._tcp)
        for attempt in range(5):
            log = self.log.open()
            try:
                self._process = subprocess.Popen(
                    [
                        str(where / "postgres"),
                        "-D",
                        cluster.data_argument(self.pgdata, user),
                        *self._settings(user),
                    ],
                    cwd=self.pgdata,
                    env=cluster.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    **user.popen_arguments(signal.SIGINT),
                )
            finally:
                os.close(log)
            if self._wait_until_ready(self._process):
                return
            # between choosing the port and taking it somebody else may have taken it
            if not (self._tcp and attempt < 4 and "TCP/IP socket" in self.log.reason()):
                break
        reason, self._process = self.log.reason(), None
        raise CannotStart(f"PostgreSQL does not start: {reason} (the whole story is in {self.log.path}).")

    def _settings(self, user: Account) -> list[str]:
        if self._tcp:
            self._port = _free_port(self._port if self._port != SOCKET_PORT else 0)
            listen = {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        else:
            if self._socket_dir is None:
                self._socket_dir = sockets.make(self.folder / "run", user)
            else:
                sockets.remove_files(self._socket_dir)
            listen = {
                "listen_addresses": "",
                "unix_socket_directories": f'"{self._socket_dir}"',
                "unix_socket_permissions": "0700",
            }
        settings = {
            **listen,
            "port": str(self._port),
            "jit": "off",
            "logging_collector": "off",
            "log_destination": "stderr",
            "log_line_prefix": "%m [%p] ",
            "log_checkpoints": "off",
            # values of records stay out of the log
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
            "log_startup_progress_interval": "1s",
            **self._options,
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> bool:
        began = said = time.monotonic()
        while process.poll() is None:
            state = postmaster.read(self.pgdata)
            if state and state.pid == process.pid and state.status == "ready":
                return True
            now = time.monotonic()
            if now - said >= 3:
                said = now
                done = self.log.replayed()
                how_far = f"{done / cluster.MB:,.0f} MB replayed, " if done is not None else ""
                self._say(f"PostgreSQL recovers what was not yet written … {how_far}{now - began:.0f} s")
            time.sleep(0.005 if now - began < 1 else 0.05)
        return False

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            if sys.platform == "win32":
                pg_ctl = str(programs(account(), cluster.version(self.pgdata)) / "pg_ctl")
                subprocess.run([pg_ctl, "stop", "-D", str(self.pgdata), "-m", "fast", "-W"], check=False)
            else:
                process.send_signal(signal.SIGINT)
            began = time.monotonic()
            while time.monotonic() - began < postmaster.PATIENCE:
                try:
                    process.wait(3)
                    return
                except subprocess.TimeoutExpired:
                    self._say(f"PostgreSQL writes its data … {time.monotonic() - began:.0f} s")
            process.send_signal(getattr(signal, "SIGQUIT", signal.SIGTERM))
        process.wait()

    def _password(self) -> str:
        path = password_file(self.folder)
        if not path.exists():
            half = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
            file = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(file, cluster.new_password().encode())
            os.close(file)
            os.replace(half, path)
        return path.read_text("ascii")


def running_url(folder: Path, database: str = cluster.DATABASE, role: str = cluster.ROLE) -> str | None:
    """The address of the server that another process runs on the data folder; None if none is ready. Raises
    `CannotStart` if the folder belongs to another user."""
    pgdata = folder.absolute() / "postgres"
    state = postmaster.read(pgdata)
    if state is None or state.status != "ready" or state.pid not in postmaster.processes(pgdata):
        return None
    user = _account_for(pgdata)
    return _url(folder.absolute(), user, state.socket_dir, state.port or SOCKET_PORT, database, role)


def make_folder(folder: Path) -> None:
    """Make the data folder if it is missing: closed to others, but for passing through where root makes it for the
    server's account. Raises `CannotStart`."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            if sys.platform != "win32" and os.geteuid() == 0:
                folder.chmod(0o711)
        trial = folder / f".try-{secrets.token_hex(4)}"
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise not_writable(folder, error) from error


def not_writable(folder: Path, error: OSError) -> CannotStart:
    """The message for a data folder that cannot be used."""
    about = f" ({error.filename})" if error.filename and str(error.filename) != str(folder) else ""
    return CannotStart(
        f"The data folder {folder} cannot be used: {error.strerror or error}{about}. "
        "Make it writable for this user, or choose another with --data."
    )


def password_file(folder: Path) -> Path:
    """Where the password lies that a server listening on TCP asks for."""
    return folder / "password"


def _free_port(wanted: int) -> int:
    """The wanted port if it is free, else another."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", wanted))
        except OSError:
            trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _url(folder: Path, user: Account, socket_dir: Path | None, port: int, database: str, role: str) -> str:
    if socket_dir is None:
        password = password_file(folder).read_text("ascii")
        return f"postgresql://{role}:{password}@127.0.0.1:{port}/{quote(database)}"
    # requirepeer: should the socket ever be somebody else's, we do not talk to it
    peer = f"&requirepeer={quote(user.name)}" if user.name else ""
    return f"postgresql://{role}@/{quote(database)}?host={quote(str(socket_dir), safe='')}&port={port}{peer}"


def _account_for(pgdata: Path) -> Account:
    """The account to run the server of this folder as. Raises `CannotStart` where that is somebody else."""
    user = account()
    if sys.platform == "win32" or not pgdata.exists():
        return user
    import pwd

    owner = pgdata.stat().st_uid
    if owner == user.uid or (user.switch and owner == 0):
        return user
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        if user.switch:  # the folder comes from another machine or image: `cluster.take_over`
            return user
        name = str(owner)
    raise CannotStart(
        f"The database {pgdata} belongs to the user {name}: start as that user, or choose another folder with --data."
    )
