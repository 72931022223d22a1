"""Many rows of which some may be refused: the right ones are written all the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from ..kernel.errors import Problem
from .unit_of_work import UnitOfWork

R = TypeVar("R")
A = TypeVar("A")
P = TypeVar("P", bound=Problem)


async def in_halves(
    uow: UnitOfWork,
    rows: Sequence[R],
    write: Callable[[Sequence[R]], Awaitable[Sequence[A]]],
    caught: type[P],
    refused: Callable[[R, P], A],
) -> list[A]:
    """Write rows together and, where that is refused with a problem of the type `caught`, each half by itself: a thousand
    good rows cost one write, a bad one among them ten attempts. `write` answers for each row in their order, `refused`
    for one that is refused alone."""
    try:
        async with uow.savepoint():
            return list(await write(rows))
    except caught as problem:
        if len(rows) == 1:
            return [refused(rows[0], problem)]
        middle = len(rows) // 2
        first = await in_halves(uow, rows[:middle], write, caught, refused)
        return first + await in_halves(uow, rows[middle:], write, caught, refused)
