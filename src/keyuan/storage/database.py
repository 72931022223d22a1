"""The database of this installation for the length of a block, whoever runs it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..kernel.settings import Settings
from ..kernel.startup import Say, silent
from .lock import FolderLock
from .server import EmbeddedServer, FolderInUse, make_folder, not_writable, running_url


@contextmanager
def database(settings: Settings, *, what: str, say: Say = silent) -> Iterator[str]:
    """Give the address of the database: that of `KEYUAN_DATABASE_URL`; else of the embedded server that already runs on
    the data folder; else of one started for the length of the block. `what` tells others who started it.

    A server started here stays until other commands that found it have finished too. Raises `CannotStart`."""
    if settings.database_url:
        # psycopg takes longer to import than the embedded server takes to start
        from .external import check

        check(settings.database_url, say)
        yield settings.database_url
        return
    make_folder(settings.data_dir)
    guests = FolderLock(settings.data_dir, "guests")
    try:
        # whoever stops a server holds this lock alone, so no guest finds a server that is about to go
        guests.acquire(shared=True, wait=True)
    except OSError as error:
        raise not_writable(settings.data_dir, error) from error
    server = EmbeddedServer(settings.data_dir, what=what, say=say)
    try:
        if url := _found_or_started(server, say):
            yield url
            return
        try:
            yield server.url()
        finally:
            guests.release()
            if not guests.acquire():
                say("Waiting for other commands that use the database …")
                guests.acquire(wait=True)
    finally:
        server.close()
        guests.release()


def _found_or_started(server: EmbeddedServer, say: Say) -> str | None:
    """The address of the server that another process runs; None once there is none and this one is started."""
    told = time.monotonic() + 2
    while True:
        try:
            server.start()
        except FolderInUse:
            if url := running_url(server.folder):
                return url
        else:
            return None
        if time.monotonic() > told:
            told = float("inf")
            say("Waiting for the database, which another Keyuan is starting or stopping …")
        time.sleep(0.05)
