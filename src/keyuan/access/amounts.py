"""Which fields hold amounts in the organisation's currency although they are plain numbers: formulas and roll-ups made of
money, whose figures come from what amounts are worth in that currency."""

from __future__ import annotations

from ..expr import parser
from ..expr.amounts import is_amount
from ..expr.ast import Steps
from ..expr.scope import UnknownPath
from ..expr.types import NUMBERS
from ..kernel.errors import Problem
from ..schema.registry import Place, Registry
from .paths import Found, paths_of


def in_base_currency(registry: Registry, object_key: str, field_key: str) -> bool:
    """Whether a formula or roll-up gives amounts of money. False for all other fields and for what cannot be read."""
    return _computed(registry, Place(object_key, field_key), frozenset())


def _computed(registry: Registry, place: Place, above: frozenset[Place]) -> bool:
    field = registry.field(*place)
    if field is None or place in above:
        return False
    kind = registry.type_of(field)
    if not kind.computed or kind.expression_type(field) not in NUMBERS:
        return False
    above |= {place}
    if field.type == "rollup":
        settings = kind.settings(field)
        return settings.measure != "count" and _at(registry, settings.object, (settings.field,), above)
    if field.type != "formula":
        return False
    try:
        tree = parser.parse(str(kind.settings(field).expression))
    except Problem:
        return False
    return is_amount(tree, lambda steps: _at(registry, place.object, steps, above))


def _at(registry: Registry, object_key: str, steps: Steps, above: frozenset[Place]) -> bool:
    try:
        found = paths_of(registry).find(object_key, steps)
    except UnknownPath:
        return False
    if found.field is None:
        return False
    return _is_money(found) or _computed(registry, Place(found.object, found.key), above)


def _is_money(found: Found) -> bool:
    return found.field is not None and found.field.type == "money" and found.part in ("", "base")
