"""What a unit of work has found out once and that stays so until its end, so that a thousand batches that refer to the same
people ask once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(slots=True)
class Held:
    """`targets`: ids of records that references may point at and that nobody else can delete for good before the unit
    ends, by object and whether the work is trusted. `departments`: the main departments of owners."""

    targets: defaultdict[tuple[str, bool], set[str]] = field(default_factory=lambda: defaultdict(set))
    departments: dict[str, str | None] = field(default_factory=dict)

    def forget(self, object_key: str) -> None:
        """The unit itself changes records of the object."""
        for trusted in (False, True):
            self.targets.pop((object_key, trusted), None)
        if object_key == "user":
            self.departments.clear()
