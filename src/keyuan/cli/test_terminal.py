from __future__ import annotations

import pytest

from keyuan.cli.terminal import SHOWN, tell
from keyuan.kernel.errors import Conflict, FieldError


def test_what_stands_against_something_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    others = [FieldError("", "referenced", {"object": "User", "count": 2})]
    assert tell(Conflict("purge_referenced", errors=others), "en") == 1
    title, line = capsys.readouterr().out.splitlines()
    assert title.startswith("keyuan: ")
    assert "User" in line
    assert "2" in line


def test_many_errors_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    tell(Conflict("purge_referenced", errors=[FieldError("name", "required")] * (SHOWN + 3)), "zh")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == SHOWN + 2
    assert "name" in lines[1]
    assert "3" in lines[-1]
