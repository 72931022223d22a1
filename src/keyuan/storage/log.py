"""The log file of the embedded server, and what it tells about a start."""

from __future__ import annotations

import os
import re
from pathlib import Path

LIMIT = 16 << 20

_REDO = re.compile(r"redo starts at ([0-9A-F]+)/([0-9A-F]+)")
_LSN = re.compile(r"redo in progress.*current LSN: ([0-9A-F]+)/([0-9A-F]+)")


class ServerLog:
    """One file that the server appends to; we shorten it, keeping one older part beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._begin = 0

    def open(self) -> int:
        """Open for appending; `recent` tells what is written from now on. The caller closes the descriptor."""
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        self.trim()
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._begin = os.fstat(file).st_size
        return file

    def trim(self, limit: int = LIMIT) -> None:
        """Move the text to `<name>.1` when it is longer than `limit` bytes. The server, which has the file open for
        appending, goes on at its beginning; what it writes at this very moment may be lost."""
        try:
            if self.path.stat().st_size <= limit:
                return
            text = self.path.read_bytes()
        except FileNotFoundError:
            return
        older = self.path.with_name(self.path.name + ".1")
        older.write_bytes(text)
        os.truncate(self.path, 0)
        self._begin = 0

    def recent(self) -> list[str]:
        """The lines since `open`."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._begin)
                return file.read(1 << 20).decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []

    def reason(self) -> str:
        """Why the server ended: its last fatal message, in one line."""
        lines = self.recent()
        for word in ("PANIC:", "FATAL:", "ERROR:"):
            for line in reversed(lines):
                if word in line:
                    return line.split(word, 1)[1].strip()
        return lines[-1] if lines else "it said nothing"

    def replayed(self) -> int | None:
        """How many bytes of the write-ahead log recovery has replayed, as far as was last said; None before it says."""
        start = now = None
        for line in self.recent():
            if found := _REDO.search(line):
                start = _bytes(found)
            elif found := _LSN.search(line):
                now = _bytes(found)
        return now - start if start is not None and now is not None else None


def _bytes(place: re.Match[str]) -> int:
    return (int(place[1], 16) << 32) + int(place[2], 16)
