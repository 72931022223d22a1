"""The job that builds what a change of definitions left for later: indexes and foreign keys of tables with rows."""

from __future__ import annotations

from ...schema import field_types
from ...schema.registry import Place, Registry
from ...storage import catalogue, migrate
from ...storage.definition_tables import retired_columns
from ...storage.organisations import Organisation
from ...storage.plan import Plan, plan
from ...storage.pool import Connection
from .jobs import Failure, Run, set_field_state


async def build(one: Run) -> None:
    """Run the steps that are missing for the job's object (all objects if it names none); the field it names is then
    ready. A unique index that cannot be built fails the job and the fields concerned."""
    try:
        await complete(one, one.job.object)
    except migrate.NotUnique as e:
        async with one.runtime.pool.connection() as connection:
            organisation = await one.runtime.organisations.get(connection, one.slug)
        for place in {*fields_of_index(organisation.registry, e.table, e.index), one.job.place}:
            await set_field_state(one, place, "failed")
        raise Failure("def_duplicates", detail=e.detail) from None
    await set_field_state(one, one.job.place, "ready")


async def complete(one: Run, object_key: str = "") -> None:
    """Bring the tables of an object, or of all, to the definitions."""
    async with one.runtime.pool.connection() as connection:
        organisation = await one.runtime.organisations.get(connection, one.slug)
        if object_key and object_key not in organisation.registry.objects:
            return  # retired meanwhile
        todo = await missing(connection, organisation, object_key)

    async def now(connection: Connection) -> None:
        fresh = await one.runtime.organisations.read(connection, one.slug)
        await migrate.apply(connection, (await missing(connection, fresh, object_key)).now)

    if todo.now:
        await migrate.exclusively(one.runtime.pool, one.slug, now, attempts=60)
    await migrate.apply_alone(one.alone, organisation.registry.schema, todo.later)


async def missing(connection: Connection, organisation: Organisation, object_key: str = "") -> Plan:
    """What the tables lack. Columns that a field is about to take keep their indexes."""
    registry = organisation.registry
    keys = [object_key] if object_key else list(registry.objects)
    tables = [t for key in keys for t in registry.tables[key] if t is not None]
    names = [t.name for t in tables] if object_key else None
    if not object_key:
        tables = [*organisation.system.values(), *tables]
    actual = await catalogue.read(connection, registry.schema, names)
    keep = {*await retired_columns(connection, registry.schema), *becoming_columns(registry)}
    return plan(actual, tables, keep=keep, complete=not object_key)


def becoming_columns(registry: Registry) -> set[tuple[str, str]]:
    """The columns of conversions under way, by table."""
    return {
        (f"{key}{part}", column.name)
        for key in registry.objects
        for field in registry.fields(key).values()
        if field.becoming is not None
        for column in field_types.get(field.becoming.type).columns(field.becoming)
        for part in ("", "__history")
    }


def fields_of_index(registry: Registry, table: str, index: str) -> set[Place]:
    """The fields whose columns an index is made of."""
    if table not in registry.objects:
        return set()
    main = registry.tables[table].main
    columns = {c.name for i in main.indexes if i.name == index for c in i.columns}
    return {
        Place(table, field.key)
        for field in registry.fields(table).values()
        if columns & {c.name for c in field_types.get(field.type).columns(field)} and field.state == "pending"
    }
