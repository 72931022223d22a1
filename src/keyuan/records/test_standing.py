"""Which operations left a record as it is now."""

from __future__ import annotations

import pytest

from keyuan.records.standing import as_left


@pytest.mark.parametrize(
    ("done", "left"),
    [
        ("", ""),
        ("a", "a"),
        ("a b", "b"),
        ("a b u:b", "a u"),  # b is undone: a can be undone, and b brought back
        ("a b u:b v:a", "v"),
        ("a b u:b r:u", "b r"),
        ("a b u:b r:u w:r", "a u w"),
        ("a b c u:c v:b", "a v"),
        ("a b u:b v:a r:v", "a u r"),
        ("a b u:b c", "c"),
        ("a b u:b c d:c", "a u d"),
        ("a b u:a", "u"),  # in passing: what is not as it was left does not go back
        ("a u:a b r:u", "r"),
        ("u:x", "u"),
    ],
)
def test_as_left(done: str, left: str) -> None:
    steps = [step.partition(":") for step in done.split()]
    assert as_left((by, undoes or None) for by, _, undoes in steps) == {*left.split()}
