"""A number given by the product when a record is made."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

import msgspec

from ...kernel.i18n import Label
from ..model import Field
from .base import FieldProblem
from .stored_text import StoredText


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="text"):
    """Fixed characters."""

    text: str


class DatePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="date"):
    """The day of making, as `YYYY`, `YYYYMM`, `YYYYMMDD`, `YYMM` or `YYMMDD`."""

    format: Literal["YYYY", "YYYYMM", "YYYYMMDD", "YYMM", "YYMMDD"] = "YYYYMMDD"


class CounterPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="counter"):
    """The running number, at least `digits` long, from `start` by `step`."""

    digits: Annotated[int, msgspec.Meta(ge=1, le=12)] = 4
    start: Annotated[int, msgspec.Meta(ge=0)] = 1
    step: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1


class AutoNumberOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`parts`, with one counter among them; `reset` starts the counter again each day, month or year (which a date
    part must then tell apart); `gapless` numbers are taken inside the saving transaction, so that none is lost."""

    parts: list[Part | DatePart | CounterPart]
    reset: Literal["never", "day", "month", "year"] = "never"
    gapless: bool = False


_FORMATS = {"YYYY": "%Y", "YYYYMM": "%Y%m", "YYYYMMDD": "%Y%m%d", "YYMM": "%y%m", "YYMMDD": "%y%m%d"}
_FINENESS = {"never": 0, "year": 4, "month": 6, "day": 8}


class AutoNumberType(StoredText):
    """A number made of text, date and counter parts; people do not write it."""

    name = "auto_number"
    label = Label("自动编号", "Auto number")
    options = AutoNumberOptions
    search_kind = "code"
    writable = False
    encryptable = False
    retype_from = False
    uniquable = True
    names = True

    def check(self, field: Field) -> None:
        super().check(field)
        options: AutoNumberOptions = self.settings(field)
        if sum(isinstance(p, CounterPart) for p in options.parts) != 1:
            raise FieldProblem("one_counter", "options.parts")
        dates = [p.format.replace("YYYY", "YY") for p in options.parts if isinstance(p, DatePart)]
        fineness = max((len(d) + 2 for d in dates), default=0)
        if fineness < _FINENESS[options.reset]:
            raise FieldProblem("reset_needs_date", "options.reset")

    def counter(self, field: Field) -> CounterPart:
        """The counter among the parts."""
        return next(p for p in self.settings(field).parts if isinstance(p, CounterPart))

    def period(self, field: Field, day: date) -> str:
        """The name of the counting period a day falls in; empty where the counter never starts again."""
        fineness = _FINENESS[self.settings(field).reset]
        return day.strftime("%Y%m%d")[:fineness] if fineness else ""

    def compose(self, field: Field, day: date, count: int) -> str:
        """The number for the `count`-th value of a period (counting from 0)."""
        made = ""
        for part in self.settings(field).parts:
            if isinstance(part, Part):
                made += part.text
            elif isinstance(part, DatePart):
                made += day.strftime(_FORMATS[part.format])
            else:
                made += str(part.start + part.step * count).zfill(part.digits)
        return made

    def read(self, field: Field, number: str) -> tuple[str, int] | None:
        """The period of a number and how many values of the period it takes for the counter to be past it; None where the
        rule cannot have given it."""
        form, dates = "", list[str]()
        for part in self.settings(field).parts:
            if isinstance(part, Part):
                form += re.escape(part.text)
            elif isinstance(part, DatePart):
                form += f"([0-9]{{{len(part.format)}}})"
                dates.append(part.format)
            else:
                form += "(?P<count>[0-9]{1,15})"
        found = re.fullmatch(form, number)
        if found is None:
            return None
        told = [g for place, g in enumerate(found.groups(), 1) if place != found.re.groupindex["count"]]
        days = (("" if f.startswith("YYYY") else "20") + d for f, d in zip(dates, told, strict=True))
        fineness = _FINENESS[self.settings(field).reset]
        period = max(days, key=len, default="")[:fineness]
        counter = self.counter(field)
        return period, max(0, (int(found["count"]) - counter.start) // counter.step + 1)


TYPE = AutoNumberType()
