"""Leads: those that became customers, and those on their way."""

from __future__ import annotations

from random import Random
from typing import Any

from . import texts, words
from .calendar import Calendar
from .chance import pick
from .customers import Customer, Customers
from .ids import Ids, mobile
from .organisation import Organisation, person

LEAD = 0x18
_SOURCES = (
    "exhibition",
    "exhibition",
    "website",
    "website",
    "search",
    "search",
    "advertising",
    "inquiry",
    "social",
    "phone",
    "registration",
)
_FROM_MARKETING = {"exhibition", "website", "search", "inquiry", "social", "phone"}
_TITLES = [title for _, title, _, often in words.POSITIONS for _ in range(often)]
# What leads have come to after so many working days.
_YOUNG = ("new", "new", "new", "working", "working")
_GROWN = ("working", "working", "interested", "interested", "failed", "invalid")
_OLD = ("failed", "failed", "failed", "invalid", "invalid", "interested", "working")


class Leads:
    """Makes leads."""

    def __init__(
        self, calendar: Calendar, ids: Ids, organisation: Organisation, customers: Customers
    ) -> None:
        self.calendar, self.ids, self.organisation, self.customers = calendar, ids, organisation, customers
        self._number = 0

    def of_customer(self, random: Random, customer: Customer) -> tuple[dict[str, Any], float, float] | None:
        """The lead that a customer was before, if marketing found it; when it came, and when it became one."""
        if customer.row["source"] not in _FROM_MARKETING or customer.since < 8 or random.random() < 0.45:
            return None
        since = customer.since - 1 - random.random() * 6
        contact = customer.contact_rows[0]
        kept = {key: contact[key] for key in ("name", "title", "mobile", "wechat", "email")}
        seller = customer.seller_at(customer.since)
        row = self._row(since, seller.id, seller.department, random)
        row |= kept
        row |= {
            "company": customer.name_at(customer.since),
            "industry": customer.industry,
            "source": customer.row["source"],
            "status": "converted",
            "score": 60 + int(random.random() * 40),
            "status_changed_at": customer.row["created_at"],
            "updated_at": customer.row["created_at"],
        }
        return row, since, customer.since

    def make(self, random: Random, number: int) -> tuple[dict[str, Any], float, float]:
        """A lead of a company that is not a customer, by the number of its name; when it came, and when it got its
        status."""
        draw, calendar = random.random, self.calendar
        # Rather lately: leads do not stay leads.
        since = calendar.today - 0.1 - (draw() ** 3) * (calendar.today - 1)
        city, own, kind, industry = self.customers.name(number)
        age = calendar.today - since
        status = pick(draw, _YOUNG if age < 4 else _GROWN if age < 40 else _OLD)
        if status == "new" or draw() < 0.25:
            owner, department = pick(draw, self.organisation.marketing)
        else:
            seller = pick(draw, self.organisation.sellers[city.group])
            owner, department = seller.id, seller.department
        row = self._row(since, owner, department, random)
        name, _ = person(random)
        row |= {
            "name": name,
            "company": city.short + own + kind + pick(draw, words.SUFFIXES),
            "industry": industry,
            "title": pick(draw, _TITLES),
            "mobile": mobile(number * 104_729 + 7),
            "source": pick(draw, _SOURCES),
            "status": status,
            "score": min(100, int(draw() * 60) + (30 if status == "interested" else 0)),
        }
        changed = since if status == "new" else since + draw() * (calendar.today - 0.05 - since)
        row["status_changed_at"] = row["updated_at"] = calendar.moment(changed)
        if status in ("failed", "invalid"):
            row["failed_reason"] = pick(draw, texts.FAILED) if status == "failed" else "联系方式无效"
        return row, since, changed

    def _row(self, since: float, owner: str, department: str, random: Random) -> dict[str, Any]:
        self._number += 1
        moment = self.calendar.moment(since)
        return {
            "id": self.ids.make(LEAD, self._number, self.calendar.milliseconds(since)),
            "demand": pick(random.random, texts.DEMANDS),
            "owner": owner,
            "owner_department": department,
            "created_at": moment,
            "created_by": owner,
            "updated_by": owner,
        }
