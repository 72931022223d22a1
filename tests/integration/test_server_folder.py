"""What a data folder may look like when the server starts on it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest
from serving import as_nobody, eventually, passable, server

from keyuan.kernel.settings import Settings
from keyuan.kernel.startup import CannotStart
from keyuan.storage import account as account_module
from keyuan.storage import binaries, cluster, sockets
from keyuan.storage.account import account
from keyuan.storage.database import database
from keyuan.storage.server import EmbeddedServer, FolderInUse, running_url

pytestmark = pytest.mark.embedded


def rows(url: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute("select number from kept").fetchall()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a row in its database, cleanly stopped."""
    folder = tmp_path / "data"
    with server(folder) as embedded, psycopg.connect(embedded.url()) as connection:
        connection.execute("create table kept (number int)")
        connection.execute("insert into kept values (1)")
    return folder


@pytest.mark.parametrize("who", ["the server's account", "ourselves", "nobody"])
def test_stale_process_file(folder: Path, who: str) -> None:
    """Left by a machine that went off; its process number belongs to somebody else now. PostgreSQL alone would refuse
    to start beside a living process of its own account."""
    user = account()
    arguments = user.popen_arguments(signal.SIGKILL)
    with subprocess.Popen(["sleep", "600"], **arguments) as sleeper:
        try:
            pid = {"the server's account": sleeper.pid, "ourselves": os.getpid(), "nobody": 2**22 - 1}[who]
            file = folder / "postgres" / "postmaster.pid"
            file.write_text(
                f"{pid}\n{folder / 'postgres'}\n1700000000\n5432\n{folder / 'run'}\n\n  123 456\nready   \n"
            )
            user.own(file)
            assert running_url(folder) is None
            with server(folder) as embedded:
                assert rows(embedded.url()) == [(1,)]
            assert sleeper.poll() is None, "a stranger is left alone"
        finally:
            sleeper.kill()


@pytest.mark.parametrize("content", [b"", b"12", b"no number\n", b"\xff\xfe\n\n"])
def test_broken_process_file(folder: Path, content: bytes) -> None:
    file = folder / "postgres" / "postmaster.pid"
    file.write_bytes(content)
    account().own(file)
    with server(folder) as embedded:
        assert rows(embedded.url()) == [(1,)]


def test_stale_socket(folder: Path) -> None:
    """Left by a kill; its lock file names a process that lives and belongs to the server's account."""
    passable(folder.parent)
    user = account()
    place = folder / "run"
    with server(folder) as embedded:
        assert embedded._socket_dir == place
    with subprocess.Popen(["sleep", "600"], **user.popen_arguments(signal.SIGKILL)) as sleeper:
        try:
            for name in sockets.NAMES:
                (place / name).write_text(
                    f"{sleeper.pid}\n{folder / 'postgres'}\n1700000000\n5432\n{place}\n"
                )
                user.own(place / name)
            with server(folder) as embedded:
                assert embedded._socket_dir == place
                assert rows(embedded.url()) == [(1,)]
        finally:
            sleeper.kill()


def test_half_made_database(tmp_path: Path) -> None:
    """Leftovers of interrupted starts go, an empty folder is used."""
    folder = tmp_path / "data"
    half = folder / f"{cluster.STAGING}x1y2z3"
    (half / "base").mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    (folder / "postgres").mkdir()
    with server(folder) as embedded:
        assert embedded.new
    assert not half.exists()


def test_strange_folder_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "thesis.doc").write_text("years of work")
    with pytest.raises(CannotStart, match="not a database folder"):
        server(folder).start()
    assert (folder / "postgres" / "thesis.doc").read_text() == "years of work"


def test_database_of_another_version(folder: Path) -> None:
    (folder / "postgres" / "PG_VERSION").write_text("13\n")
    with pytest.raises(CannotStart, match="made by PostgreSQL 13"):
        server(folder).start()


def test_one_supervisor_for_a_folder(folder: Path) -> None:
    with server(folder) as first:
        with pytest.raises(FolderInUse, match=f"process {os.getpid()}, a test") as refused:
            EmbeddedServer(folder).start()
        assert "\n" not in str(refused.value)
        assert first.alive()
    with server(folder):
        pass


