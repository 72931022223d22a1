"""From SQLAlchemy statements to text and parameters for psycopg: the one place that does it.

SQLAlchemy Core only builds SQL here, psycopg runs it. Compiling costs about a millisecond, so callers keep `Compiled`
values and only bind them afterwards:

    listing = compile(select(table.c.id).where(table.c.owner == bindparam("me", type_=UUID)))
    await connection.execute(listing.text, listing.bind(me=principal.user), prepare=False)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
from psycopg.abc import AdaptContext, Buffer, QueryNoTemplate
from psycopg.adapt import Loader
from psycopg.types.json import set_json_dumps, set_json_loads
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

Processor = Callable[[Any], Any]

DIALECT: PGDialect_psycopg = PGDialect_psycopg()  # type: ignore[no-untyped-call]
"""PostgreSQL as psycopg speaks it: named parameters (`%(name)s`) with casts (`::UUID[]`) where types need them."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement ready for psycopg. `text` doubles every other percent sign, so it must always be run with parameters,
    `{}` if there are none. `params` holds the values written in the statement; parameters without a value are
    given to `bind`."""

    text: str
    params: Mapping[str, Any]
    processors: Mapping[str, Processor] = field(default_factory=dict)

    def bind(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:
        """All parameters, with these values for those of their names, made into what psycopg takes (dicts of JSON
        columns are wrapped). None is always SQL's NULL, for JSON too. Names the statement does not have are passed on
        (psycopg ignores them)."""
        bound = dict(self.params)
        for given in (values or {}, more):
            for name, value in given.items():
                process = self.processors.get(name)
                bound[name] = value if process is None or value is None else process(value)
        return bound

    @property
    def query(self) -> QueryNoTemplate:
        """The text, typed as psycopg wants it. It comes from SQLAlchemy, never from a person."""
        return cast("QueryNoTemplate", self.text)


def compile(statement: ClauseElement) -> Compiled:
    """The statement for psycopg. Lists of `in_` are expanded into it, so a statement that is kept compares with
    `= any(:array)` instead."""
    compiled = statement.compile(dialect=DIALECT)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError(f"not a query: {type(statement).__name__}")
    processors: dict[str, Processor] = {
        name: process for name, process in compiled._bind_processors.items() if callable(process)
    }
    # every parameter needs some value for the expansion; those without are left out again below
    open_names = {bind.key: None for bind in compiled.binds.values() if bind.required}
    if compiled.post_compile_params or compiled.literal_execute_params:
        expanded = compiled.construct_expanded_state(open_names)
        text, values = expanded.statement, dict(expanded.parameters)
        for name, parts in expanded.parameter_expansion.items():
            process = processors.pop(name, None)
            processors |= {part: process for part in parts if process is not None}
    else:
        text, values = str(compiled), dict(compiled.construct_params(open_names))
    missing = {compiled.escaped_bind_names.get(name, name) for name in open_names}
    made = Compiled(text, {}, processors)
    return Compiled(text, made.bind({n: v for n, v in values.items() if n not in missing}), processors)


class _IdLoader(Loader):
    """Reads a uuid as text."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode()


def adapt(context: AdaptContext) -> None:
    """Make a connection read ids as text and JSON with msgspec, and write JSON with msgspec."""
    context.adapters.register_loader("uuid", _IdLoader)
    set_json_loads(msgspec.json.decode, context)
    set_json_dumps(msgspec.json.encode, context)


def ddl(statement: ExecutableDDLElement) -> str:
    """The text of a DDL statement, to be run without parameters."""
    return str(statement.compile(dialect=DIALECT)).strip()


def type_sql(of: Any) -> str:
    """A column type (with its collation) as DDL writes it."""
    return str(DIALECT.type_compiler_instance.process(of))


def quoted(name: str) -> str:
    """An identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'
