"""The command `keyuan`: each subcommand is a module of `cli/commands/` with

- `NAME`, as typed (the module's name with `-` for `_`, without one at its end), and `HELP`, one line,
- `add_arguments(parser)`,
- `run(args) -> int`, the exit code. `args.settings` is the installation's `Settings`.

Only the module of the command that runs is imported, so that none pays for another's libraries. A `CannotStart` out of
`run` is shown as one line; the way to the database is `storage.database.database`."""

from __future__ import annotations

import argparse
import ast
import gc
import importlib
import logging
import os
import pkgutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Protocol, cast

from .. import __version__
from ..kernel.settings import Settings
from ..kernel.startup import CannotStart
from . import commands


class Command(Protocol):
    """What a module of `cli/commands/` holds."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's own arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it; the answer is the exit code."""


def calm_collector() -> None:
    """Let the collector of garbage look at what is loaded by now no more, and less often: it stays, and with the usual
    threshold a tenth of an import is spent on finding that out. For every process of ours, once all is loaded."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        # names of people must not fail to print because a terminal claims to know ASCII only
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace", line_buffering=True)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("keyuan").setLevel(logging.INFO)
    parser = argparse.ArgumentParser("keyuan", description="Keyuan 客缘, a customer-relationship platform.")
    parser.add_argument("--version", action="version", version=f"keyuan {__version__}")
    choices = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    names = _names()
    called = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name, module in names.items():
        if name != called:
            if called not in names:  # a list is wanted, or a name was mistyped
                choices.add_parser(name, help=_help_of(module))
            continue
        command = cast(Command, importlib.import_module(f"{commands.__name__}.{module}"))
        sub = choices.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        sub.add_argument(
            "--data", metavar="DIR", type=Path, help="data folder (KEYUAN_DATA_DIR, default ./data)"
        )
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    args = parser.parse_args(arguments)
    calm_collector()
    # asked to end, what a command has started is stopped in order on the way out
    signal.signal(signal.SIGTERM, _end)
    try:
        args.settings = settings(args)
        return int(args.run(args) or 0)
    except CannotStart as problem:
        print(f"keyuan: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # the reader of our output has gone, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def settings(args: argparse.Namespace) -> Settings:
    """The settings of the environment with the command line's on top. Raises `CannotStart` for what is no number."""
    environ = dict(os.environ)
    told = {}
    for name, flag in (("DATA_DIR", "data"), ("HOST", "host"), ("PORT", "port")):
        if (given := getattr(args, flag, None)) is not None:
            environ[f"KEYUAN_{name}"] = str(given)
            told[name] = f"--{flag}"
    if getattr(args, "no_demo", False):
        environ["KEYUAN_DEMO"] = "0"
    numbers = (
        ("PORT", 1, 65535),
        ("WEB_WORKERS", 1, 1024),
        ("POOL_SIZE", 1, 1000),
        ("TRUSTED_PROXIES", 0, 16),
    )
    for name, least, most in numbers:
        text = environ.get(f"KEYUAN_{name}", "")
        if not text and name not in told:
            continue
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            place = told.get(name, f"KEYUAN_{name}")
            raise CannotStart(f"{place} is '{text}': give a number from {least} to {most}.")
    return Settings.from_environment(environ)


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _names() -> dict[str, str]:
    """The commands as typed, and their modules."""
    modules = sorted(info.name for info in pkgutil.iter_modules(commands.__path__))
    return {name.rstrip("_").replace("_", "-"): name for name in modules if not name.startswith("test_")}


def _help_of(module: str) -> str:
    """The `HELP` of a command's module, read from its text: importing them all for a list would take seconds."""
    tree = ast.parse(Path(commands.__path__[0], f"{module}.py").read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", None) for target in node.targets] == [
            "HELP"
        ]:
            return str(ast.literal_eval(node.value))
    raise TypeError(f"the command {module} has no HELP")
