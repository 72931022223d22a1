"""Backup and restore of the whole installation: a tar file with PostgreSQL's own dump and the uploaded files.

The key of encrypted fields (`secret.key`) is left out on purpose: whoever has the backup alone cannot read them. It has to
be kept apart."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import psycopg

from ..kernel.startup import CannotStart, Say
from . import binaries
from .sql import quoted

_DUMP, _FILES = "database.dump", "files"


def _program(name: str) -> str:
    found = binaries.installed()
    if not found:
        raise CannotStart(f"There is no {name} for this machine in the installed packages.")
    return str(next(iter(found.values())) / name)


def _run(arguments: list[str]) -> None:
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason was given"]
        raise CannotStart(f"{Path(arguments[0]).name}: {lines[0]}")


def backup(url: str, data_dir: Path, target: Path, say: Say) -> None:
    """Write everything into `target`, which is there complete or not at all. Raises `CannotStart`."""
    draft = target.with_name(target.name + ".part")
    try:
        with tempfile.TemporaryDirectory(dir=target.absolute().parent) as folder:
            dump = Path(folder, _DUMP)
            say("Dumping the database …")
            _run(
                [
                    _program("pg_dump"),
                    "--format=custom",
                    "--no-owner",
                    "--no-privileges",
                    f"--file={dump}",
                    f"--dbname={url}",
                ]
            )
            with tarfile.open(draft, "w") as tar:
                tar.add(dump, _DUMP)
                if (data_dir / _FILES).is_dir():
                    say("Adding the uploaded files …")
                    tar.add(data_dir / _FILES, _FILES)
        draft.replace(target)
    except OSError as e:
        raise CannotStart(f"The backup cannot be written to {target}: {e.strerror}.") from e
    finally:
        draft.unlink(missing_ok=True)


def restore(url: str, data_dir: Path, source: Path, say: Say, *, replace: bool) -> None:
    """Put a backup back. A database that holds an installation already is replaced only if asked. Raises
    `CannotStart`; the database is then as it was."""
    with psycopg.connect(url) as connection:
        schemas = _ours(connection)
    if schemas and not replace:
        raise CannotStart(
            "The database holds an installation already: say --replace to put the backup in its place."
        )
    try:
        with tempfile.TemporaryDirectory() as folder, tarfile.open(source) as tar:
            tar.extractall(folder, filter="data")
            say("Restoring the database …")
            _into(url, Path(folder, _DUMP), schemas)
            if (files := Path(folder, _FILES)).is_dir():
                say("Restoring the uploaded files …")
                _copy(files, data_dir / _FILES)
    except (OSError, tarfile.TarError) as e:
        raise CannotStart(f"{source} cannot be read as a backup: {e}.") from e


def _ours(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "select nspname from pg_namespace where nspname in ('keyuan', 'procrastinate') or nspname like 'org\\_%'"
    )
    return [str(row[0]) for row in rows.fetchall()]


def _into(url: str, dump: Path, old: list[str]) -> None:
    """Set the old schemas aside under other names, restore, then drop them; if the restore fails they come back."""
    with psycopg.connect(url, autocommit=True) as connection:
        aside = {name: f"old_{name}"[:63] for name in old}
        for name, other in aside.items():
            connection.execute(f"alter schema {quoted(name)} rename to {quoted(other)}".encode())
        try:
            _load(url, dump, connection.info.server_version)
        except CannotStart:
            for name, other in aside.items():
                connection.execute(f"alter schema {quoted(other)} rename to {quoted(name)}".encode())
            raise
        for other in aside.values():
            connection.execute(f"drop schema {quoted(other)} cascade".encode())
        for schema in _ours(connection):
            if schema.startswith("org_"):
                _begin_epoch(connection, schema)


def _load(url: str, dump: Path, version: int) -> None:
    """Run a dump in one transaction. Our `pg_restore` sets `transaction_timeout` first, which servers before 17 do not
    know; they get the dump as a script without that line."""
    command = [_program("pg_restore"), "--no-owner", "--no-privileges", str(dump)]
    if version >= 170_000:
        _run([*command, "--exit-on-error", "--single-transaction", f"--dbname={url}"])
        return
    whole, script = dump.with_suffix(".whole.sql"), dump.with_suffix(".sql")
    _run([*command, f"--file={whole}"])
    with whole.open("rb") as source, script.open("wb") as target:
        for line in source:
            if line.startswith(b"SET transaction_timeout"):
                break  # it stands among the first lines; after it every line is somebody's data
            target.write(line)
        shutil.copyfileobj(source, target)
    _run([_program("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
          f"--output={os.devnull}", f"--file={script}", f"--dbname={url}"])  # fmt: skip


def _begin_epoch(connection: psycopg.Connection, schema: str) -> None:
    """Whoever follows the change log must know that what it saw may not have happened. Transaction ids of the dump mean
    nothing on this server, whose own may be lower; what is there already counts as handed over."""
    for statement in (
        "update {0}.state set epoch = gen_random_uuid()",
        "update {0}.change set xid = '1'::xid8",
        "update {0}.change_reader set xid = '1'::xid8, seq = (select coalesce(max(seq), 0) from {0}.change)",
    ):
        connection.execute(statement.format(quoted(schema)).encode())


def _copy(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
