"""Opportunities: what is sold to whom, the way through the stages, how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from . import texts
from .calendar import Calendar
from .catalogue import KEY_ACCOUNT, RENEWAL, STANDARD, Catalogue, Pipeline, Product, Stage
from .chance import Draw, pick
from .customers import Contact, Customer
from .ids import Ids

OPPORTUNITY = 0x20
USUAL_DAYS = (5.0, 9.0, 13.0, 9.0, 11.0)
"""Working days in each stage when all goes as usual."""
# Where lost deals are lost.
_LOST_AT = (0, 0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4)
_CATEGORIES = {
    "machinery": ("协作机器人", "工业控制", "软件平台", "视觉检测"),
    "electronics": ("视觉检测", "协作机器人", "工业控制", "软件平台"),
    "automotive": ("协作机器人", "视觉检测", "仓储物流", "软件平台"),
    "logistics": ("仓储物流", "仓储物流", "软件平台"),
    "retail": ("仓储物流", "软件平台"),
    "food": ("协作机器人", "仓储物流", "视觉检测"),
    "medical": ("视觉检测", "协作机器人", "软件平台"),
    "energy": ("工业控制", "协作机器人", "软件平台", "视觉检测"),
}
_ANY = ("协作机器人", "工业控制", "软件平台", "仓储物流", "视觉检测")
_SERVICE = "技术服务"
_ORDERS = (*texts.KINDS[_SERVICE], "采购")
"""Ends of names of what is ordered again, where projects have further phases."""
_NUMERALS = "零一二三四五六七八九十"


@dataclass(slots=True)
class Deal:
    """An opportunity as its follow-ups and its past need it. `entered` are the times of its stages, `ended` that of its
    end, none while it is open; `reached` is the last open stage it stood in, of the pipeline's `stages`; `cents` its
    amount, `close` when it is expected to close, `noted` when its next step was."""

    id: str
    row: dict[str, Any]
    contact: Contact
    product: Product
    competitor: str
    entered: list[float]
    ended: float | None
    reached: int
    stages: tuple[Stage, ...]
    cents: int
    close: float
    noted: float | None = None


class Deals:
    """Makes the opportunities of customers."""

    def __init__(self, calendar: Calendar, ids: Ids, catalogue: Catalogue) -> None:
        self.calendar, self.ids, self.catalogue = calendar, ids, catalogue
        self._number = 0

    def start(self, random: Random, since: float, until: float) -> float:
        """A time between two at which a deal begins, rather in busy months."""
        busy, draw = self.calendar.busy, random.random
        for _ in range(4):
            time = since + draw() * (until - since)
            if draw() < busy[int(time)]:
                break
        return time

    def make(self, random: Random, customer: Customer, count: int) -> list[Deal]:
        """So many opportunities of a customer in the order of their beginning. Completes the customer's record."""
        calendar = self.calendar
        begin = customer.contacts[0].since + 0.05
        times = sorted(self.start(random, begin, calendar.today - 0.05) for _ in range(count))
        made: list[Deal] = []
        bought: float | None = None
        for time in times:
            deal = self._deal(random, customer, time, bought is not None and bought < time)
            _tell_apart(deal, made)
            made.append(deal)
            if deal.row["outcome"] == "won":
                assert deal.ended is not None
                bought = deal.ended if bought is None else min(bought, deal.ended)
        if bought is not None:
            customer.row["status"] = "active"
            last = max(deal.entered[-1] for deal in made)
            customer.lost = last < calendar.today * 0.75 and random.random() < 0.7
        return made

    def _deal(self, random: Random, customer: Customer, start: float, again: bool) -> Deal:
        draw, calendar, seller = random.random, self.calendar, customer.seller
        self._number = number = self._number + 1
        pipeline = self._pipeline(draw, customer, again)
        contacts = [c for c in customer.contacts if c.since <= start]
        contact = contacts[int(draw() * len(contacts))]
        id_ = self.ids.make(OPPORTUNITY, number, calendar.milliseconds(start))

        chance = 0.36 * seller.skill * (1.25 if again else 1.0) * (1.1 if customer.level == "A" else 1.0)
        luck = draw()
        outcome = "won" if luck < chance else "invalid" if luck > 0.93 else "lost"
        stages = pipeline.stages
        steps = len(stages)
        if outcome == "won":
            reached = steps - 1
        elif outcome == "lost":
            reached = min(_LOST_AT[int(draw() * len(_LOST_AT))], steps - 1)
        else:
            reached = 0 if draw() < 0.7 else 1
        entered, ended = self._way(draw, seller.skill, customer.level, start, reached)
        if ended is None or (draw() < 0.02 and ended > calendar.today * 0.9):
            # Not over yet; a few lie still.
            ended, outcome = None, "open"
        entered = [time for time in entered if time < calendar.today]
        reached = len(entered) - 1
        end = pipeline.ends[outcome] if ended is not None else stages[reached]

        category = (
            _SERVICE if pipeline.name == RENEWAL else pick(draw, _CATEGORIES.get(customer.industry, _ANY))
        )
        product = pick(draw, self.catalogue.products[category])
        cents, lines = self._lines(draw, product, customer.level, seller.skill, calendar.day(start))
        if reached == 0 and outcome != "won":
            # Nothing is quoted yet: a round guess.
            cents, lines = max(cents // 1_000_000, 1) * 1_000_000, []
        competitor_id, competitor = pick(draw, self.catalogue.competitors)
        named = reached >= 1 and draw() < 0.5
        rest = sum(USUAL_DAYS[reached:steps]) * (0.5 + draw())
        if ended is not None:
            close = min(max(ended + (draw() - 0.6) * 12, start + 1), calendar.today + 60)
        else:
            # One in six is late.
            close = calendar.today - 1 - draw() * 8 if draw() < 0.17 else calendar.today + 1 + rest
        times = entered if ended is None else [*entered, ended]
        moments = [calendar.moment(time) for time in times]
        moment = moments[-1]
        owner = customer.seller_at(calendar.today if ended is None else ended)
        row: dict[str, Any] = {
            "id": id_,
            "name": f"{customer.short}{pick(draw, texts.KINDS[category])}",
            "customer": customer.id,
            "pipeline": pipeline.id,
            "stage": end.id,
            "outcome": outcome,
            "amount": {"amount": yuan(cents), "currency": "CNY", "rate_date": moments[0][:10]},
            "probability": end.probability,
            "expected_close": calendar.day(max(close, 0)),
            "contact": contact.id,
            "product": product.id,
            "source": customer.row["source"] if not again else "referral",
            "stage_entered_at": moment,
            "lines": lines,
            "owner": owner.id,
            "owner_department": owner.department,
            "created_at": moments[0],
            "updated_at": moment,
            "created_by": customer.seller_at(start).id,
            "updated_by": owner.id,
        }
        if ended is not None:
            row["closed_at"] = moment
            named = _conclude(draw, row, outcome, competitor) or named
        if named:
            row["competitor"] = competitor_id
        return Deal(id_, row, contact, product, competitor, entered, ended, reached, stages, cents, close)

    def _pipeline(self, draw: Draw, customer: Customer, again: bool) -> Pipeline:
        pipelines = self.catalogue.pipelines
        if again and draw() < 0.22:
            return pipelines[RENEWAL]
        return pipelines[KEY_ACCOUNT if customer.level == "A" and draw() < 0.4 else STANDARD]

    def _way(
        self, draw: Draw, skill: float, level: str, start: float, reached: int
    ) -> tuple[list[float], float | None]:
        """When each stage is entered, and when the deal ends; none if that is not yet."""
        calendar = self.calendar
        pace = (1.4 if level == "A" else 1.0) / skill**0.5
        time, entered = start, [start]
        for stage in range(reached + 1):
            # Mostly near the usual, sometimes three times as long.
            usual = draw()
            time += USUAL_DAYS[stage] * pace * (0.3 + usual + 2.2 * usual**6) + 0.05
            if stage < reached:
                entered.append(time)
        if time >= calendar.today:
            return entered, None
        end = calendar.quarter_ends[int(time)]
        if reached >= 3 and 0 < end - time < 14 and end < calendar.today and draw() < 0.45:
            # Much is signed in the last days of a quarter.
            time = end + 0.9 - draw() * 2.5 if end - time > 3 else time
        return entered, time

    def _lines(
        self, draw: Draw, product: Product, level: str, skill: float, day: str
    ) -> tuple[int, list[dict[str, Any]]]:
        """The products of a deal, priced on a day, and their sum in cents."""
        chosen = [product]
        if draw() < 0.45:
            others = self.catalogue.products[pick(draw, (product.category, _SERVICE))]
            other = pick(draw, others)
            if other is not product:
                chosen.append(other)
        total, lines = 0, []
        for position, item in enumerate(chosen):
            quantity = pick(draw, item.quantities)
            if level == "A" and draw() < 0.4:
                quantity *= 2
            discount = int(draw() * 14 / skill) if draw() < 0.7 else 0
            total += item.price * quantity * (100 - discount)
            lines.append(
                {
                    "product": item.id,
                    "name": item.name,
                    "unit": item.unit,
                    "price": {"amount": f"{item.price}.00", "currency": "CNY", "rate_date": day},
                    "quantity": str(quantity),
                    "discount": str(discount),
                    "position": position,
                }
            )
        return total, lines


def _tell_apart(deal: Deal, before: list[Deal]) -> None:
    """Where a customer is after the same again, say which time it is: a project has a further phase if it was won before,
    otherwise it is another try."""
    name = deal.row["name"]
    same = [other for other in before if other.row["name"].split("（")[0] == name]
    if same:
        times = 1 + len(same)
        number = _NUMERALS[times] if times < len(_NUMERALS) else str(times)
        won = all(
            o.row["outcome"] == "won" and o.ended is not None and o.ended < deal.entered[0] for o in same
        )
        again = f"第{number}次" if name.endswith(_ORDERS) else f"{number}期" if won else f"方案{number}"
        deal.row["name"] = f"{name}（{again}）"


def _conclude(draw: Draw, row: dict[str, Any], outcome: str, competitor: str) -> bool:
    """Write down how a deal ended; whether the competitor has to do with it."""
    if outcome == "won":
        row["close_remark"] = pick(draw, texts.WON)
        return False
    if outcome == "invalid":
        row["invalid_reason"] = reason = pick(draw, texts.INVALID_REASONS)
        row["close_remark"] = texts.INVALID[reason]
        return False
    row["lost_reason"] = reason = pick(draw, texts.LOST_REASONS)
    row["close_remark"] = pick(draw, texts.LOST[reason]).replace("{k}", competitor)
    return bool(reason in ("competitor", "price"))


def yuan(cents: int) -> str:
    """An amount as records keep it."""
    return f"{cents // 100}.{cents % 100:02d}"
