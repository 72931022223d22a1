"""The job behind a change of type: convert the records and their history, build the indexes, then switch.

Writers fill both columns from the moment the conversion begins, so what the job has passed stays right. Whatever kills
it, the field has its old definition or its new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Select, Table, and_, select

from ...access import system_principal
from ...records import statements
from ...records.unit_of_work import UnitOfWork
from ...records.unit_of_work import run as unit_of_work
from ...schema import field_types
from ...schema.conversion import convert, neutral
from ...schema.field_types import Context, FieldProblem
from ...schema.model import Field
from ...schema.registry import Registry
from ...storage import catalogue, migrate
from ...storage.definition_tables import retired_columns
from ...storage.plan import plan
from ...storage.sql import compile
from .change import change
from .draft import Draft, Job, settled, switched
from .fields import GRACE, abandon
from .indexes import becoming_columns
from .jobs import Failure, Run
from .refill import Work, canonical_rows, in_chunks
from .rollup_sources import recompute_rollups

SAMPLES = 20


async def retype(one: Run) -> None:
    """Carry a conversion through. Values that cannot be converted stop it, unless the administrator accepted that; so do
    doubles in a field that is to be unique. The field then stays as it was."""
    if await _field(one) is None:
        return
    query, work = _converter(one)
    await in_chunks(one, query, work)
    await _history(one)
    lost = (await _progress(one)).get("lost", 0)
    if lost and not one.job.body.get("accept_loss"):
        await _give_up(one)
        raise Failure("def_losses", count=lost)
    try:
        await _indexes(one)
        await _switch(one)
    except migrate.NotUnique as e:
        await _give_up(one)
        raise Failure("def_duplicates", detail=e.detail) from None


async def _field(one: Run) -> Field | None:
    """The field while it is being converted; None when that is over."""
    async with one.runtime.pool.connection() as connection:
        organisation = await one.runtime.organisations.get(connection, one.slug)
    pair = _converting(one, organisation.registry)
    return pair[0] if pair is not None else None


async def _progress(one: Run) -> dict[str, Any]:
    async with one.runtime.pool.connection() as connection:
        return await one.progress(connection)


def _converting(one: Run, registry: Registry) -> tuple[Field, Field] | None:
    """The field and what this job makes of it; None when that is over. A job that was killed after its switch may find the
    next conversion of the same field under way, which is another job's and has all records still before it."""
    found = registry.field(*one.job.place) if one.job.object in registry.objects else None
    if found is None or found.becoming is None:
        return None
    mine = one.job.body.get("column", found.becoming.physical) == found.becoming.physical
    return (found, found.becoming) if mine else None


