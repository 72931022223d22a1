"""What a measurement answers, and how two things are compared fairly on a noisy machine."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report. `value` in `unit`; `ratio` to the baseline, where there is one; `bar` in words; `holds`."""

    name: str
    value: float
    unit: str
    ratio: float | None
    bar: str
    holds: bool
    note: str = ""

    def as_json(self) -> dict[str, object]:
        """The line for programs."""
        return {
            "name": self.name, "value": round(self.value, 3), "unit": self.unit,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "bar": self.bar, "holds": self.holds, "note": self.note,
        }  # fmt: skip

    def as_text(self) -> str:
        """The line for people."""
        ratio = "" if self.ratio is None else f"ratio {self.ratio:.2f}"
        mark = "holds" if self.holds else "MISSED"
        return f"{self.name:<28} {self.value:>10.1f} {self.unit:<8} {ratio:<12} {self.bar:<26} {mark}  {self.note}"


def in_turn(
    rounds: int, ours: Callable[[], float], theirs: Callable[[], float]
) -> tuple[float, float, float]:
    """Measure both in turn; the median of each, and the median of the ratios of the pairs."""
    a, b = [], []
    for _ in range(rounds):
        a.append(ours())
        b.append(theirs())
    ratios = [x / y for x, y in zip(a, b, strict=True)]
    return statistics.median(a), statistics.median(b), statistics.median(ratios)


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
