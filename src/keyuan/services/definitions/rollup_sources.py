"""Roll-ups are worked out when their children change, and so may not be made from what changes without these: what lies
behind a reference, what hangs on a child, today's date, who looks. When the definition of what they are made from changes,
they are worked out anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from ...access.paths import Paths, paths_of
from ...expr import filters, parser, periods
from ...expr.ast import Any as AnyNode
from ...expr.ast import Expr, Path, Placeholder, Within, children
from ...expr.scope import UnknownPath
from ...kernel.errors import Problem
from ...schema import field_types
from ...schema.check import Fault
from ...schema.field_types.rollup import RollupOptions
from ...schema.model import Field
from ...schema.registry import Place, Registry
from .draft import Draft, Job
from .expressions import made_from


def rollup_faults(registry: Registry) -> Iterator[Fault]:
    """Roll-ups whose figures would be out of date without anybody's noticing."""
    for key in registry.objects:
        for field in registry.fields(key).values():
            if field.type == "rollup":
                for attribute, moving in _moving_parts(registry, field):
                    yield Fault(key, field.key, f"options.{attribute}", "def_rollup_moving", {"what": moving})


def _moving_parts(registry: Registry, field: Field) -> Iterator[tuple[str, str]]:
    """The options of a roll-up that read what moves, and what that is."""
    options = field_types.get(field.type).settings(field)
    assert isinstance(options, RollupOptions)
    paths = paths_of(registry)
    with suppress(Problem, UnknownPath, KeyError):  # what cannot be read is told of elsewhere
        if options.field and (moving := _in_field(paths, options.object, options.field, ())):
            yield "field", moving
        if options.filter and (moving := _in(paths, options.object, filters.from_filter(options.filter), ())):
            yield "filter", moving


def _in_field(paths: Paths, object_key: str, field_key: str, seen: tuple[str, ...]) -> str:
    field = paths.registry.fields(object_key)[field_key]
    if field.type != "formula" or field_key in seen:
        return ""
    expression = field_types.get(field.type).settings(field).expression
    return _in(paths, object_key, parser.parse(expression), (*seen, field_key))


def _in(paths: Paths, object_key: str, tree: Expr, seen: tuple[str, ...]) -> str:
    """What an expression over a record reads that changes without the record; empty where there is nothing."""
    match tree:
        case Placeholder():
            return f"@{tree.name}"
        case Within():
            return periods.join(tree.period, tree.count)
        case AnyNode():
            return ".".join(tree.path)
        case Path():
            found = paths.find(object_key, tree.steps)
            if found.hops:
                return ".".join(tree.steps)
            return _in_field(paths, object_key, found.key, seen) if found.field else ""
    return next(filter(None, (_in(paths, object_key, child, seen) for child in children(tree))), "")


def recompute_rollups(draft: Draft, changed: Place) -> None:
    """Have the roll-ups computed anew that are made from a field whose values are others now."""
    for place in sorted(_rollups_made_from(draft.organisation.registry, changed)):
        draft.jobs.append(Job("rollups", *place))
        draft.waiting.add(place)


def _rollups_made_from(registry: Registry, field: Place) -> set[Place]:
    """The roll-ups that are made from a field, directly or through formulas. Roll-ups over these follow by themselves."""
    found: set[Place] = set()
    uses = made_from(registry)
    waiting, seen = [field], {field}
    while waiting:
        at = waiting.pop()
        for place, made in uses.items():
            if at in made and place not in seen:
                seen.add(place)
                if registry.fields(place.object)[place.field].type == "rollup":
                    found.add(place)
                else:
                    waiting.append(place)
    return found
