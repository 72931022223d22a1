"""Customers and their contacts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from ...schema.address import children, division
from ...schema.text import pinyin
from . import words
from .calendar import Calendar
from .chance import pick
from .ids import Ids, credit_code, derived, land_line, mobile
from .organisation import Organisation, Seller, person

CUSTOMER, CONTACT = 0x10, 0x100
_SOURCES = ("exhibition",) * 18 + ("referral",) * 20 + ("website",) * 14 + ("search",) * 12 + ("cold_call",) * 14 + (
    ("inquiry",) * 8 + ("phone",) * 6 + ("partner",) * 5 + ("social",) * 3
)  # fmt: skip
_STANCES = ("supporter", "supporter", "neutral", "neutral", "neutral", "opponent")
_LEVELS = ("A", "B", "B", "B", "C", "C")


@dataclass(slots=True)
class Contact:
    """A contact as the rest of the customer's story needs it; `since` is a time of the calendar."""

    id: str
    address: str
    since: float


@dataclass(slots=True)
class Customer:
    """A customer with what its deals depend on. `row` is its record, which deals complete; `lost` that it bought once and
    does so no more; `former` whose it was until it was `handed` over; `renamed` when it got its name, and the one before."""

    number: int
    id: str
    short: str
    industry: str
    level: str
    since: float
    seller: Seller
    row: dict[str, Any]
    contacts: list[Contact] = field(default_factory=list)
    contact_rows: list[dict[str, Any]] = field(default_factory=list)
    lost: bool = False
    former: Seller | None = None
    handed: float = 0.0
    renamed: tuple[float, str] | None = None

    def seller_at(self, time: float) -> Seller:
        """Whose the customer was at a time."""
        return self.seller if self.former is None or time >= self.handed else self.former

    def name_at(self, time: float) -> str:
        """What it was called at a time."""
        name: str = self.row["name"]
        return name if self.renamed is None or time >= self.renamed[0] else self.renamed[1]


