"""Making a change of definitions: rows, tables, version and what follows, in one transaction or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
from psycopg.types.json import Jsonb

from ...access import Principal
from ...kernel import clock
from ...kernel.errors import Conflict, FieldError, Forbidden, Invalid
from ...kernel.ids import new_id
from ...records.runtime import Runtime
from ...schema import field_types
from ...schema.check import Fault
from ...schema.field_types import Context
from ...schema.model import Object
from ...schema.overlay import Row, compose
from ...schema.registry import Place, Registry
from ...storage import catalogue, ddl, migrate
from ...storage.ddl import Step
from ...storage.definition_tables import add_job, add_partitions, definition_rows
from ...storage.organisations import Organisation
from ...storage.plan import MOST_COLUMNS, Plan, plan
from ...storage.pool import Connection
from ...storage.sql import quoted
from .bodies import Body
from .definer import Definer
from .draft import Draft, Job, Retired, RowKey, settled
from .soundness import all_faults
from .trace import log, raise_version

_LAYOUT = frozenset({"list_fields", "sections", "default_sort", "indexes", "record_types"})

State = Literal["ready", "pending"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A change that was made. `state` is `pending` while `jobs` (ids of definition jobs) have to be done before the
    definition is fully in effect. `changed` is False where everything was so already."""

    object: str
    field: str
    schema_version: int
    state: State
    jobs: tuple[str, ...]
    operation: str | None = None
    changed: bool = True


def allow(principal: Principal) -> None:
    """Refuse those who may not define objects and fields."""
    if not principal.may("definitions"):
        raise Forbidden()


async def change(
    runtime: Runtime,
    principal: Principal,
    kind: str,
    edit: Callable[[Draft], None],
    *,
    touches: str = "",
) -> Outcome:
    """Let `edit` change a draft of the definitions and make it so. `edit` runs again when the transaction does, so it
    changes nothing but the draft. `touches`: the object whose columns it has to know. Raises what `edit` raises,
    `Invalid` for definitions that are not sound, `Unavailable` where others do not let go of the tables in time."""
    allow(principal)
    slug = principal.organisation

    async def work(connection: Connection) -> Outcome:
        organisation = await runtime.organisations.read(connection, slug)
        draft = await _draft(connection, organisation, runtime.organisations.standard, touches)
        before = dict(draft.rows)
        edit(draft)
        return await _Maker(runtime, connection, principal, organisation, draft, before, kind).make()

    outcome = await migrate.exclusively(runtime.pool, slug, work)
    async with runtime.pool.connection() as connection:
        await runtime.organisations.get(connection, slug)
    return outcome


async def _draft(
    connection: Connection, organisation: Organisation, standard: Iterable[Object], touches: str
) -> Draft:
    schema = organisation.registry.schema
    rows = await definition_rows(connection, schema)
    cursor = await connection.execute(
        f'select object, "column", field, body, drop_after, dropped_at from {quoted(schema)}.retired_column'  # noqa: S608
        " order by retired_at".encode(),
        prepare=False,
    )
    retired = [Retired(*row) for row in await cursor.fetchall()]
    actual = await catalogue.read(connection, schema, [touches, f"{touches}__history"] if touches else [])
    return Draft(
        organisation=organisation,
        rows={(r.kind, r.object, r.field): r for r in rows},
        retired=retired,
        columns={name: tuple(t.columns) for name, t in actual.tables.items()},
        standard={o.key: o for o in standard},
        now=clock.now(),
    )


