"""The operating-system account that runs the embedded PostgreSQL, which refuses to run as root.

Started by an ordinary user it runs as that user. Started by root it runs as `keyuan-postgres`, made on first use, which
owns the database folder and nothing else. Folders above the database that this account may not enter stay closed: the
server is then started *inside* its folder (see `cluster.data_argument`)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..kernel.startup import CannotStart
from .death import die_with_parent

SERVICE_USER = "keyuan-postgres"


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server. `switch` says that we are root and must become this account to start it; `name` is None
    where the account has no entry in the list of users (containers with arbitrary user numbers)."""

    uid: int
    gid: int
    name: str | None
    switch: bool

    def popen_arguments(self, at_parents_end: signal.Signals) -> dict[str, Any]:
        """What `subprocess.Popen` needs to run a program as this account: away from the terminal's Ctrl-C, making
        files for nobody else, and getting the signal when we end (see `death.die_with_parent`)."""
        if sys.platform == "win32":
            return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        common = {"start_new_session": True, "umask": 0o077, "preexec_fn": die_with_parent(at_parents_end)}
        return common | ({"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {})

    def own(self, path: Path) -> None:
        """Give one file or folder (never what a link points to) to the account."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may pass through the folder and all folders above it (access lists are not looked at:
        where only they allow it the answer is no, and the way for closed folders is taken)."""
        if not self.switch:
            return True
        folder = folder.resolve()
        for place in (folder, *folder.parents):
            status = place.stat()
            shift = 6 if status.st_uid == self.uid else 3 if status.st_gid == self.gid else 0
            if not status.st_mode >> shift & 1:
                return False
        return True


def account() -> Account:
    """The account for this machine; made if we are root and it is missing. Raises `CannotStart`."""
    if sys.platform == "win32":
        return Account(0, 0, None, switch=False)
    import pwd

    uid = os.geteuid()
    if uid != 0:
        try:
            name = pwd.getpwuid(uid).pw_name
        except KeyError:
            name = None
        return Account(uid, os.getegid(), name, switch=False)
    try:
        entry = pwd.getpwnam(SERVICE_USER)
    except KeyError:
        _make()
        entry = pwd.getpwnam(SERVICE_USER)
    return Account(entry.pw_uid, entry.pw_gid, SERVICE_USER, switch=True)


def _make() -> None:
    if shutil.which("useradd"):
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", "/usr/sbin/nologin", SERVICE_USER]
    elif shutil.which("adduser"):  # busybox
        command = ["adduser", "-S", "-D", "-H", "-h", "/nonexistent", "-s", "/sbin/nologin", SERVICE_USER]
    else:
        raise CannotStart(
            f"PostgreSQL does not run as root and no program here makes users: make a system user '{SERVICE_USER}', "
            "start as an ordinary user, or set KEYUAN_DATABASE_URL."
        )
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode not in (0, 9):  # 9: another process was quicker
        reason = (made.stderr.strip() or "no reason given").splitlines()[-1]
        raise CannotStart(
            f"PostgreSQL does not run as root and the user '{SERVICE_USER}' cannot be made ({reason}): "
            "start as an ordinary user, or set KEYUAN_DATABASE_URL."
        )
