"""The values of a statement: those written in the expression, and those known only when it runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import periods
from .ast import Expr, Placeholder, Within, walk
from .scope import Environment
from .shape import slots
from .shape import value as slot_value


def binds(tree: Expr, environment: Environment, prefix: str = "v") -> dict[str, Any]:
    """The parameters of the statement that `sql.condition` or `sql.value` made of this tree, or of one of its shape:
    `v0`, `v1`, … for its values (with the prefix), `env_…` for the environment. There may be some more than used."""
    found = constants(environment)
    for i, slot in enumerate(slots(tree)):
        if isinstance(slot, Within):
            found |= period(slot.period, slot.count, environment, f"{prefix}{i}")
        else:
            bound = slot_value(slot)
            if isinstance(bound, tuple):
                found[f"{prefix}{i}"] = [moment(item, environment) for item in bound]
            else:
                found[f"{prefix}{i}"] = moment(bound, environment)
    for node in walk(tree):
        if isinstance(node, Placeholder):
            found["env_" + node.name] = placeholder(node.name, environment)
        elif isinstance(node, Within) and node.count is None:
            found |= period(node.period, None, environment, "env_" + node.period)
    return found


def constants(environment: Environment) -> dict[str, Any]:
    """The parameters that any statement may have."""
    return {"env_tz": environment.time_zone, "env_fiscal": environment.fiscal_year_start}


def placeholder(name: str, environment: Environment) -> Any:
    """The value of `@name`."""
    found = getattr(environment, name)
    return list(found) if isinstance(found, tuple) else found


def moment(bound: object, environment: Environment) -> object:
    """The value; a wall-clock time becomes a moment of the organisation's zone."""
    if isinstance(bound, datetime) and bound.tzinfo is None:
        return periods.localized(bound, environment.zone)
    return bound


def period(name: str, count: int | None, environment: Environment, prefix: str) -> dict[str, Any]:
    """The first day of a period and the one after its last, as the parameters `…_from` and `…_to`."""
    days = periods.named_range(name, count, environment.today, environment.fiscal_year_start)
    return {f"{prefix}_from": days.start, f"{prefix}_to": days.end}
