"""A PostgreSQL that somebody else runs (`KEYUAN_DATABASE_URL`): whether it can be used."""

from __future__ import annotations

import time

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ..kernel.startup import CannotStart, Say

OLDEST = 15


def check(url: str, say: Say, wait: float = 5.0) -> None:
    """Raise `CannotStart` unless the database answers within `wait` seconds, is PostgreSQL 15 or later, holds UTF-8 and
    lets us make schemas. No password is shown."""
    shown = _shown(url)
    until = time.monotonic() + wait
    told = False
    while True:
        try:
            with psycopg.connect(
                url, connect_timeout=max(2, int(wait)), application_name="keyuan check"
            ) as connection:
                _examine(connection, shown)
                return
        except psycopg.OperationalError as error:
            reason = _first_line(error)
            # a server that is just starting, on this machine or beside in its container, is worth a moment's wait
            worth = any(
                word in reason for word in ("refused", "starting up", "No such file", "shutting down")
            )
            if not worth or time.monotonic() > until:
                raise CannotStart(
                    f"The database {shown} cannot be reached: {reason}. "
                    "Start it or correct KEYUAN_DATABASE_URL; without that variable Keyuan brings its own."
                ) from error
            if not told:
                say(f"Waiting for the database {shown} …")
                told = True
            time.sleep(0.2)


def _examine(connection: psycopg.Connection[tuple[object, ...]], shown: str) -> None:
    info = connection.info
    if info.server_version < OLDEST * 10_000:
        raise CannotStart(
            f"The database {shown} is PostgreSQL {info.server_version // 10_000}; Keyuan needs {OLDEST} or later: "
            "upgrade it, or point KEYUAN_DATABASE_URL at another."
        )
    row = connection.execute(
        "select current_setting('server_encoding'), has_database_privilege(current_database(), 'create'),"
        " pg_is_in_recovery()"
    ).fetchone()
    assert row is not None
    encoding, may_create, standby = row
    if encoding != "UTF8":
        raise CannotStart(
            f"The database {shown} stores text as {encoding}: make one with ENCODING 'UTF8' and name it in KEYUAN_DATABASE_URL."
        )
    if standby:
        raise CannotStart(
            f"The database {shown} is a read-only standby: point KEYUAN_DATABASE_URL at the primary."
        )
    if not may_create:
        raise CannotStart(
            f"The role {info.user} may not make schemas in {shown}: "
            f'GRANT CREATE ON DATABASE "{info.dbname}" TO "{info.user}".'
        )


def _shown(url: str) -> str:
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise CannotStart(
            "KEYUAN_DATABASE_URL is not a PostgreSQL address: write it as postgresql://user:password@host:5432/database."
        ) from error
    host = parts.get("host") or parts.get("hostaddr") or "localhost"
    return f"{parts.get('dbname') or ''}@{host}:{parts.get('port') or 5432}"


def _first_line(error: psycopg.Error) -> str:
    """The system's reason; psycopg tells one attempt a line, the last being the one that counts."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = next(
        (line for line in lines if "failed:" in line or "FATAL" in line),
        lines[0] if lines else "no reason given",
    )
    for mark in ("FATAL:", "failed:"):
        if mark in reason:
            reason = reason.rsplit(mark, 1)[1]
    return reason.strip().rstrip(".")
