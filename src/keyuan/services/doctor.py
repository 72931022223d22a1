"""`keyuan doctor`: holds the database against the definitions, says what differs and mends what is safe to mend.

Safe is what adds and computes: missing tables, columns, indexes, keys and partitions, work left undone, search tokens,
roll-ups. What would change or drop what somebody put there is only told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg import errors as pg

from ..kernel import clock
from ..kernel.errors import NotFound
from ..kernel.i18n import Label, Language, message, words
from ..records.runtime import Runtime
from ..schema.registry import Place, Registry
from ..storage import catalogue, partitions
from ..storage.definition_tables import add_job
from ..storage.organisations import Organisation
from ..storage.pool import Connection
from ..storage.sql import quoted
from .definitions.checkup import rollups_that_differ, without_tokens
from .definitions.draft import settled
from .definitions.indexes import missing
from .definitions.jobs import open_jobs
from .definitions.soundness import all_faults
from .definitions.work import run_pending

MOST_NUMBERS = 1_400
"""PostgreSQL gives a table 1,600 column numbers in all, dropped columns included."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that differs. `kind` names the message `doctor.<kind>`, `mends` says whether `mend` sees to it."""

    organisation: str
    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)
    mends: bool = True

    def line(self, language: Language) -> str:
        """The finding as people read it."""
        return f"{self.organisation}: {message('doctor.' + self.kind, language, **self.params)}"

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from others."""
        return self.organisation, self.kind, repr(sorted(self.params.items()))


async def examine(runtime: Runtime, slug: str) -> list[Finding]:
    """What differs in one organisation. Roll-ups are computed anew for a sample of records only."""
    try:
        async with runtime.pool.connection() as connection:
            organisation = await runtime.organisations.get(connection, slug)
            current = await runtime.organisations.is_current(connection, slug)
    except NotFound:
        return [Finding(slug, "no_state")]
    except (pg.UndefinedTable, pg.UndefinedColumn):
        return [Finding(slug, "not_current")]
    found = _Found(slug)
    if not current:
        found.add("not_current")
    async with runtime.pool.connection() as connection:
        await _structure(found, connection, organisation)
    # the rest can only be asked of tables that are whole
    if any(f.kind in ("table", "column") for f in found.findings):
        return found.findings
    _definitions(found, organisation)
    async with runtime.pool.connection() as connection:
        await _work(found, connection, organisation)
        for key, count in (await without_tokens(connection, organisation)).items():
            found.add("tokens", object=_label(organisation, key), count=count, key=key)
    for place, count, looked in await rollups_that_differ(runtime, organisation):
        found.add("rollup", field=_name(organisation, place), count=count, looked=looked, key=place.object)
    return found.findings


async def mend(runtime: Runtime, slug: str, findings: list[Finding]) -> list[Finding]:
    """Mend what can be; answers what is left when everything is looked at again. What shows only when the worst is mended
    is mended as well."""
    for _ in range(3):
        await _mend(runtime, slug, findings)
        left = await examine(runtime, slug)
        new = {f.key for f in left if f.mends} - {f.key for f in findings}
        findings = left
        if not new:
            break
    return findings


async def _mend(runtime: Runtime, slug: str, findings: list[Finding]) -> None:
    kinds = {f.kind for f in findings if f.mends}
    if kinds & {"no_state", "not_current", "table", "column"}:
        runtime.organisations.forget(slug)
        await runtime.organisations.bring_up_to_date(slug, anyway=True)
    async with runtime.pool.connection() as connection:
        organisation = await runtime.organisations.get(connection, slug)
        schema = organisation.registry.schema
        if kinds:
            await add_job(connection, schema, "build", "", "", {})
        for finding in findings:
            if finding.kind == "tokens":
                await add_job(connection, schema, "tokens", finding.params["key"], "", {})
            elif finding.kind == "rollup":
                await add_job(connection, schema, "rollups", finding.params["key"], "", {})
            elif finding.kind == "pending":
                await _resume(connection, organisation, finding.params["place"])
            elif finding.kind == "lost_column":
                await connection.execute(
                    f"update {quoted(schema)}.retired_column set dropped_at = now()"  # noqa: S608
                    ' where object = %s and "column" = %s'.encode(),
                    [finding.params["object"], finding.params["column"]],
                )
    await run_pending(runtime, slug)
    if kinds & {"partition", "default_rows"}:
        async with runtime.pool.connection() as connection:
            await partitions.ensure_partitions(connection, slug)
            await partitions.spread(connection, slug)


class _Found:
    """Gathers findings of one organisation."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.findings: list[Finding] = []

    def add(self, kind: str, *, mends: bool = True, **params: Any) -> None:
        """Note one."""
        self.findings.append(Finding(self.slug, kind, params, mends))


