"""Kills at any moment leave a data folder that starts again with every committed row."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import psycopg
import pytest
from serving import Serving, Writer, environ, eventually, server, serving

from keyuan.storage import cluster, postmaster, sockets
from keyuan.storage.account import account
from keyuan.storage.binaries import programs

pytestmark = pytest.mark.embedded

SEED = 20260131


def pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def test_server_killed_while_rows_are_committed(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    embedded = server(tmp_path / "data")
    writer = Writer(lambda: embedded.url() if embedded.alive() else None)
    with writer:
        for _ in range(6):
            embedded.start()
            before = len(writer.acknowledged)
            eventually(lambda n=before: len(writer.acknowledged) > n, "rows are written")
            pause(chance.uniform(0, 0.3))
            # the postmaster itself, or one of its processes, whereupon it ends the others and recovers by itself
            if chance.random() < 0.7:
                os.kill(embedded.pid, signal.SIGKILL)
            else:
                os.kill(chance.choice(psutil.Process(embedded.pid).children()).pid, signal.SIGKILL)
                pause(0.2)
                os.kill(embedded.pid, signal.SIGKILL)
            embedded.stop()
    with embedded:
        assert len(writer.acknowledged) > 50
        assert writer.missing(embedded.url()) == set()


def test_supervisor_killed_at_any_moment(tmp_path: Path) -> None:
    """From the first moment of the first start on; nothing it started outlives it for long."""
    chance = random.Random(SEED)
    folder = tmp_path / "data"
    elsewhere: set[Path] = set()
    with Writer.on(folder) as writer:
        for number in range(7):
            one = Serving(folder, tmp_path / f"out-{number}")
            if number % 2:
                before = len(writer.acknowledged)
                eventually(
                    lambda n=before: len(writer.acknowledged) > n, f"rows are written; {one.said()}", 120
                )
            pause(chance.uniform(0.05, 1.5))
            family = one.family()
            one.process.kill()
            one.process.wait()
            if (folder / "run").is_symlink():
                elsewhere.add((folder / "run").readlink())
            _, alive = psutil.wait_procs(family, 20)
            assert [process.cmdline() for process in alive if process.is_running()] == []
        with serving(folder, tmp_path / "out-again"):
            before = len(writer.acknowledged)
            eventually(lambda: len(writer.acknowledged) > before, "rows are written after all that")
    with server(folder) as embedded:
        assert writer.missing(embedded.url()) == set()
    assert list(folder.glob(".initdb-*")) == []
    assert list(folder.glob(".gate-*")) == []
    assert [place for place in elsewhere if place.exists()] == []


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0])
def test_making_the_database_killed(tmp_path: Path, moment: float) -> None:
    """A process that makes the database is killed: there is a whole one afterwards, or none."""
    folder = tmp_path / "data"
    script = (
        "import sys; from pathlib import Path; from keyuan.storage.server import EmbeddedServer\n"
        "print('go', flush=True); EmbeddedServer(Path(sys.argv[1])).start()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, folder], env=environ(), stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        pause(moment)
        process.kill()
    with server(folder) as embedded, psycopg.connect(embedded.url()) as connection:
        assert connection.execute("select current_database(), current_user").fetchone() == (
            "keyuan",
            "keyuan",
        )
    assert list(folder.glob(".initdb-*")) == []


def test_an_orphaned_server_is_stopped_in_order(tmp_path: Path) -> None:
    """Where the system does not end it with us, the next start finds it, and no row is lost."""
    embedded = server(tmp_path / "data")
    with embedded:
        pass
    user = account()
    arguments = user.popen_arguments(signal.SIGKILL) | {"preexec_fn": None}
    socket_dir = sockets.make(embedded.folder / "run", user)
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={socket_dir}"]
    orphan = subprocess.Popen(
        [programs(user) / "postgres", "-D", cluster.data_argument(embedded.pgdata, user), *options],
        cwd=embedded.pgdata,
        env=cluster.environment(),
        stderr=subprocess.DEVNULL,
        **arguments,
    )
    try:
        eventually(
            lambda: (state := postmaster.read(embedded.pgdata)) and state.status == "ready", "an orphan"
        )
        said: list[str] = []
        embedded._say = said.append
        with embedded:
            assert embedded.pid != orphan.pid
            assert orphan.wait(10) == 0, "it ended in order"
            assert any("left behind" in line for line in said)
    finally:
        orphan.kill()
        orphan.wait()


def test_busy_processes_of_a_killed_server_are_ended(tmp_path: Path) -> None:
    """They notice the death of their server only at their next rest, and hold on to its memory till then."""
    embedded = server(tmp_path / "data")
    with embedded:
        connection = psycopg.connect(embedded.url())
        busy = connection.info.backend_pid

        def work() -> None:
            with connection, pytest.raises(psycopg.OperationalError):
                connection.execute("do 'begin loop end loop; end'")

        thread = threading.Thread(target=work)
        thread.start()
        eventually(lambda: psutil.Process(busy).cpu_times().user > 0.2, "the process is busy")
        os.kill(embedded.pid, signal.SIGKILL)
        embedded.stop()
        assert busy in postmaster.processes(embedded.pgdata)
        embedded.start()
        thread.join(20)
        assert busy not in postmaster.processes(embedded.pgdata)
        with psycopg.connect(embedded.url()) as another:
            assert another.execute("select 1").fetchone() == (1,)


def test_recovery_of_much_log(tmp_path: Path) -> None:
    """All of it is replayed, however long it takes, and the person is told meanwhile."""
    megabytes = int(os.environ.get("KEYUAN_TEST_WAL_MB", "200"))
    # nothing reaches the tables before the kill
    lazy = {
        "checkpoint_timeout": "1h",
        "max_wal_size": "20GB",
        "wal_compression": "off",
        "full_page_writes": "off",
    }
    said: list[str] = []
    embedded = server(tmp_path / "data", **lazy)
    embedded._say = said.append
    with embedded:
        with psycopg.connect(embedded.url(), autocommit=True) as connection:
            connection.execute("create table filler (number int, text text)")
            written, number = 0, 0
            while written < megabytes:
                number += 1
                connection.execute(
                    "insert into filler select %s, repeat(md5(g::text), 30) from generate_series(1, 10000) g",
                    [number],
                )
                row = connection.execute("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')").fetchone()
                written = int(row[0]) >> 20
        os.kill(embedded.pid, signal.SIGKILL)
        embedded.close()
        # a second kill, of whoever is recovering, in the middle of it
        begun = embedded.log.path.stat().st_size
        script = f"from serving import *; server(Path({str(embedded.folder)!r}), **{lazy!r}).start()"
        with subprocess.Popen(
            [sys.executable, "-c", script], cwd=Path(__file__).parent, env=environ()
        ) as another:
            eventually(lambda: b"redo starts" in embedded.log.path.read_bytes()[begun:], "recovery")
            another.kill()
        assert b"redo done" not in embedded.log.path.read_bytes()[begun:]
        embedded.start()
        with psycopg.connect(embedded.url()) as connection:
            assert connection.execute("select count(*), max(number) from filler").fetchone() == (
                number * 10000,
                number,
            )
    log = embedded.log.path.read_text("utf-8")
    assert "redo done" in log
    print(f"{written} MB written", *said, sep="\n")