def test_only_its_account_comes_in(tmp_path: Path) -> None:
    """Folders above stay as they are, what is ours is closed, and the server listens on no port."""
    above = tmp_path / "closed"
    above.mkdir(mode=0o700)
    before = stat.S_IMODE(above.stat().st_mode)
    with server(above / "data") as embedded:
        assert stat.S_IMODE(above.stat().st_mode) == before
        assert stat.S_IMODE(embedded.pgdata.stat().st_mode) == 0o700
        assert embedded._socket_dir
        assert stat.S_IMODE(embedded._socket_dir.stat().st_mode) == 0o700
        assert embedded.pgdata.stat().st_uid == embedded._socket_dir.stat().st_uid == account().uid
        with psycopg.connect(embedded.url()) as connection:
            assert connection.execute("select current_setting('listen_addresses')").fetchone() == ("",)
            superuser = connection.execute(
                "select rolsuper from pg_roles where rolname = current_user"
            ).fetchone()
            assert superuser == (False,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("copy (select 1) to program 'id'")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become somebody else")
def test_others_are_refused_even_with_the_socket(tmp_path: Path) -> None:
    """Should the socket's folder be open by mistake, the server still asks the system who is there."""
    with server(tmp_path / "data") as embedded:
        assert embedded._socket_dir
        embedded._socket_dir.chmod(0o755)
        (embedded._socket_dir / sockets.NAMES[0]).chmod(0o777)
        assert "Peer authentication failed" in as_nobody(lambda: psycopg.connect(embedded.url()))


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root runs the server as somebody else"
)
def test_programs_in_a_closed_folder_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation below /root, say: its account could not run what lies there."""
    passable(tmp_path)
    copies = tmp_path / "copies"
    monkeypatch.setattr(binaries, "COPIES", copies)
    monkeypatch.setattr(account_module.Account, "can_enter", lambda self, folder: tmp_path in folder.parents)
    with server(tmp_path / "data") as embedded:
        assert embedded.pid
        assert copies in Path(f"/proc/{embedded.pid}/exe").resolve().parents
        made = next(copies.iterdir())
        assert made.stat().st_uid == 0, "who runs the programs cannot change them"
    with server(tmp_path / "data"):
        assert list(copies.iterdir()) == [made]


def test_over_tcp_with_a_password(tmp_path: Path) -> None:
    """The way on systems without private sockets."""
    embedded = EmbeddedServer(tmp_path / "data", tcp=True, sync=False, options={"fsync": "off"})
    with embedded:
        url = embedded.url()
        assert running_url(embedded.folder) == url
        with psycopg.connect(url) as connection:
            assert connection.execute("select current_user").fetchone() == ("keyuan",)
        password = (embedded.folder / "password").read_text()
        assert stat.S_IMODE((embedded.folder / "password").stat().st_mode) == 0o600
        for wrong in (url.replace(password, "guess"), url.replace(f":{password}", "")):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(wrong)
        port = embedded._port
        embedded.stop()
        embedded.start()
        assert embedded._port == port, "connections are made again at the same address"


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root moves folders between accounts"
)
def test_a_folder_from_another_machine_is_taken_over(folder: Path) -> None:
    stranger = 54_321
    for path in (folder / "postgres", *(folder / "postgres").rglob("*")):
        os.chown(path, stranger, stranger, follow_symlinks=False)
    with server(folder) as embedded:
        assert rows(embedded.url()) == [(1,)]
    owners = {path.lstat().st_uid for path in (folder / "postgres").rglob("*")}
    assert owners == {account().uid}


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root sees folders of others")
def test_a_folder_of_another_user_is_left_to_them(folder: Path) -> None:
    os.chown(folder / "postgres", 65534, 65534)
    with pytest.raises(CannotStart, match="belongs to the user nobody"):
        server(folder).start()


def test_a_command_starts_the_database_or_finds_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with database(settings, what="first") as first:
        with database(settings, what="second") as second:
            assert second == first
        with psycopg.connect(first) as connection:
            connection.execute("select 1")
    assert running_url(settings.data_dir) is None


def test_a_command_waits_for_others_before_it_stops_the_database(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    said: list[str] = []
    finished = threading.Event()
    found: list[str] = []

    def guest() -> None:
        with database(settings, what="guest") as url, psycopg.connect(url) as connection:
            found.append(url)
            assert finished.wait(60)
            connection.execute("create table from_guest ()")

    other = threading.Thread(target=guest)

    def say(line: str) -> None:
        said.append(line)
        if "Waiting for other commands" in line:
            finished.set()

    with database(settings, what="owner", say=say):
        other.start()
        eventually(lambda: found, "the guest is in")
    other.join()
    assert any("Waiting for other commands" in line for line in said)
    with database(settings, what="afterwards") as url, psycopg.connect(url) as connection:
        assert connection.execute("select to_regclass('from_guest') is not null").fetchone() == (True,)


def test_nothing_of_the_environment_steers_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGPORT": "1",
        "PGDATA": "/nowhere",
        "PGOPTIONS": "-c jit=on",
        "LC_ALL": "zh_CN.GBK",
    }.items():
        monkeypatch.setenv(name, value)
    embedded = server(tmp_path / "data")
    with embedded:
        for name in ("PGPORT", "PGDATA", "PGOPTIONS", "LC_ALL"):
            monkeypatch.delenv(name)
        with psycopg.connect(embedded.url()) as connection:
            row = connection.execute(
                "select current_setting('server_encoding'), current_setting('lc_messages'), current_setting('jit'),"
                " current_setting('data_checksums')"
            ).fetchone()
    assert row == ("UTF8", "C", "off", "on")
