"""A throw-away server of Debian's PostgreSQL 15, for the tests' second run."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from environment import Failed

from keyuan.storage import cluster, postmaster, sockets
from keyuan.storage.account import account

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
# nothing of what is here needs to survive the machine
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "autovacuum_naptime": "1h",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
}


def found() -> bool:
    """Whether the server's programs are installed."""
    return (PROGRAMS / "postgres").exists()


@contextmanager
def server() -> Iterator[str]:
    """The address of a role that may make databases and nothing more, for the length of the block."""
    user = account()
    with tempfile.TemporaryDirectory(prefix="keyuan-pg15-") as folder:
        # old initdb leaves its folder for a moment, so the way for closed folders (cluster.data_argument) is not open
        Path(folder).chmod(0o711)
        pgdata = Path(folder, "data")
        pgdata.mkdir(mode=0o700)
        user.own(pgdata)
        where = cluster.data_argument(pgdata, user)
        socket_dir = sockets.make(Path(folder, "run"), user)
        common = {"cwd": pgdata, "env": cluster.environment(), "stdin": subprocess.DEVNULL}
        initdb = [
            str(PROGRAMS / "initdb"),
            "-D",
            where,
            "-U",
            "postgres",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]
        # the socket's folder is closed to others
        initdb += ["--auth-local=trust", "--auth-host=reject"]
        made = subprocess.run(
            initdb,
            **common,
            capture_output=True,
            text=True,
            check=False,
            **user.popen_arguments(signal.SIGKILL),
        )
        if made.returncode != 0:
            raise Failed(f"the database of PostgreSQL 15 cannot be made: {made.stderr.strip()}")
        settings = SETTINGS | {"unix_socket_directories": f'"{socket_dir}"'}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = Path(folder, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(PROGRAMS / "postgres"), "-D", where, *options],
                **common,
                stdout=output,
                stderr=output,
                **user.popen_arguments(signal.SIGQUIT),
            )
        try:
            while not ((state := postmaster.read(pgdata)) and state.status == "ready"):
                if process.poll() is not None:
                    raise Failed(f"PostgreSQL 15 does not start: {log.read_text('utf-8', 'replace')}")
                time.sleep(0.02)
            address = f"postgresql://{{}}@/postgres?host={quote(str(socket_dir), safe='')}"
            subprocess.run(
                [
                    str(PROGRAMS / "psql"),
                    "-qX",
                    address.format("postgres"),
                    "-c",
                    "create role tester login createdb",
                ],
                check=True,
                env=os.environ,
            )
            yield address.format("tester")
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait()
            sockets.forget(Path(folder, "run"), user)
