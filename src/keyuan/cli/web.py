"""The web process: granian serving `keyuan.api.app:create_app`."""

from __future__ import annotations

import os
import signal
from typing import Any

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from ..kernel.settings import Settings
from ..storage.death import end_with_parent
from . import gate

_MASTER = "KEYUAN_WEB_MASTER"


def serve(settings: Settings) -> None:
    """Serve until SIGTERM, with `settings.web_workers` processes."""
    os.environ[_MASTER] = str(os.getpid())
    Server(
        f"{__name__}:application",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=settings.web_workers,
        loop=Loops.auto,
        backlog=1024,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        websockets=True,
    ).serve()


def application() -> Any:
    """The application, made in a process of its own that ends with the one that started it."""
    # until granian sets its own, its other process's handlers are here too, and would only note the wish to end
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    # at once and by the system: granian's own end may wait for ever for a request under way, with Python's lock in hand
    # and transactions open that others wait for
    end_with_parent(int(os.environ[_MASTER]), signal.SIGKILL)
    # here and not above: the process that watches over the web processes has no use for it
    from ..api.app import create_app

    made = create_app()
    # it uses the database only from its lifespan on, which follows
    gate.wait()
    return made
