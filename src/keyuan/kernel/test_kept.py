"""Answers live as long as what they are kept with, and no more of them than was said."""

from __future__ import annotations

import gc
import weakref
from typing import Any

from .kept import kept

calls: list[tuple[Any, ...]] = []


class Definitions:
    def __init__(self) -> None:
        self.info: dict[Any, Any] = {}


@kept(2)
def twice(holder: Definitions, number: int) -> int:
    calls.append((id(holder), number))
    return 2 * number


def test_each_holder_has_its_own() -> None:
    calls.clear()
    first, second = Definitions(), Definitions()
    assert [twice(first, 1), twice(first, 1), twice(second, 1)] == [2, 2, 2]
    assert calls == [(id(first), 1), (id(second), 1)]


def test_what_was_not_asked_for_longest_goes() -> None:
    calls.clear()
    holder = Definitions()
    for number in (1, 2, 3, 2, 1):
        twice(holder, number)
    assert [number for _, number in calls] == [1, 2, 3, 1]


def test_answers_go_with_the_holder() -> None:
    holder = Definitions()
    twice(holder, 1)
    gone = weakref.ref(holder)
    del holder
    gc.collect()
    assert gone() is None
