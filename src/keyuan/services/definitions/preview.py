"""What a change of type or a removal would cost, before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as made_by
from typing import Any

import msgspec
from sqlalchemy import Text, cast, func, literal, select

from ...access import Principal, can, field_access
from ...access.scope import SHOWN
from ...kernel.errors import FieldError, Invalid, NotFound
from ...records.readable import everything
from ...records.runtime import Runtime
from ...records.unit_of_work import context_of
from ...schema import field_types
from ...schema.conversion import convert, neutral
from ...schema.field_types import Context, FieldProblem
from ...schema.model import Field
from ...schema.registry import Place, Registry
from ...storage.organisations import Organisation
from ...storage.pool import Connection
from ...storage.sql import compile
from .bodies import Body, as_json, checked_field, read_field_changes
from .change import allow
from .usage import in_records, users

CHECKED = 20_000
"""The most values that are converted to see what would be lost; of more records the latest are taken."""

SAMPLES = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would cost. `records`: all there are, deleted ones too; `filled`: those with a value; `checked`: how
    many values were tried (all of them unless there are more than `CHECKED`; none for somebody who may not read them
    all), `lost` how many of these cannot be converted, with `samples` (`{"id", "value"}`). `users`: definitions that
    cannot do without the field (`{"kind", "object", "field"}`), which forbid a removal; `mentions`: views and roles that
    go on without it (`{"kind", "id", "name"}`)."""

    records: int
    filled: int
    checked: int = 0
    lost: int = 0
    samples: list[Body] = made_by(default_factory=list)
    users: list[Body] = made_by(default_factory=list)
    mentions: list[dict[str, str]] = made_by(default_factory=list)

    def as_json(self) -> Body:
        """As the API shows it."""
        made: Body = msgspec.to_builtins(self)
        return made


async def preview_retire(runtime: Runtime, principal: Principal, object_key: str, field_key: str) -> Preview:
    """What retiring a field would take away."""
    return await _preview(runtime, principal, Place(object_key, field_key), None)


async def preview_retype(
    runtime: Runtime, principal: Principal, object_key: str, field_key: str, body: object
) -> Preview:
    """What a change of a field with that body would lose of its values. `Invalid` for a body that is refused anyway."""
    given, _ = read_field_changes(body, extra=("accept_loss",))
    return await _preview(runtime, principal, Place(object_key, field_key), given)


async def _preview(runtime: Runtime, principal: Principal, place: Place, given: Body | None) -> Preview:
    allow(principal)
    async with runtime.pool.connection() as connection:
        organisation = await runtime.organisations.get(connection, principal.organisation)
        registry = organisation.registry
        registry.object(place.object)
        old = registry.field(*place)
        if old is None:
            raise NotFound()
        records, filled = await _counts(connection, registry, place, old)
        checked, lost = 0, 0
        samples: list[Body] = []
        new = _new(old, given) if given is not None else None
        # who may define fields need not be allowed to read these records: which values pass a pattern would tell them
        if new is not None and filled and _told(principal, registry, place):
            context = neutral(context_of(organisation, principal, runtime), organisation.settings)
            checked, lost, samples = await _try(connection, organisation, place, (old, new), context)
        found = [
            {"kind": user.kind, "object": user.place.object, "field": user.place.field}
            for user in users(registry, place)
        ]
        return Preview(
            records, filled, checked, lost, samples, found, await in_records(connection, registry, place)
        )


def _told(principal: Principal, registry: Registry, place: Place) -> bool:
    """Whether the principal may read the field in all records."""
    if principal.administrator:
        return True
    policy = principal.policy
    return (
        can(registry, policy, place.object, "read")
        and everything(registry, policy, place.object)
        and field_access(registry, policy, *place) in SHOWN
    )


def _new(old: Field, given: Body) -> Field:
    kept = as_json(old)
    if given.get("type", old.type) != old.type:
        kept = {k: v for k, v in kept.items() if k in ("key", "label", "required", "custom")}
    else:
        given = {**given, "options": {**kept.get("options", {}), **given.get("options", {})}}
    new = checked_field({**kept, **given, "column": "preview"})
    if new.type in field_types.all_types():
        try:
            field_types.get(new.type).check(new)
        except FieldProblem as e:
            raise Invalid(errors=[FieldError(e.part or "options", e.code, e.params)]) from None
    return new


async def _counts(connection: Connection, registry: Registry, place: Place, old: Field) -> tuple[int, int]:
    table = registry.tables[place.object].main
    stored = field_types.get(old.type).stored
    filled = func.count(table.c[old.physical]) if stored else literal(0)
    statement = compile(select(func.count(), filled).select_from(table))
    row = await (await connection.execute(statement.query, statement.bind(), prepare=False)).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


async def _try(
    connection: Connection,
    organisation: Organisation,
    place: Place,
    pair: tuple[Field, Field],
    context: Context,
) -> tuple[int, int, list[Body]]:
    """Convert values, each different one once."""
    old, new = pair
    if new.type not in field_types.all_types() or not field_types.get(new.type).retype_from:
        raise Invalid(errors=[FieldError("type", "def_not_retypable")])
    table = organisation.registry.tables[place.object].main
    value = field_types.get(old.type).canonical(old, table)
    rows = (
        select(table.c.id, value.label("value"))
        .where(table.c[old.physical].is_not(None))
        .order_by(table.c.id.desc())
        .limit(CHECKED)
        .subquery("r")
    )
    statement = compile(select(cast(func.row_to_json(rows.table_valued()), Text)))
    checked, lost = 0, 0
    samples: list[Body] = []
    known: dict[str, bool] = {}
    cursor = await connection.execute(statement.query, statement.bind(), prepare=False)
    for (text,) in await cursor.fetchall():
        row = msgspec.json.decode(text)
        checked += 1
        if not _converts(pair, row["value"], context, known):
            lost += 1
            if len(samples) < SAMPLES:
                hidden = old.encrypted or old.sensitive
                shown = "…" if hidden else field_types.get(old.type).to_text(old, row["value"], context)
                samples.append({"id": row["id"], "value": shown[:80]})
    return checked, lost, samples


def _converts(pair: tuple[Field, Field], value: Any, context: Context, known: dict[str, bool]) -> bool:
    old, new = pair
    if old.encrypted:
        assert context.cipher is not None
        value = context.cipher.decrypt(value)
    key = msgspec.json.encode(value).decode()
    if key not in known:
        try:
            convert(old, new, value, context)
            known[key] = True
        except FieldProblem:
            known[key] = False
    return known[key]
