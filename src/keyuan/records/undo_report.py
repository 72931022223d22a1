"""What an undo tells of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .readable import readable
from .unit_of_work import UnitOfWork


@dataclass(slots=True)
class Report:
    """What an undo did: how many records went back, and which did not because they were changed since (`changed`) or may
    not be edited or deleted by the person (`forbidden`). Told is what the person may read; `others` says that there was more."""

    operation: str
    undone: int = 0
    changed: list[dict[str, str]] = field(default_factory=list)
    forbidden: list[dict[str, str]] = field(default_factory=list)
    others: bool = False
    own: bool = False
    """Whether the caller did what is undone."""
    in_parts: bool = False
    """Whether a record that cannot go back is left as it is, and told, rather than holding up the others."""
    along: dict[str, set[str]] = field(default_factory=dict)
    """By object the records that went into the recycle bin with others to which they belong."""

    def as_json(self) -> dict[str, Any]:
        """The report as the API gives it."""
        return {
            "operation": self.operation,
            "undone": self.undone,
            "changed": self.changed,
            "forbidden": self.forbidden,
            "others": self.others,
        }


async def only_readable(uow: UnitOfWork, report: Report) -> None:
    """Leave in the report what the caller may read; who did what is undone may know what of it was removed for good."""
    if uow.trusted:
        return
    asked: dict[str, set[str]] = {key: set(ids) for key, ids in report.along.items()}
    for entry in (*report.changed, *report.forbidden):
        asked.setdefault(entry["object"], set()).add(entry["id"])
    told = {
        key: await readable(uow.fetch, uow.registry, uow.principal, key, ids, gone=report.own)
        for key, ids in asked.items()
    }

    def seen(entries: list[dict[str, str]]) -> list[dict[str, str]]:
        return [entry for entry in entries if entry["id"] in told[entry["object"]]]

    report.others = any(ids - told[key] for key, ids in asked.items())
    report.changed, report.forbidden = seen(report.changed), seen(report.forbidden)
    report.undone -= sum(len(ids - told[key]) for key, ids in report.along.items())
