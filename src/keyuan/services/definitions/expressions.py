"""What definitions write in the expression language: whether it can be read, what it is made from, and that nothing is
made from itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from ...access.paths import Paths, paths_of
from ...expr import filters, parser, typing
from ...expr.ast import Any as AnyNode
from ...expr.ast import Expr, Path, Steps, children
from ...expr.errors import ExprError
from ...expr.scope import Resolved, Scope, UnknownPath
from ...kernel.errors import Problem
from ...records.in_hand import InHand
from ...schema import field_types
from ...schema.check import Fault
from ...schema.model import Field
from ...schema.registry import Place, Registry
from .definer import Definer

Graph = Mapping[Place, frozenset[Place]]
"""For each computed field the fields it is made from."""


class Everything:
    """The scope of an object's records in which every field may be used but encrypted ones."""

    def __init__(self, paths: Paths, object_key: str) -> None:
        self._paths = paths
        self._object = object_key

    def resolve(self, path: Steps) -> Resolved:
        """See `expr.scope.Scope`."""
        found = self._paths.find(self._object, path)
        if found.field is not None and found.field.encrypted:
            raise UnknownPath(len(path) - 1)
        return Resolved(found.type, found.choices)

    def children(self, path: Steps) -> Scope:
        """See `expr.scope.Scope`."""
        return Everything(self._paths, self._paths.children(self._object, path).child)


def expression_faults(registry: Registry, definer: Definer | None = None) -> Iterator[Fault]:
    """Expressions and filters that cannot be used, and fields made from themselves. A `definer` cannot use in those that
    they wrote what they may not read."""
    for key, obj in registry.objects.items():
        for field in registry.fields(key).values():
            for one in _written(registry, key, field):
                scope = one.scope
                if definer is not None and definer.wrote(key, field, one.attribute):
                    scope = definer.sees(registry, one.object, scope)
                yield from _tried(key, field.key, one.attribute, partial(one.read, scope))
        for number, rule in enumerate(obj.rules):
            own: Scope = InHand(registry, key)
            if definer is not None and definer.wrote(key, None, "rules", rule.condition):
                own = definer.sees(registry, key, own)
            read = partial(_condition, rule.condition, own)
            yield from _tried(key, "", f"rules.{number}.condition", read)
    graph = made_from(registry)
    for place, way in cycles(graph):
        shown = " → ".join(f"{p.object}.{p.field}" for p in way)
        yield Fault(place.object, place.field, "options", "def_cycle", {"path": shown})


def _tried(object_key: str, field: str, attribute: str, read: Callable[[], Expr]) -> Iterator[Fault]:
    try:
        read()
    except ExprError as e:
        error = e.in_field(attribute)
        yield Fault(object_key, field, attribute, error.code, error.params)
    except (Problem, UnknownPath, KeyError):
        yield Fault(object_key, field, attribute, "def_unreadable", {"reason": attribute})


def _condition(text: str, scope: Scope) -> Expr:
    return typing.check_condition(parser.parse(text), scope)


class _Written(NamedTuple):
    """An attribute that is an expression or a filter: over the records of which object, in which scope, and what reads
    it."""

    attribute: str
    object: str
    scope: Scope
    read: Callable[[Scope], Expr]


def _written(registry: Registry, object_key: str, field: Field) -> Iterator[_Written]:
    """The attributes of a field that are expressions or filters."""
    paths = paths_of(registry)
    kind = field_types.get(field.type)
    if field.type == "formula":
        options = kind.settings(field)
        wanted = kind.expression_type(field)
        yield _Written(
            "options.expression", object_key, Everything(paths, object_key),
            lambda scope: typing.check(parser.parse(options.expression), scope, wanted),
        )  # fmt: skip
    condition = field.options.get("filter")
    if isinstance(condition, list) and condition:
        target = str(field.options.get("object")) if field.type == "rollup" else field.target
        if target in registry.objects:
            yield _Written(
                "options.filter", target, Everything(paths, target),
                lambda scope: typing.check_condition(filters.from_filter(condition), scope),
            )  # fmt: skip
    if isinstance(field.default, Mapping) and set(field.default) == {"expr"}:
        text = str(field.default["expr"])
        yield _Written(
            "default", object_key, InHand(registry, object_key),
            lambda scope: typing.check(parser.parse(text), scope, kind.expression_type(field)),
        )  # fmt: skip


# -- what is made from what ------------------------------------------------------------------------------------------


def made_from(registry: Registry) -> Graph:
    """What each formula and roll-up is made from, one step deep. What cannot be read is left out."""
    graph: dict[Place, frozenset[Place]] = {}
    for key in registry.objects:
        for field in registry.fields(key).values():
            if field.type in ("formula", "rollup"):
                graph[Place(key, field.key)] = frozenset(sources(registry, key, field))
    return graph


def sources(registry: Registry, object_key: str, field: Field) -> set[Place]:
    """The fields a formula or roll-up is made from, and those that lead to them."""
    paths = paths_of(registry)
    options = field_types.get(field.type).settings(field)
    try:
        if field.type == "formula":
            return named_in(paths, object_key, parser.parse(options.expression))
        child = options.object
        found = {Place(child, options.via)}
        if options.field:
            found.add(Place(child, options.field))
        if options.filter:
            found |= named_in(paths, child, filters.from_filter(options.filter))
        return found
    except (Problem, UnknownPath, KeyError):
        return set()


def named_in(paths: Paths, object_key: str, tree: Expr) -> set[Place]:
    """The fields that an expression over an object's records reads."""
    if isinstance(tree, Path):
        found = paths.find(object_key, tree.steps)
        places = {Place(hop.object, hop.field.key) for hop in found.hops}
        return places | ({Place(found.object, found.field.key)} if found.field else set())
    if isinstance(tree, AnyNode):
        below = paths.children(object_key, tree.path)
        holder = below.child if below.at_child else below.parent
        places = {Place(hop.object, hop.field.key) for hop in below.hops} | {Place(holder, below.field.key)}
        return places | named_in(paths, below.child, tree.condition)
    places = set()
    for child in children(tree):
        places |= named_in(paths, object_key, child)
    return places


def cycles(graph: Graph) -> Iterator[tuple[Place, tuple[Place, ...]]]:
    """Every place that is made from itself, with the way round."""
    done: set[Place] = set()

    def visit(place: Place, way: tuple[Place, ...]) -> Iterator[tuple[Place, tuple[Place, ...]]]:
        if place in way:
            yield place, (*way[way.index(place) :], place)
            return
        if place in done:
            return
        for source in sorted(graph.get(place, ())):
            yield from visit(source, (*way, place))
        done.add(place)

    for place in sorted(graph):
        yield from visit(place, ())
