"""Changes of records, apart from new ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]


class Changes(list[Row]):
    """Changes of records that are there, in the place of new records; no record twice."""


class Rounds:
    """Changes of many records, in rounds: the first change of each, then the second of those that have one."""

    def __init__(self) -> None:
        self._rounds: dict[str, list[Changes]] = {}

    def add(self, object_key: str, changes: Iterable[Row]) -> None:
        """Take the changes of one record, the earliest first."""
        rounds = self._rounds.setdefault(object_key, [])
        for n, change in enumerate(changes):
            if n == len(rounds):
                rounds.append(Changes())
            rounds[n].append(change)

    def of(self, object_key: str) -> list[Changes]:
        """The rounds of an object."""
        return self._rounds.get(object_key, [])
