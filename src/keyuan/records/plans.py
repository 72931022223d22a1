"""Statements kept as text: building and compiling one costs milliseconds, binding microseconds. They are kept with the
registry they were made for, by policy and shape of the request, the least used going first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

from ..access import Principal, binds
from ..access.scope import settled
from ..expr import binding
from ..expr.ast import Expr
from ..expr.scope import Environment
from ..query.base import Statement
from ..schema.registry import Registry
from ..storage.sql import Compiled, compile

T = TypeVar("T")

MOST = 4_000
"""Statements (and checked filters, a tenth of their size) kept for one version of an organisation's definitions."""


class Source(Protocol):
    """What reading needs to know of an organisation."""

    @property
    def registry(self) -> Registry:
        """Its definitions."""

    @property
    def settings(self) -> Mapping[str, object]:
        """Its settings, of which time zone and fiscal year count here."""


@dataclass(frozen=True, slots=True)
class Plan(Generic[T]):
    """A statement ready to run, with what its maker says about the answer."""

    text: bytes
    params: Mapping[str, Any]
    late: Mapping[str, Expr]
    about: T

    def bind(
        self, principal: Principal, environment: Environment, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The parameters of a run: those of permissions and of the environment, and the request's own."""
        bound = {**self.params, **binds(principal, environment), **values}
        for prefix, tree in self.late.items():
            bound |= binding.binds(tree, environment, prefix)
        return bound


def plan(made: Statement, about: T) -> Plan[T]:
    """Compile a statement."""
    compiled: Compiled = compile(made.statement)
    constants, late = settled(made.late)
    return Plan(compiled.text.encode(), {**compiled.params, **constants}, late, about)


def kept(registry: Registry, key: Hashable, make: Callable[[], T]) -> T:
    """What `make` gave for the key, kept as long as the registry and while it is used."""
    memory: OrderedDict[Hashable, Any] = registry.memo.setdefault("plans", OrderedDict())
    found = memory.get(key)
    if found is None:
        found = make()
        memory[key] = found
        if len(memory) > MOST:
            memory.popitem(last=False)
    else:
        memory.move_to_end(key)
    return cast(T, found)
