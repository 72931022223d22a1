"""Customers, sales and the other domains: objects, hooks, actions, demo data; independent of each other.

Each folder of `services/` and `domains/` may hold `objects.py` (`OBJECTS`), `hooks.py` (`register(hooks)`), `actions.py`
(`ACTIONS`) and `seeds.py` (`seed(uow)`). They are found by name: adding one is enough."""

from __future__ import annotations

import pkgutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType, ModuleType

from .. import services
from ..records.hooks import Action, Hooks
from ..records.unit_of_work import UnitOfWork
from ..schema.model import Object

Seed = Callable[[UnitOfWork], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Standard:
    """What the product declares: objects, hooks, actions by (object, action), and what a new organisation is given."""

    objects: tuple[Object, ...]
    hooks: Hooks
    actions: Mapping[tuple[str, str], Action]
    seeds: tuple[Seed, ...]


@cache
def load() -> Standard:
    """Everything declared in the folders of services and domains, put together once. ValueError where two declare the
    same, or where an object announces an action that nobody carries out."""
    objects: dict[str, Object] = {}
    actions: dict[tuple[str, str], Action] = {}
    hooks = Hooks()
    for module in _modules("objects", "OBJECTS"):
        for obj in module.OBJECTS:
            if objects.setdefault(obj.key, obj) is not obj:
                raise ValueError(f"{module.__name__}: the object {obj.key} is declared elsewhere too")
    for module in _modules("hooks", "register"):
        module.register(hooks)
    for module in _modules("actions", "ACTIONS"):
        if twice := actions.keys() & module.ACTIONS.keys():
            raise ValueError(f"{module.__name__}: declared elsewhere too: {sorted(twice)}")
        actions.update(module.ACTIONS)
    announced = {(o.key, a.key) for o in objects.values() for a in o.actions}
    if announced != actions.keys():
        raise ValueError(f"actions announced or carried out alone: {sorted(announced ^ actions.keys())}")
    seeds = tuple(module.seed for module in _modules("seeds", "seed"))
    return Standard(tuple(objects.values()), hooks, MappingProxyType(actions), seeds)


def _modules(name: str, declares: str) -> Iterator[ModuleType]:
    """The modules of that name in the folders of services and domains, services first, each by the alphabet. A module
    without what it should declare means something else by its name."""
    for package, path in ((services.__name__, services.__path__), (__name__, __path__)):
        for folder in sorted(info.name for info in pkgutil.iter_modules(path) if info.ispkg):
            if find_spec(f"{package}.{folder}.{name}") is not None:
                module = import_module(f"{package}.{folder}.{name}")
                if hasattr(module, declares):
                    yield module