def _converter(one: Run) -> tuple[Callable[[UnitOfWork], Select[Any] | None], Work]:
    """What is read of each record, and what is done with it."""

    def query(uow: UnitOfWork) -> Select[Any] | None:
        pair = _converting(one, uow.registry)
        if pair is None:
            return None
        table = uow.registry.tables[one.job.object].main
        value = field_types.get(pair[0].type).canonical(pair[0], table)
        return select(table.c.id, value.label("value")).where(table.c[pair[0].physical].is_not(None))

    async def work(uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        pair = _converting(one, uow.registry)
        assert pair is not None
        context = neutral(uow.context, uow.organisation.settings)
        lost: list[dict[str, str]] = []
        made = [{"id": row["id"], **_columns(pair, row["value"], context, row["id"], lost)} for row in rows]
        table = uow.registry.tables[one.job.object].main
        await uow.execute(
            statements.update(table, tuple(made[0])), {"rows": msgspec.json.encode(made).decode()}
        )
        if lost:
            progress = await one.progress(uow.connection)
            samples = [*progress.get("samples", ()), *lost][:SAMPLES]
            await one.note(
                uow.connection, {**progress, "lost": progress.get("lost", 0) + len(lost), "samples": samples}
            )

    return query, work


def _columns(
    pair: tuple[Field, Field], value: Any, context: Context, record: str, lost: list[dict[str, str]]
) -> dict[str, Any]:
    """The columns of the new definition for a stored value of the old."""
    old, new = pair
    if old.encrypted:
        assert context.cipher is not None
        value = context.cipher.decrypt(value)
    try:
        made = convert(old, new, value, context)
    except FieldProblem:
        made = None
        shown = (
            "…"
            if old.sensitive or old.encrypted
            else field_types.get(old.type).to_text(old, value, context)[:80]
        )
        lost.append({"id": record, "value": shown})
    return field_types.get(new.type).encode(new, made, context)


# -- history -----------------------------------------------------------------------------------------------------------


async def _history(one: Run) -> None:
    """Convert the versions of the past as well, so that they can be looked at under the new definition. Values that
    cannot be are left empty there; they do not count as lost."""

    async def step(uow: UnitOfWork) -> bool:
        pair = _converting(one, uow.registry)
        history = uow.registry.tables[one.job.object].history if pair else None
        if pair is None or history is None:
            return True
        progress = await one.progress(uow.connection)
        ids = select(history.c.id).where(history.c[pair[0].physical].is_not(None))
        if after := progress.get("history"):
            ids = ids.where(history.c.id > after)
        found = [
            row[0] for row in await uow.select(compile(ids.distinct().order_by(history.c.id).limit(200)))
        ]
        if not found:
            return True
        await _convert_versions(uow, history, pair, found)
        await one.note(uow.connection, {**progress, "history": found[-1]})
        return False

    finished = False
    while not finished:
        finished = await unit_of_work(one.runtime, system_principal(one.slug), step, trusted=True)


async def _convert_versions(
    uow: UnitOfWork, history: Table, pair: tuple[Field, Field], ids: list[str]
) -> None:
    """The versions of some records. Two of a record can have ended at the same moment, hence their number."""
    old, new = pair
    context = neutral(uow.context, uow.organisation.settings)
    value = field_types.get(old.type).canonical(old, history)
    row = select(history.c.id, history.c.valid_to, history.c.version, value.label("value")).where(
        and_(history.c.id.in_(ids), history.c[old.physical].is_not(None))
    )
    made: list[dict[str, Any]] = []
    for version in await canonical_rows(uow, row):
        columns = _columns(pair, version["value"], context, version["id"], [])
        made.append({**{key: version[key] for key in ("id", "valid_to", "version")}, **columns})
    names = [c.name for c in field_types.get(new.type).columns(new)]
    sets = ", ".join(f"{statements.quoted(n)} = x.{statements.quoted(n)}" for n in names)
    source = statements.recordset(history, ("id", "valid_to", "version", *names))
    await uow.execute(
        f"update {statements.qualified(history)} t set {sets} from {source}"  # noqa: S608
        " where t.id = x.id and t.valid_to = x.valid_to and t.version = x.version",
        {"rows": msgspec.json.encode(made).decode()},
    )


# -- the end -----------------------------------------------------------------------------------------------------------


async def _indexes(one: Run) -> None:
    """Build the indexes the new definition asks for, beside those of the old."""
    async with one.runtime.pool.connection() as connection:
        organisation = await one.runtime.organisations.get(connection, one.slug)
        old = organisation.registry
        objects = settled(o for o in old.objects.values() if o.key == one.job.object)
        tables = [t for t in Registry(one.slug, 0, objects).tables[one.job.object] if t is not None]
        actual = await catalogue.read(connection, old.schema, [t.name for t in tables])
        keep = {*await retired_columns(connection, old.schema), *becoming_columns(old)}
    keep |= {(table, column) for table, there in actual.tables.items() for column in there.columns}
    todo = plan(actual, tables, keep=keep, small=-1, complete=False)
    built = [s for s in todo.later if s.kind in ("index", "drop_index")]
    await migrate.apply_alone(one.alone, old.schema, built)


async def _switch(one: Run) -> None:
    """Make the new definition the only one."""
    given = dict(one.job.body.get("given") or {})

    def edit(draft: Draft) -> None:
        draft.subject = one.job.place
        pair = _converting(one, draft.organisation.registry)
        if pair is None:
            return
        old = pair[0]
        draft.detail = {"job": one.job.id}
        draft.retire_columns(one.job.object, msgspec.structs.replace(old, becoming=None), draft.now + GRACE)
        draft.jobs.append(Job("drop", *one.job.place, {"due": (draft.now + GRACE).isoformat()}))
        new = switched(old)
        draft.put_field(one.job.object, new, given)
        if old.search != new.search or (new.search and old.type != new.type):
            draft.jobs.append(Job("tokens", *one.job.place))
        recompute_rollups(draft, one.job.place)

    await change(one.runtime, system_principal(one.slug), "retyped", edit, touches=one.job.object)


async def _give_up(one: Run) -> None:
    """Leave the field as it was."""

    def edit(draft: Draft) -> None:
        draft.subject = one.job.place
        draft.detail = {"job": one.job.id}
        pair = _converting(one, draft.organisation.registry)
        if pair is not None:
            abandon(draft, one.job.object, pair[0])

    await change(one.runtime, system_principal(one.slug), "retype_failed", edit, touches=one.job.object)