async def _structure(found: _Found, connection: Connection, organisation: Organisation) -> None:
    todo = await missing(connection, organisation)
    for step in todo.steps:
        kind = _STEP.get(step.kind, "other")
        found.add(kind, table=step.table, name=step.name)
    for trouble in todo.troubles:
        found.add(trouble.kind, mends=False, table=trouble.table, name=trouble.name, detail=trouble.detail)
    actual = await catalogue.read(connection, organisation.registry.schema)
    wanted = list(partitions.months(clock.now(), 2))
    for table in actual.tables.values():
        if table.partitioned_by:
            default = actual.tables.get(partitions.default_name(table.name))
            if default is None or partitions.missing(table, wanted):
                found.add("partition", table=table.name)
            if (
                default is not None
                and default.size > 0
                and await _any_row(connection, organisation, default.name)
            ):
                found.add("default_rows", table=table.name)
    await _retired(found, connection, organisation, actual)
    cursor = await connection.execute(
        "select relname, relnatts from pg_class where relnamespace = %s::regnamespace and relkind in ('r', 'p')"
        " and not relispartition and relnatts > %s",
        [quoted(organisation.registry.schema), MOST_NUMBERS],
    )
    for table_name, number in await cursor.fetchall():
        found.add("worn", mends=False, table=table_name, count=number)


_STEP = {
    "schema": "table", "table": "table", "column": "column", "index": "index", "index_only": "index",
    "attach_index": "index", "drop_index": "old_index", "foreign_key": "foreign_key", "validate": "foreign_key",
    "drop_constraint": "foreign_key", "primary_key": "foreign_key", "unique": "index",
}  # fmt: skip


async def _any_row(connection: Connection, organisation: Organisation, table: str) -> bool:
    name = f"{quoted(organisation.registry.schema)}.{quoted(table)}"
    row = await (await connection.execute(f"select exists (select from {name})".encode())).fetchone()  # noqa: S608
    return bool(row and row[0])


async def _retired(
    found: _Found, connection: Connection, organisation: Organisation, actual: catalogue.Catalogue
) -> None:
    """Columns noted as out of use that are not there any more."""
    schema = quoted(organisation.registry.schema)
    cursor = await connection.execute(
        f'select object, "column" from {schema}.retired_column where dropped_at is null and "column" <> \'\''  # noqa: S608
        " and body ->> 'type' <> 'formula' and body ->> 'type' <> 'lines'".encode()
    )
    for key, column in await cursor.fetchall():
        table = actual.tables.get(key)
        if table is None or column not in table.columns:
            found.add("lost_column", object=key, column=column)


def _definitions(found: _Found, organisation: Organisation) -> None:
    for left in organisation.left_out:
        place = ".".join(filter(None, (left.object, left.field)))
        found.add("left_out", mends=False, place=place, reason=left.words)
    objects = settled(organisation.registry.objects.values())
    for fault in all_faults(objects, organisation.slug):
        place = ".".join(filter(None, (fault.object, fault.field, fault.attribute)))
        told = words("field." + fault.code, **fault.params)
        found.add("fault", mends=False, place=place, reason=told)


async def _work(found: _Found, connection: Connection, organisation: Organisation) -> None:
    """Fields that wait for work nobody will do, work that is due, and work that failed."""
    jobs = await open_jobs(connection, organisation.slug)
    busy = {job.place for job in jobs if job.kind != "drop"} | {Place("", "")}
    registry = organisation.registry
    for key in registry.objects:
        for each in registry.fields(key).values():
            place = Place(key, each.key)
            waits = each.state == "pending" or each.becoming is not None
            if waits and place not in busy:
                found.add("pending", field=_name(organisation, place), place=place)
            elif each.state == "failed":
                found.add("failed", mends=False, field=_name(organisation, place))
    now = clock.now()
    for job in jobs:
        if job.due is None or job.due <= now:
            found.add("job", job=job.kind, place=".".join(filter(None, job.place)) or "-")


async def _resume(connection: Connection, organisation: Organisation, place: Place) -> None:
    """Note the work again that a pending field waits for."""
    found = organisation.registry.field(*place)
    if found is None:
        return
    schema = organisation.registry.schema
    if found.becoming is not None:
        await add_job(connection, schema, "retype", *place, {"accept_loss": False})
        return
    kind = "rollups" if found.type == "rollup" else "tokens" if found.search else "build"
    await add_job(connection, schema, "build", *place, {})
    if kind != "build":
        await add_job(connection, schema, kind, *place, {})


def _label(organisation: Organisation, key: str) -> Label:
    return organisation.registry.objects[key].label


def _name(organisation: Organisation, place: Place) -> Label:
    registry: Registry = organisation.registry
    obj, each = registry.objects[place.object], registry.fields(place.object)[place.field]
    return Label(f"{obj.label.zh}.{each.label.zh}", f"{obj.label.en}.{each.label.en}")
