"""Follow-ups and tasks: what was done about customers, deals and leads, and what is to be done next."""

from __future__ import annotations

from random import Random
from typing import Any

from . import texts
from .calendar import Calendar
from .chance import Draw, pick
from .customers import Customer
from .deals import Deal
from .ids import Ids, derived

ACTIVITY, TASK = 0x30, 0x400
_STAGES = 3.2  # that a deal passes, on average
_PRIORITIES = ("normal", "normal", "normal", "high", "low", "urgent")


class FollowUps:
    """Makes activities and tasks; the lists that are handed in grow. `planned` is false where whoever loads the records
    makes the tasks that lie ahead from the follow-ups' next steps."""

    def __init__(self, calendar: Calendar, ids: Ids, often: float, planned: bool) -> None:
        self.calendar, self.ids, self.often, self.planned = calendar, ids, often, planned
        self._number = 0

    def of_deal(
        self,
        random: Random,
        customer: Customer,
        deal: Deal,
        activities: list[dict[str, Any]],
        tasks: list[dict[str, Any]],
    ) -> None:
        """The follow-ups of a deal through its stages, each with a next step that the following one takes."""
        draw, calendar = random.random, self.calendar
        over = [*deal.entered[1:], deal.ended if deal.ended is not None else calendar.today - 0.1]
        times: list[tuple[float, int]] = []
        for stage, (since, until) in enumerate(zip(deal.entered, over, strict=True)):
            count = self.often / _STAGES * (0.5 + draw())
            whole = int(count) + (draw() < count % 1)
            if deal.ended is None and stage == deal.reached and until - since > 1:
                # An open deal was mostly taken up within the last two weeks.
                whole = max(whole, 1)
                times.append((max(since, until - draw() * (10 if draw() < 0.85 else 40)), stage))
                whole -= 1
            times += [(since + draw() * max(until - since, 0), stage) for _ in range(whole)]
        times.sort()
        words = {"{c}": deal.contact.address, "{p}": deal.product.name, "{k}": deal.competitor}
        common = {"customer": customer.id, "contact": deal.contact.id, "opportunity": deal.id}
        about = {"object": "opportunity", "id": deal.id}
        for n, (time, stage) in enumerate(times):
            depth = min(stage * 5 // max(len(deal.stages), 1), 4)
            following = times[n + 1][0] if n + 1 < len(times) else None
            activity = self._activity(
                draw,
                time,
                about,
                common | _owner(customer, time),
                texts.METHODS[depth],
                texts.BODIES[depth],
                words,
            )
            activities.append(activity)
            if following is not None or deal.ended is None:
                step = pick(draw, texts.NEXT_STEPS[depth])
                self._plan(draw, activity, time, following, step, tasks)
        if times and deal.ended is None:
            deal.row["next_step"] = activities[-1].get("next_step")
            deal.noted = times[-1][0]

    def of_customer(
        self,
        random: Random,
        customer: Customer,
        activities: list[dict[str, Any]],
        tasks: list[dict[str, Any]],
    ) -> None:
        """Now and then someone asks how a customer is."""
        draw, calendar = random.random, self.calendar
        if draw() > self.often / 4:
            return
        contact = customer.contacts[0]
        time = contact.since + 0.1 + draw() * (calendar.today - 0.2 - contact.since - 0.1)
        common = {"customer": customer.id, "contact": contact.id, **_owner(customer, time)}
        about = {"object": "customer", "id": customer.id}
        words = {"{c}": contact.address}
        activity = self._activity(
            draw, time, about, common, ("phone", "visit", "wechat"), texts.CARE, words, opening=False
        )
        activities.append(activity)
        if draw() < 0.35:
            self._plan(draw, activity, time, None, pick(draw, texts.CARE_STEPS), tasks)

    def of_lead(
        self, random: Random, lead: dict[str, Any], between: tuple[float, float, float],
        activities: list[dict[str, Any]], tasks: list[dict[str, Any]],
    ) -> None:  # fmt: skip
        """The follow-ups of a lead; what is still to be done where it is being worked on. `between`: when it came, when
        work on it began, until when it is followed up."""
        draw = random.random
        since, begun, until = between
        common = {"lead": lead["id"], "owner": lead["owner"], "owner_department": lead["owner_department"]}
        about = {"object": "lead", "id": lead["id"]}
        words = {"{c}": lead["name"], "{p}": "自动化方案"}
        times = sorted(since + draw() * (until - since) for _ in range(int(self.often * 0.7 * draw() + 0.6)))
        if not times and lead["status"] in ("working", "interested", "converted"):
            # Nobody gets there without having been spoken to. The chances are its own: when work began depends on the
            # past, and what comes after goes on as it would without this.
            times, draw = [begun], Random(f"first {lead['id']}").random  # noqa: S311
        for n, time in enumerate(times):
            following = times[n + 1] if n + 1 < len(times) else None
            activity = self._activity(draw, time, about, common, texts.METHODS[0], texts.BODIES[0], words)
            activities.append(activity)
            if following is not None or lead["status"] in ("new", "working", "interested"):
                self._plan(draw, activity, time, following, pick(draw, texts.NEXT_STEPS[0]), tasks)

    def _activity(
        self, draw: Draw, time: float, about: dict[str, str], common: dict[str, Any], methods: tuple[str, ...],
        bodies: tuple[str, ...], words: dict[str, str], opening: bool = True,
    ) -> dict[str, Any]:  # fmt: skip
        calendar = self.calendar
        method = pick(draw, methods)
        outcome = pick(draw, texts.OUTCOMES)
        if outcome == "unreached" and method in texts.UNREACHED:
            content = pick(draw, texts.UNREACHED[method])
        else:
            outcome = "neutral" if outcome == "unreached" else outcome
            content = (pick(draw, texts.OPENINGS[method]) if opening else "") + pick(draw, bodies)
        for place, word in words.items():
            content = content.replace(place, word)
        self._number += 1
        moment = calendar.moment(time)
        activity: dict[str, Any] = {
            "id": self.ids.make(ACTIVITY, self._number, calendar.milliseconds(time)),
            "method": method,
            "content": content,
            "about": about,
            **common,
            "happened_at": moment,
            "outcome": outcome,
            "created_at": moment,
            "updated_at": moment,
            "created_by": common["owner"],
            "updated_by": common["owner"],
        }
        low, high = texts.SECONDS[method]
        if high and outcome != "unreached":
            activity["duration"] = (low + int(draw() * (high - low))) // 60 * 60
        return activity

    def _plan(
        self,
        draw: Draw,
        activity: dict[str, Any],
        time: float,
        following: float | None,
        step: str,
        tasks: list[dict[str, Any]],
    ) -> None:
        """The next step of a follow-up, and its task: done with the following one, or waiting now."""
        calendar = self.calendar
        due = self._due(draw, time) if following is None else following + (draw() - 0.4) * 2
        due = max(due, time + 0.1)
        activity["next_at"] = calendar.moment(due)
        activity["next_step"] = step
        if following is not None and draw() < 0.4:
            return  # not everything that is planned is made a task
        task: dict[str, Any] = {
            "id": derived(activity["id"], TASK, 0),
            "name": step,
            "status": "todo" if following is None else "done",
            "priority": pick(draw, _PRIORITIES),
            "due_at": activity["next_at"],
            "activity": activity["id"],
        }
        for key in ("about", "customer", "contact", "opportunity", "lead", "owner", "owner_department"):
            if key in activity:
                task[key] = activity[key]
        task |= {
            "created_at": activity["created_at"],
            "created_by": activity["owner"],
            "updated_by": activity["owner"],
        }
        if following is not None:
            task["done_at"] = task["updated_at"] = calendar.moment(following)
        else:
            task["updated_at"] = activity["created_at"]
            if draw() < 0.15:
                task["status"] = "doing"
        if following is not None or self.planned or not calendar.ahead(due):
            tasks.append(task)

    def _due(self, draw: Draw, time: float) -> float:
        """When what waits is due: some of it late, some today, most of it this week and the next."""
        today, kind = self.calendar.today, draw()
        if kind < 0.2 and time < today - 2:
            return today - min(1 + draw() * 6, today - time) + 0.2
        if kind < 0.42:
            return today + draw() * 0.95
        if kind < 0.75:
            return today + 1 + draw() * 4
        return today + 5 + draw() * 20


def _owner(customer: Customer, time: float) -> dict[str, str]:
    """Whose what is done about a customer at a time is."""
    seller = customer.seller_at(time)
    return {"owner": seller.id, "owner_department": seller.department}
