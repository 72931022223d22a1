"""The organisations of an installation: making them, bringing them up to date, and what each process keeps of them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from psycopg import errors as pg
from psycopg.types.json import Jsonb
from sqlalchemy import MetaData, Table

from ..kernel import clock
from ..kernel.errors import Conflict, NotFound
from ..kernel.ids import new_id
from ..schema.model import Object
from ..schema.overlay import LeftOut, Row, compose
from ..schema.registry import Registry, organisation_schema
from ..schema.settings import settings_of
from . import catalogue, ddl, fingerprint, migrate, platform_tables, system_tables
from .ddl import Step
from .definition_tables import add_job, add_partitions, definition_rows, retired_columns
from .locks import platform_lock_key
from .plan import Plan, plan
from .pool import Connection, Pool
from .slugs import check_slug, is_slug
from .sql import quoted

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Organisation:
    """One organisation at one version of its definitions and policies. Immutable.

    `settings` holds every setting (see `schema.settings`). `epoch` is new after a restore. `left_out`: what of its
    definition rows could not be used."""

    slug: str
    registry: Registry
    system: Mapping[str, Table]
    settings: Mapping[str, Any]
    schema_version: int
    policy_version: int
    epoch: str
    left_out: tuple[LeftOut, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables there should be."""
        return (*self.system.values(), *self.registry.all_tables)


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the platform's list. `database_url` is None for organisations in the platform's own database."""

    slug: str
    name: str
    created_at: datetime
    database_url: str | None = None


class Organisations:
    """The organisations of an installation, as one process sees them. `standard` are the definitions that its code
    brings along."""

    def __init__(self, pool: Pool, standard: tuple[Object, ...]) -> None:
        self._pool = pool
        self.standard = standard
        self._kept: dict[str, Organisation] = {}
        self._system: dict[str, Mapping[str, Table]] = {}
        self._fingerprint: str | None = None

    @property
    def pool(self) -> Pool:
        """The connections to the database of the platform."""
        return self._pool

    @property
    def fingerprint(self) -> str:
        """What the standard definitions and the making of tables from them are at, in a few characters."""
        if self._fingerprint is None:
            self._fingerprint = fingerprint.of(self.standard)
        return self._fingerprint

    # -- reading -------------------------------------------------------------------------------------------------

    def cached(self, slug: str, schema_version: int, policy_version: int) -> Organisation | None:
        """The organisation at these versions if this process has it; no query is made."""
        kept = self._kept.get(slug)
        if kept and kept.schema_version == schema_version and kept.policy_version == policy_version:
            return kept
        return None

    async def get(self, connection: Connection, slug: str) -> Organisation:
        """The organisation at its present versions. One small query while nothing changed. `NotFound` if there is none;
        a connection in a transaction is then unusable until it rolls back."""
        if not is_slug(slug):
            raise NotFound()
        kept = self._kept.get(slug)
        if kept is not None:
            schema = quoted(organisation_schema(slug))
            try:
                cursor = await connection.execute(
                    f"select schema_version, policy_version, epoch::text from {schema}.state".encode()  # noqa: S608
                )
                row = await cursor.fetchone()
            except (pg.UndefinedTable, pg.InvalidSchemaName):
                self._kept.pop(slug, None)
                raise NotFound() from None
            if row == (kept.schema_version, kept.policy_version, kept.epoch):
                return kept
        return await self.read(connection, slug)

    async def read(self, connection: Connection, slug: str) -> Organisation:
        """The organisation as the connection's transaction sees it, built anew where versions differ from what the
        process has."""
        return self._built(slug, await self._load(connection, slug))

    async def list(self, connection: Connection | None = None) -> tuple[Listed, ...]:
        """All organisations, the oldest first."""
        if connection is None:
            async with self._pool.connection() as own:
                return await self.list(own)
        cursor = await connection.execute(
            "select slug, name, created_at, database_url from keyuan.organisation order by created_at, slug",
            prepare=False,
        )
        return tuple(Listed(*row) for row in await cursor.fetchall())

    async def _load(self, connection: Connection, slug: str) -> _State:
        schema = quoted(organisation_schema(slug))
        # one statement, so that definitions and version belong together
        query = f"""
            select s.schema_version, s.policy_version, s.epoch::text, s.standard,
                (select coalesce(json_agg(d), '[]') from (
                    select kind, object, field, body, position from {schema}.definition) d),
                (select coalesce(json_agg(t), '[]') from (select key, value from {schema}.setting) t)
            from {schema}.state s"""  # noqa: S608
        try:
            row = await (await connection.execute(query.encode(), prepare=False)).fetchone()
        except (pg.UndefinedTable, pg.InvalidSchemaName):
            row = None
        if row is None:
            raise NotFound()
        return _State(
            row[0], row[1], row[2], row[3],
            tuple(Row(**found) for found in row[4]),
            [(found["key"], found["value"]) for found in row[5]],
        )  # fmt: skip

    def _built(self, slug: str, state: _State) -> Organisation:
        kept = self._kept.get(slug)
        if kept and kept.epoch == state.epoch:
            if (kept.schema_version, kept.policy_version) == (state.schema_version, state.policy_version):
                return kept
            if kept.schema_version > state.schema_version:
                kept = None  # an older transaction's view; nothing to keep
        if kept and kept.epoch == state.epoch and kept.schema_version == state.schema_version:
            registry, left_out = kept.registry, kept.left_out
        else:
            objects, left_out = compose(self.standard, state.rows)
            registry = Registry(slug, state.schema_version, objects, kept.registry if kept else None)
        made = Organisation(
            slug, registry, self.system(slug), settings_of(state.settings), state.schema_version,
            state.policy_version, state.epoch, left_out,
        )  # fmt: skip
        self._kept[slug] = made
        return made

    def system(self, slug: str) -> Mapping[str, Table]:
        """The system tables of an organisation."""
        if slug not in self._system:
            self._system[slug] = system_tables.build(organisation_schema(slug), MetaData())
        return self._system[slug]

    def forget(self, slug: str) -> None:
        """Drop what this process keeps of an organisation."""
        self._kept.pop(slug, None)

    # -- making and upgrading --------------------------------------------------------------------------------------

    async def prepare_platform(self) -> None:
        """Make or migrate the platform's own tables; one query where they are up to date."""
        wanted = fingerprint.of_platform()
        async with self._pool.connection() as connection, connection.transaction():
            if await _platform_layout(connection) == wanted:
                return
            await connection.execute("select pg_advisory_xact_lock(%s)", [platform_lock_key()], prepare=False)
            actual = await catalogue.read(connection, platform_tables.SCHEMA)
            todo = plan(actual, platform_tables.METADATA.tables.values(), complete=False)
            await migrate.apply(connection, todo.now)
            await connection.execute(
                "insert into keyuan.platform (id, layout) values (1, %s)"
                " on conflict (id) do update set layout = excluded.layout",
                [wanted],
                prepare=False,
            )

    async def create(self, slug: str, name: str, settings: Mapping[str, Any] | None = None) -> Organisation:
        """Make an organisation with empty tables, in one transaction. `Conflict` if the short name is taken, `Invalid` if
        it has not the form of one."""
        check_slug(slug)
        await self.prepare_platform()
        values = {**(settings or {}), "name": name}

        async def work(connection: Connection) -> None:
            cursor = await connection.execute(
                "insert into keyuan.organisation (slug, name) values (%s, %s) on conflict do nothing",
                [slug, name],
                prepare=False,
            )
            if cursor.rowcount == 0:
                raise Conflict("organisation_exists", slug=slug)
            await self._migrate(connection, slug, values)

        await migrate.exclusively(self._pool, slug, work)
        async with self._pool.connection() as connection:
            return await self.read(connection, slug)

    async def is_current(self, connection: Connection, slug: str) -> bool:
        """Whether the organisation's tables were brought to the standard definitions of this code; one query."""
        return await self._standard(connection, slug) == self.fingerprint

    async def bring_up_to_date(self, slug: str, *, anyway: bool = False) -> Plan | None:
        """Migrate the organisation's tables to the standard definitions of this code, whatever version it comes from.
        One query and None where it is there already, unless it is to be done `anyway`. Steps that run alone are left to
        a definition job."""
        async with self._pool.connection() as connection:
            if await self.is_current(connection, slug) and not anyway:
                return None

        async def work(connection: Connection) -> Plan:
            return await self._migrate(connection, slug, None)

        return await migrate.exclusively(self._pool, slug, work, attempts=60)

    async def bring_all_up_to_date(self) -> tuple[str, ...]:
        """The platform and every organisation; answers the short names of those that were migrated."""
        await self.prepare_platform()
        here = [o.slug for o in await self.list() if o.database_url is None]
        return tuple([slug for slug in here if await self.bring_up_to_date(slug) is not None])

    async def drop(self, slug: str) -> None:
        """Remove an organisation with all it holds. There is no way back."""
        check_slug(slug)
        schema = organisation_schema(slug)
        async with self._pool.connection() as connection:
            await connection.execute("delete from keyuan.organisation where slug = %s", [slug], prepare=False)
            await connection.commit()
            actual = await catalogue.read(connection, schema)
            await connection.commit()
            # table by table, because one transaction could need more locks than the server has places for
            for table in [t for t in actual.tables.values() if not t.parent]:
                async with connection.transaction():
                    name = f"{quoted(schema)}.{quoted(table.name)}"
                    await connection.execute(f"drop table if exists {name} cascade".encode())
            async with connection.transaction():
                await connection.execute(f"drop schema if exists {quoted(schema)} cascade".encode())
        self._kept.pop(slug, None)

    async def _standard(self, connection: Connection, slug: str) -> str | None:
        schema = quoted(organisation_schema(slug))
        try:
            async with connection.transaction():
                query = f"select standard from {schema}.state"  # noqa: S608
                row = await (await connection.execute(query.encode(), prepare=False)).fetchone()
        except (pg.UndefinedTable, pg.UndefinedColumn, pg.InvalidSchemaName):
            return None
        return row[0] if row else None

    async def _migrate(self, connection: Connection, slug: str, settings: Mapping[str, Any] | None) -> Plan:
        """Bring the tables to the definitions, in the connection's transaction."""
        schema = organisation_schema(slug)
        actual = await catalogue.read(connection, schema)
        rows = await definition_rows(connection, schema) if "definition" in actual.tables else ()
        objects, _ = compose(self.standard, rows)
        tables = (*self.system(slug).values(), *Registry(slug, 0, objects).all_tables)
        keep = await retired_columns(connection, schema) if "retired_column" in actual.tables else ()
        todo = plan(actual, tables, keep=keep)
        refused = await _apply_what_can_be(connection, todo.now)
        for table in tables:
            if ddl.partition_key(table) and table.name not in actual.tables:
                await add_partitions(connection, table)
        await connection.execute(
            f"insert into {quoted(schema)}.state (id, schema_version, policy_version, epoch, standard)"  # noqa: S608
            " values (1, %(version)s, %(version)s, %(epoch)s, %(standard)s) on conflict (id) do update"
            " set schema_version = state.schema_version + 1, standard = excluded.standard".encode(),
            # a state that was lost must not come back with a version that some process has had
            {
                "epoch": new_id(),
                "standard": self.fingerprint,
                "version": int(clock.now().timestamp()) if actual.exists else 1,
            },
            prepare=False,
        )
        for key, value in (settings or {}).items():
            await connection.execute(
                f"insert into {quoted(schema)}.setting (key, value) values (%s, %s)".encode(),  # noqa: S608
                [key, Jsonb(value)],
                prepare=False,
            )
        if todo.later or refused:
            await add_job(connection, schema, "build", "", "", {})
        return todo


class _State(msgspec.Struct, frozen=True):
    schema_version: int
    policy_version: int
    epoch: str
    standard: str
    rows: tuple[Row, ...]
    settings: list[tuple[str, Any]]


async def _apply_what_can_be(connection: Connection, steps: Iterable[Step]) -> bool:
    """Run the steps of an upgrade but for unique indexes that rows stand against; whether there were any. An upgrade must
    not fail for what people wrote: the indexes that were there stay, and `keyuan doctor` tells and builds the new ones."""
    left, refused = list(steps), False
    while True:
        try:
            async with connection.transaction():
                await migrate.apply(connection, left)
            return refused
        except migrate.NotUnique as e:
            log.warning("Not unique yet, to be built once it is: %s of %s. %s", e.index, e.table, e.detail)
            refused = True
            left = [
                s for s in left if s.table != e.table or not (s.name == e.index or s.kind == "drop_index")
            ]


async def _platform_layout(connection: Connection) -> str | None:
    try:
        async with connection.transaction():
            row = await (
                await connection.execute("select layout from keyuan.platform", prepare=False)
            ).fetchone()
    except (pg.UndefinedTable, pg.InvalidSchemaName):
        return None
    return row[0] if row else None
