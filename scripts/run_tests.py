"""The parts of `./test`, one after the other; all of them run, whatever fails, and a table at the end tells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import environment
import postgres15
from environment import ROOT, UI, Failed, step

BIN = environment.VENV / "bin"


def main(arguments: list[str]) -> int:
    """Run the parts that are named, or all but `pg15`; 0 if everything holds."""
    chosen = [name for name in arguments if name in PARTS] or [name for name in PARTS if name != "pg15"]
    options = [argument for argument in arguments if argument not in PARTS]
    results: list[tuple[str, str, float]] = []
    for name in chosen:
        step(f"— {name} —")
        began = time.monotonic()
        try:
            holds = PARTS[name](options)
        except Failed as problem:
            step(f"{name}: {problem}")
            holds = False
        results.append(
            (name, {True: "holds", False: "FAILS", None: "nothing there"}[holds], time.monotonic() - began)
        )
    step("")
    for name, result, seconds in results:
        step(f"{name:<12} {result:<14} {seconds:7.1f} s")
    return int(any(result == "FAILS" for _, result, _ in results))


def lint(options: list[str]) -> bool:
    """Style, types and the direction of imports."""
    commands = [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports", "--no-cache"],
    ]
    results = [run([str(BIN / command), *rest]) for command, *rest in commands]
    return all(results)


def unit(options: list[str]) -> bool | None:
    """Tests beside the code, and those of our scripts."""
    return pytest("src", "tests/unit", options=options)


def integration(options: list[str]) -> bool | None:
    """Tests with a database."""
    return pytest("tests/integration", options=options)


def contract(options: list[str]) -> bool | None:
    """Tests that run over every object."""
    return pytest("tests/contract", options=options, share="worksteal")


def e2e(options: list[str]) -> bool | None:
    """Tests of the web app in a real browser."""
    if not has_tests("tests/e2e"):
        return None
    environment.main("development", web=True)
    if not browser():
        install("chromium", "chromium", "fonts-noto-cjk")
    elif not chinese_fonts():
        # without them Chinese text is boxes: widths are wrong, and nobody can read the pictures
        install("Chinese fonts", "fonts-noto-cjk")
    return pytest("tests/e2e", options=options, environ={"KEYUAN_CHROMIUM": browser() or ""}, alone=True)


def ui(options: list[str]) -> bool | None:
    """The web app's own checks."""
    if not (UI / "package.json").exists():
        return None
    npm, environ = environment.ensure_web_packages()
    results = [run([*npm, "run", "--silent", name], environ, UI) for name in ("check", "test")]
    return all(results)


def pg15(options: list[str]) -> bool | None:
    """The tests with a database once more, on the oldest PostgreSQL that we support, as an ordinary role."""
    if not postgres15.found():
        install("PostgreSQL 15", "postgresql-15")
    with postgres15.server() as url:
        environ = {"KEYUAN_TEST_DATABASE_URL": url}
        environ["PYTEST_ADDOPTS"] = '-m "not embedded"'
        return pytest(
            "tests/integration", "tests/contract", options=options, environ=environ, share="worksteal"
        )


PARTS: dict[str, Callable[[list[str]], bool | None]] = {
    "lint": lint,
    "unit": unit,
    "integration": integration,
    "contract": contract,
    "ui": ui,
    "e2e": e2e,
    "pg15": pg15,
}


def pytest(
    *folders: str,
    options: list[str],
    environ: dict[str, str] | None = None,
    alone: bool = False,
    share: str = "loadfile",
) -> bool | None:
    """Run the tests of the folders that have any; None if none has. Unless they must run `alone`, or somebody looks
    closer with options of their own, two processes share them: while one waits for its database the other works.
    They `share` whole files, or test by test where the files are few and long."""
    there = [folder for folder in folders if has_tests(folder)]
    if not there:
        return None
    shared = [] if alone or options else ["--numprocesses", "2", "--dist", share]
    return run([str(BIN / "python"), "-m", "pytest", *there, *shared, *options], environ)


def has_tests(folder: str) -> bool:
    """Whether there is a test file below the folder."""
    return any((ROOT / folder).rglob("test_*.py"))


def run(command: list[str], environ: dict[str, str] | None = None, folder: Path = ROOT) -> bool:
    """Run a command with its output shown; whether it succeeded."""
    return subprocess.run(command, cwd=folder, env=os.environ | (environ or {}), check=False).returncode == 0


def browser() -> str | None:
    """Where Chromium is."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


def chinese_fonts() -> bool:
    """Whether some font has Chinese characters, as far as can be told."""
    if not shutil.which("fc-list"):
        return True
    return bool(
        subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, check=False).stdout.strip()
    )


def install(what: str, *packages: str) -> None:
    """Install Debian packages, where that is possible. Raises `Failed`."""
    command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failed(f"{what} is missing: install it (Debian: apt install {' '.join(packages)}).")
    step(f"Installing {what} …")
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for attempt in (command, ["apt-get", "update", "--quiet"], command):
        done = subprocess.run(attempt, env=environ, capture_output=True, text=True, check=False)
        if attempt is command and done.returncode == 0:
            return
    raise Failed(f"{what} cannot be installed: {environment.last_line(done.stderr)}")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
