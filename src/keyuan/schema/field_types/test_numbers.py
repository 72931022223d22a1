from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from keyuan.schema.declare import field
from keyuan.schema.field_types import Context, FieldProblem, get

CONTEXT = Context(today="2026-01-01", rates={"JPY": Decimal("0.05"), "KWD": Decimal(23)})
KINDS = ("integer", "decimal", "percent", "money")


def parse(kind: str, value: Any, *, cell: bool = False, context: Context = CONTEXT) -> Any:
    take = get(kind).from_text if cell else get(kind).parse
    found = take(field("n", kind, "数", "Number"), value, context)
    return found["amount"] if isinstance(found, dict) else found


def refused(kind: str, value: Any, *, cell: bool = False) -> FieldProblem:
    with pytest.raises(FieldProblem) as problem:
        parse(kind, value, cell=cell)
    for language in ("zh", "en"):
        assert problem.value.at("n").message(language)  # type: ignore[arg-type]
    return problem.value


@pytest.mark.parametrize("cell", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_digits_of_chinese_input_methods_are_digits(kind: str, cell: bool) -> None:
    assert Decimal(parse(kind, "１２", cell=cell)) == 12
    assert Decimal(parse(kind, "－１２．０", cell=cell)) == -12


@pytest.mark.parametrize("cell", [False, True])
@pytest.mark.parametrize("kind", [*KINDS, "duration"])
@pytest.mark.parametrize("text", ["١٢", "१२", "1٢", "十二", "𝟏𝟐", "²"])
def test_digits_of_other_scripts_are_none(kind: str, text: str, cell: bool) -> None:
    assert refused(kind, text, cell=cell).code == "type"


@pytest.mark.parametrize("cell", [False, True])
@pytest.mark.parametrize("kind", ["decimal", "percent", "money"])
def test_more_decimals_than_are_kept_are_refused_not_rounded(kind: str, cell: bool) -> None:
    assert parse(kind, "1.50000", cell=cell) == "1.50"
    problem = refused(kind, "1.505", cell=cell)
    assert problem.code == ("currency_places" if kind == "money" else "places")
    assert problem.params["places"] == 2


def test_decimals_of_currencies() -> None:
    assert parse("money", {"amount": "100.0", "currency": "JPY"}) == "100"
    assert parse("money", {"amount": "1.234", "currency": "KWD"}) == "1.234"
    problem = refused("money", {"amount": "100.5", "currency": "JPY"})
    assert problem.at("n").message("zh") == "JPY 金额最多 0 位小数"
    assert problem.at("n").message("en") == "Amounts in JPY have at most 0 decimals"
    assert refused("money", "CNY 1.234", cell=True).params["places"] == 2


def test_worths_in_the_base_currency_are_rounded() -> None:
    found = get("money").parse(
        field("n", "money", "数", "Number"), {"amount": "99", "currency": "JPY"}, CONTEXT
    )
    assert found["base"] == "4.95"
    found = get("money").parse(
        field("n", "money", "数", "Number"), {"amount": "0.001", "currency": "KWD"}, CONTEXT
    )
    assert found["base"] == "0.02"


def test_what_the_program_works_out_is_rounded() -> None:
    own = Context(today="2026-01-01", rounds=True)
    assert parse("decimal", "1.505", context=own) == "1.51"
    assert parse("money", "1.505", context=own) == "1.51"
