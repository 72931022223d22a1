"""Removing records of the recycle bin for good: what goes with them, and what stands against it.

With a record go the records that belong to it (its lines, its follow-ups) and lie in the recycle bin too, the history of
all of them, with whom they were shared, and their files. Nothing may still point at any of them, from the recycle bin or
from outside, by a field of whatever kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from psycopg import errors as pg
from sqlalchemy import ARRAY, bindparam, func, select, true

from ..access import Policy, can, field_access, predicate
from ..kernel.errors import Conflict, FieldError
from ..kernel.i18n import Label
from ..kernel.kept import kept
from ..schema.field_types.pointer import UUID
from ..schema.registry import Place, Registry
from ..storage.sql import Compiled, compile
from . import lines, stored
from .hooks import Batch, Item, Values
from .statements import qualified
from .unit_of_work import UnitOfWork

PURGE = "records.purge"
"""The capability to remove records for good."""

_MOST_COUNTED = 100


async def together(uow: UnitOfWork, named: Sequence[Batch]) -> list[Batch]:
    """The batches and the deleted records that belong to their records, at any remove, locked; a batch for each object.
    `Conflict` where anything else points at one of them."""
    found: dict[str, dict[str, Item]] = {}
    for batch in named:
        found.setdefault(batch.object.key, {}).update((i.id, i) for i in batch)
    new = {object_key: [*items] for object_key, items in found.items()}
    while new:
        following: dict[str, list[str]] = defaultdict(list)
        for object_key, ids in new.items():
            for place in uow.registry.pointing_at[object_key]:
                if lines.behaviour(uow.registry, place) != "cascade":
                    continue
                rows = await uow.select(_belonging(uow.registry, place, object_key), ids=ids)
                known = found.setdefault(place.object, {})
                below = await stored.lock(
                    uow, place.object, (i for (i,) in rows if i not in known), "", deleted=True
                )
                known |= {i: _item(i, values) for i, values in below.items()}
                following[place.object] += below
        new = {object_key: ids for object_key, ids in following.items() if ids}
    batches = [
        Batch(uow.registry.objects[key], "purge", list(items.values()))
        for key, items in found.items()
        if items
    ]
    for batch in batches:
        # Who has just looked at one of them to point at it has it locked: wait, and then see that.
        await uow.fetch(
            f"select id from {qualified(uow.registry.tables[batch.object.key].main)}"  # noqa: S608
            " where id = any(%(ids)s::uuid[]) order by id for update",
            {"ids": batch.ids},
        )
    await _check(uow, batches)
    return batches


def _item(record: str, values: Values) -> Item:
    return Item(id=record, before=values, given={}, after=dict(values))


@kept(500)
def _belonging(registry: Registry, place: Place, target: str) -> Compiled:
    table = registry.tables[place.object].main
    return compile(
        select(table.c.id).where(lines.points(registry, place, target), table.c.deleted_at.is_not(None))
    )


@kept(500)
def _referring(registry: Registry, policy: Policy | None, place: Place, target: str) -> Compiled:
    """How many records outside `going` point at some, those in the recycle bin and the others; with a policy only those
    that people of it may see. Counting ends at a hundred of each."""
    table = registry.tables[place.object].main
    seen = true() if policy is None else predicate(registry, policy, place.object, "read", table)
    stays = table.c.id != func.all(bindparam("going", type_=ARRAY(UUID)))
    counts = []
    for alive in (table.c.deleted_at.is_not(None), table.c.deleted_at.is_(None)):
        rows = select(table.c.id).where(lines.points(registry, place, target), stays, alive, seen)
        counts.append(
            select(func.count()).select_from(rows.limit(_MOST_COUNTED).subquery()).scalar_subquery()
        )
    return compile(select(*counts))


async def _check(uow: UnitOfWork, batches: Sequence[Batch]) -> None:
    """`Conflict` with how many records of which objects point at those of the batches; of those that the caller may not
    see it tells only that there are some."""
    going = {b.object.key: b.ids for b in batches}
    places = [
        (place, key)
        for key in going
        for place in uow.registry.pointing_at[key]
        if place.field not in ("created_by", "updated_by")
    ]
    policy = uow.principal.policy

    async def counted(which: Policy | None, asked: Sequence[tuple[Place, str]]) -> list[tuple[int, int]]:
        rows = await uow.select_each(
            [
                (
                    _referring(uow.registry, which, place, target),
                    {**({} if which is None else uow.binds), "ids": going[target], "going": going.get(place.object, [])},
                )
                for place, target in asked
            ]
        )  # fmt: skip
        return [(int(row[0][0]), int(row[0][1])) for row in rows]

    totals = [
        (asked, n) for asked, n in zip(places, await counted(None, places), strict=True) if any(n)
    ]  # fmt: skip
    if not totals:
        return
    open_to = [
        (place, target) for (place, target), _ in totals
        if uow.trusted or field_access(uow.registry, policy, *place) in ("read", "edit")
    ]  # fmt: skip
    seen = dict(zip(open_to, await counted(None if uow.trusted else policy, open_to), strict=True))
    told: dict[tuple[str, str], int] = defaultdict(int)
    unseen = False
    for asked, total in totals:
        for code, all_, some in zip(
            ("referenced_deleted", "referenced"), total, seen.get(asked, (0, 0)), strict=True
        ):
            told[asked[0].object, code] += some
            unseen |= some < all_
    errors = [
        FieldError("", code, {"object": uow.registry.objects[key].label, "count": lines.told_count(n)})
        for (key, code), n in told.items() if n
    ]  # fmt: skip
    raise Conflict(
        "purge_referenced", errors=[*errors, *([FieldError("", "referenced_unseen")] if unseen else [])]
    )


async def remove(uow: UnitOfWork, batches: Sequence[Batch]) -> None:
    """Delete the rows, all in one statement because they may point at each other, and what is kept about them. Their files
    become drafts that nobody takes, which the clean-up removes."""
    parts: list[str] = []
    params: dict[str, object] = {}
    for number, batch in enumerate(batches):
        uow.held.forget(batch.object.key)
        params[f"ids{number}"], params[f"object{number}"] = batch.ids, batch.object.key
        named = f"= any(%(ids{number})s::uuid[])"
        tables = uow.registry.tables[batch.object.key]
        parts.append(f"m{number} as (delete from {qualified(tables.main)} where id {named})")  # noqa: S608
        if tables.search is not None:
            parts.append(f"s{number} as (delete from {qualified(tables.search)} where id {named})")  # noqa: S608
        if tables.history is not None:
            parts.append(f"h{number} as (delete from {qualified(tables.history)} where id {named})")  # noqa: S608
        about = f"where object = %(object{number})s and record {named}"
        parts.append(f"g{number} as (delete from {uow.table_name('grants')} {about})")  # noqa: S608
        parts.append(
            f"f{number} as (update {uow.table_name('file')} set object = null, record = null, field = null,"  # noqa: S608
            f" created_by = null {about})"
        )
    await uow.settle()  # the tokens of what goes
    try:
        async with uow.savepoint():
            await uow.execute(f"with {', '.join(parts)} select", params)
    except pg.ForeignKeyViolation as refused:
        raise Conflict("purge_referenced", errors=await _pointing_still(uow, refused)) from None


async def _pointing_still(uow: UnitOfWork, refused: pg.ForeignKeyViolation) -> list[FieldError]:
    """Which field the database says points at a record that is to go: one that is out of use, for all others were looked at
    before, or somebody was quicker. It is told to those who define fields and may read its object."""
    table, key = refused.diag.table_name, refused.diag.constraint_name
    retired = uow.table_name("retired_column")
    rows = await uow.fetch(
        "select coalesce(r.field, a.attname), r.body->'label', o.body->'rows' from pg_constraint k"  # noqa: S608
        " join pg_class t on t.oid = k.conrelid and t.relname = %(table)s"
        " join pg_namespace n on n.oid = t.relnamespace and n.nspname = %(schema)s"
        " join pg_attribute a on a.attrelid = t.oid and a.attnum = k.conkey[1]"
        f" left join {retired} r on r.object = t.relname and r.column = a.attname"
        f" left join {retired} o on o.object = t.relname and o.column = ''"
        " where k.conname = %(key)s and k.contype = 'f' and coalesce(r.object, o.object) is not null",
        {"key": key, "table": table, "schema": uow.registry.schema},
    )
    obj = uow.registry.objects.get(table or "")
    may_know = uow.trusted or (
        uow.principal.may("definitions")
        and (obj is None or can(uow.registry, uow.principal.policy, obj.key, "read"))
    )
    if not rows or not may_know:
        return [FieldError("", "referenced_unseen")]
    key_of_field, label, of_object = rows[0]
    known = {f.key: f.label for f in obj.fields} if obj is not None else {}
    labels = {  # those of an object out of use, by column; its own is that of none
        row["field"] and (row["body"].get("column") or row["field"]): row["body"].get("label")
        for row in of_object or ()
    }
    whose = obj.label if obj is not None else _label(labels.get(""), table or "")
    which = known.get(key_of_field) or _label(label or labels.get(key_of_field), key_of_field)
    return [FieldError("", "referenced_retired", {"object": whose, "field": which})]


def _label(told: object, key: str) -> Label:
    """The label that a definition had, its key where it had none."""
    words = told if isinstance(told, dict) else {}
    return Label(str(words.get("zh") or key), str(words.get("en") or key))
