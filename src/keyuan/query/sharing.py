"""The grants of a record: with whom it is shared."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from ..access import grants_table
from ..access.scope import constant
from .base import Statement, View
from .output import Outputs, build, named, unseen
from .single import ID

GRANTEES = ("user", "department", "role")


def make_grants(view: View) -> Statement:
    """The statement: one row with a JSON array of the grants of the record `id`, those that have ended included; no row
    where the caller may not see the record."""
    grants = grants_table(view.registry)
    main = view.registry.tables[view.object].main.alias("t")
    one = build(
        "id", grants.c.id, "grantee_kind", grants.c.grantee_kind,
        "grantee", _person(view, grants.c.grantee, grants.c.grantee_kind), "level", grants.c.level,
        "until", grants.c.until, "reason", grants.c.reason, "created_at", grants.c.created_at,
        "created_by", _person(view, grants.c.created_by, constant("user")),
    )  # fmt: skip
    listed = (
        select(
            func.coalesce(
                func.json_agg(aggregate_order_by(one, grants.c.created_at, grants.c.id)),
                literal_column("'[]'::json"),
            )
        )
        .where(grants.c.object == constant(view.object), grants.c.record == main.c.id)
        .correlate(main)
        .scalar_subquery()
    )
    return Statement(select(listed).where(main.c.id == ID, view.predicate(main, planned=False)), view.late)


def _person(view: View, held: ColumnElement[Any], kind: ColumnElement[Any]) -> ColumnElement[Any]:
    """`{"id", "name"}` of a user, department or role."""
    branches: list[tuple[ColumnElement[bool], ColumnElement[Any]]] = []
    for object_key in GRANTEES:
        if not view.rights.can(object_key, "read"):
            continue
        target = view.registry.tables[object_key].main.alias()
        outputs = Outputs(view.shown, object_key, target)
        shown = named(target.c.id, outputs.name(object_key, target))
        rows = select(shown).where(target.c.id == held, outputs.readable(object_key, target))
        branches.append((kind == constant(object_key), rows.correlate_except(target).scalar_subquery()))
    if not branches:
        return case((held.is_not(None), unseen(held)))
    return case((held.is_not(None), func.coalesce(case(*branches), unseen(held))))
