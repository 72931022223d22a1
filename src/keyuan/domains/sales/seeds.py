"""What a new organisation is given to sell with: the usual pipeline."""

from __future__ import annotations

from typing import Any

from ...records import pipeline
from ...records.trust import trusted
from ...records.unit_of_work import UnitOfWork

_OPEN = (
    ("新建", "New", "10", 14, "gray"),
    ("需求明确", "Needs defined", "30", 14, "blue"),
    ("方案验证", "Solution proof", "50", 21, "cyan"),
    ("立项汇报", "Project approval", "70", 21, "purple"),
    ("商务采购", "Procurement", "90", 30, "gold"),
)
_ENDS: tuple[tuple[str, str, str, str, str, list[str]], ...] = (
    ("赢单", "Won", "won", "100", "green", []),
    ("输单", "Lost", "lost", "0", "red", ["lost_reason"]),
    ("无效", "Invalid", "invalid", "0", "gray", ["invalid_reason"]),
)


def stages() -> list[dict[str, Any]]:
    """The stages of the usual pipeline."""
    made: list[dict[str, Any]] = [
        {
            "name": zh,
            "name_en": en,
            "kind": "open",
            "probability": chance,
            "stagnation_days": days,
            "color": color,
        }
        for zh, en, chance, days, color in _OPEN
    ]
    made += [
        {
            "name": zh,
            "name_en": en,
            "kind": kind,
            "probability": chance,
            "color": color,
            "required_fields": asked,
        }
        for zh, en, kind, chance, color, asked in _ENDS
    ]
    return [{**stage, "position": n * 10} for n, stage in enumerate(made, 1)]


async def seed(uow: UnitOfWork) -> None:
    """Make the default pipeline of an organisation that has none."""
    rows = await uow.fetch(f"select 1 from {uow.table_name('pipeline')} limit 1")  # noqa: S608
    if not rows:
        with trusted(uow):
            await pipeline.create(
                uow,
                "pipeline",
                [
                    {
                        "name": "标准销售流程",
                        "name_en": "Standard pipeline",
                        "default": True,
                        "stages": stages(),
                    }
                ],
            )
