"""Ids of what one may not know of: records outside one's scope, and whatever belongs to another organisation. Every request
with such an id is answered, letter for letter, like the same request with an id that nothing has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import pytest
from contract_values import writable
from contract_world import ACTIONS, OBJECTS, SLUG, ContractWorld, bearer, role, root

from api_site import PASSWORD
from keyuan.kernel.errors import Invalid
from keyuan.kernel.ids import new_id
from keyuan.records.references import pointers
from keyuan.services.identity import passwords, sign_in

pytestmark = [pytest.mark.anyio, pytest.mark.contract]

every_object = pytest.mark.parametrize("key", OBJECTS)


@pytest.fixture(scope="module")
async def blind(world: ContractWorld) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may do everything but for the first record of every object, by HTTP."""
    permissions: dict[str, Any] = {"*": "all"}
    for key in world.registry.objects:
        if root(world, key) == key:
            permissions[key] = {a: {"filter": ["id", "!=", world.target(key, 0)]} for a in ACTIONS}
    rules = role(permissions, capabilities=["users", "operations.undo_any", "tags"])
    made = await world.create("role", {"name": "Blind", **rules})
    person = await world.create("user", {"name": "Blind", "login": "blind", "roles": [made.id]})
    async with world.site.client(headers=await bearer(world.site, SLUG, person.id)) as client:
        yield client


