"""Everything that can be wrong with a set of definitions."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import MetaData

from ...schema.check import Fault, faults
from ...schema.model import Object
from ...schema.registry import Registry
from ...storage import system_tables
from .definer import Definer
from .expressions import expression_faults
from .rollup_sources import rollup_faults

SYSTEM_TABLES = frozenset(system_tables.build("any", MetaData()))


def all_faults(objects: Sequence[Object], slug: str, definer: Definer | None = None) -> list[Fault]:
    """Everything wrong with a set of definitions. Expressions are looked at only in objects that are sound otherwise; those
    that a `definer` wrote with their eyes."""
    found = list(faults(objects, SYSTEM_TABLES))
    bad = {(f.object, f.field) for f in found}
    usable = [
        msgspec.structs.replace(o, fields=tuple(f for f in o.fields if (o.key, f.key) not in bad))
        for o in objects
    ]
    registry = Registry(slug, 0, usable)
    unread = list(expression_faults(registry, definer))
    places = {(f.object, f.field) for f in unread}
    moving = (f for f in rollup_faults(registry) if (f.object, f.field) not in places)
    return [*found, *unread, *moving]
