"""One process at a time runs the embedded server of a data folder.

The lock is the operating system's, on an open file: it ends with the process, however that ends, so it is never stale."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


class FolderLock:
    """The exclusive lock on `<folder>/<name>`. The file also says who holds it, for messages to others."""

    def __init__(self, folder: Path, name: str = "lock") -> None:
        self.path = folder / name
        self._file: int | None = None

    def acquire(self, *, shared: bool = False, wait: bool = False) -> bool:
        """Take the lock (`shared`: beside other shared holders); False if others have it and `wait` is off. Raises
        `OSError` where the file cannot be made."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            if not _lock(file, shared=shared, wait=wait):
                os.close(file)
                return False
        except BaseException:
            os.close(file)
            raise
        self._file = file
        return True

    def describe(self, **holder: object) -> None:
        """Say who holds the lock, as a JSON object in the file."""
        assert self._file is not None
        text = json.dumps({"pid": os.getpid(), **holder}).encode()
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, text, 0) if hasattr(os, "pwrite") else os.write(self._file, text)

    def holder(self) -> dict[str, object]:
        """Who holds the lock, as they described themselves; empty if they have not."""
        try:
            said = json.loads(self.path.read_bytes())
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def release(self) -> None:
        """Give the lock back; nothing happens if it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


if sys.platform == "win32":
    import msvcrt
    import time

    _PLACE = 1 << 30  # beyond the text: what is locked there cannot be read by others

    def _lock(file: int, *, shared: bool, wait: bool) -> bool:
        # this system has no shared locks here: shared holders then follow one another
        while True:
            os.lseek(file, _PLACE, os.SEEK_SET)
            try:
                msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
                time.sleep(0.1)
            else:
                os.lseek(file, 0, os.SEEK_SET)
                return True

else:
    import fcntl

    def _lock(file: int, *, shared: bool, wait: bool) -> bool:
        how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
        try:
            fcntl.flock(file, how)
        except BlockingIOError:
            return False
        return True
