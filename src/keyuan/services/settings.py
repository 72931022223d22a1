"""Reading and changing an organisation's settings (declared in `schema.settings`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from ..access import Principal
from ..kernel.errors import Conflict, FieldError, Forbidden, Invalid
from ..records.unit_of_work import UnitOfWork, record_operation
from ..schema.settings import SETTINGS, as_json, check
from .identity.versions import raise_policy_version
from .statements import Statement

_SET = Statement(
    """insert into {org}.setting (key, value, updated_at, updated_by) values (%(key)s, %(value)s, %(now)s, %(by)s)
    on conflict (key) do update
    set value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by"""
)
_RESET = Statement("delete from {org}.setting where key = any(%(keys)s)")
_NAME = "update keyuan.organisation set name = %(name)s where slug = %(slug)s"
_HAS_RECORDS = Statement(
    "select exists (select from {org}.change where object not in ('user', 'department', 'role'))"
)


def shown(principal: Principal, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The settings that the person may know: all for those who may change them, the shared ones for the others."""
    every = principal.may("settings")
    return [as_json(s, values[key]) for key, s in SETTINGS.items() if every or s.shared]


async def change(uow: UnitOfWork, changes: Mapping[str, Any]) -> None:
    """Change settings; None puts one back to its default. Raises `Forbidden`, `Invalid`, and `Conflict` for a base
    currency other than that of the amounts there are."""
    if not uow.principal.may("settings"):
        raise Forbidden()
    kept, errors = check(changes)
    if kept.get("name", "") is None:
        errors.append(FieldError("name", "required"))
    if errors:
        raise Invalid(errors=errors)
    before = uow.organisation.settings
    differing = {
        key: value
        for key, value in kept.items()
        if (SETTINGS[key].default if value is None else value) != before[key]
    }
    if not differing:
        return
    slug, connection = uow.organisation.slug, uow.connection
    if "currency" in differing:
        row: Any = await (await connection.execute(_HAS_RECORDS.of(slug))).fetchone()
        if row[0]:
            raise Conflict("currency_fixed")
    uow.detail["settings"] = {
        key: {"before": before[key], "after": value} for key, value in differing.items()
    }
    await record_operation(uow)
    await connection.execute(_RESET.of(slug), {"keys": [k for k, v in differing.items() if v is None]})
    for key, value in differing.items():
        if value is not None:
            values = {"key": key, "value": Jsonb(value), "now": uow.now, "by": uow.principal.user}
            await connection.execute(_SET.of(slug), values)
    if "name" in differing:
        await connection.execute(_NAME, {"name": differing["name"], "slug": slug})
    await raise_policy_version(connection, slug)
