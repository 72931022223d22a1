"""What records were before they came to what they are: how they were made, and the changes since, each with its time and
author. Drawn apart from the story itself, which is the same with it and without."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from . import words
from .calendar import Calendar
from .chance import Draw, pick
from .changes import Row
from .customers import Customer
from .deals import USUAL_DAYS, Deal, yuan
from .organisation import Organisation, Seller

Event = tuple[float, Mapping[str, Any], str]
"""When something changed, to what, by whom."""

# What a deal does not know in the beginning.
_LATER = ("closed_at", "lost_reason", "invalid_reason", "close_remark", "competitor", "next_step", "lines")
_LOWER = {"A": ("B", "B", "C"), "B": ("C", "C", "A"), "C": ("B",)}


class Past:
    """Makes pasts. Records that are handed in are what they are now; answers are what they began as, and the changes."""

    def __init__(self, seed: int, calendar: Calendar, organisation: Organisation) -> None:
        self.seed, self.calendar, self.organisation = seed, calendar, organisation
        self._random = Random()  # noqa: S311

    def begin(self, customer: Customer) -> None:
        """Draw from here on for this customer. Some came from another seller, when they had been there for a while."""
        self._random.seed(f"past {self.seed} {customer.number}")
        draw = self._random.random
        room = self.calendar.today - 25 - customer.since
        if room < 20 or draw() > 0.07:
            return
        group = customer.seller.group
        others = [s for s in self.organisation.sellers[group] if s.id != customer.seller.id]
        customer.former = pick(draw, others)
        customer.handed = customer.since + 20 + draw() * room

    def of_contacts(self, customer: Customer) -> list[tuple[Row, list[Row]]]:
        """The contacts, which go to another seller with their customer."""
        made = []
        for contact, row in zip(customer.contacts, customer.contact_rows, strict=True):
            first, events = {**row, **_owned(customer, contact.since)}, list[Event]()
            self._hand_over(customer, contact.since, self.calendar.today, events)
            made.append((first, self._changes(first, events)))
        return made

    def of_customer(self, customer: Customer, deals: list[Deal]) -> tuple[Row, list[Row], list[Row]]:
        """A customer: what it began as, the changes, and the one that comes after all of its deals."""
        draw, calendar, row = self._random.random, self.calendar, customer.row
        events: list[Event] = []
        first = {**row, **_owned(customer, customer.since), "status": "potential"}
        self._hand_over(customer, customer.since, calendar.today, events)

        def change(values: Mapping[str, Any], time: float | None = None) -> None:
            """What is so now became so then; before it was otherwise."""
            if time is None:
                time = customer.since + (0.1 + 0.85 * draw()) * (calendar.today - 0.2 - customer.since)
            events.append((time, {k: row[k] for k in values}, customer.seller_at(time).id))
            first.update(values)

        won = [deal.ended for deal in deals if deal.row["outcome"] == "won" and deal.ended is not None]
        if won:
            bought = min(won)
            events.append((bought, {"status": "active"}, customer.seller_at(bought).id))
        settled = calendar.today - customer.since > 30
        if settled and draw() < 0.18:
            change({"level": pick(draw, _LOWER[row["level"]])}, min(won) if won else None)
        if settled and draw() < 0.1:
            change({"staff": max(row["staff"] * (6 + int(draw() * 3)) // 10, 5)})
        if settled and draw() < 0.06:
            change({"phone": row["phone"][:-2] + f"{(int(row['phone'][-2:]) + 37) % 100:02d}"})
        if settled and draw() < 0.05:
            time = customer.since + (0.3 + 0.6 * draw()) * (calendar.today - customer.since)
            former = _renamed(draw, row["name"])
            values = {"name": row["name"], "invoice_title": row["invoice_title"], "former_names": former}
            events.append((time, values, customer.seller_at(time).id))
            first |= {"name": former, "invoice_title": former}
            customer.renamed = time, former
        lost: list[Event] = []
        if customer.lost:
            last = max([time for time, _, _ in events] + [deal.entered[-1] for deal in deals])
            time = last + (0.4 + 0.5 * draw()) * (calendar.today - 0.1 - last)
            lost.append((time, {"status": "lost"}, customer.seller_at(time).id))
        changes = self._changes(first, [*events, *lost])
        after = len(changes) - len(lost)
        return first, changes[:after], changes[after:]

    def of_deal(self, customer: Customer, deal: Deal) -> tuple[Row, list[Row]]:
        """A deal: as it was made, and its way through the stages with what was learned on it."""
        draw, calendar, row = self._random.random, self.calendar, deal.row
        start, entered, over = deal.entered[0], deal.entered, deal.ended or calendar.today - 0.05
        until = [*entered[1:], over]
        events: list[Event] = []
        first = {key: value for key, value in row.items() if key not in _LATER}
        first |= _owned(customer, start) | self._stands(deal, 0)
        first |= {"outcome": "open", "updated_at": row["created_at"]}
        self._hand_over(customer, start, over, events)

        def say(time: float, values: Mapping[str, Any]) -> None:
            events.append((time, values, customer.seller_at(time).id))

        for n in range(1, len(entered)):
            say(entered[n], self._stands(deal, n))
        if deal.ended is not None:
            end = ("stage", "outcome", "probability", "stage_entered_at")
            told = ("closed_at", "lost_reason", "invalid_reason", "close_remark")
            say(deal.ended, {key: row[key] for key in (*end, *told) if key in row})
        quoted = min(1 + (draw() < 0.5), deal.reached)
        if quoted or draw() < 0.25:
            # Before anything was quoted the amount was a guess.
            cents = deal.cents * (65 + int(draw() * 80)) // 100_000_000 or 1
            first["amount"] = row["amount"] | {"amount": yuan(cents * 1_000_000)}
        if quoted:
            say(entered[quoted], {"amount": row["amount"], "lines": row["lines"]})
        else:
            first["lines"] = row["lines"]
            if first["amount"] != row["amount"]:
                say(start + (0.2 + 0.7 * draw()) * (over - start), {"amount": row["amount"]})
        if "competitor" in row:
            named = deal.ended or start if deal.reached == 0 else entered[1]
            say(named, {"competitor": row["competitor"]})
        if deal.noted is not None:
            say(deal.noted, {"next_step": row["next_step"]})
        for n, since in enumerate(entered[:-1]):
            if draw() < 0.06:
                chance = min(max(int(deal.stages[n].probability) + (-10, 10)[draw() < 0.6], 5), 95)
                say(since + (0.2 + 0.6 * draw()) * (until[n] - since), {"probability": str(chance)})
        self._expect(draw, deal, first, until, say)
        return first, self._changes(first, events)

    def of_lead(self, row: Row, since: float, changed: float) -> tuple[Row, list[Row], float]:
        """A lead: new, and what came of it until the time it got its present status; when it was first more than new."""
        self._random.seed(f"past {row['id']}")
        draw, calendar = self._random.random, self.calendar
        moment = calendar.moment(since)
        first = {**row, "status": "new", "status_changed_at": moment, "updated_at": moment}
        first.pop("failed_reason", None)
        events: list[Event] = []
        if row["owner_department"] != self.organisation.marketing[0][1] and draw() < 0.6:
            # Marketing finds many, and gives them to sellers within the day.
            finder, department = pick(draw, self.organisation.marketing)
            first |= {
                "owner": finder,
                "owner_department": department,
                "created_by": finder,
                "updated_by": finder,
            }
            given = since + min(0.02 + draw() * 0.1, (changed - since) / 2)
            events.append((given, {k: row[k] for k in ("owner", "owner_department")}, finder))
        way = _WAYS[row["status"]]
        if draw() < 0.3:
            way = way[-1:]
        begun = changed
        for n, status in enumerate(way, 1):
            time = changed if n == len(way) else since + (changed - since) * (n - 0.5 * draw()) / len(way)
            values: Row = {"status": status, "status_changed_at": calendar.moment(time)}
            if n == len(way):
                values |= {k: row[k] for k in ("failed_reason",) if k in row}
            if n == 1:
                begun = time
            if n == 1 and row["score"] > 5:
                first["score"] = row["score"] // 2
                values["score"] = row["score"]
            events.append((time, values, row["owner"]))
        return first, self._changes(first, events), begun

    def _stands(self, deal: Deal, n: int) -> Row:
        """A deal in its nth stage."""
        stage = deal.stages[n]
        moment = self.calendar.moment(deal.entered[n])
        return {"stage": stage.id, "probability": stage.probability, "stage_entered_at": moment}

    def _expect(self, draw: Draw, deal: Deal, first: Row, until: list[float], say: Any) -> None:
        """When the deal was expected to close: most of them earlier than in the end."""
        calendar, times = self.calendar, [time for time in deal.entered[1:] if draw() < 0.35]
        if draw() < 0.25:
            since = deal.entered[-1]
            times.append(since + (0.2 + 0.7 * draw()) * (until[-1] - since))
        # Nobody expects what is over, though what was expected may be over by now.
        times = [time for time in times if time + 1 < deal.close]
        slips = [3 + draw() * 14 - (draw() < 0.15) * 12 for _ in times]
        usual = sum(USUAL_DAYS[: len(deal.stages)])
        close = max(deal.close - sum(slips), deal.entered[0] + usual * 0.3)
        first["expected_close"] = calendar.day(close) if times else deal.row["expected_close"]
        for n, time in enumerate(times):
            close = max(close + slips[n], time + 1)
            day = calendar.day(close) if n + 1 < len(times) else deal.row["expected_close"]
            say(time, {"expected_close": day})

    def _hand_over(self, customer: Customer, since: float, until: float, events: list[Event]) -> None:
        """What went to another seller along with its customer, by the head of their group."""
        if customer.former is not None and since < customer.handed < until:
            head = self.organisation.heads[customer.seller.group]
            events.append((customer.handed, _owner(customer.seller), head))

    def _changes(self, first: Row, events: list[Event]) -> list[Row]:
        """What happened to a record, in order; what happened in the same minute is one change."""
        made, known = list[Row](), dict(first)
        for time, told, author in sorted(events, key=lambda event: event[0]):
            values = {key: value for key, value in told.items() if known.get(key) != value}
            known |= values
            moment = self.calendar.moment(time)
            if made and made[-1]["updated_at"] == moment and made[-1]["updated_by"] == author:
                made[-1].update(values)
            elif values:
                made.append({"id": first["id"], **values, "updated_at": moment, "updated_by": author})
        return made


_WAYS = {
    "new": (),
    "working": ("working",),
    "interested": ("working", "interested"),
    "converted": ("working", "interested", "converted"),
    "failed": ("working", "failed"),
    "invalid": ("working", "invalid"),
}


def _owner(seller: Seller) -> Row:
    return {"owner": seller.id, "owner_department": seller.department}


def _owned(customer: Customer, since: float) -> Row:
    """Whose a record of the customer was that was made at a time."""
    seller = customer.seller_at(since)
    return {**_owner(seller), "created_by": seller.id, "updated_by": seller.id}


def _renamed(draw: Draw, name: str) -> str:
    """What a company was called before, by another ending."""
    ending = next(
        e
        for e in (words.GROUP_SUFFIX, *sorted(set(words.SUFFIXES), key=len, reverse=True))
        if name.endswith(e)
    )
    return name.removesuffix(ending) + pick(draw, [e for e in words.SUFFIXES if e != ending])
