"""Many new search tokens at once. PostgreSQL gathers new entries of the index in a list and sorts them in when the list is
full, in the connection that adds the next; sorting in takes two thirds of the time of adding. Here the list may grow, and
another connection sorts it in all the while, on another core."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import psycopg

from ...records.statements import qualified
from ...records.token_process import token_process
from ...records.unit_of_work import UnitOfWork
from ...storage.pool import autocommit

log = logging.getLogger("keyuan.imports")

LIMIT_KB = 256 * 1024
"""The list's size from which on it is sorted in where entries are added after all."""

_PAUSE = 2.0
"""Seconds between two times: what is sorted in together shares the pages it goes to."""

_SORT_IN: Final = b"""
select gin_clean_pending_list(i.indexrelid::regclass)
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
where a.amname = 'gin' and i.indrelid = %s::regclass
"""


@asynccontextmanager
async def bulk_search(uow: UnitOfWork, object_key: str) -> AsyncIterator[None]:
    """Add the tokens of an object's records quickly in the block."""
    search = uow.registry.tables[object_key].search
    if search is None:
        yield
        return
    await uow.fetch("select set_config('gin_pending_list_limit', %(limit)s, true)", {"limit": str(LIMIT_KB)})
    finished = asyncio.Event()
    sorting = asyncio.create_task(_sort_in(uow, qualified(search), finished))
    try:
        async with token_process() as uow.token_process:
            yield
            await uow.settle()
    finally:
        uow.token_process = None
        finished.set()
        await sorting


async def _sort_in(uow: UnitOfWork, table: str, finished: asyncio.Event) -> None:
    """Sort the list into the indexes of a table again and again until told, and then once more."""
    try:
        async with autocommit(uow.runtime.side_pool) as connection:
            while True:
                last = finished.is_set()
                await connection.execute(_SORT_IN, [table])
                if last:
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(finished.wait(), _PAUSE)
    except psycopg.Error:
        log.info("The search index is sorted in later.", exc_info=True)
