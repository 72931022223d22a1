"""What follows from changes of users, departments and roles, and who may make them.

Whatever changes who may do what raises the organisation's policy version in the same transaction. The checks stand
behind the write, so that an undo, which passes by the hooks that judge new values, meets them too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...access import Policy
from ...kernel.errors import Conflict, FieldError, Forbidden, Invalid
from ...records.hooks import Batch, Hooks, Item
from ...records.unit_of_work import UnitOfWork
from ...schema.settings import is_time_zone
from . import moves, role_form, sessions, sign_in
from .reach import beyond, roles
from .versions import raise_policy_version

_USER_RIGHTS = frozenset(
    {"name", "email", "language", "time_zone", "department", "departments", "manager", "roles", "active"}
)
"""Fields of a user that what a process knows of the person is made from (see `principals`)."""
_DEPARTMENT_RIGHTS = frozenset({"parent", "head"})


def register(hooks: Hooks) -> None:
    """Join the pipeline."""
    hooks.register("user", before_validate=tidy_user, after_write=after_user)
    hooks.register("department", after_write=after_department)
    hooks.register("role", before_write=check_role, after_write=after_role)


async def tidy_user(uow: UnitOfWork, batch: Batch) -> None:
    """Account names and mail addresses are kept in small letters, so that people sign in however they write them; who is
    neither active nor not is new, and active, or is no longer."""
    for item in batch:
        for key in ("login", "email"):
            value = item.after.get(key)
            if key in item.changed and isinstance(value, str):
                item.set(key, value.lower())
        if item.after.get("active") is None:
            item.set("active", item.before is None)
        if "time_zone" in item.changed and (zone := item.after.get("time_zone")) and not is_time_zone(zone):
            item.error("time_zone", "time_zone")


async def after_user(uow: UnitOfWork, batch: Batch) -> None:
    """Rights, sessions of those who may no longer come in, and the departments of the records of those who moved."""
    concerned = [i for i in batch if batch.kind != "update" or i.changed & _USER_RIGHTS]
    await _refuse_unless_manager(uow)
    await _refuse_users_beyond(uow, batch)
    if not concerned:
        return
    await raise_policy_version(uow.connection, uow.organisation.slug)
    out = [i.id for i in concerned if batch.kind in ("delete", "purge") or not i.after.get("active")]
    if out:
        await sessions.end_others(uow.connection, uow.organisation.slug, out)
    if batch.kind == "purge":
        await sign_in.forget(uow.connection, uow.organisation.slug, batch.ids)
    if batch.kind == "update":
        await moves.follow(
            uow,
            {
                i.id: (i.was("department"), i.after.get("department"))
                for i in concerned
                if "department" in i.changed
            },
        )
    if out or any("roles" in i.changed for i in concerned):
        await _keep_an_administrator(uow)


async def after_department(uow: UnitOfWork, batch: Batch) -> None:
    """The tree of departments and who heads them."""
    await _refuse_unless_manager(uow)
    if any(batch.kind != "update" or i.changed & _DEPARTMENT_RIGHTS for i in batch):
        await raise_policy_version(uow.connection, uow.organisation.slug)


async def check_role(uow: UnitOfWork, batch: Batch) -> None:
    """A role must be one that is understood later."""
    for item in batch:
        if batch.kind in ("create", "update"):
            item.errors.extend(role_form.check(uow.registry, item.after))
            if _judged(uow):
                item.errors.extend(role_form.unknown(uow.registry, item.after, item.before))


async def after_role(uow: UnitOfWork, batch: Batch) -> None:
    """Rights of all who have the role."""
    await _refuse_unless_manager(uow)
    for item in batch:
        for values in (item.before, item.after):
            if values is not None:
                _refuse_beyond(uow, [values], "permissions")
    await raise_policy_version(uow.connection, uow.organisation.slug)
    if any(
        batch.kind != "create" and (item.was("administrator") or item.was("deleted_at")) for item in batch
    ):
        await _keep_an_administrator(uow)


def _judged(uow: UnitOfWork) -> bool:
    """Whether the person's rights limit this write: not what the product does of itself, but what people undo."""
    return not uow.principal.administrator and (uow.restoring or not uow.trusted)


async def _refuse_unless_manager(uow: UnitOfWork) -> None:
    if _judged(uow) and not uow.principal.may("users"):
        raise Forbidden("users_only")


def _refuse_beyond(uow: UnitOfWork, held: Iterable[Mapping[str, Any]], field: str) -> None:
    """Refuse to give, change or take away rights that the person does not have."""
    if not _judged(uow):
        return
    theirs = Policy.from_roles(held)
    if (what := beyond(uow.registry, theirs, uow.principal.policy)) is not None:
        raise Invalid(errors=[FieldError(field, "beyond_own_rights", {"what": what})])


async def _refuse_users_beyond(uow: UnitOfWork, batch: Batch) -> None:
    """Whoever has more rights than the person who writes is out of that person's hands, with all of the roles before and
    after: a changed mail address would be as good as a password."""
    if not _judged(uow):
        return
    ids = {role for item in batch for role in _roles(item)}
    if not ids:
        return
    known = await roles(uow, ids)
    for held in {frozenset(_roles(item)) for item in batch}:
        _refuse_beyond(uow, [known[role] for role in held if role in known], "roles")


def _roles(item: Item) -> set[str]:
    return {*(item.was("roles") or ()), *(item.after.get("roles") or ())}


async def _keep_an_administrator(uow: UnitOfWork) -> None:
    """Refuse a state in which nobody could put things right. The policy version was raised before, so whoever takes away
    another administrator at the same time has either finished or waits for us."""
    rows = await uow.fetch(
        f"""select exists (select from {uow.table_name("user")} u join {uow.table_name("role")} r on r.id = any(u.roles)
        where u.active and u.deleted_at is null and r.administrator and r.deleted_at is null)"""  # noqa: S608
    )
    if not rows[0][0] and not uow.principal.policy.system:
        raise Conflict("last_administrator")
