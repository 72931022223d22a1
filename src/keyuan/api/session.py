"""Signing in and out, who is signed in, one's password and sessions."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from litestar import Request, delete, get, patch, post

from ..expr.filters import bad_character
from ..kernel.errors import FieldError, Invalid, Unauthenticated
from ..records import pipeline
from ..records.hooks import Change
from ..records.trust import trusted
from ..records.unit_of_work import UnitOfWork
from ..services.identity import events, passwords, sessions, sign_in
from ..services.identity.capabilities import CAPABILITIES
from ..services.identity.principals import Caller, lifetime
from ..services.identity.tokens import read_session
from ..storage.pool import autocommit
from .answers import Answer, json_answer, nothing
from .bodies import no_body, read_as
from .callers import check_site, identify, set_cookie
from .exchange import exchange_of, header
from .parameters import Parameters
from .reading import Reader, caller_of, reading
from .writing import writing

AnyRequest = Request[Any, Any, Any]


class SignIn(msgspec.Struct, forbid_unknown_fields=True):
    """`login`: account name, mail address or mobile number. `organisation` may be left out where there is only one."""

    login: str
    password: str
    organisation: str | None = None


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True):
    """The password one has, and the one to be."""

    current_password: str
    new_password: str


class Profile(msgspec.Struct, forbid_unknown_fields=True):
    """What one decides for oneself; null leaves it to the organisation."""

    language: Literal["zh", "en"] | msgspec.UnsetType | None = msgspec.UNSET
    time_zone: str | msgspec.UnsetType | None = msgspec.UNSET


@post("/api/v1/session")
async def begin(request: AnyRequest) -> Answer:
    """Sign in: sets the cookie and answers what `GET` answers."""
    Parameters(request)
    check_site(request)
    given = await read_as(request, SignIn)
    for name in ("login", "password", "organisation"):
        text = getattr(given, name) or ""
        if bad_character(text):
            raise Invalid(errors=[FieldError(name, "characters")])
        if len(text) > passwords.LONGEST:
            raise Invalid(errors=[FieldError(name, "too_long", {"limit": passwords.LONGEST})])
    exchange = exchange_of(request)
    app = exchange.app
    async with autocommit(app.runtime.pool) as connection:
        organisation = await sign_in.organisation_for(
            connection, app.runtime.organisations, given.organisation
        )
    if organisation is None:
        await passwords.verify(None, given.password)  # as long as it takes elsewhere
        raise Unauthenticated("wrong_credentials")
    agent = header(request.scope, b"user-agent") or ""
    made = await sign_in.sign_in(
        app.runtime.pool, organisation, given.login, given.password, address=exchange.address, agent=agent
    )
    token = read_session(made.cookie)
    assert token is not None
    async with autocommit(app.runtime.pool) as connection:
        caller = await app.principals.by_session(connection, token)
    if caller.person.language is not None:
        exchange.language = caller.person.language
    seconds = int(lifetime(organisation.settings).absolute.total_seconds())
    cookie = set_cookie(made.cookie, secure=exchange.secure, seconds=seconds)
    return json_answer(_shown(caller), 200, {"Set-Cookie": cookie})


@get("/api/v1/session")
async def current(request: AnyRequest) -> Answer:
    """Who is signed in, in which organisation, with which roles."""
    Parameters(request)

    return json_answer(_shown(await caller_of(request, must_change=True)))


@patch("/api/v1/session")
async def change_profile(request: AnyRequest) -> Answer:
    """Change one's own language and time zone, which nobody else has to do for one."""
    Parameters(request)
    caller = await caller_of(request)
    given = await read_as(request, Profile)
    changes = {
        name: value for name, value in msgspec.structs.asdict(given).items() if value is not msgspec.UNSET
    }

    async def work(uow: UnitOfWork) -> Answer:
        with trusted(uow):
            await pipeline.update(uow, "user", [Change(_user(caller), changes)])
        return nothing()

    told = await writing(request, work, caller=caller)

    return json_answer(_shown(await caller_of(request)), 200, told.headers)


@delete("/api/v1/session", status_code=200)
async def end(request: AnyRequest) -> Answer:
    """Sign out: ends the session and takes the cookie away."""
    Parameters(request)
    await no_body(request)
    exchange = exchange_of(request)
    async with autocommit(exchange.app.runtime.pool) as connection:
        caller = await identify(request, connection, must_change=True)
        if caller.session is not None:
            slug = caller.organisation.slug
            async with connection.transaction():
                await sessions.end(connection, slug, caller.session)
                await events.add(connection, slug, "signed_out", _user(caller), exchange.address)
    return nothing({"Set-Cookie": set_cookie("", secure=exchange.secure, seconds=0)})


@post("/api/v1/session/password", status_code=200)
async def change_password(request: AnyRequest) -> Answer:
    """Change one's own password; all other sessions of the person end."""
    Parameters(request)
    exchange = exchange_of(request)
    caller = await caller_of(request, must_change=True)
    given = await read_as(request, PasswordChange)
    operation = await sign_in.change_password(
        exchange.app.runtime, caller, given.current_password, given.new_password, address=exchange.address
    )
    return nothing({"Operation-Id": operation})


@get("/api/v1/sessions")
async def list_sessions(request: AnyRequest) -> Answer:
    """One's own sessions, the last used first."""
    Parameters(request)

    async def work(reader: Reader) -> list[dict[str, Any]]:
        caller = reader.caller
        life = lifetime(caller.organisation.settings)
        return await sessions.list_(
            reader.connection, caller.organisation.slug, _user(caller), life, caller.session
        )

    return json_answer({"sessions": await reading(request, work, must_change=True)})


@delete("/api/v1/sessions/{session_id:str}", status_code=200)
async def end_session(request: AnyRequest) -> Answer:
    """End one of one's own sessions."""
    Parameters(request)
    await no_body(request)

    async def work(reader: Reader) -> None:
        slug, user = reader.organisation.slug, _user(reader.caller)
        async with reader.connection.transaction():
            await sessions.end_one(reader.connection, slug, user, request.path_params["session_id"])
            await events.add(reader.connection, slug, "session_ended", user, exchange_of(request).address)

    await reading(request, work, must_change=True)
    return nothing()


def _user(caller: Caller) -> str:
    assert caller.principal.user is not None, "callers are people"
    return caller.principal.user


def _shown(caller: Caller) -> dict[str, Any]:
    principal, settings = caller.principal, caller.organisation.settings
    return {
        "user": {
            "id": principal.user,
            "name": principal.name,
            "email": caller.person.email,
            "language": caller.person.language,
            "time_zone": principal.time_zone,
            "must_change_password": caller.must_change_password,
        },
        "organisation": {
            "slug": principal.organisation,
            "name": settings["name"],
            "time_zone": settings["time_zone"],
            "currency": settings["currency"],
            "language": settings["language"],
            "fiscal_year_start": settings["fiscal_year_start"],
            "password_length": settings["password_length"],
            "password_classes": settings["password_classes"],
        },
        "csrf_token": caller.csrf_token,
        "roles": [role.key or role.name for role in caller.person.roles],
        "administrator": principal.administrator,
        "capabilities": sorted(name for name in CAPABILITIES if principal.may(name)),
    }


HANDLERS = (begin, current, change_profile, end, change_password, list_sessions, end_session)
