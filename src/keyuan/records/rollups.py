"""Roll-ups: stored figures over children, kept right under concurrent writes.

The parents are locked first, in the order of their ids, and the figures recomputed afterwards from what is then there:
recomputing inside the update loses changes of others, locking in any order deadlocks. A parent's `version` does not
rise, for nobody edited it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Numeric,
    Subquery,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    update,
)

from ..access.scope import Reach, RecordScope
from ..expr import filters, sql, typing
from ..expr.ast import Expr, paths
from ..kernel.kept import kept
from ..schema import field_types
from ..schema.field_types.pointer import UUID
from ..schema.field_types.rollup import RollupOptions
from ..schema.model import Field
from ..schema.registry import Place, Registry
from ..storage.sql import Compiled, compile
from .hooks import Batch
from .unit_of_work import UnitOfWork

Parents = dict[str, set[str]]
"""Parent records whose roll-ups are to be recomputed, by object."""

_STAMPED = {"updated_at", "updated_by"}
"""What every change of a record writes, though it is not what was changed."""

_NOTHING = {"count": 0, "sum": "0"}


def options_of(field: Field) -> RollupOptions:
    """The options of a roll-up field."""
    options: RollupOptions = field_types.get(field.type).settings(field)
    return options


def begin(uow: UnitOfWork, batch: Batch) -> None:
    """A new record has no children: its counts and sums are 0."""
    for field in uow.registry.fields(batch.object.key).values():
        if field.type == "rollup":
            nothing = _NOTHING.get(options_of(field).measure)
            for item in batch:
                item.after[field.key] = nothing


@kept()
def _reads(registry: Registry, place: Place) -> frozenset[str]:
    """The fields of the child that a roll-up depends on."""
    options = options_of(registry.fields(place.object)[place.field])
    found = {options.via, "deleted_at"}
    names = [options.field] if options.field else []
    if options.filter:
        names.extend(path[0] for path in _paths(options.filter))
    for name in names:
        source = registry.field(options.object, name)
        if source is not None and source.type == "formula":
            return frozenset(registry.fields(options.object)) | {"deleted_at"}
        found.add(name)
    return frozenset(found)


def _paths(data: list[Any]) -> set[tuple[str, ...]]:
    return set(paths(filters.from_filter(data)))


async def lock_parents(uow: UnitOfWork, batch: Batch) -> Parents:
    """Find the parents whose figures a batch changes and lock them, from below upwards and in the order of their ids: who
    writes a parent holds it before he comes to those above it, so all take the same way."""
    parents: Parents = defaultdict(set)
    for place in uow.registry.rollups_over[batch.object.key]:
        via = options_of(uow.registry.fields(place.object)[place.field]).via
        reads = _reads(uow.registry, place)
        for item in batch:
            if item.before is None or (item.changed | _STAMPED) & reads:
                parents[place.object] |= {p for p in (item.was(via), item.after.get(via)) if p is not None}
    await _lock_all(uow, parents)
    return parents


async def _lock_all(uow: UnitOfWork, parents: Parents) -> None:
    for object_key in sorted(parents, key=lambda key: (-_above(uow.registry, key), key)):
        await uow.select(_lock(uow.registry, object_key), ids=sorted(parents[object_key]))


async def follow(
    uow: UnitOfWork, object_key: str, field_key: str, of: ColumnElement[bool], held: set[str]
) -> None:
    """Recompute what is made from a field of records that was written past the pipeline: those that `of` is true for. `held`:
    what the field held before and holds now, where it points at parents itself."""
    parents: Parents = defaultdict(set)
    table = uow.registry.tables[object_key].main
    for place in uow.registry.rollups_over[object_key]:
        via = options_of(uow.registry.fields(place.object)[place.field]).via
        if via == field_key:
            parents[place.object] |= held
        elif field_key in _reads(uow.registry, place):
            column = table.c[uow.registry.fields(object_key)[via].physical]
            rows = await uow.select(compile(select(column).distinct().where(of, column.is_not(None))))
            parents[place.object] |= {row[0] for row in rows}
    if parents:
        await _lock_all(uow, parents)
        await recompute(uow, parents, object_key)


@kept(5_000)
def _above(registry: Registry, object_key: str) -> int:
    """How many levels of parents hold figures over the object's records, directly or through each other."""
    parents = {p.object for p in registry.rollups_over[object_key]} - {object_key}
    return 1 + max((_above(registry, parent) for parent in parents), default=-1)


@kept(500)
def _lock(registry: Registry, object_key: str) -> Compiled:
    table = registry.tables[object_key].main
    wanted = table.c.id == func.any(bindparam("ids", type_=ARRAY(UUID)))
    return compile(select(table.c.id).where(wanted).order_by(table.c.id).with_for_update(key_share=True))


def _filter(registry: Registry, options: RollupOptions, scope: RecordScope) -> Expr | None:
    if not options.filter:
        return None
    return typing.check_condition(filters.from_filter(options.filter), scope)