def requests(world: ContractWorld, key: str, id: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every request of the API that takes the id of a record of the object."""
    start = f"/api/v1/records/{key}/{{id}}"
    grant = {"grantee_kind": "user", "grantee": world.target("user", 1), "level": "read"}
    bodies: Mapping[str, Any] = {"patch": {"name": "x"}, "post": {}, "post grants": grant}
    for place, operations in world.document["paths"].items():
        if place != start and not place.startswith(f"{start}/"):
            continue
        path = place.replace("{id}", id).replace("{grant}", world.target(key, 1))
        for method in operations:
            if method not in ("get", "post", "patch", "put", "delete"):
                continue
            body = bodies.get(f"{method} {place.rpartition('/')[2]}", bodies.get(method))
            if "/actions/" in place:
                body = dict.fromkeys(required(world, operations[method]), "a long enough Word 1")
            more: dict[str, Any] = {} if body is None else {"json": body}
            yield method, path, more
            if method in ("patch", "delete"):
                yield method, path, {**more, "headers": {"If-Match": "1"}}
    for atomic in (True, False):
        for writes in ({"updates": [{"id": id, "values": {"name": "x"}}]}, {"deletes": [{"id": id}]}):
            yield "post", f"/api/v1/records/{key}/bulk", {"json": {**writes, "atomic": atomic}}
    for condition in (["id", "=", id], ["id", "in", [id]], ["or", ["id", "=", id], ["id", "=", id]]):
        yield "post", f"/api/v1/records/{key}/query", {"json": {"filter": condition, "count": "exact"}}
        yield "post", f"/api/v1/records/{key}/aggregate", {"json": {"group_by": ["id"], "filter": condition}}


def required(world: ContractWorld, operation: Mapping[str, Any]) -> list[str]:
    """What the body of an operation must have."""
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = world.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return list(schema.get("required", ()))


async def answers_alike(
    client: httpx.AsyncClient, one: tuple[str, str, dict[str, Any]], other: tuple[str, str, dict[str, Any]],
    ids: tuple[str, str],
) -> int:  # fmt: skip
    """Send both requests; their answers differ in the id alone. The status of both."""
    first, second = [await client.request(m, p, **more) for m, p, more in (one, other)]
    assert first.status_code == second.status_code, (one, first.text, second.text)
    assert first.text.replace(ids[0], "ID") == second.text.replace(ids[1], "ID"), one
    return first.status_code


@every_object
async def test_records_outside_of_ones_scope(
    world: ContractWorld, blind: httpx.AsyncClient, key: str
) -> None:
    unseen, nothing = world.target(key, 0), new_id()
    before = await world.get(key, unseen)
    pairs = zip(requests(world, key, unseen), requests(world, key, nothing), strict=True)
    met = [(one[:2], await answers_alike(blind, one, other, (unseen, nothing))) for one, other in pairs]
    assert len(met) >= 19
    assert all(status in (403, 404) for (_, path), status in met if f"/{unseen}" in path), met
    assert await world.get(key, unseen) == before
    seen = world.target(key, 1)
    assert (await blind.get(f"/api/v1/records/{key}/{seen}")).status_code == 200


@every_object
async def test_records_of_another_organisation(
    world: ContractWorld, elsewhere: ContractWorld, key: str
) -> None:
    """Not even an administrator comes near them."""
    known = key if key in elsewhere.registry.objects else "customer"
    foreign, nothing = elsewhere.target(known, 0), new_id()
    before = await elsewhere.get(known, foreign)
    pairs = zip(requests(world, key, foreign), requests(world, key, nothing), strict=True)
    for one, other in pairs:
        status = await answers_alike(world.client, one, other, (foreign, nothing))
        assert status == 404 or f"/{foreign}" not in one[1], one
    assert await elsewhere.get(known, foreign) == before


@every_object
async def test_nothing_points_at_another_organisation(
    world: ContractWorld, elsewhere: ContractWorld, key: str
) -> None:
    if not world.by_people(key):
        return
    for field in writable(world.registry, key):
        output = world.registry.type_of(field).output
        if output not in ("reference", "references", "reference_any"):
            continue
        target = world.registry.targets(field)[0]
        if target not in elsewhere.registry.objects:
            continue
        foreign: Any = elsewhere.target(target, 1)
        value = {
            "reference": foreign,
            "references": [foreign],
            "reference_any": {"object": target, "id": foreign},
        }
        values = {**world.minimal(key, world.number()), field.key: value[output]}
        errors: tuple[Any, ...] = ()
        try:
            made = await world.create(key, values)
        except Invalid as refused:
            errors = refused.errors
        # written only where a rule of the object put another record there
        assert field.key in {e.field for e in errors} or foreign not in {
            record for _, record in pointers(field, made.after[field.key])
        }, field.key


async def test_everything_else_of_another_organisation(
    world: ContractWorld, elsewhere: ContractWorld
) -> None:
    """Sessions, keys, files, operations, jobs, definitions: every path of the API with something of theirs in it."""
    hashed = await passwords.hash_password(PASSWORD)
    assert elsewhere.me.user is not None
    async with world.runtime.pool.connection() as connection:
        await sign_in.store(connection, elsewhere.slug, elsewhere.me.user, hashed, must_change=False)
    async with world.site.client() as client:
        body = {"login": "root", "password": PASSWORD, "organisation": elsewhere.slug}
        assert (await client.post("/api/v1/session", json=body)).status_code == 200
        sessions = (await client.get("/api/v1/sessions")).json()["sessions"]
    await elsewhere.drafts(1)
    theirs = {"session": sessions[0]["id"]}
    async with world.runtime.pool.connection() as connection:
        for name in ("api_key", "file", "operation"):
            rows = await connection.execute(f"select id::text from org_{elsewhere.slug}.{name} limit 1")
            found = await rows.fetchone()
            assert found is not None, name
            theirs[name] = found[0]
    places = {
        "/api/v1/sessions/{session_id}": {"session_id": theirs["session"]},
        "/api/v1/api-keys/{id}": {"id": theirs["api_key"]},
        "/api/v1/files/{id}": {"id": theirs["file"]},
        "/api/v1/operations/{id}": {"id": theirs["operation"]},
        "/api/v1/operations/{id}/undo": {"id": theirs["operation"]},
        "/api/v1/definition-jobs/{id}": {"id": theirs["operation"]},
    }
    named = {"object_key": "x_elsewhere", "field_key": "x_note"}
    tried = 0
    for place, operations in world.document["paths"].items():
        if "{" not in place or place.startswith("/api/v1/records/"):
            continue
        given = named if place.startswith("/api/v1/objects/") else places[place]
        for method in operations:
            if method not in ("get", "post", "patch", "put", "delete"):
                continue
            for more in ({}, {"json": {}}, {"json": {"label": "x"}}):
                sent = []
                for n in range(2):
                    path = place
                    for name, value in given.items():
                        nothing = f"x_{'q' * (len(value) - 2)}" if value.startswith("x_") else NOTHING
                        path = path.replace(f"{{{name}}}", (value, nothing)[n])
                    answer = await world.client.request(method, path, **more)
                    assert 400 <= answer.status_code < 500, (method, path, answer.text)
                    text = answer.text
                    for value in given.values():
                        text = text.replace(value, "q").replace(f"x_{'q' * (len(value) - 2)}", "q")
                    sent.append((answer.status_code, text.replace(NOTHING, "q")))
                assert sent[0] == sent[1], (method, place)
                tried += 1
    assert tried >= 20
    assert elsewhere.registry.objects.keys() >= {"x_elsewhere"}


NOTHING = "01900000-0000-7000-8000-00000000dead"
"""An id that nothing has."""
