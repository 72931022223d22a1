"""Where the embedded server listens: a Unix socket in a folder that only its account may enter."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import stat
import sys
import tempfile
from pathlib import Path

from ..kernel.startup import CannotStart
from .account import Account

NAMES = (".s.PGSQL.5432", ".s.PGSQL.5432.lock")
PREFIX = "keyuan-"
# the system's limit for the whole path is 108 bytes (104 on macOS), its end mark included
LIMIT = 103 - len("/" + NAMES[0])


def make(folder: Path, account: Account) -> Path:
    """A folder for the socket: `folder` if its path is short, the account may enter it and the file system has sockets;
    otherwise a fresh one under /run or the folder for temporary files, to which `folder` is then a link, so that the
    next start can remove it. Closed to everybody else. Raises `CannotStart`."""
    forget(folder, account)
    if len(os.fsencode(folder)) <= LIMIT and account.can_enter(folder.parent):
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
            remove_files(folder)
            _try(folder)
            account.own(folder)
            return folder
    for base in _bases(account):
        with contextlib.suppress(OSError):
            place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
            # where there can be no link, a killed server leaves this folder for good
            with contextlib.suppress(OSError):
                if folder.is_dir():
                    folder.rmdir()
                folder.symlink_to(place)
            _try(place)
            account.own(place)
            return place
    raise CannotStart(
        f"No folder for the database's socket: neither {folder} nor {', '.join(map(str, _bases(account)))} can hold one "
        "(path too long, not writable, or a file system without sockets)."
    )


def forget(folder: Path, account: Account) -> None:
    """Remove the folder that an earlier `make` made elsewhere. Never while a server runs."""
    if folder.is_symlink():
        remove(Path(os.readlink(folder)), account)
        folder.unlink()


def remove(folder: Path, account: Account) -> None:
    """Remove a folder that `make` made under /run or the folder for temporary files: it must look like ours, be a real
    folder and belong to the account or still to us."""
    if folder.parent not in _bases(account) or not re.fullmatch(rf"{PREFIX}\w{{8}}", folder.name):
        return
    with contextlib.suppress(OSError):
        status = folder.lstat()
        if stat.S_ISDIR(status.st_mode) and status.st_uid in (account.uid, os.geteuid()):
            remove_files(folder)
            folder.rmdir()


def remove_files(folder: Path) -> None:
    """Remove the socket and its lock file, which a killed server leaves behind. Never while a server runs."""
    for name in NAMES:
        with contextlib.suppress(OSError):
            (folder / name).unlink()


def _bases(account: Account) -> list[Path]:
    return ([Path("/run")] if account.switch else []) + [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108


def _try(folder: Path) -> None:
    path = folder / NAMES[0]
    if len(os.fsencode(folder)) > LIMIT:
        raise OSError("path too long")
    if sys.platform != "win32":
        with socket.socket(socket.AF_UNIX) as trial:
            trial.bind(str(path))
        path.unlink()
