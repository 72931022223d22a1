"""References: their targets exist, may be seen, and stay while the transaction lasts; some may not lead back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import ARRAY, and_, bindparam, func, select, true

from ..access import Policy, predicate
from ..kernel.kept import kept
from ..schema import field_types
from ..schema.field_types.pointer import UUID
from ..schema.model import Field
from ..schema.registry import Registry
from ..storage.sql import Compiled, compile
from .hooks import Batch, Item
from .statements import qualified, quoted
from .unit_of_work import UnitOfWork


def pointers(field: Field, value: Any) -> Iterator[tuple[str, str]]:
    """The (object, id) pairs that a canonical value points at."""
    if value is None:
        return
    output = field_types.get(field.type).output
    if output == "reference":
        yield field.target, value
    elif output == "references":
        for one in value:
            yield field.target, one
    elif output == "reference_any":
        yield value["object"], value["id"]


@kept()
def _existing(registry: Registry, policy: Policy | None, object_key: str) -> Compiled:
    table = registry.tables[object_key].main
    allowed = true() if policy is None else predicate(registry, policy, object_key, "read", table)
    wanted = table.c.id == func.any(bindparam("ids", type_=ARRAY(UUID)))
    return compile(
        select(table.c.id)
        .where(and_(wanted, table.c.deleted_at.is_(None), allowed))
        .order_by(table.c.id)
        .with_for_update(read=True, key_share=True, of=table)
    )


REFERENCES = ("reference", "references", "reference_any")
"""What fields give that point at records."""


async def check(
    uow: UnitOfWork, batch: Batch, only: Collection[str] | None = None, *, acyclic: bool = True
) -> None:
    """Refuse references to records that are not there or that the principal may not see; hold the others until the
    end of the transaction, so that nobody deletes them for good in between. `only`: the fields to look at, if not all.
    Without `acyclic` circles are left to a later check. What was refused before is not refused again."""
    wanted: dict[str, dict[str, list[tuple[Item, str]]]] = {}
    fields = [
        f for f in uow.registry.fields(batch.object.key).values()
        if field_types.get(f.type).output in REFERENCES and (only is None or f.key in only)
    ]  # fmt: skip
    for item in batch:
        for field in fields:
            if field.key not in item.changed or any(e.field == field.key for e in item.errors):
                continue
            for target, record in pointers(field, item.after.get(field.key)):
                if target not in uow.registry.objects:
                    item.error(field.key, "target")
                elif not _own(uow, item, field.key, record):
                    wanted.setdefault(target, {}).setdefault(record, []).append((item, field.key))
    made_here = set(batch.ids)
    policy = None if uow.trusted else uow.principal.policy
    held = uow.held.targets
    # in the order of their names, so that two writers never wait for each other
    asked = {t: ids for t in sorted(wanted) if (ids := sorted(wanted[t].keys() - held[t, uow.trusted]))}
    statements = [_existing(uow.registry, policy, target) for target in asked]
    scope = {} if uow.trusted else uow.binds  # which know the filters of roles that the statements have met
    answers = await uow.select_each(
        [(made, {**scope, "ids": ids}) for made, ids in zip(statements, asked.values(), strict=True)]
    )
    for target, rows in zip(asked, answers, strict=True):
        held[target, uow.trusted].update(row[0] for row in rows)
    refused: list[tuple[Item, str]] = []
    for target, records in wanted.items():
        found = held[target, uow.trusted]
        if target == batch.object.key:
            found = found | made_here
        missing = records.keys() - found
        if missing and not uow.trusted:
            there = await _named_by_product(uow, target, {r: records[r] for r in missing})
        else:
            there = set()
        refused.extend(
            entry for record in missing for entry in records[record]
            if record not in there or not _by_product(*entry, record)
        )  # fmt: skip
    # What was completed from a refused record is not told of: it would say what that record has.
    by_caller = {item.id for item, key in refused if key in item.given}
    by_caller |= {i.id for i in batch if any(e.code == "reference" and e.field in i.given for e in i.errors)}
    for item, key in refused:
        if key in item.given or item.id not in by_caller:
            item.error(key, "reference")
    for field in fields:
        if acyclic and field.options.get("acyclic"):
            await _check_acyclic(uow, batch, field)


def without_refused(uow: UnitOfWork, batch: Batch, item: Item) -> dict[str, Any]:
    """Take the references that were refused out of a record, as if they had not been sent; what they were, by field."""
    fields = uow.registry.fields(batch.object.key)
    wrong = {e.field for e in item.errors} & item.changed & fields.keys()
    refused = {k: item.after[k] for k in wrong if field_types.get(fields[k].type).output in REFERENCES}
    for key in refused:
        item.after[key] = item.was(key)
        item.changed.discard(key)
    return refused


def _own(uow: UnitOfWork, item: Item, key: str, record: str) -> bool:
    """Whether a record is to be of the person at work, whoever says so, or of the department that comes with the person.
    They were read with the request's rights, and foreign keys hold them: nothing is left to ask."""
    if uow.trusted:
        return False
    who = uow.principal
    if key == "owner":
        return record == who.user
    return key == "owner_department" and item.after.get("owner") == who.user and record == who.department


def _by_product(item: Item, key: str, record: str) -> bool:
    """Whether the product named the record, and not the caller: whoever makes a record owns it, for their department,
    whether or not they may look at the list of these; and a follow-up on a deal is one with the deal's customer."""
    if key in ("owner", "owner_department"):
        return key not in item.given
    return item.completed.get(key) == record


async def _named_by_product(
    uow: UnitOfWork, target: str, missing: Mapping[str, list[tuple[Item, str]]]
) -> set[str]:
    """Of records that the principal may not see those that are there and that the product named."""
    named = sorted(
        record
        for record, entries in missing.items()
        if any(_by_product(item, key, record) for item, key in entries)
    )
    if not named:
        return set()
    return {row[0] for row in await uow.select(_existing(uow.registry, None, target), ids=named)}


async def _check_acyclic(uow: UnitOfWork, batch: Batch, field: Field) -> None:
    """Refuse a value from which following the field leads back to the record. One such change at a time, because two
    together could close a circle that neither closes alone."""
    moved = [i for i in batch if field.key in i.changed and i.after.get(field.key) is not None]
    if not moved:
        return
    above: dict[str, str | None] = {}
    if batch.kind != "create":
        # What is made just now nothing points at yet but what is made with it.
        above = await _chains(uow, batch, field, sorted({i.after[field.key] for i in moved}))
    above |= {i.id: i.after.get(field.key) for i in batch if field.key in i.changed}
    for item in moved:
        seen: set[str] = set()
        at = item.after[field.key]
        while at is not None and at not in seen and at != item.id:
            seen.add(at)
            at = above.get(at)
        if at == item.id:
            item.error(field.key, "cycle")


async def _chains(uow: UnitOfWork, batch: Batch, field: Field, start: list[str]) -> dict[str, str | None]:
    """Where the field leads from each of these records, and on from there, while nobody else changes it."""
    table = uow.registry.tables[batch.object.key].main
    column = quoted(field.physical)
    await uow.execute(
        "select pg_advisory_xact_lock(hashtextextended(%(key)s, 0))",
        {"key": f"acyclic {qualified(table)} {field.key}"},
    )
    rows = await uow.fetch(
        f"with recursive up(id, above) as ("  # noqa: S608
        f" select id, {column} from {qualified(table)} where id = any(%(start)s::uuid[])"
        f" union select t.id, t.{column} from {qualified(table)} t join up on t.id = up.above)"
        " select id, above from up",
        {"start": start},
    )
    return {str(a): (None if b is None else str(b)) for a, b in rows}
