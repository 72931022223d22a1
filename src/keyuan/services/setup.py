"""Bringing an installation up to date: what every start does before anything is served.

Each step looks at what is there and does what is missing, so a start that is killed anywhere is completed by the next."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from ..access import system_principal
from ..kernel.errors import Problem
from ..kernel.settings import Settings
from ..kernel.startup import CannotStart
from ..records import pipeline
from ..records.runtime import Runtime
from ..records.unit_of_work import UnitOfWork, run
from ..storage.locks import setup_lock_key
from ..storage.pool import Connection, connect
from .identity import passwords, sign_in
from .statements import Statement

log = logging.getLogger("keyuan.setup")

Seed = Callable[[UnitOfWork], Awaitable[None]]
Demo = Callable[[Runtime, str], Awaitable[Sequence[str]]]
"""Fills a new organisation with demo data and answers lines about it."""

FIRST, DEMO = "main", "demo"
"""The short name of the first organisation, without and with demo data."""

_SEEDED = Statement("select exists (select from {org}.setting where key = 'seeded')")
_MARK_SEEDED = Statement("insert into {org}.setting (key, value) values ('seeded', 'true')")
_ADMINISTRATORS = Statement(
    """select u.id::text, coalesce(u.login, u.email), c.must_change and not exists (
            select from {org}.security_event e where e."user" = u.id and e.kind = 'signed_in'),
        c."user" is not null
    from {org}."user" u
    join {org}.role r on r.id = any(u.roles) and r.administrator and r.deleted_at is null
    left join {org}.credential c on c."user" = u.id
    where u.active and u.deleted_at is null order by c."user" is null, u.created_at, u.id limit 1"""
)
_ROLE = Statement(
    "select id::text from {org}.role where administrator and deleted_at is null order by created_at limit 1"
)


@dataclass(frozen=True, slots=True)
class Account:
    """The first administrator, as set-up makes or finds it."""

    login: str
    password: str | None
    """The password if it is to be told; None if it is known to whoever chose it."""


async def prepare(
    runtime: Runtime, settings: Settings, seeds: Sequence[Seed], demo: Demo | None = None
) -> Sequence[str]:
    """Make or migrate what the database must hold: tables, the first organisation, its roles and administrator, with
    `demo` its data. Answers the lines that tell how to sign in, for as long as nobody has. Raises `CannotStart`."""
    async with connect(str(runtime.pool.conninfo), "cli", autocommit=True) as alone:
        # of several that start at once on one database, one prepares it
        await alone.execute("select pg_advisory_lock(%s)", [setup_lock_key()])
        try:
            return await _prepared(runtime, settings, seeds, demo)
        except psycopg.errors.InsufficientPrivilege as error:
            raise CannotStart(
                f"The database does not let us make what we need ({error.diag.message_primary}): give the role of "
                "KEYUAN_DATABASE_URL the right to make schemas and tables in it."
            ) from error


async def _prepared(
    runtime: Runtime, settings: Settings, seeds: Sequence[Seed], demo: Demo | None
) -> Sequence[str]:
    migrated = await runtime.organisations.bring_all_up_to_date()
    if migrated:
        log.info("Brought up to date: %s.", ", ".join(migrated))
    known = await runtime.organisations.list()
    if not known:
        slug, name = (DEMO, "客缘演示") if demo else (FIRST, "Keyuan")
        log.info("Making the organisation %s …", slug)
        await runtime.organisations.create(slug, name)
        known = await runtime.organisations.list()
    here = [listed.slug for listed in known if listed.database_url is None]
    for slug in here:
        await furnish(runtime, slug, seeds)
    lines: list[str] = []
    # before the demo, whose people would otherwise be taken for whoever set this up
    account = await first_administrator(runtime, here[0], settings) if here else None
    if demo is not None and DEMO in here:
        lines.extend(await demo(runtime, DEMO))
    if account is not None:
        told = f" with the password {account.password} (it must be changed)" if account.password else ""
        lines.append(f"Sign in as {account.login}{told}.")
    return lines


async def furnish(runtime: Runtime, slug: str, seeds: Sequence[Seed]) -> None:
    """Give an organisation what it begins with (roles, pipelines, …), once."""

    async def work(uow: UnitOfWork) -> None:
        rows = await (await uow.connection.execute(_SEEDED.of(slug))).fetchone()
        if rows and rows[0]:
            return
        await uow.connection.execute(_MARK_SEEDED.of(slug))
        for seed in seeds:
            await seed(uow)

    await run(runtime, system_principal(slug), work, kind="setup", trusted=True)


async def first_administrator(runtime: Runtime, slug: str, settings: Settings) -> Account | None:
    """See that somebody can administer the organisation. Made with `KEYUAN_ADMIN_EMAIL` and `KEYUAN_ADMIN_PASSWORD` where
    they are given, otherwise with a new password, which is answered; it is replaced and answered again at each start
    until it was used, should a start have ended before it was shown. None once somebody has signed in."""
    chosen = settings.admin_password
    password = chosen or passwords.new_password()
    hashed: str | None = None

    async def work(uow: UnitOfWork) -> Account | None:
        nonlocal hashed
        found = await _administrator(uow.connection, slug)
        if found is not None:
            user, login, unused, has_password = found
            if has_password and not unused:
                return None
        else:
            user, login = await _make(uow, slug, settings)
        if hashed is None:
            hashed = await passwords.hash_password(password)
        await sign_in.store(uow.connection, slug, user, hashed, must_change=chosen is None)
        return Account(login, None if chosen else password)

    try:
        return await run(runtime, system_principal(slug), work, kind="setup", trusted=True)
    except Problem as problem:
        details = "; ".join(f"{e.field}: {e.as_json('en')['message']}" for e in problem.errors)
        raise CannotStart(
            f"The first administrator cannot be made with KEYUAN_ADMIN_EMAIL '{settings.admin_email}': {details}."
        ) from problem


async def _administrator(connection: Connection, slug: str) -> tuple[str, str, bool, bool] | None:
    row: Any = await (await connection.execute(_ADMINISTRATORS.of(slug))).fetchone()
    return None if row is None else (row[0], row[1] or row[0], bool(row[2]), bool(row[3]))


async def _make(uow: UnitOfWork, slug: str, settings: Settings) -> tuple[str, str]:
    row: Any = await (await uow.connection.execute(_ROLE.of(slug))).fetchone()
    if row is None:
        role = {"name": "Administrator", "administrator": True}
        row = [(await pipeline.create(uow, "role", [role]))[0].id]
    chinese = uow.organisation.settings["language"] == "zh"
    values: dict[str, Any] = {"name": "系统管理员" if chinese else "Administrator", "roles": [row[0]]}
    if settings.admin_email:
        values["email"] = settings.admin_email
    else:
        values["login"] = "admin"
    item = (await pipeline.create(uow, "user", [values]))[0]
    return item.id, str(item.after.get("email") or item.after["login"])
