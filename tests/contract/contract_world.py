"""One organisation with every object there is: those of the product, the example of CONTRIBUTING in one file, and one that
an administrator made, with a field of every type; and the words to work in it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import msgspec
import pytest
from contract_values import full, plain, value_of, writable

from api_site import SECRET, Site, started
from keyuan import domains
from keyuan.access import Policy, Principal, system_principal
from keyuan.api.app import create_app
from keyuan.kernel.ids import new_id
from keyuan.kernel.settings import Settings
from keyuan.query.requests import AggregateQuery, ListQuery, SearchQuery
from keyuan.records import pipeline, read
from keyuan.records.hooks import Change, Item
from keyuan.records.unit_of_work import UnitOfWork, context_of, run
from keyuan.schema import field_types
from keyuan.schema.declare import choices
from keyuan.schema.model import Field
from keyuan.schema.registry import Registry
from keyuan.services import files, setup
from keyuan.services.definitions import objects
from keyuan.services.definitions.work import run_pending
from keyuan.services.identity import api_keys
from keyuan.storage.organisations import Organisation

SLUG = "acme"
CUSTOM = "x_thing"
EXAMPLES = Path(__file__).parent.parent / "fixtures"
ACTIONS = ("create", "read", "edit", "delete", "export")


def declared() -> domains.Standard:
    """What the product declares, with the example domain as one more folder of `domains/`."""
    domains.__path__.append(str(EXAMPLES))
    try:
        return domains.load.__wrapped__()
    finally:
        domains.__path__.remove(str(EXAMPLES))


STANDARD = declared()
OBJECTS = (*(o.key for o in STANDARD.objects), CUSTOM)
"""The keys of all objects, for parameters of tests."""

_CHOICES = choices(("a", "甲", "A"), ("b", "乙", "B"))
_OPTIONS: Mapping[str, dict[str, Any]] = {
    "choice": {"choices": _CHOICES},
    "choices": {"choices": _CHOICES},
    "reference": {"target": "customer"},
    "references": {"target": "tag"},
    "reference_any": {"targets": ["customer", "lead"]},
    "auto_number": {"parts": [{"kind": "text", "text": "T"}, {"kind": "counter"}]},
    "formula": {"expression": "x_of_integer * 2", "result": "integer"},
    "rollup": {"object": "task", "via": "customer", "measure": "count"},
}
_NOT_CUSTOM = frozenset({"lines", "rollup"})
"""Types that need an object made for them; the standard objects have them."""


def custom_object() -> dict[str, Any]:
    """The body that makes the custom object: a field of every type, text that is searched, unique and encrypted too."""
    fields: list[dict[str, Any]] = [
        {"key": f"x_of_{name}", "type": name, "label": {"zh": f"类型{name}", "en": f"Of {name}"},
         "options": _OPTIONS.get(name, {}),
         "search": name in ("text", "long_text", "phone", "email")}
        for name in sorted(field_types.all_types())
        if name not in _NOT_CUSTOM
    ]  # fmt: skip
    fields.append({"key": "x_unique", "type": "text", "label": "Unique", "unique": True})
    fields.append({"key": "x_secret", "type": "text", "label": "Secret", "encrypted": True})
    fields.append(
        {"key": "x_shout", "type": "formula", "label": "Shout",
         "options": {"expression": "upper(x_of_text)", "result": "text"}}
    )  # fmt: skip
    return {"key": CUSTOM, "label": {"zh": "自定义", "en": "Thing"}, "fields": fields}


class ContractWorld:
    """The organisation. Words that read and write act as an administrator unless told otherwise."""

    def __init__(self, site: Site, me: Principal, client: httpx.AsyncClient, slug: str = SLUG) -> None:
        self.site, self.me, self.client, self.slug = site, me, client, slug
        self.runtime = site.runtime
        self.organisation: Organisation
        self.document: dict[str, Any] = {}
        self._targets: dict[tuple[str, int], str] = {}
        self._numbers = itertools.count(10)
        self._validators: dict[tuple[str, str, str], Any] = {}
        self._files: list[str] = []

    @property
    def registry(self) -> Registry:
        """The definitions."""
        return self.organisation.registry

    @property
    def context(self) -> Any:
        """How values are read."""
        return context_of(self.organisation, self.me, self.runtime)

    @property
    def cipher(self) -> Any:
        """What encrypted fields are read with."""
        return self.runtime.cipher

    def number(self) -> int:
        """A number for a record that has not been used yet."""
        return next(self._numbers)

    def even(self) -> int:
        """An even one: the records it refers to are the first of their objects."""
        return next(n for n in self._numbers if n % 2 == 0)

    def odd(self) -> int:
        """An odd one: the records it refers to are the second of their objects."""
        return next(n for n in self._numbers if n % 2)

    # -- making what the tests need --------------------------------------------------------------------------------

    def target(self, object_key: str, n: int) -> str:
        """One of the two records of an object that are always there."""
        return self._targets[object_key, n % 2]

    def file(self, n: int) -> str:
        """A draft of a file that no record has taken yet."""
        return self._files.pop()

    async def drafts(self, count: int) -> None:
        """See that so many drafts of files are there."""
        async with self.runtime.pool.connection() as connection:
            while len(self._files) < count:
                made = files.File(new_id(), "picture.png", "image/png", 4, "0" * 64)
                await files.add_draft(connection, self.slug, made, self.me.user)
                self._files.append(made.id)

    async def prepare(self) -> None:
        """Two records of each object, what they must point at first."""
        waiting = [(o, n) for n in (0, 1) for o in self.registry.objects]
        while waiting:
            ready = [w for w in waiting if all((t, w[1]) in self._targets for t in self._needed(w[0]))]
            assert ready, f"required references of {waiting} go in a circle"
            for object_key, n in ready:
                made = await self.create(object_key, self.minimal(object_key, n))
                self._targets[object_key, n] = made.id
                waiting.remove((object_key, n))

    def _needed(self, object_key: str) -> set[str]:
        return {
            t
            for f in self.registry.fields(object_key).values()
            if f.required or f.key == self.registry.objects[object_key].parent
            for t in self.registry.targets(f)
        }  # fmt: skip

    def by_people(self, object_key: str) -> bool:
        """Whether people can make records of the object: not where a field they cannot write is required."""
        can = {f.key for f in writable(self.registry, object_key)}
        return all(f.key in can for f in self.registry.fields(object_key).values() if f.required)

    def minimal(self, object_key: str, n: int) -> dict[str, Any]:
        """A record with what is required and has no default, its name and what it hangs on."""
        fields = self.registry.fields(object_key).values()
        above = self.registry.objects[object_key].parent
        wanted = [f for f in fields if (f.required and f.default is None) or f.key in ("name", above)]
        return {f.key: value_of(self, object_key, f, n) for f in wanted}

    def full(self, object_key: str, n: int | None = None) -> dict[str, Any]:
        """A record with a value in each field that people may write; where people may write none of the required ones,
        in those too."""
        number = self.number() if n is None else n
        made = full(self, object_key, number)
        return {**self.minimal(object_key, number), **made}

    async def fulls(self, object_key: str, count: int) -> list[dict[str, Any]]:
        """Several full records' values."""
        await self.drafts(count * 10)
        return [self.full(object_key) for _ in range(count)]

    # -- writing ---------------------------------------------------------------------------------------------------

    async def do(
        self, work: Callable[[UnitOfWork], Awaitable[Any]], who: Principal | None = None, **more: Any
    ) -> Any:
        """Run work in a unit of its own."""
        return await run(self.runtime, who or self.me, work, **more)

    async def create(self, object_key: str, values: Mapping[str, Any], who: Principal | None = None) -> Item:
        """Make a record; as the product itself where people cannot."""
        return (await self.create_all(object_key, [values], who))[0]

    async def create_all(
        self, object_key: str, rows: Sequence[Mapping[str, Any]], who: Principal | None = None
    ) -> list[Item]:
        """Make records."""
        trusted = who is None and not self.by_people(object_key)
        return await self.do(lambda uow: pipeline.create(uow, object_key, rows), who, trusted=trusted)

    async def update(
        self, object_key: str, record: str, values: Mapping[str, Any], who: Principal | None = None,
        version: int | None = None, trusted: bool = False,
    ) -> tuple[Item, str]:  # fmt: skip
        """Change a record; the item and the operation."""

        async def work(uow: UnitOfWork) -> tuple[Item, str]:
            return (await pipeline.update(uow, object_key, [Change(record, values, version)]))[
                0
            ], uow.operation

        return await self.do(work, who, trusted=trusted)

    async def delete(self, object_key: str, record: str, who: Principal | None = None) -> str:
        """Delete a record; the operation."""

        async def work(uow: UnitOfWork) -> str:
            await pipeline.delete(uow, object_key, [record])
            return uow.operation

        return await self.do(work, who)

    # -- reading ---------------------------------------------------------------------------------------------------

    async def page(
        self, object_key: str, who: Principal | None = None, **query: Any
    ) -> tuple[list[dict[str, Any]], str | None]:
        """A page of a list and the cursor of the next."""
        async with self.runtime.pool.connection() as c:
            found = await read.list_records(
                c, self.organisation, who or self.me, object_key, ListQuery.read(query), cipher=self.cipher
            )
        return msgspec.json.decode(found.body), found.next_cursor

    async def list(self, object_key: str, who: Principal | None = None, **query: Any) -> list[dict[str, Any]]:
        """The records of a list, as many as a page takes."""
        return (await self.page(object_key, who, **{"limit": 1000, **query}))[0]

    async def ids(self, object_key: str, who: Principal | None = None, **query: Any) -> set[str]:
        """The ids of the records of a list."""
        return {r["id"] for r in await self.list(object_key, who, fields="id", **query)}

    async def get(
        self, object_key: str, record: str, who: Principal | None = None, **more: Any
    ) -> dict[str, Any]:
        """One record with all fields."""
        async with self.runtime.pool.connection() as c:
            found = await read.get_record(
                c, self.organisation, who or self.me, object_key, record, cipher=self.cipher, **more
            )
        return msgspec.json.decode(found.body)

    async def count(self, object_key: str, who: Principal | None = None, **query: Any) -> int:
        """How many records a list has."""
        async with self.runtime.pool.connection() as c:
            asked = ListQuery.read({"count": "exact", **query})
            found = await read.count(
                c, self.organisation, who or self.me, object_key, asked, cipher=self.cipher
            )
        assert found is not None
        return found.value

    async def figures(
        self, object_key: str, who: Principal | None = None, **query: Any
    ) -> list[dict[str, Any]]:
        """The rows of an aggregate."""
        async with self.runtime.pool.connection() as c:
            body = await read.aggregate(
                c,
                self.organisation,
                who or self.me,
                object_key,
                AggregateQuery.read(query),
                cipher=self.cipher,
            )
        return msgspec.json.decode(body)

    async def search(self, q: str, who: Principal | None = None, **query: Any) -> list[dict[str, Any]]:
        """What a search over all objects finds."""
        async with self.runtime.pool.connection() as c:
            asked = SearchQuery.read({"q": q, "limit": 50, **query})
            body = await read.search(c, self.organisation, who or self.me, asked)
        return msgspec.json.decode(body)

    async def entries(
        self, way: Callable[..., Awaitable[Any]], object_key: str, record: str, who: Principal | None = None
    ) -> list[dict[str, Any]]:
        """The history or timeline of a record (`read.history`, `read.timeline`)."""
        async with self.runtime.pool.connection() as c:
            found = await way(
                c, self.organisation, who or self.me, object_key, record, cipher=self.cipher, limit=200
            )
        return msgspec.json.decode(found.body)

    # -- people and HTTP -------------------------------------------------------------------------------------------

    def person(self, *roles: Mapping[str, Any], **more: Any) -> Principal:
        """Somebody with these roles, who is not anybody there is unless `user` says so."""
        user = more.pop("user", None) or self.target("user", 0)
        return Principal(
            user=user, organisation=self.slug, language="en", people=(user,), policy=Policy.from_roles(roles), **more
        )  # fmt: skip

    async def call(self, method: str, path: str, expect: int, **more: Any) -> httpx.Response:
        """A request to the application as the administrator. The answer must have the status and the form that the
        description of the API gives it."""
        answer = await self.client.request(method, f"/api/v1{path}", **more)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text[:1500]}"
        self.fits(method, path, answer)
        return answer

    def fits(self, method: str, path: str, answer: httpx.Response) -> None:
        """The answer has the form that OpenAPI declares."""
        place = self._place(f"/api/v1{path}")
        key = (place, method.lower(), str(answer.status_code))
        if key not in self._validators:
            operation = self.document["paths"][place][method.lower()]
            response = operation["responses"].get(key[2])
            assert response is not None, f"{method} {place} does not declare {key[2]}"
            if "$ref" in response:
                response = self.document["components"]["responses"][response["$ref"].rpartition("/")[2]]
            content = next(iter(response.get("content", {}).values()), None)
            schema = {**content["schema"], "components": self.document["components"]} if content else None
            self._validators[key] = jsonschema_rs.Draft202012Validator(schema) if schema else None
        validator = self._validators[key]
        if validator is None:
            assert not answer.content
            return
        errors = [f"{e.instance_path}: {e.message}" for e in validator.iter_errors(answer.json())]
        assert not errors, f"{method} {place}: {errors[:5]}"

    def _place(self, path: str) -> str:
        parts = path.partition("?")[0].split("/")
        for place in self.document["paths"]:
            names = place.split("/")
            if len(names) == len(parts) and all(
                n == p or n.startswith("{") for n, p in zip(names, parts, strict=True)
            ):
                return place
        raise AssertionError(f"{path} is not in the description of the API")


