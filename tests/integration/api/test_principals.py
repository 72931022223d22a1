"""Who calls: what is loaded about a person, when it is loaded again, and how many statements a request takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import httpx
import psycopg
import pytest

from api_site import Site
from keyuan.kernel.errors import Unauthenticated
from keyuan.services.identity.principals import Person, Principals
from keyuan.storage.pool import autocommit

pytestmark = pytest.mark.anyio

R = "/api/v1/records"


async def person(site: Site, login: str) -> Person:
    async with autocommit(site.runtime.pool) as connection:
        organisation = await site.runtime.organisations.get(connection, "acme")
        principals = Principals(site.runtime.organisations)
        return await principals.person(connection, organisation, site.users["acme", login])


async def departments(site: Site) -> dict[str, str]:
    async with autocommit(site.runtime.pool) as connection:
        cursor = await connection.execute("select name, id::text from org_acme.department")
        return dict(await cursor.fetchall())


@pytest.mark.parametrize(
    ("login", "own", "tree", "people"),
    [
        ("norman", {"North"}, {"North", "North 1"}, {"norman"}),
        ("nick", {"North 1"}, {"North 1"}, {"nick"}),
        ("nora", {"North"}, {"North", "North 1"}, {"nora", "norman", "nick"}),
        ("sue", {"South"}, {"South"}, {"sue"}),
        (
            "boss",
            {"Head office"},
            {"Head office", "North", "South", "North 1"},
            {"root", "boss", "nora", "norman", "nick", "sue", "idle", "fin"},
        ),
    ],
)
async def test_departments_and_people(
    site: Site, login: str, own: set[str], tree: set[str], people: set[str]
) -> None:
    known, principal = await departments(site), (await person(site, login)).principal
    names = {id_: name for name, id_ in known.items()}
    logins = {id_: name for (slug, name), id_ in site.users.items() if slug == "acme"}
    assert {names[d] for d in principal.departments} == own
    assert {names[d] for d in principal.department_tree} == tree
    assert {logins[p] for p in principal.people} == people


async def test_people_follow_both_ways_down(site: Site) -> None:
    """Reporting goes on through people, departments through the tree, and one person may belong to several."""
    known = await departments(site)
    async with site.program("root") as root:

        async def change(login: str, **values: Any) -> None:
            answer = await root.patch(f"{R}/user/{site.users['acme', login]}", json=values)
            assert answer.status_code == 200, answer.text

        async def people(login: str) -> set[str]:
            logins = {id_: name for (slug, name), id_ in site.users.items() if slug == "acme"}
            return {logins[p] for p in (await person(site, login)).principal.people}

        await change("sue", manager=site.users["acme", "norman"])
        assert await people("norman") == {"norman", "sue"}
        assert await people("nora") == {"nora", "norman", "nick", "sue"}
        await change("sue", manager=None)
        await change("fin", departments=[known["North 1"]])
        assert await people("nora") == {"nora", "norman", "nick", "fin"}
        fin = (await person(site, "fin")).principal
        assert fin.department == known["Head office"]
        assert fin.departments == (known["Head office"], known["North 1"])
        await change("fin", departments=[])
        assert await people("nora") == {"nora", "norman", "nick"}


async def test_who_may_not_come_in(site: Site) -> None:
    with pytest.raises(Unauthenticated):
        await person(site, "idle")


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that are run inside the block."""
    seen: list[str] = []
    original = psycopg.AsyncConnection.execute

    async def execute(self: Any, query: Any, *args: Any, **more: Any) -> Any:
        seen.append(query.decode() if isinstance(query, bytes) else str(query))
        return await original(self, query, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.AsyncConnection, "execute", execute)
        yield seen


async def test_statements_of_a_request(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session's one, then one for a list or a record, whatever it shows; the first request of a person under new
    rights needs up to three more."""
    async with site.program("nora") as client:
        made = (await client.post(f"{R}/customer", json={"name": "Counted"})).json()["id"]
        fields = "name,owner.name,owner_department.name,parent.name,open_amount,tags"
        paths = {
            "/api/v1/session": 1,
            f"{R}/customer?fields={fields}&sort=-updated_at": 2,
            f"{R}/customer?fields={fields}&count=exact": 4,  # one says that the count may be shared
            f"{R}/customer/{made}": 2,
            "/api/v1/objects": 1,
            "/api/v1/objects/customer": 1,
            "/api/v1/search?q=Counted": 3,  # ids by the index, then the records of the one object that has any
        }
        for path, most in paths.items():
            await client.get(path)
            with statements(monkeypatch) as seen:
                assert (await client.get(path)).status_code == 200
            assert len(seen) <= most, (path, seen)
        async with autocommit(site.runtime.pool) as connection:
            await connection.execute("update org_acme.state set policy_version = policy_version + 1")
        with statements(monkeypatch) as seen:
            assert (await client.get("/api/v1/session")).status_code == 200
        assert len(seen) <= 5, seen
        with statements(monkeypatch) as seen:
            assert (await client.get("/api/v1/session")).status_code == 200
        assert len(seen) == 1, seen


async def test_reads_go_on_when_connections_are_cut(site: Site) -> None:
    codes: set[int] = set()

    async def read(client: httpx.AsyncClient) -> None:
        for _ in range(30):
            codes.add((await client.get(f"{R}/customer")).status_code)

    async def cut() -> None:
        async with await psycopg.AsyncConnection.connect(site.url, autocommit=True) as other:
            for _ in range(10):
                await other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'keyuan web'"
                    " and datname = current_database()"
                )
                await anyio.lowlevel.checkpoint()

    async with site.program("nora") as client, anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(read, client)
        group.start_soon(cut)
    assert codes == {200}
