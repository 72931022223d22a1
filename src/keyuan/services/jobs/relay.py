"""The relay: reads the change logs of all organisations and hands what happened to those who want to know.

Rows are read in the order of their transactions and only below `pg_snapshot_xmin`: a row of a transaction that is still
open is waited for, so that a slow transaction's change is never skipped. One relay works at a time, whoever holds the
lock; how far it came is kept in `change_reader` after its consumers are done, so what a killed relay handed over last may
be handed over again. Consumers must not mind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from ...records.runtime import Runtime
from ...storage.locks import relay_lock_key
from ...storage.pool import Connection, connect
from ..statements import Statement

log = logging.getLogger("keyuan.relay")

NAME = "relay"
PORTION = 1000
PAUSE = 0.5
"""Seconds between looks at the change logs while nothing happens."""

_READER = Statement(
    """insert into {org}.change_reader (name) values (%(name)s) on conflict (name) do nothing;"""
)
_READ = Statement(
    """select c.seq, c.xid::text, c.at, c.operation::text, c.object, c.record::text, c.kind, c.version, c.actor::text,
        c.changed
    from {org}.change_reader r, {org}.change c
    where r.name = %(name)s and (c.xid, c.seq) > (r.xid, r.seq) and c.xid < pg_snapshot_xmin(pg_current_snapshot())
    order by c.xid, c.seq limit %(portion)s"""
)
_KEEP = Statement(
    """update {org}.change_reader set xid = %(xid)s::xid8, seq = %(seq)s, updated_at = now() where name = %(name)s"""
)


@dataclass(frozen=True, slots=True)
class Changed:
    """One line of a change log."""

    seq: int
    xid: str
    at: datetime
    operation: str
    object: str
    record: str
    kind: str
    version: int
    actor: str | None
    changed: tuple[str, ...] | None


Consumer = Callable[[str, Sequence[Changed]], Awaitable[None]]
"""Takes the changes of one organisation (by its short name), in order."""


async def read(connection: Connection, slug: str, name: str = NAME, portion: int = PORTION) -> list[Changed]:
    """What happened since the reader's last `keep`, at most so many lines. `connection` is in autocommit."""
    params = {"name": name, "portion": portion}
    cursor = await connection.execute(_READ.of(slug), params, prepare=True)
    rows: list[tuple[Any, ...]] = await cursor.fetchall()
    if not rows:
        await connection.execute(_READER.of(slug), {"name": name}, prepare=True)
        rows = await (await connection.execute(_READ.of(slug), params, prepare=True)).fetchall()
    return [Changed(*(*row[:9], None if row[9] is None else tuple(row[9]))) for row in rows]


async def keep(connection: Connection, slug: str, last: Changed, name: str = NAME) -> None:
    """Note that all up to a line has been handed over."""
    await connection.execute(_KEEP.of(slug), {"name": name, "xid": last.xid, "seq": last.seq}, prepare=True)


async def relay_once(connection: Connection, slugs: Sequence[str], consumers: Sequence[Consumer]) -> int:
    """Hand over what is waiting, one portion for each organisation; how many lines that were."""
    count = 0
    for slug in slugs:
        try:
            changes = await read(connection, slug)
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            continue  # an organisation that was just removed
        if not changes:
            continue
        for consumer in consumers:
            await consumer(slug, changes)
        await keep(connection, slug, changes[-1])
        count += len(changes)
    return count


async def run(url: str, runtime: Runtime, consumers: Sequence[Consumer]) -> None:
    """Relay until cancelled. While another process does so, wait to take its place."""
    while True:
        try:
            async with connect(url, "worker", autocommit=True) as connection:
                await _lead(connection)
                await _relay(connection, runtime, consumers)
        except psycopg.OperationalError as error:
            log.warning("The relay lost the database and tries again: %s", str(error).strip().splitlines()[0])
            await asyncio.sleep(2 * PAUSE)


async def _lead(connection: Connection) -> None:
    while True:
        row = await (
            await connection.execute("select pg_try_advisory_lock(%s)", [relay_lock_key()])
        ).fetchone()
        if row and row[0]:
            return
        await asyncio.sleep(4 * PAUSE)


async def _relay(connection: Connection, runtime: Runtime, consumers: Sequence[Consumer]) -> None:
    while True:
        slugs = [o.slug for o in await runtime.organisations.list(connection) if o.database_url is None]
        try:
            found = await relay_once(connection, slugs, consumers)
        except psycopg.OperationalError:
            raise
        except Exception:
            log.exception("A consumer failed; its changes are handed over again")
            found = 0
            await asyncio.sleep(4 * PAUSE)
        if not found:
            with contextlib.suppress(TimeoutError):
                await asyncio.sleep(PAUSE)
