"""What keeps Keyuan from starting is told in one line that says what to do, and the exit code is 1."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest
from serving import as_nobody, command, free_port, passable

import keyuan.cli.commands.serve  # noqa: F401 - where nobody may read it
from keyuan.cli.main import main

pytestmark = pytest.mark.embedded

ROOT = Path(__file__).parents[2]


def refusal(*arguments: str, **more: str) -> str:
    """The one line of a command that does not start."""
    done = command(*arguments, **more)
    assert done.returncode == 1, done
    lines = [line for line in done.stderr.splitlines() if not line.startswith("Waiting for the database")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("keyuan: ")
    return lines[0]


def test_data_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    line = refusal("serve", "--port", str(free_port()), "--data", str(tmp_path / "data"))
    assert str(tmp_path / "data") in line
    assert "--data" in line


def test_data_folder_where_nothing_can_be_made() -> None:
    line = refusal("serve", "--port", str(free_port()), KEYUAN_DATA_DIR="/proc/keyuan-data")
    assert "/proc/keyuan-data cannot be used" in line


def test_data_folder_of_others(tmp_path: Path) -> None:
    """A folder that this user may not write to."""
    place = tmp_path / "data"
    place.mkdir(mode=0o555)
    arguments = ["serve", "--port", str(free_port()), "--data", str(place)]
    if os.geteuid() == 0:
        passable(tmp_path)
        told = as_nobody(lambda: main(arguments))
    else:
        told = refusal(*arguments) + "\n"
    assert told.count("\n") == 1
    assert "Permission denied" in told
    assert "--data" in told


@pytest.mark.parametrize("text", ["80a", "0", "65536", "-1", "８０"])
def test_port_that_is_none(tmp_path: Path, text: str) -> None:
    line = refusal("serve", KEYUAN_PORT=text, KEYUAN_DATA_DIR=str(tmp_path / "data"))
    assert f"KEYUAN_PORT is '{text}'" in line
    assert "from 1 to 65535" in line


@pytest.mark.parametrize("text", ["abc", "80a", "0", "65536", "-1", "", "８０"])
@pytest.mark.parametrize("name", ["serve", "web"])
def test_port_of_the_command_line_that_is_none(tmp_path: Path, name: str, text: str) -> None:
    line = refusal(name, f"--port={text}", KEYUAN_DATA_DIR=str(tmp_path / "data"))
    assert f"--port is '{text}'" in line
    assert "from 1 to 65535" in line
    assert not (tmp_path / "data").exists()


def test_address_that_is_not_here(tmp_path: Path) -> None:
    where = ["--port", str(free_port()), "--data", str(tmp_path / "data")]
    assert "--host" in refusal("serve", "--host", "192.0.2.1", *where)
    assert "--host" in refusal("serve", "--host", "no.such.host.invalid", *where)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://someone:hidden@127.0.0.1:{port}/crm", "refused"),
        ("postgresql://someone:hidden@no.such.host.invalid/crm", "resolve"),
        ("postgresql:///crm?host=/nowhere", "No such file"),
        ("not an address", "postgresql://user:password@host:5432/database"),
        ("mysql://someone:hidden@127.0.0.1/crm", "postgresql://user:password@host:5432/database"),
    ],
)
def test_database_that_cannot_be_reached(tmp_path: Path, url: str, words: str) -> None:
    port = str(free_port())
    where = {"KEYUAN_DATA_DIR": str(tmp_path / "data"), "KEYUAN_DATABASE_URL": url.format(port=port)}
    line = refusal("serve", "--port", str(free_port()), **where)
    assert words in line
    assert "KEYUAN_DATABASE_URL" in line
    assert "hidden" not in line


def test_wrong_password_is_told_at_once(server, tmp_path: Path) -> None:
    """Nothing to wait for, and the reason is the server's own."""
    if not server.embedded:
        pytest.skip("the embedded server's access rules are known")
    url = server.embedded.url(role="stranger")
    line = refusal("migrate", KEYUAN_DATABASE_URL=url, KEYUAN_DATA_DIR=str(tmp_path / "data"))
    assert "stranger" in line
    assert "KEYUAN_DATABASE_URL" in line


def test_database_where_nothing_may_be_made(server, database_url: str, tmp_path: Path) -> None:
    if not server.embedded:
        pytest.skip("makes a role")
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute("drop role if exists reader")
        admin.execute("create role reader login")
        ident = server.embedded.pgdata / "pg_ident.conf"
        before = ident.read_text()
        ident.write_text(before + before.replace("keyuan\n", "reader\n"))
        admin.execute("select pg_reload_conf()")
        with psycopg.connect(database_url) as own:
            name = own.info.dbname
        try:
            url = database_url.replace("postgresql://keyuan@", "postgresql://reader@")
            line = refusal("migrate", KEYUAN_DATABASE_URL=url, KEYUAN_DATA_DIR=str(tmp_path / "data"))
            assert f'GRANT CREATE ON DATABASE "{name}" TO "reader"' in line
        finally:
            ident.write_text(before)
            admin.execute("select pg_reload_conf()")
            admin.execute("drop role reader")


@pytest.mark.parametrize(("version", "accepted"), [("14.9", False), ("9.6.24", False), ("15.0", True)])
def test_old_postgresql(tmp_path: Path, version: str, accepted: bool) -> None:
    """As told by a server that says so of itself and then nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_pretend, args=(listening, version), daemon=True).start()
        url = f"postgresql://someone@127.0.0.1:{listening.getsockname()[1]}/crm?sslmode=disable&gssencmode=disable"
        line = refusal("migrate", KEYUAN_DATABASE_URL=url, KEYUAN_DATA_DIR=str(tmp_path / "data"))
    assert ("needs 15 or later" in line) is not accepted


def _pretend(listening: socket.socket, version: str) -> None:
    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            size = struct.unpack("!i", connection.recv(4))[0]
            connection.recv(size - 4)
            connection.sendall(
                message(b"R", struct.pack("!i", 0))
                + message(b"S", b"server_version\0" + version.encode() + b"\0")
                + message(b"S", b"client_encoding\0UTF8\0")
                + message(b"Z", b"I")
            )
            connection.recv(4096)


@pytest.mark.parametrize(
    ("found", "words"), [("3.9.2", "Python 3.9.2 was found"), (None, "no Python was found")]
)
def test_wrong_python(tmp_path: Path, found: str | None, words: str) -> None:
    """`./run` of a checkout without an environment, on a machine whose Python is too old or missing."""
    for name in ("run", "scripts"):
        source = ROOT / name
        shutil.copytree(source, tmp_path / name) if source.is_dir() else shutil.copy2(source, tmp_path / name)
    for name in ("requirements.lock", "requirements-dev.lock"):
        shutil.copy2(ROOT / name, tmp_path / name)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "env", "dirname", "cat", "cmp", "find", "head", "printf"):
        if path := shutil.which(name):
            (programs / name).symlink_to(path)
    if found:
        old = programs / "python3"
        old.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "Python {found}" && exit 0\nexit 1\n')
        old.chmod(0o755)
    done = subprocess.run(
        [tmp_path / "run"], env={"PATH": str(programs)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert "3.11 or later" in done.stderr
    assert "KEYUAN_PYTHON" in done.stderr
