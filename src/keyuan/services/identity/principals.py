"""The first query of every request: by a cookie or an API key, who calls, whether the session still holds, and which
versions of definitions and rights are in force.

What a person may do changes only with the organisation's `policy_version` (see `hooks`), so each process keeps the
people it has seen under that version, and a request of one of them costs the one query by primary keys (0.1 ms).
A person not seen since costs a second query (0.15 ms), and a third (0.4 ms for a team, 65 ms for the head of 10,000
people) only where somebody may be below: measured with 10,000 users in 700 departments."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from psycopg import errors as pg

from ...access import Policy, Principal
from ...kernel import clock
from ...kernel.errors import Unauthenticated
from ...kernel.i18n import LANGUAGES, Language
from ...storage.organisations import Organisation, Organisations
from ...storage.pool import Connection
from ..statements import Statement
from . import api_keys, sessions
from .tokens import Token

_BY_SESSION = Statement(
    """select s."user"::text, s.csrf_token, s.seen_at, s.expires_at, coalesce(c.must_change, false),
        t.schema_version, t.policy_version
    from {org}.session s cross join {org}.state t left join {org}.credential c on c."user" = s."user"
    where s.token_hash = %(hash)s"""
)
_BY_KEY = Statement(
    """select k."user"::text, null, k.used_at, k.expires_at, false, t.schema_version, t.policy_version
    from {org}.api_key k cross join {org}.state t where k.token_hash = %(hash)s and k.revoked_at is null"""
)
_PERSON = Statement(
    """select u.name, u.email, u.language, u.time_zone, u.department::text,
        array_remove(u.department || coalesce(u.departments, '{}'), null)::text[],
        array(select h.id::text from {org}.department h where h.head = u.id and h.deleted_at is null),
        exists (select from {org}."user" x where x.manager = u.id and x.deleted_at is null),
        (select coalesce(json_agg(json_build_object('id', r.id, 'key', r.key, 'name', r.name,
                'administrator', r.administrator, 'permissions', r.permissions, 'fields', r.fields,
                'capabilities', r.capabilities) order by r.name), '[]')
            from {org}.role r where r.id = any(u.roles) and r.deleted_at is null)
    from {org}."user" u where u.id = %(user)s and u.active and u.deleted_at is null"""
)
# Departments below the person's own and those the person heads.
_TREE = Statement(
    """with recursive below(id) as (
        select unnest(%(roots)s::uuid[])
        union select d.id from {org}.department d join below b on d.parent = b.id where d.deleted_at is null)
    select array_agg(id)::text[] from below"""
)
# 下属: who reports to the person, at any remove, and who belongs to a department the person heads, or to one below it.
_PEOPLE = Statement(
    """with recursive reports(id) as (
        select %(user)s::uuid
        union select u.id from {org}."user" u join reports r on u.manager = r.id where u.deleted_at is null),
    headed(id) as (
        select unnest(%(heads)s::uuid[])
        union select d.id from {org}.department d join headed h on d.parent = h.id where d.deleted_at is null),
    inside(ids) as materialized (select array_agg(id) from headed)
    select array_agg(id)::text[] from (
        select id from reports
        union select u.id from {org}."user" u, inside i where u.department = any(i.ids) and u.deleted_at is null
        union select u.id from {org}."user" u, inside i where u.departments && i.ids and u.deleted_at is null) p"""
)

MOST_IDS: Final = 400_000
"""Ids of departments and people that one process keeps with the people it knows (about 40 MB)."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the caller."""

    id: str
    key: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """What stays the same about a person while the organisation's rights do."""

    principal: Principal
    email: str | None
    language: Language | None
    """The language the person chose; None where the browser's or the organisation's counts."""
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request, in which organisation. `session` is the hash of the session's token and `csrf_token` goes
    with it; both are None for an API key."""

    person: Person
    organisation: Organisation
    must_change_password: bool
    session: bytes | None
    csrf_token: str | None

    @property
    def principal(self) -> Principal:
        """Who acts, as permissions see it."""
        return self.person.principal


def lifetime(settings: Mapping[str, object]) -> sessions.Lifetime:
    """How long sessions last, by the organisation's settings."""
    return sessions.Lifetime(
        timedelta(minutes=int(str(settings["session_idle_minutes"]))),
        timedelta(hours=int(str(settings["session_hours"]))),
    )


