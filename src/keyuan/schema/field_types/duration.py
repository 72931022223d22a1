"""A length of time."""

from __future__ import annotations

import re
from typing import Any

from ...expr.types import Type
from ...kernel.i18n import Label
from ..model import Field
from .base import Context, FieldProblem, NoOptions
from .integer import IntegerType
from .numeric import half_width

_CLOCK = re.compile(r"([0-9]{1,6}):([0-5][0-9])(?::([0-5][0-9]))?\Z")
_PARTS = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(天|d|小时|时|h|分钟|分|min|m|秒|s)\s*")
_SECONDS = {
    "天": 86400,
    "d": 86400,
    "小时": 3600,
    "时": 3600,
    "h": 3600,
    "分钟": 60,
    "分": 60,
    "min": 60,
    "m": 60,
}


class DurationType(IntegerType):
    """A length of time in whole seconds."""

    name = "duration"
    label = Label("时长", "Duration")
    type = Type.DURATION
    options = NoOptions

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        plain = half_width(text.strip())
        if clock := _CLOCK.match(plain):
            hours, minutes, seconds = (int(part or 0) for part in clock.groups())
            return self.parse(field, hours * 3600 + minutes * 60 + seconds, context)
        if plain and not _PARTS.sub("", plain):
            total = sum(float(n) * _SECONDS.get(unit, 1) for n, unit in _PARTS.findall(plain))
            return self.parse(field, round(total), context)
        if plain and not plain.lstrip("-").isdigit():
            raise FieldProblem("type", expected=self.label)
        return self.parse(field, plain, context)

    def to_text(self, field: Field, value: Any, context: Context) -> str:
        hours, rest = divmod(abs(int(value)), 3600)
        return f"{'-' if int(value) < 0 else ''}{hours}:{rest // 60:02}:{rest % 60:02}"


TYPE = DurationType()
