"""What an import did, for whoever started it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...kernel.errors import FieldError

MOST_ERRORS = 1000
"""Errors kept for the report; more are only counted."""

Progress = Callable[["StepReport"], None]


@dataclass(slots=True)
class RowError:
    """A row that was refused, by the line of the file, and why."""

    line: int
    errors: list[FieldError]


@dataclass(slots=True)
class StepReport:
    """What one step did."""

    object: str
    source: str
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    refused: int = 0
    errors: list[RowError] = field(default_factory=list)

    def refuse(self, line: int, errors: list[FieldError]) -> None:
        """Count a refused row and keep why."""
        self.refused += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(RowError(line, errors))
