"""Work within a unit that the product does of itself, on fields that people cannot write and records they may not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .unit_of_work import UnitOfWork


@contextmanager
def trusted(uow: UnitOfWork) -> Iterator[None]:
    """Inside the block the unit's writes are those of the product; who acts stays who acts."""
    was, uow.trusted = uow.trusted, True
    try:
        yield
    finally:
        uow.trusted = was


def historic(uow: UnitOfWork) -> bool:
    """Whether the unit brings in what happened before (an import, a migration, a demo), so that it keeps the times it is
    given and is not asked for what people are asked for today."""
    return uow.trusted or uow.kind == "import"
