"""A Ctrl-C that comes while the program still loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

INTERRUPTED = """
import importlib.abc, os, runpy, signal, sys

class WhenLoaded(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background inherit that it is ignored
sys.meta_path.insert(0, WhenLoaded())
sys.argv[1:] = ["serve", "--help"]
runpy.run_module("keyuan", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(
    "name", ["keyuan.cli", "keyuan.cli.main", "keyuan.kernel.settings", "keyuan.cli.commands.serve"]
)
def test_ends_without_a_word(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(name=name)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr, done.stdout) == (130, "", "")
