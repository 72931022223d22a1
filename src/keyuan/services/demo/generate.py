"""Puts the demo together, batch after batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from random import Random
from typing import Any

from ...kernel import clock
from . import catalogue, organisation
from .calendar import Calendar
from .customers import Customer, Customers
from .deals import Deal, Deals
from .follow_ups import FollowUps
from .ids import Ids
from .leads import Leads

Batch = tuple[str, list[dict[str, Any]]]

MOST = 1000
"""Records in one batch at most."""
_CHUNK = 250


def generate(
    seed: int = 20240601,
    customers: int = 400,
    opportunities: int = 1_200,
    *,
    leads: int | None = None,
    follow_ups: float = 3.0,
    planned: bool = True,
    now: datetime | None = None,
    known: Mapping[str, str] | None = None,
) -> Iterator[Batch]:
    """The records of the demo organisation as (object, records), in an order in which every record comes after those it
    refers to; `keyuan.services.demo` tells their shape. The same arguments give the same records.

    `leads` is the number of leads that are not customers (half as many as customers unless told); `follow_ups` about how
    many there are to a deal, 0 for none and no tasks; `planned` whether the tasks of next steps that lie ahead come too;
    `now` the present moment, the real one unless told; `known` the ids of records that are there already, by
    `role:<key>`, `pipeline:<name>` and `stage:<pipeline>/<name>`. Keeps no more in memory than one chunk of customers.
    ValueError for more customers and leads than there are names."""
    story = _Story(seed, Calendar(now or clock.now()), dict(known or {}), follow_ups, planned)
    leads = customers // 2 if leads is None else leads
    if customers + leads > story.customers.names:
        raise ValueError(f"there are names for {story.customers.names} companies only")
    yield from story.setting()
    for first in range(0, customers, _CHUNK):
        last = min(first + _CHUNK, customers)
        shared = leads * first // customers, leads * last // customers
        yield from story.chunk(first, last, customers, opportunities, shared)
    if not customers:
        yield from story.chunk(0, 0, 1, 0, (0, leads))


class _Story:
    """One demo in the making."""

    def __init__(
        self, seed: int, calendar: Calendar, known: dict[str, str], follow_ups: float, planned: bool
    ) -> None:
        self.seed, self.calendar = seed, calendar
        ids = Ids(seed)
        founded = calendar.milliseconds(0) - 60 * 86_400_000
        self.organisation = organisation.build(seed, calendar, ids, known)
        self.catalogue = catalogue.build(ids, founded, known)
        self.customers = Customers(calendar, ids, self.organisation, self.catalogue.tags)
        self.deals = Deals(calendar, ids, self.catalogue)
        self.leads = Leads(calendar, ids, self.organisation, self.customers)
        self.follow_ups = FollowUps(calendar, ids, follow_ups, planned) if follow_ups > 0 else None
        self.groups: list[str] = []
        self._shares = _Shares(seed)

    def setting(self) -> Iterator[Batch]:
        """Who and what there is before the first customer."""
        for object_key, rows in (*self.organisation.records, *self.catalogue.records):
            if rows:
                yield object_key, rows

    def chunk(
        self, first: int, last: int, customers: int, opportunities: int, leads: tuple[int, int]
    ) -> Iterator[Batch]:
        """The customers of some numbers with everything that belongs to them, and some leads."""
        made: dict[str, list[dict[str, Any]]] = {key: [] for key in _ORDER}
        random = Random(f"customers {self.seed} {first}")  # noqa: S311
        groups: list[str] = []
        for number in range(first, last):
            count = self._shares.of(number, customers, opportunities)
            customer = self.customers.make(random, number, count)
            if self.groups and random.random() < 0.05:
                customer.row["parent"] = self.groups[int(random.random() * len(self.groups))]
            elif "集团" in customer.row["name"]:
                groups.append(customer.id)
            self._customer(
                random, customer, self.deals.make(random, customer, count, made["stage_history"]), made
            )
        random.seed(f"leads {self.seed} {leads[0]}")
        for number in range(*leads):
            row, since = self.leads.make(random, customers + number)
            made["lead"].append(row)
            if self.follow_ups and row["status"] != "new":
                self.follow_ups.of_lead(
                    random, row, since, self.calendar.today - 0.05, made["activity"], made["task"]
                )
        self.groups = [*self.groups, *groups][-50:]
        for key in _ORDER:
            rows = made[key]
            for start in range(0, len(rows), MOST):
                yield key.split("/")[0], rows[start : start + MOST]

    def _customer(
        self, random: Random, customer: Customer, deals: list[Deal], made: dict[str, list[dict[str, Any]]]
    ) -> None:
        made["customer"].append(customer.row)
        made["contact/first"].append(customer.contact_rows[0])
        made["contact"] += customer.contact_rows[1:]
        made["opportunity"] += [deal.row for deal in deals]
        if customer.lost:
            made["customer/lost"].append({"id": customer.id, "status": "lost"})
        lead = self.leads.of_customer(random, customer)
        if lead is not None:
            made["lead"].append(lead[0])
        if self.follow_ups is None:
            return
        activities, tasks = made["activity"], made["task"]
        for deal in deals:
            self.follow_ups.of_deal(random, customer, deal, activities, tasks)
        self.follow_ups.of_customer(random, customer, activities, tasks)
        if lead is not None:
            self.follow_ups.of_lead(random, lead[0], lead[1], customer.since, activities, tasks)


_ORDER = (
    "lead",
    "customer",
    "contact/first",
    "contact",
    "opportunity",
    "stage_history",
    "customer/lost",
    "activity",
    "task",
)


class _Shares:
    """How many of the opportunities each customer has: few for most, many for some, together exactly as many as there
    are."""

    _PERIOD = 997

    def __init__(self, seed: int) -> None:
        random = Random(f"shares {seed}")  # noqa: S311
        sums, total = [0.0], 0.0
        for _ in range(self._PERIOD):
            # A quarter buys nothing yet.
            total += 0.0 if random.random() < 0.25 else 0.3 + random.expovariate(1.0) ** 1.4
            sums.append(total)
        self._sums = sums

    def _until(self, number: int) -> float:
        rounds, rest = divmod(number, self._PERIOD)
        return rounds * self._sums[-1] + self._sums[rest]

    def of(self, number: int, customers: int, opportunities: int) -> int:
        """The share of the customer of a number."""
        scale = opportunities / self._until(customers)
        before = round(self._until(number) * scale)
        after = opportunities if number + 1 == customers else round(self._until(number + 1) * scale)
        return after - before
