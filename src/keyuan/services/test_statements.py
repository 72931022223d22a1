"""Statements for one organisation."""

from __future__ import annotations

import pytest

from keyuan.services.statements import Statement


def test_the_schema_is_quoted() -> None:
    assert Statement("select 1\n  from {org}.state").of("acme") == b'select 1 from "org_acme".state'


@pytest.mark.parametrize("slug", ["", "Acme", 'a"; drop table x; --', "a.b", "x" * 41, "acme\n"])
def test_nothing_else_gets_in(slug: str) -> None:
    with pytest.raises(ValueError):
        Statement("select 1 from {org}.state").of(slug)
