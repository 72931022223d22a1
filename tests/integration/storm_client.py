"""A client of the storm: what it does to records of its own, of which it knows everything, and to records that others
change as well. What it reads is checked in `storm_reader`."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from storm_caller import Caller, Told
from storm_ledger import Ledger, Values, Write, Wrong, fits, is_custom, tracked
from storm_world import R

OPPORTUNITY, LINE, VISIT = "opportunity", "opportunity_line", "x_visit"


@dataclass(eq=False, slots=True)
class Mine:
    """A record that only one client writes: its last acknowledged state."""

    object: str
    id: str
    version: int
    values: Values
    lines: dict[str, str] = field(default_factory=dict)
    deleted: bool = False
    former: list[str] = field(default_factory=list)
    last: str = ""
    """The operation that changed it or its lines last."""

    @property
    def path(self) -> str:
        """Its address."""
        return f"{R}/{self.object}/{self.id}"


@dataclass(eq=False, slots=True)
class Shared:
    """A record that several clients write; they may not all see it for ever."""

    object: str
    id: str
    owner: str
    lines: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its address."""
        return f"{R}/{self.object}/{self.id}"


class Client:
    """One of the fifty. `shared` are the records that it and others work on."""

    def __init__(
        self, number: int, caller: Caller, ledger: Ledger, chance: random.Random, shared: list[Shared]
    ) -> None:
        self.number, self.caller, self.ledger, self.chance = number, caller, ledger, chance
        self.tag = f"storm-{number}"
        self.mine: list[Mine] = []
        self.shared = shared
        self.deletes = caller.login != "boss"
        self.undoable: list[tuple[str, Mine, Values, set[str]]] = []

    # -- parts -------------------------------------------------------------------------------------------------------

    def custom(self, object_key: str) -> Values:
        """Values for some of the administrator's fields."""
        keys = [k for k in self.ledger.fields.of(object_key) if is_custom(k) and self.chance.random() < 0.5]
        return {k: str(self.chance.randrange(10**6)) for k in keys}

    def lines(self, count: int) -> list[Values]:
        """New lines."""
        return [
            {
                "name": self.ledger.word(self.chance),
                "price": f"{self.chance.randrange(1, 10**6) / 100:.2f}",
                "quantity": str(self.chance.randrange(1, 50)),
                "discount": str(self.chance.choice((0, 5, 12.5, 100))),
            }
            for _ in range(count)
        ]

    def live(self, object_key: str) -> list[Mine]:
        """This client's own records that are there."""
        return [m for m in self.mine if m.object == object_key and not m.deleted]

    def check_custom(self, object_key: str, told: Told, sent: Mapping[str, Any] = {}) -> bool:
        """Hold the administrator's fields in an answer or a refusal against what there can have been; whether the
        request was taken."""
        fields = self.ledger.fields
        types = {k: fields.types(object_key, k, told.began, told.ended) for k in fields.of(object_key)}
        if told.status in (400, 422) and told.codes() & {"unknown", "expr_unknown_path"}:
            if not any(None in types[k] for k in sent if k in types):
                raise Wrong(f"{self.caller.login}: fields that are there are unknown: {told.body} {types}")
            self.ledger.counts["refused: field not there"] += 1
            return False
        if told.status < 300:
            for key in sent:
                if types.get(key) == {None}:
                    raise Wrong(
                        f"{self.caller.login}: the field {key} is not there and was taken: {told.body}"
                    )
        return True

    def shown(self, object_key: str, told: Told, row: Mapping[str, Any], known: int = 0) -> None:
        """Check a record in an answer, and note it. Answers to repeated requests may be of an earlier time, which
        `began` covers."""
        for key, kinds in self._types(object_key, told).items():
            if key in row:
                if kinds == {None}:
                    raise Wrong(f"{self.caller.login} was shown {key}, which is not there: {row}")
                if (value := row[key]) is not None and not fits(value, kinds):
                    raise Wrong(f"{self.caller.login} was shown {key} as {value!r} when it was {kinds}")
        self.ledger.show(self.caller.login, object_key, row, known)

    def _types(self, object_key: str, told: Told) -> dict[str, set[str | None]]:
        fields = self.ledger.fields
        keys = [k for k in fields.of(object_key) if is_custom(k)]
        return {k: fields.types(object_key, k, told.began, told.ended) for k in keys}

    def wrote(
        self, kind: str, object_key: str, told: Told, values: Values, record: str = "", **more: Any
    ) -> str | None:
        """Note an acknowledged write of one record from its answer."""
        body = told.body or {}
        record = record or body["id"]
        if body.get("name"):
            self.shown(object_key, told, body)
        if told.operation is None:
            return None
        write = Write(kind, self.caller.login, **more)
        write.sets[object_key, record] = tracked(object_key, values)
        if "version" in body:
            write.versions[object_key, record] = body["version"]
        if (sent := values.get("lines")) is not None:
            write.lines[record] = {line["name"] for line in sent}
            ids = {line["name"]: line["id"] for line in body["lines"]}
            if ids.keys() != write.lines[record]:
                raise Wrong(f"{self.caller.login} sent lines {write.lines[record]} and got {body['lines']}")
            for line in sent:
                write.sets[LINE, ids[line["name"]]] = tracked(LINE, line)
        self.ledger.wrote(told.operation, write)
        self.ledger.counts[kind] += 1
        return told.operation

    # -- records of its own ------------------------------------------------------------------------------------------

    async def create(self, object_key: str) -> None:
        """Make a record, with lines where it has them."""
        values: Values = {"name": self.ledger.word(self.chance)}
        values |= {"next_step": self.tag} if object_key == OPPORTUNITY else {}
        values |= (
            {"remark": self.tag, "staff": self.chance.randrange(1000)} if object_key == "customer" else {}
        )
        values |= {"title": self.tag} if object_key == "contact" else {}
        values |= {"x_code": self.ledger.word(self.chance)} if object_key == VISIT else {}
        if object_key in ("contact", OPPORTUNITY):
            # half of them under customers whose figures others change at the same time
            common = [s.id for s in self.shared if s.object == "customer"]
            own = [m.id for m in self.live("customer")]
            if customers := common if common and self.chance.random() < 0.5 else own:
                values["customer"] = self.chance.choice(customers)
        if object_key == VISIT and (others := self.live(OPPORTUNITY)):
            values["x_opportunity"] = self.chance.choice(others).id
        if object_key == OPPORTUNITY:
            values["amount"] = str(self.chance.randrange(1, 10**6))
            values["lines"] = self.lines(self.chance.randrange(4))
        values |= self.custom(object_key)
        told = await self.caller.write("POST", f"{R}/{object_key}", values, 422)
        if told.status == 422 and not self.check_custom(object_key, told, values):
            return
        if told.status != 201:
            raise Wrong(f"{self.caller.login} could not make {values}: {told.body}")
        self.check_custom(object_key, told, values)
        operation = self.wrote("create", object_key, told, values)
        assert operation is not None
        record = Mine(object_key, told.body["id"], 1, tracked(object_key, values))
        record.lines = {line["name"]: line["id"] for line in told.body.get("lines", ())}
        self.mine.append(record)

    async def edit(self) -> None:
        """Change a record of its own, now and then on an old version, which is refused."""
        records = [m for m in self.mine if not m.deleted]
        if not records:
            return await self.create("customer")
        record = self.chance.choice(records)
        values = self._changes(record)
        before, lines = dict(record.values), set(record.lines)
        match = self.chance.choice((None, record.version, record.version - 1))
        if match is not None and match < record.version and match > 0:
            told = await self.caller.write("PATCH", record.path, values, 409, match=match)
            if told.status != 409 or told.body["current"]["version"] != record.version:
                raise Wrong(f"version {match} of {record} was taken for the latest: {told.body}")
            self.ledger.counts["refused: old version"] += 1
            return None
        told = await self.caller.write("PATCH", record.path, values, 422, match=match or None)
        if not self.check_custom(record.object, told, values):
            return None
        if told.status != 200:
            raise Wrong(f"{self.caller.login} could not change {record} to {values}: {told.body}")
        operation = self.wrote("edit", record.object, told, values)
        self._took(record, values, told.body["version"])
        if "lines" in values:
            record.lines = {line["name"]: line["id"] for line in told.body["lines"]}
        if operation is not None:
            record.last = operation
            self.undoable.append((operation, record, before, lines))
        return None

    def _changes(self, record: Mine) -> Values:
        values = self.custom(record.object)
        if not values or self.chance.random() < 0.6:
            values["name"] = self.ledger.word(self.chance)
        if record.object == OPPORTUNITY:
            if self.chance.random() < 0.5:
                values["amount"] = str(self.chance.randrange(1, 10**6))
            if self.chance.random() < 0.4:
                values["lines"] = self.merged(record.lines)
        return values

    def merged(self, known: Mapping[str, str]) -> list[Values]:
        """Some of the lines that are known, changed, and new ones; the others are left out."""
        kept = [(name, id_) for name, id_ in known.items() if self.chance.random() < 0.7]
        sent = [
            {"id": id_, "name": name, "quantity": str(self.chance.randrange(1, 90))} for name, id_ in kept[:8]
        ]
        return [*sent, *self.lines(self.chance.randrange(3))]

    def _took(self, record: Mine, values: Values, version: int) -> None:
        if version < record.version:
            raise Wrong(f"{record} went back to version {version}")
        if "name" in values:
            record.former.append(record.values["name"])
        record.version = version
        record.values |= tracked(record.object, values)

    async def bulk(self) -> None:
        """Make, change and delete visits in one request, all or nothing or row by row."""
        records = self.chance.sample(self.live(VISIT), min(3, len(self.live(VISIT))))
        gone = records.pop() if len(records) > 1 and self.deletes and self.chance.random() < 0.5 else None
        new = [
            {"name": self.ledger.word(self.chance), "x_code": self.ledger.word(self.chance)} for _ in range(3)
        ]
        changes = [{"name": self.ledger.word(self.chance)} for _ in records]
        body: Values = {
            "creates": [{"values": values} for values in new],
            "updates": [
                {"id": r.id, "values": v, "version": r.version} for r, v in zip(records, changes, strict=True)
            ],
            "deletes": [{"id": gone.id}] if gone else [],
            "atomic": self.chance.random() < 0.5,
        }
        told = await self.caller.write("POST", f"{R}/{VISIT}/bulk", body)
        results = told.body["results"]
        wanted = [201] * len(new) + [200] * len(records) + [204] * bool(gone)
        if [r["status"] for r in results] != wanted or told.operation is None:
            raise Wrong(f"{self.caller.login}: {body} was answered {told.body}")
        write = Write("bulk", self.caller.login)
        for result, values in zip(results, [*new, *changes, *([{}] if gone else [])], strict=True):
            write.sets[VISIT, result["id"]] = tracked(VISIT, values)
            write.versions[VISIT, result["id"]] = result["version"]
        self.ledger.wrote(told.operation, write)
        self.ledger.counts["bulk"] += 1
        for result, values in zip(results, new, strict=False):
            self.mine.append(Mine(VISIT, result["id"], 1, tracked(VISIT, values)))
        for result, record, values in zip(results[len(new) :], records, changes, strict=False):
            self._took(record, values, result["version"])
            record.last = told.operation
        if gone:
            gone.last = told.operation
            gone.deleted, gone.version = True, results[-1]["version"]

    async def delete_or_restore(self) -> None:
        """Move an opportunity or visit of its own to the recycle bin, or bring it back, with its lines."""
        records = [m for m in self.mine if m.object == VISIT or (m.object == OPPORTUNITY and m.deleted)]
        named = {m.values.get("x_opportunity") for m in self.live(VISIT)}
        records += [m for m in self.live(OPPORTUNITY) if m.id not in named]
        if not records or not self.deletes:
            return await self.create(OPPORTUNITY)
        record = self.chance.choice(records)
        if not record.deleted:
            told = await self.caller.write("DELETE", record.path, None)
            record.last = self.wrote("delete", record.object, told, {}, record.id) or ""
            record.version += 1
        else:
            target = record.values.get("x_opportunity")
            if target and any(m.id == target and m.deleted for m in self.mine):
                return None
            told = await self.caller.write("POST", f"{record.path}/restore", None)
            record.last = self.wrote("restore", record.object, told, {}) or ""
            if told.body["version"] != record.version + 1:
                raise Wrong(f"{record} came back as {told.body}")
            record.version += 1
        record.deleted = not record.deleted
        return None

    async def undo(self) -> None:
        """Take back a change of a record of its own; it is as before where nothing came after it."""
        if not self.undoable:
            return await self.edit()
        operation, record, before, lines = self.undoable.pop()
        told = await self.caller.write("POST", f"/api/v1/operations/{operation}/undo", None)
        self._undid(told, operation)
        read = await self.caller.get(record.path)
        self.shown(record.object, read, read.body, record.version)
        if record.last == operation:
            now = tracked(record.object, read.body)
            differing = {k for k in before if not is_custom(k) and now[k] != before[k]}
            names = {line["name"] for line in read.body.get("lines", ())}
            if differing or names != lines or told.body["changed"] or told.body["forbidden"]:
                raise Wrong(f"{record} is not as before: {read.body}, {before}, {lines}, {told.body}")
        record.last = told.operation
        # what is there now is known from the answer; whether it should be is looked at in the end
        record.former.append(record.values["name"])
        record.values |= tracked(record.object, read.body)
        record.version = read.body["version"]
        record.deleted = read.body["deleted_at"] is not None
        if not record.deleted:  # the lines of a deleted record are away with it, and come back with it
            record.lines = {line["name"]: line["id"] for line in read.body.get("lines", ())}
        return None

    def _undid(self, told: Told, operation: str) -> None:
        assert told.operation is not None
        absent = self.ledger.fields.absent(told.began, told.ended)
        self.ledger.wrote(told.operation, Write("undo", self.caller.login, undoes=operation, absent=absent))
        self.ledger.counts["undo"] += 1

    # -- records of several ------------------------------------------------------------------------------------------

    async def edit_shared(self) -> None:
        """Change a record that others change as well: with or without saying which version is meant."""
        record = self.chance.choice(self.shared)
        read = await self.caller.get(record.path, 404)
        if read.status == 404:
            return
        version = read.body["version"]
        values: Values = {"name": self.ledger.word(self.chance), **self.custom(record.object)}
        if record.object == OPPORTUNITY and self.chance.random() < 0.7:
            # what somebody else removes meanwhile is refused, what somebody else adds is removed
            values["lines"] = self.merged({line["name"]: line["id"] for line in read.body["lines"]})
        match = version if self.chance.random() < 0.5 else None
        told = await self.caller.write("PATCH", record.path, values, 404, 409, 422, match=match)
        if told.status == 409:
            if match is None or told.body["current"]["version"] <= match:
                raise Wrong(f"no conflict with {match}: {told.body}")
            self.ledger.counts["refused: somebody was first"] += 1
        elif told.status == 422 and "reference" in told.codes():
            if "lines" not in values:
                raise Wrong(f"{values}: {told.body}")
            self.ledger.counts["refused: line gone"] += 1
        elif told.status == 422:
            if self.check_custom(record.object, told, values):
                raise Wrong(f"{self.caller.login} could not set {values}: {told.body}")
        elif told.status == 200:
            self.check_custom(record.object, told, values)
            if match is not None and told.body["version"] != match + 1:
                raise Wrong(f"version {match} was followed by {told.body['version']}")
            operation = self.wrote("shared edit", record.object, told, values)
            if operation and self.chance.random() < 0.15:
                await self._undo_shared(operation)

    async def _undo_shared(self, operation: str) -> None:
        """Take back what others may have changed since: that stays."""
        told = await self.caller.write("POST", f"/api/v1/operations/{operation}/undo", None)
        self._undid(told, operation)

    async def hand_over(self) -> None:
        """Give a shared record to another salesperson of the department, or only change it where one may not."""
        records = [s for s in self.shared if s.owner in ("norman", "nick") and s.object == OPPORTUNITY]
        if self.caller.login not in ("nora", "boss") or not records:
            return await self.edit_shared()
        record = self.chance.choice(records)
        values = {"owner": self.caller.world.users[self.chance.choice(("norman", "nick"))]}
        told = await self.caller.write("PATCH", record.path, values, 404)
        if told.status == 200:
            self.wrote("handed over", record.object, told, values)
        return None

    async def delete_shared(self) -> None:
        """Delete a shared opportunity, or bring it back."""
        record = self.chance.choice([s for s in self.shared if s.object == OPPORTUNITY])
        told = await self.caller.write("DELETE", record.path, None, 403, 404)
        if told.status == 204:
            self.wrote("delete", record.object, told, {}, record.id)
        told = await self.caller.write("POST", f"{record.path}/restore", None, 403, 404)
        if told.status == 200:
            self.wrote("restore", record.object, told, {})


def total(records: list[Mine]) -> Decimal:
    """What opportunities come to."""
    return sum((m.values["amount"] for m in records), Decimal(0))
