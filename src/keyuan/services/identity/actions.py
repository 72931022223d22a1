"""What can be done to users beside editing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from ...access import Policy
from ...kernel.errors import FieldError, Forbidden, Invalid
from ...records import stored
from ...records.hooks import Action
from ...records.unit_of_work import UnitOfWork, record_operation
from . import events, passwords, sessions, sign_in
from .reach import beyond, roles_of


class ResetPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password for a first sign-in; one is made where none is given."""

    password: (
        Annotated[str, msgspec.Meta(description="新密码，留空则自动生成 / left out, one is made")] | None
    ) = None


async def reset_password(uow: UnitOfWork, record: str, given: ResetPassword) -> Mapping[str, Any]:
    """Give a user a password that must be changed at the first sign-in, and end the user's sessions. Nobody can do so to
    whoever has more rights. Answers the password if one was made."""
    if not uow.principal.may("users"):
        raise Forbidden("users_only")
    await stored.lock_allowed(uow, "user", [record], "edit")
    theirs = Policy.from_roles(await roles_of(uow, record))
    if (what := beyond(uow.registry, theirs, uow.principal.policy)) is not None:
        raise Invalid(errors=[FieldError("roles", "beyond_own_rights", {"what": what})])
    slug, connection = uow.organisation.slug, uow.connection
    password = given.password or passwords.new_password()
    if given.password is not None:
        errors = await sign_in.check(connection, uow.organisation, record, password, "password")
        if errors:
            raise Invalid(errors=errors)
    await record_operation(uow)
    await sign_in.store(connection, slug, record, await passwords.hash_password(password), must_change=True)
    await sessions.end_others(connection, slug, [record])
    await events.add(connection, slug, "password_reset", record, "", by=uow.principal.user)
    return {} if given.password else {"password": password}


ACTIONS = {("user", "reset_password"): Action(reset_password, ResetPassword)}
