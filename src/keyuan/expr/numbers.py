"""Exact arithmetic in Python as PostgreSQL's `numeric` does it."""

from __future__ import annotations

from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_DOWN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
)

from .types import QUOTIENT_SCALE

# More digits than an expression within the limits can make of its values, so nothing is rounded by chance.
EXACT = Context(100_000, ROUND_HALF_UP, MIN_EMIN, MAX_EMAX, traps=[InvalidOperation, DivisionByZero])
Number = int | Decimal


def quotient(left: Number, right: Number) -> Decimal | None:
    """`left / right` to `QUOTIENT_SCALE` decimals, half away from zero; None for a division by zero."""
    if right == 0:
        return None
    scaled = EXACT.scaleb(Decimal(left), QUOTIENT_SCALE + 1)
    cut = EXACT.scaleb(EXACT.divide_int(scaled, Decimal(right)), -QUOTIENT_SCALE - 1)
    return rounded(cut, QUOTIENT_SCALE)


def remainder(left: Number, right: Number) -> Decimal | None:
    """What is left of a division without fraction, with the sign of `left`; None for a division by zero."""
    return None if right == 0 else EXACT.remainder(Decimal(left), Decimal(right))


def rounded(number: Number, digits: int = 0) -> Decimal:
    """The number to so many decimals (negative: to tens, hundreds, …), half away from zero."""
    return _to(number, digits, ROUND_HALF_UP)


def cut(number: Number, digits: int = 0) -> Decimal:
    """The number to so many decimals, the rest dropped."""
    return _to(number, digits, ROUND_DOWN)


def _to(number: Number, digits: int, rounding: str) -> Decimal:
    return Decimal(number).quantize(Decimal(1).scaleb(-digits), rounding, EXACT)


def clamped(number: Number, low: int, high: int) -> int:
    """The number without its fraction, held between `low` and `high`."""
    return min(max(int(cut(number)), low), high)


def bounded(number: Number, limit: int) -> int | None:
    """The number without its fraction if its size is at most the limit, else None."""
    return int(cut(number)) if -limit - 1 < number < limit + 1 else None