class Customers:
    """Makes customers by number: the same number, the same customer; no two have a name in common."""

    def __init__(
        self, calendar: Calendar, ids: Ids, organisation: Organisation, tags: tuple[str, ...]
    ) -> None:
        self.calendar, self.ids, self.organisation, self.tags = calendar, ids, organisation, tags
        # A place is a city with a trade, there as often as it is to be met. The same city and trade must not bear the
        # same own name twice, so each of their places has own names of its own: those of its rank.
        cities = [(city, rank) for c in words.CITIES for city in [_City(*c)] for rank in range(city.often)]
        kinds = [
            (kind, industry, rank)
            for industry, kinds, often in words.TRADES
            for kind in kinds
            for rank in range(often)
        ]
        ranks = max(rank for _, _, rank in kinds) + 1
        self._ranks = (max(rank for _, rank in cities) + 1) * ranks
        self._places = [
            (city, kind, industry, above * ranks + rank)
            for city, above in cities
            for kind, industry, rank in kinds
        ]
        shuffle = Random("places")  # noqa: S311
        shuffle.shuffle(self._places)
        self._own = len(words.FIRST) * len(words.SECOND) // self._ranks
        self._turns = [shuffle.randrange(self._own) for _ in self._places]
        self.names = len(self._places) * self._own

    def name(self, number: int) -> tuple[_City, str, str, str]:
        """City, own name, trade and industry of the number's company: different for every number below `names`."""
        turn, place = divmod(number, len(self._places))
        city, kind, industry, rank = self._places[place]
        own = (turn * 37 + self._turns[place]) % self._own * self._ranks + rank
        first, second = divmod(own, len(words.SECOND))
        return city, words.FIRST[first] + words.SECOND[second], kind, industry

    def make(self, random: Random, number: int, deals: int) -> Customer:
        """The customer of a number, who will have so many deals, with its contacts."""
        draw = random.random
        city, own, kind, industry = self.name(number)
        seller = pick(draw, self.organisation.sellers[city.group])
        calendar = self.calendar
        # A third has been there from the beginning; the others came along the way, some of them just now.
        share = draw() * 0.15 if draw() < 0.35 or deals > 8 else draw()
        since = min(share * calendar.today, calendar.today - 1.5)
        level = "A" if deals > 5 else pick(draw, _LEVELS)
        group = level == "A" and draw() < 0.15
        name = city.short + own + kind + (words.GROUP_SUFFIX if group else pick(draw, words.SUFFIXES))
        domain = _domain(own, kind, city.short)
        moment = calendar.moment(since)
        id_ = self.ids.make(CUSTOMER, number, calendar.milliseconds(since))
        street = f"{pick(draw, words.ROADS)}{pick(draw, words.ROAD_KINDS)}{int(draw() * 980) + 1}号"
        if draw() < 0.6:
            street += f"{own}{pick(draw, words.BUILDINGS)}"
        district = pick(draw, city.districts) if city.districts else None
        code = credit_code(district or city.code, number)
        line = land_line(city.area_code, number)
        staff = int(10 ** (1.4 + draw() * 1.4 + (0.7 if level == "A" else 0)))
        row: dict[str, Any] = {
            "id": id_,
            "name": name,
            "record_type": "company",
            "external_code": f"ERP{number + 1:07d}",
            "type": "dealer" if draw() < 0.08 else "end",
            "level": level,
            "status": "potential",
            "industry": industry,
            "source": pick(draw, _SOURCES),
            "credit_code": code,
            "phone": line,
            "email": f"info@{domain}",
            "website": f"https://www.{domain}",
            "address": {"province": city.province, "city": city.code, "district": district, "detail": street},
            "revenue": {
                "amount": f"{staff * (30 + int(draw() * 60))}0000.00",
                "currency": "CNY",
                "rate_date": moment[:10],
            },
            "staff": staff,
            "year_established": 1992 + int(draw() * 30),
            "invoice_title": name,
            "tax_number": code,
            "invoice_phone": line,
            "owner": seller.id,
            "owner_department": seller.department,
            "created_at": moment,
            "updated_at": moment,
            "created_by": seller.id,
            "updated_by": seller.id,
        }
        if draw() < 0.45:
            row["tags"] = list(dict.fromkeys(pick(draw, self.tags) for _ in range(1 + int(draw() * 2))))
        customer = Customer(number, id_, city.short + own, industry, level, since, seller, row)
        for n in range(1 + int(draw() * (3.6 if level == "A" else 2.4))):
            self._contact(random, customer, domain, n)
        return customer

    def _contact(self, random: Random, customer: Customer, domain: str, n: int) -> None:
        draw, calendar = random.random, self.calendar
        since = customer.since + 0.02 + 0.01 * n
        if n > 1:
            # Later contacts are met later.
            since += draw() * (calendar.today - 0.5 - since)
        name, gender = person(random)
        department, title, role, _ = pick(draw, _POSITIONS)
        surname = name[:2] if name[:2] in _DOUBLE else name[0]
        number = customer.number * 8 + n
        moment = calendar.moment(since)
        contact = Contact(
            derived(customer.id, CONTACT, n),
            surname + _polite(title, gender),
            since,
        )
        login = _latin(name, len(surname))
        row: dict[str, Any] = {
            "id": contact.id,
            "name": name,
            "customer": customer.id,
            "primary": n == 0,
            "mobile": mobile(number * 7919 + 13),
            "wechat": f"{login}_{number % 1000:03d}",
            "email": f"{login}{n or ''}@{domain}",
            "department": department,
            "title": title,
            "role": role,
            "stance": pick(draw, _STANCES),
            "gender": gender,
            "source": customer.row["source"],
            "owner": customer.seller.id,
            "owner_department": customer.seller.department,
            "created_at": moment,
            "updated_at": moment,
            "created_by": customer.seller.id,
            "updated_by": customer.seller.id,
        }
        if n:
            row["left"] = draw() < 0.06
            if draw() < 0.4:
                row["reports_to"] = customer.contacts[0].id
        customer.contacts.append(contact)
        customer.contact_rows.append(row)


class _City:
    """A city as customers need it."""

    def __init__(self, code: str, short: str, group: str, often: int) -> None:
        self.code, self.short, self.group, self.often = code, short, group, often
        self.province = code[:2] + "0000"
        self.area_code = words.AREA_CODES[code]
        place = division(code)
        assert place is not None, code
        # Zones of development have long names that nobody puts on an envelope.
        self.districts = [d.code for d in children(code) if len(d.name) <= 5]


_POSITIONS = [position for position in words.POSITIONS for _ in range(position[3])]
_DOUBLE = {surname for surname, _ in words.SURNAMES if len(surname) == 2}
_TITLES = ("董事长", "总经理助理", "副总经理", "总经理", "总监", "经理", "主管", "主任", "工程师")
_SPOKEN = {"副总经理": "总", "总经理": "总", "总经理助理": "助理", "董事长": "董", "工程师": "工"}


def _polite(title: str, gender: str) -> str:
    for known in _TITLES:
        if title.endswith(known):
            return _SPOKEN.get(known, known)
    return "女士" if gender == "female" else "先生"


@cache
def _spelled(character: str, surname: bool = False) -> str:
    return pinyin.full(character, person=surname)


def _domain(own: str, kind: str, city: str) -> str:
    """A company's domain: its own name spelled, its trade by initials, its city (hengyuezn-suzhou)."""
    trade = "".join([_spelled(c)[0] for c in kind])
    return f"{_spelled(own[0])}{_spelled(own[1])}{trade}-{''.join(map(_spelled, city))}.example"


def _latin(name: str, surname: int) -> str:
    """A mail name: the surname spelled, the given name by its initials (wang.xm)."""
    first = "".join([_spelled(c, True) for c in name[:surname]])
    return first + "." + "".join([_spelled(c)[0] for c in name[surname:]])
