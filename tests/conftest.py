"""Databases for tests: one server for the run, a fresh database for each test or module that asks.

The server is an embedded one in a temporary folder, or the one of `KEYUAN_TEST_DATABASE_URL`, whose role must be allowed to
make databases."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from keyuan.storage.cluster import SUPERUSER
from keyuan.storage.server import EmbeddedServer

pytest_plugins = ("organisation_fixtures",)

# nothing of what is here needs to survive the machine
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum_naptime": "1h",
    "max_connections": "200",
}


class Server:
    """Where tests make their databases. `admin_url` leads to a role that may; `embedded` is None for a server of
    `KEYUAN_TEST_DATABASE_URL`."""

    def __init__(self, admin_url: str, embedded: EmbeddedServer | None = None) -> None:
        self.admin_url = admin_url
        self.embedded = embedded

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The address of a new database for the length of the block: empty, or a copy of `template`, to which nobody
        may be connected. The role of the address owns it and, on the embedded server, is an ordinary one."""
        name = f"test_{secrets.token_hex(6)}"
        owner = sql.SQL("owner keyuan") if self.embedded else sql.SQL("")
        self._run(
            sql.SQL("create database {} template {} encoding 'UTF8' locale 'C' {}").format(
                sql.Identifier(name), sql.Identifier(template), owner
            )
        )
        try:
            yield self.url(name)
        finally:
            self._run(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    def url(self, database: str) -> str:
        """The address of a database of this server, as the application's role."""
        if self.embedded:
            return self.embedded.url(database)
        parts = conninfo_to_dict(self.admin_url) | {"dbname": database}
        return make_conninfo("", **parts)

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)


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