def _figures(
    registry: Registry, child_key: str, via: str, fields: list[Field], number: int, late: dict[str, Expr]
) -> Subquery:
    """The figures over one object's records, grouped by the parent they point at with `via`: one pass for all of them,
    which PostgreSQL does along the index of `via` whatever it knows of the table. `late` gathers the expressions whose
    values are bound at each run, by their prefix."""
    child = registry.tables[child_key].main.alias(f"c{number}")
    scope = RecordScope(Reach(registry, late), child_key, child)
    parent = child.c[registry.fields(child_key)[via].physical]
    columns: list[Any] = [parent.label("parent")]
    for position, field in enumerate(fields):
        options = options_of(field)
        if options.measure == "count":
            figure: Any = func.count()
        else:
            figure = getattr(func, options.measure)(scope.column((options.field,)))
        prefix = f"r{number}_{position}_"
        tree = _filter(registry, options, scope)
        if tree is not None:
            figure = figure.filter(sql.condition(tree, scope, prefix))
            late[prefix] = tree
        columns.append(figure.label(field.key))
    wanted = parent == func.any(bindparam("ids", type_=ARRAY(UUID)))
    return (
        select(*columns).where(wanted, child.c.deleted_at.is_(None)).group_by(parent).subquery(f"s{number}")
    )


def _fresh(field: Field, figure: ColumnElement[Any]) -> ColumnElement[Any]:
    """The value of a roll-up for a figure, which is null where no child counts."""
    match options_of(field).measure:
        case "count" | "sum":
            return func.coalesce(figure, literal(0, Numeric))
        case "avg":
            return func.round(cast(figure, Numeric), 6)
    return figure


@kept(500)
def _recompute(
    registry: Registry, object_key: str, child: str
) -> tuple[Compiled, tuple[tuple[str, Expr], ...], tuple[str, ...]]:
    """The statement that recomputes the roll-ups of parents over one object's records (or over all, if `child` is
    empty), the filters it binds with their prefixes, and the keys."""
    table = registry.tables[object_key].main
    source = table.alias("p")
    groups: dict[tuple[str, str], list[Field]] = defaultdict(list)
    for field in registry.fields(object_key).values():
        if field.type == "rollup" and child in ("", options_of(field).object):
            groups[options_of(field).object, options_of(field).via].append(field)
    late: dict[str, Expr] = {}
    joined: FromClause = source
    values: dict[str, ColumnElement[Any]] = {}
    for number, ((over, via), fields) in enumerate(groups.items()):
        figures = _figures(registry, over, via, fields, number, late)
        joined = joined.outerjoin(figures, figures.c.parent == source.c.id)
        values |= {f.physical: _fresh(f, figures.c[f.key]).label(f.physical) for f in fields}
    wanted = source.c.id == func.any(bindparam("ids", type_=ARRAY(UUID)))
    fresh = select(source.c.id, *values.values()).select_from(joined).where(wanted).subquery("s")
    statement = (
        update(table)
        .values({table.c[name]: fresh.c[name] for name in values})
        .where(table.c.id == fresh.c.id, or_(*(table.c[n].is_distinct_from(fresh.c[n]) for n in values)))
        .returning(table.c.id)
    )
    keys = tuple(f.key for fields in groups.values() for f in fields)
    return compile(statement), tuple(late.items()), keys


async def recompute(uow: UnitOfWork, parents: Parents, child: str = "") -> None:
    """Recompute the roll-ups of locked parents over records of `child` (all of them, if none is named), and then of the
    parents' parents where a figure is made of figures."""
    for object_key, ids in sorted(parents.items()):
        statement, trees, keys = _recompute(uow.registry, object_key, child)
        bound: dict[str, Any] = {}
        for prefix, tree in trees:
            bound |= sql.binds(tree, uow.environment, prefix)
        changed = [row[0] for row in await uow.select(statement, **bound, ids=sorted(ids))]
        above = [p for p in uow.registry.rollups_over[object_key] if _reads(uow.registry, p) & set(keys)]
        if changed and above:
            await _climb(uow, object_key, changed, above)


async def _climb(uow: UnitOfWork, object_key: str, ids: list[str], above: list[Place]) -> None:
    vias = {options_of(uow.registry.fields(p.object)[p.field]).via: p.object for p in above}
    table = uow.registry.tables[object_key].main
    higher: Parents = defaultdict(set)
    for via, parent in vias.items():
        column = table.c[uow.registry.fields(object_key)[via].physical]
        wanted = table.c.id == func.any(bindparam("ids", type_=ARRAY(UUID)))
        rows = await uow.select(compile(select(column).where(wanted, column.is_not(None))), ids=ids)
        higher[parent] |= {row[0] for row in rows}
    for parent in sorted(higher):
        await uow.select(_lock(uow.registry, parent), ids=sorted(higher[parent]))
    await recompute(uow, higher, object_key)
