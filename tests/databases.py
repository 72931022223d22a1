"""The server on which tests make their databases."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from keyuan.storage.server import EmbeddedServer

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
            # copying files takes half the time of logging them, where nothing waits for the disk
            sql.SQL("create database {} template {} encoding 'UTF8' locale 'C' strategy file_copy {}").format(
                sql.Identifier(name), sql.Identifier(template), owner
            )
        )
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    def _drop(self, name: str) -> None:
        """Drop a database; a worker of autovacuum that is in it cannot be ended by a role that is not the server's own."""
        for attempt in range(100):
            try:
                self._run(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
            except psycopg.errors.InsufficientPrivilege:
                if attempt == 99:
                    raise
                self._run(sql.SQL("select pg_sleep(0.1)"))
            else:
                return

    def url(self, database: str) -> str:
        """The address of a database of this server, as the application's role."""
        if self.embedded:
            return self.embedded.url(database)
        parts = conninfo_to_dict(self.admin_url) | {"dbname": database}
        return make_conninfo("", **parts)

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)
