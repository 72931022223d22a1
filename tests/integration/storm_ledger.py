"""What the clients of the storm were told: every write with its operation, every record as it was shown, and which
definitions can have been in force when."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Values = dict[str, Any]
Place = tuple[str, str]
"""An object and a record, or an object and a field."""

TRACKED = {
    "customer": ("name", "staff", "remark", "owner"),
    "contact": ("name", "title", "customer", "owner"),
    "opportunity": ("name", "amount", "next_step", "customer", "owner"),
    "opportunity_line": ("name", "price", "quantity", "discount"),
    "x_visit": ("name", "x_code", "x_opportunity", "owner"),
}
"""The fields that are held against what was written, beside those that the administrator makes."""
NUMBERS = {"staff", "amount", "price", "quantity", "discount"}


class Wrong(AssertionError):
    """An answer that no correct product gives."""


def plain(key: str, value: Any) -> Any:
    """A value in the form in which those written and those read are compared: numbers as numbers whatever their type,
    references as ids."""
    if isinstance(value, Mapping):
        value = value.get("amount", value.get("id"))
    if value is None:
        return None
    if key in NUMBERS or is_custom(key):
        return Decimal(str(value))
    return value


def is_custom(key: str) -> bool:
    """Whether a field is one of those the administrator makes and changes during the storm; all hold numbers."""
    return key.startswith(("x_f", "x_size"))


def tracked(object_key: str, values: Mapping[str, Any]) -> Values:
    """What of a record is held against what was written."""
    return {k: plain(k, v) for k, v in values.items() if k in TRACKED[object_key] or is_custom(k)}


@dataclass(slots=True)
class Write:
    """An acknowledged write: what it set in which records, and the versions it was answered. `lines`: for an opportunity,
    the names of all lines that it has then."""

    kind: str
    who: str
    sets: dict[Place, Values] = field(default_factory=dict)
    versions: dict[Place, int] = field(default_factory=dict)
    lines: dict[str, set[str]] = field(default_factory=dict)
    undoes: str = ""
    absent: set[str] = field(default_factory=set)
    """For an undo: fields of the administrator's that may not have been there, which it then left as they were."""


@dataclass(slots=True)
class Seen:
    """A record as somebody was shown it."""

    place: Place
    version: int
    values: Values
    who: str


class Ledger:
    """Everything that was acknowledged, for all clients."""

    def __init__(self) -> None:
        self.writes: dict[str, Write] = {}
        self.seen: list[Seen] = []
        self.counts: Counter[str] = Counter()
        self.fields = Fields()
        self.story: list[str] = []
        self.done = 0
        self.names: set[str] = set()
        self._versions: dict[Place, int] = {}
        self._progress = asyncio.Condition()

    def word(self, chance: random.Random) -> str:
        """Four Chinese characters that are nobody else's name."""
        while True:
            name = "".join(chr(0x4E00 + chance.randrange(0x4000)) for _ in range(4))
            if name not in self.names:
                self.names.add(name)
                return name

    def wrote(self, operation: str, write: Write) -> None:
        """Note an acknowledged write."""
        if operation in self.writes:
            raise Wrong(f"two writes were told of the operation {operation}")
        self.writes[operation] = write
        for place, version in write.versions.items():
            self._versions[place] = max(version, self._versions.get(place, 0))

    def version(self, place: Place) -> int:
        """The latest version of a record that anybody has been told of. No answer to a later question is older."""
        return self._versions.get(place, 0)

    def show(self, who: str, object_key: str, shown: Mapping[str, Any], known: int = 0) -> None:
        """Note a record as it was shown to somebody who asked when version `known` had been acknowledged."""
        place = (object_key, str(shown["id"]))
        if shown["version"] < known:
            raise Wrong(f"{who} was shown version {shown['version']} of {place} after version {known}")
        self.seen.append(Seen(place, shown["version"], tracked(object_key, shown), who))
        if object_key == "opportunity" and "lines" in shown:
            check_lines(shown)
            for line in shown["lines"]:
                self.show(who, "opportunity_line", line)

    def tell(self, text: str) -> None:
        """Note what was done when, for whoever has to find out why something is wrong."""
        self.story.append(f"{datetime.now(UTC):%T.%f} after {self.done}: {text}")

    async def advance(self) -> None:
        """Another operation of a client is done."""
        async with self._progress:
            self.done += 1
            self._progress.notify_all()

    async def reach(self, count: int) -> None:
        """Wait until so many operations are done."""
        async with self._progress:
            await self._progress.wait_for(lambda: self.done >= count)


def check_lines(shown: Mapping[str, Any]) -> None:
    """The figure of an opportunity over its lines is that of the lines shown with it."""
    total = sum((amount_of(line) for line in shown["lines"]), Decimal(0))
    if "lines_amount" in shown and Decimal(shown["lines_amount"]) != total:
        raise Wrong(f"lines of {total} were shown with a sum of {shown['lines_amount']}: {shown}")


def amount_of(line: Mapping[str, Any]) -> Decimal:
    """What a line comes to."""
    price, quantity, discount = (plain(k, line[k]) for k in ("price", "quantity", "discount"))
    return (price * quantity * (100 - (discount or 0)) / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP")


@dataclass(slots=True)
class _Change:
    began: float
    ended: float
    after: str | None


class Fields:
    """Which of the administrator's fields there can have been at a time, and of which type; None: not there. A change can
    be in force from the moment it was asked for and is from the moment it was acknowledged."""

    def __init__(self) -> None:
        self._changes: dict[Place, list[_Change]] = {}

    def begin(self, object_key: str, key: str, after: str | None) -> _Change:
        """A change is asked for; it ends with `end`."""
        change = _Change(time.monotonic(), float("inf"), after)
        self._changes.setdefault((object_key, key), []).append(change)
        return change

    def end(self, change: _Change) -> None:
        """The change is in force."""
        change.ended = time.monotonic()

    def withdraw(self, object_key: str, key: str, change: _Change) -> None:
        """The change was refused."""
        self._changes[object_key, key].remove(change)

    def of(self, object_key: str) -> list[str]:
        """All fields that were ever asked for."""
        return [key for place, key in self._changes if place == object_key]

    def types(self, object_key: str, key: str, began: float, ended: float) -> set[str | None]:
        """What the field can have been from `began` to `ended`."""
        possible: set[str | None] = {None}
        for change in self._changes.get((object_key, key), ()):
            if change.began > ended:
                break
            possible = {change.after} if change.ended < began else {*possible, change.after}
        return possible

    def absent(self, began: float, ended: float) -> set[str]:
        """The fields, of whatever object, that may not have been there."""
        return {key for place, key in self._changes if None in self.types(place, key, began, ended)}

    def now(self, object_key: str) -> list[str]:
        """The fields that are there for certain."""
        now = time.monotonic()
        return [k for k in self.of(object_key) if None not in self.types(object_key, k, now, now)]


def fits(value: Any, types: set[str | None]) -> bool:
    """Whether a value is shown as one of these types shows it."""
    if isinstance(value, int):
        return "integer" in types
    # a text may have come from a decimal
    return "text" in types or ("decimal" in types and "." in value)
