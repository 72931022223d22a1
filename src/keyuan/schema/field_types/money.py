"""An amount of money in a currency, with its worth in the organisation's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Date, FromClause, Numeric, Text, case, cast

from ...expr.types import Type
from ...kernel.i18n import Label
from ...kernel.money import minor_units, rounded
from ..model import Field
from .base import Context, FieldProblem, NoOptions, json_object
from .numeric import NumericType, check_range, read_cell, read_decimal
from .stored_text import text_column

_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_CELL = re.compile(r"([A-Za-z]{3})?\s*(.*?)\s*([A-Za-z]{3})?\Z", re.S)
_KEYS = {"amount", "currency", "base", "rate_date"}


@lru_cache(1000)
def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class MoneyType(NumericType):
    """An amount, its currency, its worth in the base currency and the day of the rate. Filters, sorts and sums use the
    base amount. Input is a plain number (in the organisation's currency) or `{"amount", "currency"}`."""

    name = "money"
    label = Label("金额", "Money")
    options = NoOptions

    def columns(self, field: Field) -> tuple[Column[Any], ...]:
        name = field.physical
        return (
            Column(name, Numeric),
            text_column(name + "__currency"),
            Column(name + "__base", Numeric),
            Column(name + "__rate_date", Date),
        )

    def parts(self, field: Field) -> Mapping[str, Type]:
        return {"currency": Type.TEXT, "base": Type.NUMBER}

    def received(self, field: Field, value: Any, stored: Any, context: Context) -> Any:
        """The worth in the base currency is worked out here, from the rates of the organisation; an amount that is sent
        back as it was shown keeps the one it has."""
        if not isinstance(value, Mapping) or not {"base", "rate_date"} & value.keys():
            return value
        sent = {k: v for k, v in value.items() if k not in ("base", "rate_date")}
        same_currency = stored and (value.get("currency") or context.currency) == stored["currency"]
        with suppress(FieldProblem):
            if same_currency and read_decimal(value.get("amount")) == Decimal(stored["amount"]):
                return stored
        return sent

    def parse(self, field: Field, value: Any, context: Context) -> Any:
        currency, day, amount = context.currency, None, value
        if isinstance(value, Mapping):
            if unknown := set(value) - _KEYS:
                raise FieldProblem("unknown", str(min(map(str, unknown))))
            amount = value.get("amount")
            currency = value.get("currency") or context.currency
            day = value.get("rate_date")
        if amount is None or (isinstance(amount, str) and not amount.strip()):
            return None
        if not isinstance(currency, str) or not _CURRENCY.match(currency):
            raise FieldProblem("currency", "currency")
        number = read_decimal(amount)
        if abs(number) >= Decimal(10) ** self.digits(field):
            raise FieldProblem("too_large_number")
        check_range(field, number)
        sent, number = number, rounded(number, currency)
        if sent != number and not context.rounds:
            raise FieldProblem("currency_places", currency=currency, places=minor_units(currency))
        if currency == context.currency:
            base, day = number, day or context.today
        elif isinstance(value, Mapping) and value.get("base") is not None and day:
            base = rounded(
                read_decimal(value["base"]), context.currency
            )  # an amount read back keeps its rate
        elif (rate := context.rates.get(currency)) is not None:
            base, day = rounded(number * rate, context.currency), context.today
        else:
            raise FieldProblem("no_rate", "currency", currency=currency)
        if not isinstance(day, str) or not _is_day(day):
            raise FieldProblem("date", "rate_date")
        return {
            "amount": format(number, "f"),
            "currency": currency,
            "base": format(base, "f"),
            "rate_date": day,
        }

    def encode(self, field: Field, value: Any, context: Context) -> dict[str, Any]:
        name = field.physical
        v = value or {}
        return {
            name: v.get("amount"),
            name + "__currency": v.get("currency"),
            name + "__base": v.get("base"),
            name + "__rate_date": v.get("rate_date"),
        }

    def canonical(self, field: Field, table: FromClause) -> ColumnElement[Any]:
        name, c = field.physical, table.c
        shown = json_object(
            amount=cast(c[name], Text),
            currency=c[name + "__currency"],
            base=cast(c[name + "__base"], Text),
            rate_date=c[name + "__rate_date"],
        )
        return case((c[name].is_not(None), shown))

    def comparable(self, field: Field, table: FromClause, part: str = "") -> ColumnElement[Any]:
        return table.c[f"{field.physical}__{part or 'base'}"]

    def from_text(self, field: Field, text: str, context: Context) -> Any:
        match = _CELL.match(text.strip())
        assert match is not None
        code = (match[1] or match[3] or "").upper()
        amount = read_cell(match[2])
        return self.parse(field, {"amount": amount, "currency": code} if code else amount, context)

    def to_text(self, field: Field, value: Any, context: Context) -> str:
        same = value["currency"] == context.currency
        return str(value["amount"]) if same else f"{value['currency']} {value['amount']}"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "amount": {"type": "string", "format": "decimal"},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
                "base": {"type": "string", "format": "decimal"},
                "rate_date": {"type": "string", "format": "date"},
            },
            "required": ["amount", "currency", "base", "rate_date"],
        }

    def input_schema(self, field: Field) -> dict[str, Any]:
        return {
            "anyOf": [
                {"type": "string", "format": "decimal", "examples": ["1200.00"]},
                {"type": "number"},
                {
                    "type": "object",
                    "properties": {
                        "amount": {"type": ["string", "number", "null"]},
                        "currency": {"type": "string"},
                    },
                    "required": ["amount"],
                },
            ]
        }


TYPE = MoneyType()
