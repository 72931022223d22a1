from __future__ import annotations

import pytest

from keyuan.expr import parser
from keyuan.expr.amounts import is_amount

MONEY = {("price",), ("amount",), ("customer", "credit")}


def kind(expression: str) -> bool:
    return is_amount(parser.parse(expression), MONEY.__contains__)


@pytest.mark.parametrize(
    "expression",
    [
        "amount",
        "customer.credit",
        "-amount",
        "amount - price",
        "amount + 100",
        "amount * probability / 100",
        "2 * price",
        "amount / quantity",
        "round(price * quantity * (100 - coalesce(discount, 0)) / 100, 2)",
        "coalesce(amount, price, 0)",
        "max(amount, price) % 10",
        "if(won, amount, 0)",
        "switch(stage, 1, amount, 2, price)",
        "if(won, amount)",
        "abs(sum(amount, price))",
    ],
)
def test_amounts(expression: str) -> None:
    assert kind(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "12",
        "quantity",
        "amount / price",
        "amount / price * 100",
        "100 / amount",
        "amount * price",
        "amount + quantity",
        "if(won, amount, quantity)",
        "amount > 10",
        "sign(amount)",
        "text(amount)",
        "1 + 2",
        "days_between(begun, ended)",
        "coalesce(quantity, amount)",
    ],
)
def test_other_numbers(expression: str) -> None:
    assert not kind(expression)
