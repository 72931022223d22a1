"""Databases for tests: one server for the run, a fresh database for each test or module that asks.

The server is an embedded one in a temporary folder, or the one of `KEYUAN_TEST_DATABASE_URL`, whose role must be allowed to
make databases."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from databases import FAST, Server
from keyuan.storage.cluster import SUPERUSER
from keyuan.storage.server import EmbeddedServer

pytest_plugins = ("organisation_fixtures",)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server of this run."""
    if url := os.environ.get("KEYUAN_TEST_DATABASE_URL"):
        yield Server(url)
        return
    with (
        tempfile.TemporaryDirectory(prefix="keyuan-test-") as folder,
        EmbeddedServer(Path(folder, "data"), options=FAST, sync=False, what="tests") as embedded,
    ):
        yield Server(embedded.url("postgres", SUPERUSER), embedded)


@pytest.fixture
def database_url(server: Server) -> Iterator[str]:
    """A new empty database for one test."""
    with server.database() as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(server: Server) -> Iterator[str]:
    """A new empty database for the tests of one module."""
    with server.database() as url:
        yield url


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests (`@pytest.mark.anyio`) run on asyncio."""
    return "asyncio"
