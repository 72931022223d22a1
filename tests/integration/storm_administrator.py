"""The administrator of the storm: changes definitions through the API, one change after the other, while everybody works."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

from storm_caller import Caller, Told
from storm_client import OPPORTUNITY, VISIT
from storm_ledger import Ledger, Place, Wrong

O = "/api/v1/objects"  # noqa: E741
TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "text"},
    "integer": {"type": "integer"},
    "decimal": {"type": "decimal", "options": {"scale": 2}},
}
MOST = 6
"""Fields added to each object."""


def label(text: str) -> dict[str, str]:
    """A label in both languages."""
    return {"zh": f"字段 {text}", "en": f"Field {text}"}


class Administrator:
    """Knows the fields it made: their types, None for those that are retired."""

    def __init__(self, caller: Caller, ledger: Ledger, chance: random.Random) -> None:
        self.caller, self.ledger, self.chance = caller, ledger, chance
        self.types: dict[Place, str] = {}
        self.retired: dict[Place, str] = {}
        self.converting: dict[Place, asyncio.Task[None]] = {}
        self.unique = False
        self.objects: list[str] = []

    async def prepare(self) -> None:
        """An object of its own with a number without gaps, and a field to begin with in two objects."""
        parts = [{"kind": "text", "text": "V"}, {"kind": "counter", "digits": 5}]
        fields = [
            {"key": "number", "type": "auto_number", "label": "Number", "options": {"gapless": True, "parts": parts}},
            {"key": "code", "type": "text", "label": "Code"},
            {"key": "opportunity", "type": "reference", "label": "Opportunity", "options": {"target": OPPORTUNITY}},
        ]  # fmt: skip
        await self.caller.write(
            "POST", O, {"key": "visit", "label": "Visit", "owned": True, "fields": fields}
        )
        for object_key in (OPPORTUNITY, VISIT):
            await self._add(object_key, "x_size", "text")

    async def work(self, points: Sequence[int]) -> None:
        """Change definitions, one time at each of these points of the clients' work."""
        for number, point in enumerate(points):
            await self.ledger.reach(point)
            await self._step(number)
            for place, task in list(self.converting.items()):
                if task.done():
                    self.converting.pop(place).result()
        await asyncio.gather(*self.converting.values())

    async def _step(self, number: int) -> None:
        steps = (
            [self.add, self.rename, self.rename_standard, self.index, self.retire, self.revive]
            + [self.retype] * 3
            + [self.add_object] * (number % 10 == 5)
        )
        if not self.unique and number > 8:
            return await self.make_unique()
        return await self.chance.choice(steps)()

    def _free(self) -> list[Place]:
        return [p for p in self.types if p not in self.converting]

    async def _change(self, kind: str, method: str, path: str, body: Any, *allowed: int) -> Told:
        self.ledger.tell(f"{kind}: {method} {path} {body}")
        told = await self.caller.write(method, path, body, *allowed)
        self.ledger.tell(f"{kind}: {told.status}{' again' * told.repeated}")
        self.ledger.counts["definition changes"] += 1
        self.ledger.counts[f"definitions: {kind}"] += 1
        # what was done before the answer was lost is refused the second time
        if told.status >= 400 and not told.repeated:
            raise Wrong(f"{kind}: {method} {path} {body}: {told.status} {told.body}")
        return told

    # -- the changes -------------------------------------------------------------------------------------------------

    async def add(self) -> None:
        """Add a field, with an index or a default now and then."""
        object_key = self.chance.choice((OPPORTUNITY, VISIT))
        used = [k for o, k in [*self.types, *self.retired] if o == object_key]
        if len(used) > MOST:
            return await self.retype()
        more: dict[str, Any] = {"index": self.chance.random() < 0.4}
        if self.chance.random() < 0.3:
            more["default"] = "7"
        return await self._add(object_key, f"x_f{len(used)}", self.chance.choice(list(TYPES)), **more)

    async def _add(self, object_key: str, key: str, type_: str, **more: Any) -> None:
        if more.get("default") and type_ == "integer":
            more["default"] = 7
        change = self.ledger.fields.begin(object_key, key, type_)
        body = {"key": key, "label": label(key), **TYPES[type_], **more}
        await self._change("add", "POST", f"{O}/{object_key}/fields", body, 422)
        self.ledger.fields.end(change)
        self.types[object_key, key] = type_

    async def rename(self) -> None:
        """Call a field something else; the next who asks is told."""
        if not (free := self._free()):
            return
        object_key, key = self.chance.choice(free)
        words = label(self.ledger.word(self.chance))
        await self._change("rename", "PATCH", f"{O}/{object_key}/fields/{key}", {"label": words})
        told = await self.caller.get(f"{O}/{object_key}/fields/{key}")
        if told.body["label"] != words:
            raise Wrong(f"{key} was named {words} and is {told.body}")

    async def rename_standard(self) -> None:
        """Call a standard field something else."""
        words = label(self.ledger.word(self.chance))
        await self._change("rename", "PATCH", f"{O}/{OPPORTUNITY}/fields/amount", {"label": words})

    async def index(self) -> None:
        """Give a field an index or take it away."""
        if not (free := self._free()):
            return
        object_key, key = self.chance.choice(free)
        body = {"index": self.chance.random() < 0.6}
        await self._change("index", "PATCH", f"{O}/{object_key}/fields/{key}", body)

    async def make_unique(self) -> None:
        """No two visits with one code: there are none."""
        self.unique = True
        await self._change("unique", "PATCH", f"{O}/{VISIT}/fields/x_code", {"unique": True})

    async def retire(self) -> None:
        """Put a field out of use."""
        if len(free := self._free()) < 3:
            return await self.add()
        object_key, key = self.chance.choice(free)
        change = self.ledger.fields.begin(object_key, key, None)
        await self._change("retire", "DELETE", f"{O}/{object_key}/fields/{key}", None, 404)
        self.ledger.fields.end(change)
        self.retired[object_key, key] = self.types.pop((object_key, key))
        return None

    async def revive(self) -> None:
        """Bring a field back."""
        if not self.retired:
            return await self.retire()
        object_key, key = self.chance.choice(list(self.retired))
        type_ = self.retired.pop((object_key, key))
        change = self.ledger.fields.begin(object_key, key, type_)
        await self._change("revive", "POST", f"{O}/{object_key}/fields/{key}/restore", None, 409, 422)
        self.ledger.fields.end(change)
        self.types[object_key, key] = type_
        return None

    async def retype(self) -> None:
        """Begin to change the type of a field; the worker does the rest."""
        if not (free := self._free()):
            return await self.rename_standard()
        place = object_key, key = self.chance.choice(free)
        # the texts of decimals are no integers
        others = [t for t in TYPES if t != self.types[place]]
        type_ = self.chance.choice(others)
        change = self.ledger.fields.begin(object_key, key, type_)
        await self._change("retype", "PATCH", f"{O}/{object_key}/fields/{key}", TYPES[type_], 409)

        async def converted() -> None:
            path = f"{O}/{object_key}/fields/{key}"
            while (told := await self.caller.get(path)).body.get("becoming"):
                await asyncio.sleep(0.2)
            if told.body["type"] != type_:
                raise Wrong(f"{place} did not become {type_}: {told.body}")
            self.ledger.tell(f"{place} has become {type_}")
            self.ledger.fields.end(change)
            self.types[place] = type_
            self.ledger.counts["conversions done"] += 1

        self.converting[place] = asyncio.create_task(converted())
        return None

    async def add_object(self) -> None:
        """Make an object and a record of it at once; retire the one before."""
        key = f"x_o{len(self.objects)}"
        body = {"key": key, "label": key, "fields": [{"key": "a", "type": "integer", "label": "A"}]}
        await self._change("object", "POST", O, body, 422)
        self.objects.append(key)
        told = await self.caller.write("POST", f"/api/v1/records/{key}", {"name": "一", "x_a": 5})
        if told.body["x_a"] != 5:
            raise Wrong(f"{key}: {told.body}")
        self.ledger.counts["records of new objects"] += 1
        if len(self.objects) > 1:
            await self._change("retire object", "DELETE", f"{O}/{self.objects[-2]}", None, 404)