class _Maker:
    """One attempt to make a change, inside its transaction."""

    def __init__(
        self,
        runtime: Runtime,
        connection: Connection,
        principal: Principal,
        organisation: Organisation,
        draft: Draft,
        before: Mapping[RowKey, Row],
        kind: str,
    ) -> None:
        self.runtime = runtime
        self.connection = connection
        self.principal = principal
        self.organisation = organisation
        self.draft = draft
        self.before = before
        self.kind = kind
        self.schema = quoted(organisation.registry.schema)

    async def make(self) -> Outcome:
        draft, old = self.draft, self.organisation.registry
        differs = draft.rows != self.before
        if not (differs or draft.jobs or draft.retiring or draft.reviving):
            return Outcome(*draft.subject, self.organisation.schema_version, "ready", (), changed=False)
        objects, _ = compose(self.runtime.organisations.standard, draft.rows.values())
        self._sound()
        version = self.organisation.schema_version + 1
        registry = Registry(self.organisation.slug, version, objects, old)
        touched = [o.key for o in objects if old.objects.get(o.key) != o]
        todo = await self._tables(registry, touched)
        if any(s.kind == "index" for s in todo.later):
            draft.waiting.add(draft.subject)
        if todo.later:
            draft.jobs.append(Job("build", *draft.subject))
        waiting = sum(self._wait(place) for place in sorted(draft.waiting)) > 0
        await self._rows()
        await self._retired()
        jobs = [
            await add_job(self.connection, old.schema, j.kind, j.object, j.field, j.body) for j in draft.jobs
        ]
        operation = await self._record(version)
        state: State = "pending" if waiting or any(j.kind == "retype" for j in draft.jobs) else "ready"
        return Outcome(*draft.subject, version, state, tuple(jobs), operation)

    # -- soundness -----------------------------------------------------------------------------------------------

    def _sound(self) -> None:
        """Refuse definitions with faults that were not there before."""
        standard, slug = self.runtime.organisations.standard, self.organisation.slug
        old, left_before = compose(standard, self.before.values(), strict=True)
        new, left_out = compose(standard, self.draft.rows.values(), strict=True)
        known = {(w.object, w.field, w.code) for w in left_before}
        errors = [
            FieldError("", "def_left_out", {"place": f"{w.object}.{w.field}".strip("."), "reason": w.words})
            for w in left_out
            if (w.object, w.field, w.code) not in known
        ]
        if errors:
            raise Invalid(errors=errors)
        found = [f for f in all_faults(settled(new), slug, self._definer(old)) if self._matters(f)]
        if found:
            had = set(all_faults(settled(old), slug))
            if errors := [self._told(f) for f in found if f not in had]:
                raise Invalid(errors=errors)

    def _definer(self, old: Iterable[Object]) -> Definer | None:
        """Whose eyes the expressions of the change are read with; none for those who may read everything."""
        if self.principal.administrator:
            return None
        revived = {key for key, column in self.draft.reviving if not column}
        return Definer(self.principal.policy, settled(old), revived)

    def _matters(self, fault: Fault) -> bool:
        """Whether the change is refused for a fault. A layout that mentions a field which goes is none: it does without."""
        layout = fault.attribute.split(".")[0] in _LAYOUT and fault.code == "def_unknown_field"
        return not layout or self.draft.subject == Place(fault.object, "")

    def _told(self, fault: Fault) -> FieldError:
        """The fault at its attribute where it is in what the change is about, else with its place before it."""
        subject = self.draft.subject
        if fault.object == subject.object and fault.field == subject.field:
            return fault.error()
        if fault.object == subject.object and fault.field and not subject.field:
            return fault.error(f"fields.{fault.field}")
        return fault.error(f"{fault.object}.{fault.field}" if fault.field else fault.object)

    # -- tables --------------------------------------------------------------------------------------------------

    async def _tables(self, registry: Registry, touched: Sequence[str]) -> Plan:
        names = [f"{key}{part}" for key in touched for part in ("", "__history", "__search")]
        actual = await catalogue.read(self.connection, registry.schema, names)
        desired = [t for key in touched for t in registry.tables[key] if t is not None]
        gone = {(r.object, r.column) for r in (*self.draft.retired, *self.draft.retiring)}
        keep = {(f"{o}{part}", c) for o, c in gone for part in ("", "__history")}
        fills = await self._fills(registry)
        todo = plan(actual, desired, fills=fills, keep=keep, complete=False)
        for trouble in todo.troubles:
            if trouble.kind == "too_many_columns":
                raise Invalid(errors=[FieldError("", "def_too_many_columns", {"limit": MOST_COLUMNS})])
            if trouble.kind in ("wrong_type", "wrong_collation", "not_partitioned"):
                raise Conflict("definitions_differ")
        await self._lock(todo.now, actual.tables)
        try:
            await migrate.apply(self.connection, todo.now)
        except migrate.NotUnique as e:
            raise Invalid(errors=[FieldError("unique", "def_duplicates", {"detail": e.detail})]) from None
        for table in desired:
            if ddl.partition_key(table) and table.name not in actual.tables:
                await add_partitions(self.connection, table)
        return todo

    async def _lock(self, steps: Iterable[Step], there: Mapping[str, object]) -> None:
        """Take the tables before the first of them changes, in the order of their names."""
        for name in sorted({s.table for s in steps if s.table in there}):
            await self.connection.execute(
                f"lock table {self.schema}.{quoted(name)} in access exclusive mode".encode(), prepare=False
            )

    async def _fills(self, registry: Registry) -> dict[tuple[str, str], str]:
        """The literals that rows already there get in the columns of new fields with a default."""
        found: dict[tuple[str, str], str] = {}
        settings = self.organisation.settings
        context = Context(
            currency=str(settings["currency"]),
            today=clock.now().date().isoformat(),
            cipher=self.runtime.cipher,
        )
        for object_key, field in self.draft.fills:
            kind = field_types.get(field.type)
            values = kind.encode(field, kind.parse(field, field.default, context), context)
            for column in kind.columns(field):
                if values.get(column.name) is None:
                    continue
                type_name = ddl.catalogue_type(column)
                row = await (
                    await self.connection.execute(
                        f"select quote_literal(x.v::text) from json_to_record(%s::json) as x(v {type_name})".encode(),  # noqa: S608
                        [msgspec.json.encode({"v": values[column.name]}).decode()],
                        prepare=False,
                    )
                ).fetchone()
                assert row is not None
                found[object_key, column.name] = f"{row[0]}::{type_name}"
        return found

    def _wait(self, place: Place) -> bool:
        """Mark a field as pending."""
        if not place.field:
            return False
        for kind in ("field", "field_overlay"):
            body = self.draft.row(kind, *place)
            if body or kind == "field_overlay":
                self.draft.put(kind, *place, {**body, "state": "pending"})
                return True
        return False

    # -- rows ----------------------------------------------------------------------------------------------------

    async def _rows(self) -> None:
        rows = self.draft.rows
        for key in self.before.keys() - rows.keys():
            await self.connection.execute(
                f"delete from {self.schema}.definition where kind = %s and object = %s and field = %s".encode(),  # noqa: S608
                list(key),
                prepare=False,
            )
        for key, row in rows.items():
            if self.before.get(key) != row:
                await self.connection.execute(
                    f"insert into {self.schema}.definition (kind, object, field, body, position)"  # noqa: S608
                    " values (%s, %s, %s, %s, %s) on conflict (kind, object, field)"
                    " do update set body = excluded.body, position = excluded.position, updated_at = now()".encode(),
                    [*key, Jsonb(row.body), row.position],
                    prepare=False,
                )

    async def _retired(self) -> None:
        for gone in self.draft.retiring:
            await self.connection.execute(
                # the moment of the statement: a transaction that waited for another began before it
                f'insert into {self.schema}.retired_column (object, "column", field, body, drop_after, retired_at)'  # noqa: S608
                ' values (%s, %s, %s, %s, %s, clock_timestamp()) on conflict (object, "column") do update'
                " set field = excluded.field, body = excluded.body, retired_at = excluded.retired_at,"
                " dropped_at = null, drop_after = excluded.drop_after".encode(),
                [gone.object, gone.column, gone.field, Jsonb(gone.body), gone.drop_after],
                prepare=False,
            )
        for place in self.draft.reviving:
            await self.connection.execute(
                f'delete from {self.schema}.retired_column where object = %s and "column" = %s'.encode(),  # noqa: S608
                list(place),
                prepare=False,
            )

    async def _record(self, version: int) -> str:
        """Raise the version; leave an operation and a line in the change log."""
        draft, operation = self.draft, new_id()
        await raise_version(self.connection, self.schema)
        detail: Body = {"change": self.kind, "object": draft.subject.object, "field": draft.subject.field}
        await self.connection.execute(
            f"insert into {self.schema}.operation (id, kind, actor, at, detail)"  # noqa: S608
            " values (%s, 'definition', %s, %s, %s)".encode(),
            [operation, self.principal.user, draft.now, Jsonb({**detail, **draft.detail})],
            prepare=False,
        )
        await log(self.connection, self.schema, operation, draft.subject, version, self.principal.user)
        return operation
