"""Signing in and changing one's password.

Whoever cannot sign in learns nothing of why: an unknown name, a wrong password, a person without one and one who is not
active get the same answer after the same work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...kernel.errors import FieldError, Invalid, NotFound, TooMany, Unauthenticated
from ...records.runtime import Runtime
from ...records.unit_of_work import UnitOfWork, record_operation, run
from ...schema.field_types.base import Context, FieldProblem
from ...storage.organisations import Organisation, Organisations
from ...storage.pool import Connection, Pool, autocommit
from ..statements import Statement
from . import attempts, events, passwords, sessions
from .principals import Caller, lifetime

_FORGET = tuple(
    Statement(f'delete from {{org}}.{table} where "user" = any(%(users)s::uuid[])')  # noqa: S608
    for table in ("credential", "api_key", "session")
)
# By account name before mail address before mobile number, should a name look like somebody else's number.
_FIND = Statement(
    """select u.id::text, c.password_hash from {org}."user" u left join {org}.credential c on c."user" = u.id
    where u.deleted_at is null and u.active
        and (u.login = %(login)s or u.email = %(email)s or u.mobile = %(mobile)s)
    order by u.login = %(login)s desc nulls last, u.email = %(email)s desc nulls last limit 1"""
)
_HASH = Statement('select password_hash from {org}.credential where "user" = %(user)s')
_KNOWN = Statement('select name, login, email, mobile from {org}."user" where id = %(user)s')
_SET = Statement(
    """insert into {org}.credential ("user", password_hash, must_change, changed_at)
    values (%(user)s, %(hash)s, %(must_change)s, now())
    on conflict ("user") do update
    set password_hash = excluded.password_hash, must_change = excluded.must_change, changed_at = excluded.changed_at"""
)
_REHASH = Statement(
    'update {org}.credential set password_hash = %(new)s where "user" = %(user)s and password_hash = %(old)s'
)


async def sign_in(
    pool: Pool, organisation: Organisation, login: str, password: str, *, address: str, agent: str
) -> sessions.NewSession:
    """Begin a session for whoever has that account name, mail address or mobile number, and that password. Raises
    `Unauthenticated`, `TooMany` past the limits of the account or the address."""
    slug, settings = organisation.slug, organisation.settings
    limits = (
        attempts.account(login, _number(settings, "sign_in_attempts_account")),
        attempts.address(address, _number(settings, "sign_in_attempts_address")),
    )
    async with autocommit(pool) as connection:
        try:
            await attempts.count(connection, slug, limits)
        except TooMany:
            await events.add(connection, slug, "sign_in_refused", None, address)
            raise
        user, stored = await find(connection, organisation, login)
    # no connection is held while a processor is busy with the hash
    verdict = await passwords.verify(stored, password)
    if user is None or not verdict.right:
        async with autocommit(pool) as connection:
            await events.add(connection, slug, "sign_in_failed", user, address)
        raise Unauthenticated("wrong_credentials")
    renewed = await passwords.hash_password(password) if verdict.outdated else None
    async with pool.connection() as connection:
        if renewed is not None:
            await connection.execute(_REHASH.of(slug), {"new": renewed, "user": user, "old": stored})
        await attempts.give_back(connection, slug, limits)
        await events.add(connection, slug, "signed_in", user, address)
        return await sessions.create(connection, slug, user, lifetime(settings), address=address, agent=agent)


async def change_password(runtime: Runtime, caller: Caller, current: str, new: str, *, address: str) -> str:
    """Change the caller's own password and end the caller's other sessions; the operation. Raises `Invalid`, and
    `TooMany` where the current password was guessed at too often."""
    organisation, user = caller.organisation, caller.principal.user
    assert user is not None, "only people have passwords"
    slug, settings, pool = organisation.slug, organisation.settings, runtime.pool
    limits = (attempts.account("password of " + user, _number(settings, "sign_in_attempts_account")),)
    async with autocommit(pool) as connection:
        await attempts.count(connection, slug, limits)
        row = await (await connection.execute(_HASH.of(slug), {"user": user})).fetchone()
    verdict = await passwords.verify(row[0] if row else None, current)
    if not verdict.right:
        raise Invalid(errors=[FieldError("current_password", "password_wrong")])
    async with autocommit(pool) as connection:
        errors = await check(connection, organisation, user, new, "new_password")
    if not errors and new == current:
        errors = [FieldError("new_password", "password_same")]
    if errors:
        raise Invalid(errors=errors)
    hashed = await passwords.hash_password(new)

    async def work(uow: UnitOfWork) -> str:
        await record_operation(uow)
        await store(uow.connection, slug, user, hashed, must_change=False)
        await sessions.end_others(uow.connection, slug, [user], kept=caller.session)
        await attempts.give_back(uow.connection, slug, limits)
        await events.add(uow.connection, slug, "password_changed", user, address)
        return uow.operation

    return await run(runtime, caller.principal, work, kind="password_changed")


async def check(
    connection: Connection, organisation: Organisation, user: str, password: str, field: str
) -> list[FieldError]:
    """What is wrong with a new password of a user, by the organisation's rules."""
    row = await (await connection.execute(_KNOWN.of(organisation.slug), {"user": user})).fetchone()
    if row is None:
        raise NotFound()
    return passwords.check(password, rules(organisation.settings), row, field)


def rules(settings: Mapping[str, object]) -> passwords.Rules:
    """The organisation's rules for new passwords."""
    return passwords.Rules(_number(settings, "password_length"), _number(settings, "password_classes"))


async def store(connection: Connection, slug: str, user: str, hashed: str, *, must_change: bool) -> None:
    """Keep the hash of a user's password; with `must_change` the user can do nothing but change it."""
    await connection.execute(_SET.of(slug), {"user": user, "hash": hashed, "must_change": must_change})


async def organisation_for(
    connection: Connection, organisations: Organisations, slug: str | None
) -> Organisation | None:
    """The organisation that somebody signs in to: the named one, or the only one there is. None if there is none of
    that name. Raises `Invalid` where one must be named."""
    known = [listed.slug for listed in await organisations.list(connection)]
    if not slug:
        if len(known) != 1:
            raise Invalid(errors=[FieldError("organisation", "required")])
        slug = known[0]
    return await organisations.get(connection, slug) if slug in known else None


async def forget(connection: Connection, slug: str, users: Sequence[str]) -> None:
    """Remove all that users who are removed for good could come in with."""
    for statement in _FORGET:
        await connection.execute(statement.of(slug), {"users": list(users)})


async def find(
    connection: Connection, organisation: Organisation, login: str
) -> tuple[str | None, str | None]:
    """The user of a login and the stored hash; None for what is not there."""
    text = login.strip()
    values = {
        "login": text.lower(),
        "email": _canonical(organisation, "email", text),
        "mobile": _canonical(organisation, "mobile", text),
    }
    row = await (await connection.execute(_FIND.of(organisation.slug), values)).fetchone()
    return (row[0], row[1]) if row else (None, None)


def _canonical(organisation: Organisation, key: str, text: str) -> Any:
    """The login as a field of the user would keep it; None where it could not."""
    field = organisation.registry.field("user", key)
    if field is None:
        return None
    try:
        value = organisation.registry.type_of(field).parse(field, text, Context())
    except FieldProblem:
        return None
    return value.lower() if isinstance(value, str) else value  # see `hooks.tidy_user`


def _number(settings: Mapping[str, object], key: str) -> int:
    return int(str(settings[key]))
