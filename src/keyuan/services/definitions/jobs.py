"""The work that follows a change of definitions, as rows of `definition_job`: which there is, running it, its end.

A job may be killed at any moment and is then run again: each keeps how far it came in the transactions of its own work.
One session at a time works on an organisation's jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
from psycopg.types.json import Jsonb

from ...kernel import clock
from ...kernel.errors import NotFound
from ...records.runtime import Runtime
from ...schema.registry import Place, organisation_schema
from ...storage import migrate
from ...storage.pool import Connection
from ...storage.sql import quoted
from .trace import log, raise_version

Result = Literal["done", "failed", "waiting", "busy"]


@dataclass(frozen=True, slots=True)
class DefinitionJob:
    """A row of `definition_job`. `due`: not before then, if at all set."""

    id: str
    kind: str
    object: str
    field: str
    body: Mapping[str, Any]
    state: str
    progress: Mapping[str, Any]
    error: str | None

    @property
    def due(self) -> datetime | None:
        """The moment before which nothing is to be done."""
        told = self.body.get("due")
        return datetime.fromisoformat(told) if isinstance(told, str) else None

    @property
    def place(self) -> Place:
        """What it is about."""
        return Place(self.object, self.field)


class Failure(Exception):
    """The job cannot be done, and trying again does not help. `code` is a message code without `field.`."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job. `alone`: the session's own connection, in autocommit."""

    runtime: Runtime
    slug: str
    job: DefinitionJob
    alone: Connection

    @property
    def schema(self) -> str:
        """The quoted schema of the organisation."""
        return quoted(organisation_schema(self.slug))

    async def note(self, connection: Connection, progress: Mapping[str, Any]) -> None:
        """Keep how far the job came, in the transaction of its work."""
        await connection.execute(
            f"update {self.schema}.definition_job set progress = %s, updated_at = now() where id = %s".encode(),  # noqa: S608
            [Jsonb(progress), self.job.id],
        )

    async def progress(self, connection: Connection) -> dict[str, Any]:
        """How far it came; the row stays locked until the transaction ends."""
        cursor = await connection.execute(
            f"select progress from {self.schema}.definition_job where id = %s for update".encode(),  # noqa: S608
            [self.job.id],
        )
        row = await cursor.fetchone()
        return dict(row[0]) if row else {}


Handler = Callable[[Run], Awaitable[None]]

_COLUMNS = "id, kind, object, field, body, state, progress, error"


async def read_job(connection: Connection, slug: str, job_id: str) -> DefinitionJob:
    """A job; `NotFound` if there is none."""
    schema = quoted(organisation_schema(slug))
    cursor = await connection.execute(
        f"select {_COLUMNS} from {schema}.definition_job where id = %s".encode(),  # noqa: S608
        [job_id],
        prepare=False,
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound()
    return DefinitionJob(*row)


async def open_jobs(connection: Connection, slug: str, place: Place | None = None) -> list[DefinitionJob]:
    """The jobs that are not finished, the earliest first; those that failed are finished."""
    schema = quoted(organisation_schema(slug))
    only = "" if place is None else " and object = %(object)s and field = %(field)s"
    cursor = await connection.execute(
        f"select {_COLUMNS} from {schema}.definition_job where state in ('pending', 'running'){only}"  # noqa: S608
        " order by created_at, id".encode(),
        {} if place is None else place._asdict(),
        prepare=False,
    )
    return [DefinitionJob(*row) for row in await cursor.fetchall()]


async def due_jobs(connection: Connection, slug: str, now: datetime | None = None) -> list[DefinitionJob]:
    """The jobs that can be run at once."""
    moment = now or clock.now()
    return [job for job in await open_jobs(connection, slug) if job.due is None or job.due <= moment]


async def run(runtime: Runtime, slug: str, job_id: str, handlers: Mapping[str, Handler]) -> Result:
    """Run a job to its end. `busy`: another session works on the organisation's jobs; `waiting`: it is not due yet. A job
    that failed says why in its row; whatever else goes wrong is raised, and the job stays to be run again."""
    try:
        async with migrate.job_connection(runtime.pool, slug) as alone:
            job = await read_job(alone, slug, job_id)
            if job.state == "done":
                return "done"
            if job.state == "failed":
                return "failed"
            if job.due is not None and job.due > clock.now():
                return "waiting"
            one = Run(runtime, slug, job, alone)
            await _state(one, alone, "running")
            try:
                await handlers[job.kind](one)
            except Failure as e:
                error = msgspec.json.encode({"code": e.code, "params": e.params}).decode()
                await _state(one, alone, "failed", error)
                return "failed"
            await _state(one, alone, "done")
            return "done"
    except migrate.Busy:
        return "busy"


async def _state(one: Run, connection: Connection, state: str, error: str | None = None) -> None:
    await connection.execute(
        f"update {one.schema}.definition_job set state = %s, error = %s, updated_at = now() where id = %s".encode(),  # noqa: S608
        [state, error, one.job.id],
        prepare=False,
    )


async def set_field_state(one: Run, place: Place, state: Literal["ready", "failed"]) -> None:
    """Say that a pending field is in effect, unless other work for it is open, or that it could not be brought into
    effect."""
    if not place.field:
        return

    async def work(connection: Connection) -> None:
        others = [
            j for j in await open_jobs(connection, one.slug, place) if j.id != one.job.id and j.kind != "drop"
        ]
        if others and state == "ready":
            return
        cursor = await connection.execute(
            f"update {one.schema}.definition set updated_at = now(),"  # noqa: S608
            " body = case when %(state)s = 'ready' then body - 'state'"
            " else jsonb_set(body, '{state}', to_jsonb(%(state)s::text)) end"
            " where kind in ('field', 'field_overlay') and object = %(object)s and field = %(field)s"
            " and body ->> 'state' = 'pending'".encode(),
            {"state": state, **place._asdict()},
            prepare=False,
        )
        if cursor.rowcount:
            await connection.execute(
                f"delete from {one.schema}.definition where kind = 'field_overlay' and body = '{{}}'".encode(),  # noqa: S608
                prepare=False,
            )
            version = await raise_version(connection, one.schema)
            await log(connection, one.schema, one.job.id, place, version, None)

    await migrate.exclusively(one.runtime.pool, one.slug, work, attempts=60)