def role(
    permissions: Mapping[str, Any], fields: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A role; a scope alone stands for all five actions."""
    whole = {
        k: v if isinstance(v, Mapping) and "filter" not in v else dict.fromkeys(ACTIONS, v)
        for k, v in permissions.items()
    }
    return {"administrator": False, "permissions": whole, "fields": fields or {}, "capabilities": [], **more}


def root(world: ContractWorld, key: str) -> str:
    """The object whose records decide about those of the object: its parent's parent's …, or itself."""
    while world.registry.objects[key].parent:
        parent = world.registry.field(key, world.registry.objects[key].parent)
        assert parent is not None
        key = world.registry.targets(parent)[0]
    return key


def pointing(world: ContractWorld, key: str) -> list[tuple[str, Field]]:
    """The fields by which records of other objects point at those of the object."""
    found = []
    for place in world.registry.pointing_at[key]:
        field = world.registry.field(*place)
        assert field is not None
        if field.type in ("reference", "user", "department") and not field.read_only and place.object != key:
            found.append((place.object, field))
    return found


def same(shown: Any, written: Any) -> bool:
    """Whether what an answer shows is what was written (in canonical form); files show as objects."""
    found = plain(shown)
    if isinstance(found, list) and found and isinstance(found[0], dict) and "id" in found[0]:
        found = [f["id"] for f in found]
    return bool(found == written)


@pytest.fixture(scope="session")
async def world(server: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ContractWorld]:
    """The organisation, once for the run: tests work on records of their own."""
    with server.database() as url:
        config = Settings(data_dir=tmp_path_factory.mktemp("data"), database_url=url, secret_key=SECRET)
        app = create_app(config, STANDARD)
        async with started(app):
            assert app.holder.application is not None
            site = Site(app, app.holder.application.runtime, url=url)
            async with organisation(site, SLUG, custom_object()) as made:
                made.document = (await made.client.get("/api/v1/openapi.json")).json()
                yield made


@pytest.fixture(scope="session")
async def elsewhere(world: ContractWorld) -> AsyncIterator[ContractWorld]:
    """Another organisation in the same database, with two records of each object."""
    field = {"key": "x_note", "type": "text", "label": "Note"}
    definition = {"key": "x_elsewhere", "label": "Elsewhere", "fields": [field]}
    async with organisation(world.site, "elsewhere", definition) as made:
        yield made


@asynccontextmanager
async def organisation(site: Site, slug: str, definition: dict[str, Any]) -> AsyncIterator[ContractWorld]:
    """An organisation with an object of its own, an administrator and two records of each object."""
    runtime, system = site.runtime, system_principal(slug)
    await runtime.organisations.create(slug, slug.title())
    await setup.furnish(runtime, slug, STANDARD.seeds)
    await objects.create_object(runtime, system, definition)
    await run_pending(runtime, slug)
    async with runtime.pool.connection() as connection:
        administrator = await (
            await connection.execute(f"select id::text from org_{slug}.role where administrator")
        ).fetchone()
    assert administrator is not None
    rows = [{"name": "Root", "login": "root", "roles": [administrator[0]]}]
    made = await run(runtime, system, lambda u: pipeline.create(u, "user", rows), trusted=True)
    policy = Policy.from_roles([{"administrator": True}])
    me = replace(system, user=made[0].id, language="en", policy=policy)
    async with site.client(headers=await bearer(site, slug, made[0].id)) as client:
        world = ContractWorld(site, me, client, slug)
        for prepare in (None, world.prepare):
            if prepare is not None:
                await prepare()
            async with runtime.pool.connection() as connection:
                world.organisation = await runtime.organisations.get(connection, slug)
        yield world


async def bearer(site: Site, slug: str, user: str) -> dict[str, str]:
    """The header of requests with a new API key of a user."""
    async with site.runtime.pool.connection() as connection:
        return {"Authorization": f"Bearer {(await api_keys.create(connection, slug, user, 'tests')).text}"}


def moment(text: str) -> datetime:
    """A date and time of an answer."""
    return datetime.fromisoformat(text).astimezone(UTC)
