"""Why the program does not start, said to the person at the terminal."""

from __future__ import annotations

from collections.abc import Callable

Say = Callable[[str], None]
"""Takes one line of progress for the person at the terminal."""


class CannotStart(Exception):
    """The program cannot start or go on. The text is one line that says what is wrong and what to do about it; it is
    shown without a traceback, and the exit code is 1."""


def silent(line: str) -> None:
    """A `Say` that shows nothing."""
