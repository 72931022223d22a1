"""Puts the demo together, batch after batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from random import Random

from ...kernel import clock
from . import catalogue, organisation
from .calendar import Calendar
from .changes import Rounds, Row
from .customers import Customer, Customers
from .deals import Deal, Deals
from .follow_ups import FollowUps
from .ids import Ids
from .leads import Leads
from .past import Past

Batch = tuple[str, list[Row]]

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
    past: bool = True,
    now: datetime | None = None,
    known: Mapping[str, str] | None = None,
) -> Iterator[Batch]:
    """The records of the demo organisation as (object, records), in an order in which every record comes after those it
    refers to; `keyuan.services.demo` tells their shape. The same arguments give the same records.

    `leads` is the number of leads that are not customers (half as many as customers unless told); `follow_ups` about how
    many there are to a deal, 0 for none and no tasks; `planned` whether the tasks of next steps that lie ahead come too;
    `past` whether records come as they began, with the changes that made them what they are, rather than as they are; `now`
    the present moment, the real one unless told; `known` the ids of records that are there already, by `role:<key>`,
    `pipeline:<name>` and `stage:<pipeline>/<name>`. Keeps no more in memory than one chunk of customers.
    ValueError for more customers and leads than there are names."""
    story = _Story(seed, Calendar(now or clock.now()), dict(known or {}), follow_ups, planned, past)
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
        self,
        seed: int,
        calendar: Calendar,
        known: dict[str, str],
        follow_ups: float,
        planned: bool,
        past: bool,
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
        self.past = Past(seed, calendar, self.organisation) if past else None
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
        made = _Made()
        random = Random(f"customers {self.seed} {first}")  # noqa: S311
        groups: list[str] = []
        for number in range(first, last):
            count = self._shares.of(number, customers, opportunities)
            customer = self.customers.make(random, number, count)
            if self.groups and random.random() < 0.05:
                customer.row["parent"] = self.groups[int(random.random() * len(self.groups))]
            elif "集团" in customer.row["name"]:
                groups.append(customer.id)
            if self.past:
                self.past.begin(customer)
            self._customer(random, customer, self.deals.make(random, customer, count), made)
        random.seed(f"leads {self.seed} {leads[0]}")
        for number in range(*leads):
            row, since, changed = self.leads.make(random, customers + number)
            begun = self._lead(row, since, changed, made)
            if self.follow_ups and row["status"] != "new":
                until = self.calendar.today - 0.05
                self.follow_ups.of_lead(random, row, (since, begun, until), made.activities, made.tasks)
        self.groups = [*self.groups, *groups][-50:]
        for key in _ORDER:
            for rows in (made.rows[key], *made.rounds.of(key)):
                for start in range(0, len(rows), MOST):
                    yield key.split("/")[0], type(rows)(rows[start : start + MOST])

    def _customer(self, random: Random, customer: Customer, deals: list[Deal], made: _Made) -> None:
        past = self.past
        if past is None:
            made.rows["customer"].append(customer.row)
            contacts = [(row, list[Row]()) for row in customer.contact_rows]
            lost = [{"id": customer.id, "status": "lost"}] if customer.lost else []
        else:
            first, changes, lost = past.of_customer(customer, deals)
            made.add("customer", customer.row, (first, changes))
            contacts = past.of_contacts(customer)
        made.rounds.add("customer/lost", lost)
        for n, (row, changes) in enumerate(contacts):
            made.add("contact" if n else "contact/first", row, (row, changes))
        lead = self.leads.of_customer(random, customer)
        begun = self._lead(*lead, made) if lead else 0.0
        if self.follow_ups is not None:
            activities, tasks = made.activities, made.tasks
            for deal in deals:
                self.follow_ups.of_deal(random, customer, deal, activities, tasks)
            self.follow_ups.of_customer(random, customer, activities, tasks)
            if lead is not None:
                times = (lead[1], begun, customer.since)
                self.follow_ups.of_lead(random, lead[0], times, activities, tasks)
        for deal in deals:
            made.add("opportunity", deal.row, past.of_deal(customer, deal) if past else None)

    def _lead(self, row: Row, since: float, changed: float, made: _Made) -> float:
        """Add a lead with its past; when somebody began to work on it."""
        if self.past is None:
            made.add("lead", row, None)
            return changed
        first, changes, begun = self.past.of_lead(row, since, changed)
        made.add("lead", row, (first, changes))
        return begun


_ORDER = (
    "lead",
    "customer",
    "contact/first",
    "contact",
    "opportunity",
    "customer/lost",
    "activity",
    "task",
)


class _Made:
    """What a chunk of the story consists of: new records, and their changes since."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {key: [] for key in _ORDER}
        self.rounds = Rounds()
        self.activities, self.tasks = self.rows["activity"], self.rows["task"]

    def add(self, key: str, row: Row, past: tuple[Row, list[Row]] | None) -> None:
        """Take a record, as it is or with how it began and the changes since."""
        first, changes = past or (row, [])
        self.rows[key].append(first)
        self.rounds.add(key, changes)


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
