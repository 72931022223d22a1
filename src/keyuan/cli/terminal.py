"""Lines for the person at the terminal. They go to standard error: standard output is for results."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from ..kernel.errors import Problem
from ..kernel.i18n import Language, message

SHOWN = 20
"""Errors that are shown; more are only counted."""


def say(line: str) -> None:
    """Show one line of progress."""
    print(line, file=sys.stderr, flush=True)


def tell(problem: Problem, language: Language) -> int:
    """Print what a command was refused for and its errors, which are its result; the answer is the exit code."""
    told = problem.as_json(language)
    print(f"keyuan: {told['title']}")
    errors = [e.as_json(language) for e in problem.errors]
    for error in errors[:SHOWN]:
        print(
            message("import.fault", language, **parts(error)) if error["field"] else f"  {error['message']}"
        )
    if len(errors) > SHOWN:
        print(message("import.more", language, count=len(errors) - SHOWN))
    return 1


def parts(told: Mapping[str, Any]) -> dict[str, object]:
    """Field and message of an error, for the texts that show them."""
    return {"field": told["field"], "message": told["message"]}
