"""Statements kept as text: building and compiling one costs milliseconds, binding microseconds. They are kept with the
registry they were made for, by policy and shape of the request, the least used going first."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

from ..access import Policy, Principal, environment
from ..access.scope import settled
from ..expr import binding
from ..expr.ast import PLACEHOLDERS, Expr
from ..expr.scope import Environment
from ..query.base import Statement
from ..schema.registry import Registry
from ..storage.sql import compile

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


class Run:
    """Who runs a statement, and when: what parameters get their values from."""

    def __init__(self, organisation: Source, principal: Principal) -> None:
        self.principal = principal
        self._settings = organisation.settings
        self._environment: Environment | None = None

    def environment(self) -> Environment:
        """What `@now`, `@me` and the like mean, the same for all that is bound in this run."""
        if self._environment is None:
            self._environment = environment(self.principal, self._settings)
        return self._environment


@dataclass(frozen=True, slots=True)
class Plan(Generic[T]):
    """A statement ready to run, with what its maker says about the answer. `moments`: the parameters it has that depend
    on when it runs; `late`: the expressions of which some do."""

    text: bytes
    params: Mapping[str, Any]
    moments: tuple[str, ...]
    late: Mapping[str, Expr]
    about: T

    def bind(self, run: Run, values: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a run: those of permissions and of the environment, and the request's own."""
        bound = {**self.params, **run.principal.fixed, **values}
        for name in self.moments:
            bound[name] = _MOMENTS[name](run.environment())
        for prefix, tree in self.late.items():
            bound |= binding.binds(tree, run.environment(), prefix)
        return bound


def _placeholder(name: str) -> Callable[[Environment], Any]:
    return lambda environment: binding.placeholder(name, environment)


_MOMENTS: dict[str, Callable[[Environment], Any]] = {
    "p_now": lambda environment: environment.now,
    "env_tz": lambda environment: environment.time_zone,
    "env_fiscal": lambda environment: environment.fiscal_year_start,
    **{f"env_{name}": _placeholder(name) for name in PLACEHOLDERS},
}
_NAMES = re.compile(r"%\((\w+)\)s")


def plan(made: Statement, policy: Policy, about: T) -> Plan[T]:
    """Compile a statement made for a policy."""
    compiled = compile(made.statement)
    used = frozenset(_NAMES.findall(compiled.text))
    # Of the policy's expressions those whose parameters are here; named periods have no prefix in theirs.
    periods = any(name.startswith("env_") and name not in _MOMENTS for name in used)
    theirs = {
        prefix: tree
        for prefix, tree in policy.late.items()
        if periods or any(name.startswith(prefix) for name in used)
    }
    constants, late = settled({**theirs, **made.late})
    moments = tuple(name for name in _MOMENTS if name in used)
    return Plan(compiled.text.encode(), {**compiled.params, **constants}, moments, late, about)


def remembered(registry: Registry, key: Hashable, make: Callable[[], T]) -> T:
    """What `make` gave for the key, kept as long as the registry and while it is used."""
    memory: OrderedDict[Hashable, Any] = registry.info.setdefault("plans", OrderedDict())
    found = memory.get(key)
    if found is None:
        found = make()
        memory[key] = found
        if len(memory) > MOST:
            memory.popitem(last=False)
    else:
        memory.move_to_end(key)
    return cast(T, found)
