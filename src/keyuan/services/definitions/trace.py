"""What every change of definitions leaves: a higher version, a line in the change log."""

from __future__ import annotations

from ...schema.registry import Place
from ...storage.pool import Connection


async def raise_version(connection: Connection, schema: str) -> int:
    """Raise the version of the definitions (`schema` quoted); every process then builds its registry anew."""
    statement = f"update {schema}.state set schema_version = schema_version + 1 returning schema_version"  # noqa: S608
    return await _number(connection, statement)


async def current_version(connection: Connection, schema: str) -> int:
    """The version of the definitions (`schema` quoted)."""
    return await _number(connection, f"select schema_version from {schema}.state")  # noqa: S608


async def _number(connection: Connection, statement: str) -> int:
    cursor = await connection.execute(statement.encode(), prepare=False)
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def log(
    connection: Connection, schema: str, operation: str, subject: Place, version: int, actor: str | None
) -> None:
    """A line of the change log: kind `definition`, the operation as record, the schema version as version, the field's
    key as what changed."""
    await connection.execute(
        f"insert into {schema}.change (operation, object, record, kind, version, actor, changed)"  # noqa: S608
        " values (%(operation)s, %(object)s, %(operation)s, 'definition', %(version)s, %(actor)s, %(changed)s)".encode(),
        {
            "operation": operation,
            "object": subject.object,
            "version": version,
            "actor": actor,
            "changed": [subject.field] if subject.field else None,
        },
        prepare=False,
    )
