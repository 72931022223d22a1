"""Making the database folder of the embedded PostgreSQL, so that it is either whole or not there."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from ..kernel.startup import CannotStart, Say
from .account import Account

DATABASE = "keyuan"
ROLE = "keyuan"
SUPERUSER = "postgres"
STAGING = ".initdb-"
MB = 1 << 20


def memory() -> int:
    """The bytes of memory this process may use: the machine's, or the container's limit if that is lower."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        total = 4096 * MB
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            total = min(total, int(Path(limit).read_text("ascii")))  # "max": no limit
    return total


def tuning(total: int) -> dict[str, str]:
    """Settings written into a new folder's `postgresql.conf` for so much memory. They belong to the administrator from
    then on; what must hold at every start is given at every start (`server.EmbeddedServer`)."""
    return {
        "shared_buffers": f"{max(16, min(1024, total // MB // 8))}MB",
        "effective_cache_size": f"{max(64, total // MB // 2)}MB",
        "work_mem": "8MB",
        "maintenance_work_mem": f"{max(32, min(128, total // MB // 16))}MB",
        "max_connections": "100",
        "min_wal_size": "80MB",
        "max_wal_size": "1GB",
        "random_page_cost": "1.1",
        "default_text_search_config": "pg_catalog.simple",
    }


def environment() -> dict[str, str]:
    """The environment of PostgreSQL's programs: nothing of the caller's that would steer them (`PGDATA`, `PGPORT`, …)."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}


def data_argument(pgdata: Path, account: Account) -> str:
    """How the server, started with `pgdata` as working folder, is told its data folder. If the account may not enter
    the folders above, it is told "where you stand": root puts it there, and nothing needs to be opened to others."""
    if account.can_enter(pgdata.parent):
        return str(pgdata)
    if not Path("/proc/self/cwd").exists():
        raise CannotStart(
            f"PostgreSQL does not run as root, and the user '{account.name}' may not enter {pgdata.parent}: choose a "
            "folder with --data that others may pass through, or start as an ordinary user."
        )
    return "/proc/self/cwd"


def exists(pgdata: Path) -> bool:
    """Whether the database folder is there (it appears whole, see `make`)."""
    return (pgdata / "PG_VERSION").exists()


def version(pgdata: Path) -> int:
    """The major version of PostgreSQL that made the folder. Raises `CannotStart` if the folder is not one."""
    try:
        return int((pgdata / "PG_VERSION").read_text("ascii"))
    except (OSError, ValueError) as error:
        raise CannotStart(
            f"{pgdata} is not a database folder of PostgreSQL: choose another with --data."
        ) from error


def sweep(parent: Path) -> None:
    """Remove half-made folders of starts that were interrupted."""
    for half in parent.glob(f"{STAGING}*"):
        shutil.rmtree(half, ignore_errors=True)


def make(
    pgdata: Path, programs: Path, account: Account, *, password: str | None, sync: bool, say: Say
) -> None:
    """Make a database folder with an empty database `keyuan` that belongs to the role `keyuan`, an ordinary one (not a
    superuser: whoever gets hold of the application's connection gets no files and no programs of the machine).

    Everything is made in a folder beside and renamed at the end, so a kill at any moment leaves nothing half done. With
    `password` both roles get it, for servers that listen on TCP. Raises `CannotStart`."""
    if pgdata.exists():
        try:
            pgdata.rmdir()
        except OSError as error:
            raise CannotStart(
                f"{pgdata} holds files but no database: move it away, or choose another folder with --data."
            ) from error
    say("Making the database …")
    half = Path(tempfile.mkdtemp(prefix=STAGING, dir=pgdata.parent))
    try:
        account.own(half)
        where = data_argument(half, account)
        settings = [part for name, value in tuning(memory()).items() for part in ("-c", f"{name}={value}")]
        _run(
            [str(programs / "initdb"), "-D", where, "-U", SUPERUSER, "--encoding=UTF8", "--locale=C"]
            + ["--data-checksums", "--auth-local=peer", "--auth-host=scram-sha-256", *settings]
            + ([] if sync else ["--no-sync"]),
            half,
            account,
        )
        secret = f" PASSWORD '{password}'" if password else ""
        commands = [
            f"CREATE ROLE {ROLE} LOGIN{secret}",
            *([f"ALTER ROLE {SUPERUSER}{secret}"] if secret else []),
            f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
            f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
        ]
        single = ["--single", "-D", where, "-c", "exit_on_error=on", *([] if sync else ["-F"]), "postgres"]
        _run([str(programs / "postgres"), *single], half, account, "".join(line + "\n" for line in commands))
        os.rename(half, pgdata)
        if sync:
            _sync(pgdata.parent)
        sweep(pgdata.parent)  # programs of a start that was killed may have written until now
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise


def new_password() -> str:
    """A password that needs no quoting anywhere."""
    return secrets.token_hex(24)


def write_access(pgdata: Path, account: Account, *, tcp: bool) -> None:
    """Say who may connect: over the socket our own accounts, as the operating system vouches for them; over TCP
    whoever knows the password, from this machine only."""
    if tcp:
        rules = "host all all 127.0.0.1/32 scram-sha-256\n"
    elif account.name is None:
        # nobody to name: the socket's folder, closed to others, is the wall
        rules = "local all all trust\n"
    else:
        rules = "local all all peer map=keyuan\n"
    names = {name for name in (account.name, "root" if account.switch else None) if name}
    users = "".join(f'keyuan "{name}" {role}\n' for name in sorted(names) for role in (ROLE, SUPERUSER))
    note = "# written at every start of Keyuan\n"
    _write(pgdata / "pg_hba.conf", note + rules, account)
    _write(pgdata / "pg_ident.conf", note + users, account)


def take_over(pgdata: Path, account: Account) -> None:
    """As root: give the folder to the account if it belongs to another user number, as after moving it to another
    machine. The folder itself is last, so an interrupted change is taken up again."""
    if not account.switch or pgdata.stat().st_uid == account.uid:
        return
    for folder, _, files in os.walk(pgdata, topdown=False):
        for name in files:
            path = Path(folder, name)
            if (
                path.lstat().st_nlink == 1
            ):  # a second name may stand where this folder's owner could not write
                account.own(path)
        if Path(folder) != pgdata:
            account.own(Path(folder))
    account.own(pgdata)


def _write(path: Path, text: str, account: Account) -> None:
    """Replace a file in a folder that belongs to the account: never through a link that stands there."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if not path.is_symlink() and path.read_text("utf-8") == text:
            return
    half = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    file = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(file, text.encode())
        os.fsync(file)
    finally:
        os.close(file)
    account.own(half)
    os.replace(half, path)


def _run(command: list[str], folder: Path, account: Account, given: str = "") -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        input=given,
        capture_output=True,
        text=True,
        check=False,
        **account.popen_arguments(getattr(signal, "SIGKILL", signal.SIGTERM)),
    )
    if done.returncode != 0:
        said = [
            line for line in (done.stderr + done.stdout).splitlines() if "error" in line or "FATAL" in line
        ]
        reason = said[0] if said else (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
        raise CannotStart(f"Making the database in {folder.parent} failed: {reason}")


def _sync(folder: Path) -> None:
    if sys.platform != "win32":
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