class Principals:
    """Finds out who calls. One for each process."""

    def __init__(self, organisations: Organisations) -> None:
        self._organisations = organisations
        self._people: OrderedDict[tuple[str, str], tuple[int, Person]] = OrderedDict()
        self._ids = 0

    async def by_session(self, connection: Connection, token: Token) -> Caller:
        """The caller with that cookie. Raises `Unauthenticated` if the session has ended or its user may not come in.
        `connection` is in autocommit: `seen_at` may be written."""
        return await self._identify(connection, token, key=False)

    async def by_key(self, connection: Connection, token: Token) -> Caller:
        """The caller with that API key. Raises `Unauthenticated`."""
        return await self._identify(connection, token, key=True)

    async def _identify(self, connection: Connection, token: Token, *, key: bool) -> Caller:
        slug = token.organisation
        statement = (_BY_KEY if key else _BY_SESSION).of(slug)
        try:
            cursor = await connection.execute(statement, {"hash": token.hash}, prepare=True)
        except pg.UndefinedTable:  # there is no such organisation
            raise Unauthenticated() from None
        row = await cursor.fetchone()
        if row is None:
            raise Unauthenticated()
        user, csrf, seen_at, expires_at, must_change, schema_version, policy_version = row
        organisation = self._organisations.cached(slug, schema_version, policy_version)
        if organisation is None:
            organisation = await self._organisations.read(connection, slug)
        now = clock.now()
        if expires_at is not None and expires_at <= now:
            raise Unauthenticated()
        if not key and seen_at + lifetime(organisation.settings).idle <= now:
            raise Unauthenticated()
        person = await self.person(connection, organisation, str(user))
        if seen_at is None or seen_at < now - sessions.SEEN_EVERY:
            await (api_keys.used if key else sessions.seen)(connection, slug, token.hash)
        return Caller(person, organisation, bool(must_change), None if key else token.hash, csrf)

    async def person(self, connection: Connection, organisation: Organisation, user: str) -> Person:
        """The person of a user's id as of the organisation's `policy_version`. Raises `Unauthenticated` if there is no
        such user or it is not active."""
        place = (organisation.slug, user)
        kept = self._people.get(place)
        if kept is not None and kept[0] == organisation.policy_version:
            self._people.move_to_end(place)
            return kept[1]
        person = await load(connection, organisation, user)
        self._keep(place, organisation.policy_version, person)
        return person

    def _keep(self, place: tuple[str, str], version: int, person: Person) -> None:
        if (old := self._people.pop(place, None)) is not None:
            self._ids -= _weight(old[1])
        self._people[place] = (version, person)
        self._ids += _weight(person)
        while self._ids > MOST_IDS and len(self._people) > 1:
            _, (_, gone) = self._people.popitem(last=False)
            self._ids -= _weight(gone)


async def load(connection: Connection, organisation: Organisation, user: str) -> Person:
    """Read a person from the database. Raises `Unauthenticated` if there is no such user or it is not active."""
    slug, settings = organisation.slug, organisation.settings
    row = await _row(connection, _PERSON.of(slug), {"user": user})
    if row is None:
        raise Unauthenticated()
    name, email, chosen, zone, department, departments, heads, has_reports, roles = row
    tree = tuple(departments)
    if roots := [*departments, *heads]:
        found = await _row(connection, _TREE.of(slug), {"roots": roots})
        tree = tuple(found[0] or ()) if found else tree
    people: tuple[str, ...] = (user,)
    if heads or has_reports:
        # its plan depends on how much there is below, so it is made each time
        found = await _row(connection, _PEOPLE.of(slug), {"user": user, "heads": heads}, prepare=False)
        people = tuple(found[0]) if found else people
    language: Language | None = next((known for known in LANGUAGES if known == chosen), None)
    principal = Principal(
        user=user,
        organisation=slug,
        name=name,
        language=language or _language(settings),
        time_zone=zone or str(settings["time_zone"]),
        department=department,
        departments=tuple(departments),
        department_tree=tree,
        people=people,
        roles=tuple(role["id"] for role in roles),
        policy=Policy.from_roles(roles),
        organisation_time_zone=str(settings["time_zone"]),
        fiscal_year_start=int(str(settings["fiscal_year_start"])),
    )
    known = tuple(Role(role["id"], role["key"], role["name"]) for role in roles)
    return Person(principal, email, language, known)


async def _row(
    connection: Connection, statement: bytes, values: dict[str, Any], *, prepare: bool | None = True
) -> tuple[Any, ...] | None:
    cursor = await connection.execute(statement, values, prepare=prepare)
    return await cursor.fetchone()


def _language(settings: Mapping[str, object]) -> Language:
    return "en" if settings.get("language") == "en" else "zh"


def _weight(person: Person) -> int:
    principal = person.principal
    return 20 + len(principal.department_tree) + len(principal.people)
