"""`keyuan serve`: everything up, kept up, and down again."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import subprocess
import threading
import urllib.request
from pathlib import Path

import psutil
import psycopg
import pytest
from serving import KEYUAN, Serving, command, environ, eventually, free_port, serving

from keyuan.storage import postmaster
from keyuan.storage.server import running_url

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("serve")
    with serving(folder / "data", folder / "out") as one:
        yield one


def test_tells_where_and_how(running: Serving) -> None:
    assert f"http://127.0.0.1:{running.port}" in running.said()
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/api/v1/health") as answer:
        assert answer.headers["Content-Type"].startswith("application/json")
        json.load(answer)


@pytest.mark.parametrize("name", ["worker", "web"])
def test_a_killed_child_comes_back(running: Serving, name: str) -> None:
    before = {process.pid for process in running.children(name)}
    assert before
    for pid in before:
        psutil.Process(pid).kill()
    eventually(lambda: {p.pid for p in running.children(name)} - before, f"another {name}")
    eventually(running.healthy, "answers")
    assert f"The {name} process ended by SIGKILL" in running.said()


def test_the_web_process_ends_with_the_one_that_watches_over_it(running: Serving) -> None:
    """In the middle of requests too: its transactions would be in everybody's way."""
    address = f"http://127.0.0.1:{running.port}/api/v1/health"
    for _ in range(2):
        eventually(running.healthy, "answers")
        masters = running.children("web")
        inner = [process for process in masters if process.ppid() in {master.pid for master in masters}]
        done = threading.Event()

        def ask(done: threading.Event = done) -> None:
            while not done.is_set():
                with contextlib.suppress(OSError, http.client.HTTPException):
                    urllib.request.urlopen(address, timeout=5).read()

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        try:
            for master in (process for process in masters if process not in inner):
                master.kill()
            eventually(lambda: not any(p.is_running() for p in inner), "the web process ended", 5)
        finally:
            done.set()
            for thread in threads:
                thread.join()
    eventually(running.healthy, "answers")


def test_a_killed_web_process_alone_comes_back(running: Serving) -> None:
    """The one that answers, below the one that watches over it."""
    parents = {process.pid for process in running.children("web")}
    inner = [process for process in running.children("web") if process.ppid() in parents]
    assert inner
    inner[0].kill()
    eventually(lambda: not inner[0].is_running() or inner[0].status() == psutil.STATUS_ZOMBIE, "it ended")
    eventually(running.healthy, "answers")


def test_a_killed_database_comes_back(running: Serving) -> None:
    pgdata = running.folder / "postgres"
    state = postmaster.read(pgdata)
    assert state
    psutil.Process(state.pid).kill()
    eventually(
        lambda: (now := postmaster.read(pgdata)) and now.pid != state.pid and now.status == "ready",
        "it is back",
    )
    eventually(running.healthy, "the application has found it")
    assert "PostgreSQL ended" in running.said()


def test_a_command_works_beside_it(running: Serving) -> None:
    done = command("migrate", KEYUAN_DATA_DIR=str(running.folder), KEYUAN_DEMO="0")
    assert done.returncode == 0, done.stderr
    assert running.healthy()


def test_a_second_one_on_the_folder_is_refused(running: Serving) -> None:
    done = command("serve", "--data", str(running.folder), "--port", str(free_port()))
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert f"process {running.process.pid}, serving on port {running.port}" in done.stderr


def test_a_second_one_on_the_port_is_refused(running: Serving, tmp_path: Path) -> None:
    done = command("serve", "--data", str(tmp_path / "other"), "--port", str(running.port))
    assert done.returncode == 1
    assert done.stderr == (
        f"keyuan: Port {running.port} is taken by another program: stop it, or choose another port, "
        f"such as --port {running.port + 1}.\n"
    )
    assert not (tmp_path / "other").exists(), "nothing is made before that is known"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stops_in_order(tmp_path: Path, number: signal.Signals) -> None:
    one = Serving(tmp_path / "data", tmp_path / "out").ready()
    family = one.family()
    assert one.stop(number) == 0
    assert [process for process in family if process.is_running()] == [], "all have ended when it ends"
    assert running_url(one.folder) is None
    assert "database system is shut down" in (one.folder / "log" / "postgres.log").read_text()
    assert "Traceback" not in one.said()
    assert "SIGKILL" not in one.said()
    assert {path.name for path in one.folder.iterdir() if path.name.startswith(".")} == set()


@pytest.mark.parametrize("moment", ["Making the database", "is ready"])
def test_stops_during_the_start(tmp_path: Path, moment: str) -> None:
    one = Serving(tmp_path / "data", tmp_path / "out")
    eventually(lambda: moment in one.said(), moment)
    family = one.family()
    assert one.stop() == 0
    assert [
        process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ] == []
    assert "Traceback" not in one.said()
    with serving(tmp_path / "data", tmp_path / "again"):
        pass


def test_serves_on_another_database(database_url: str, tmp_path: Path) -> None:
    """With KEYUAN_DATABASE_URL nothing of its own is started or made, and the database is left running."""
    with serving(tmp_path / "data", tmp_path / "out", KEYUAN_DATABASE_URL=database_url) as one:
        assert not [process for process in one.family() if "postgres" in process.name()]
    assert not (one.folder / "postgres").exists()
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select to_regnamespace('keyuan') is not null").fetchone() == (True,)


def test_idle_memory(running: Serving) -> None:
    """Web and worker together stay within 250 MB, counting what they share once."""
    eventually(running.healthy, "answers")
    eventually(lambda: running.children("worker"), "a worker")
    total = sum(p.memory_full_info().pss for name in ("web", "worker") for p in running.children(name))
    assert total < 250 << 20, f"{total >> 20} MB"


def test_help_and_mistakes(tmp_path: Path) -> None:
    listed = command("--help")
    assert listed.returncode == 0
    assert {"serve", "worker", "migrate"} <= set(listed.stdout.split())
    wrong = command("srve")
    assert wrong.returncode == 2
    assert "invalid choice" in wrong.stderr
    assert command("--version").stdout.startswith("keyuan ")
    with subprocess.Popen(
        [*KEYUAN, "--help"], env=environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as early:
        early.stdout.close()
        assert b"Traceback" not in early.stderr.read()
