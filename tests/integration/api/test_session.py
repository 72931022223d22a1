"""Signing in: the ways to name oneself, what a browser must show, limits, ends, and what strangers learn."""

from __future__ import annotations

from datetime import timedelta

import anyio
import pytest
from argon2 import PasswordHasher

from api_site import PASSWORD, Site
from keyuan.api.callers import COOKIE
from keyuan.kernel import clock
from keyuan.services.identity import sign_in

pytestmark = pytest.mark.anyio

HERE = {"organisation": "acme", "password": PASSWORD}


async def test_health(site: Site) -> None:
    async with site.client() as client:
        answer = await client.get("/api/v1/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"


@pytest.mark.parametrize(
    "login", ["norman", "norman@acme.test", "NORMAN@ACME.TEST", "13800138003", "138 0013 8003"]
)
async def test_signs_in_by_any_name(site: Site, login: str) -> None:
    async with site.client() as client:
        answer = await client.post("/api/v1/session", json={**HERE, "login": login})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["user"]["name"] == "Norman"
        assert body["organisation"]["slug"] == "acme"
        assert body["roles"] == ["sales"]
        assert body["administrator"] is False
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        assert "Secure" not in cookie
        assert client.cookies[COOKIE].startswith("acme.")
        assert (await client.get("/api/v1/session")).json() == body


async def test_cookie_is_secure_over_https(site: Site) -> None:
    async with site.client() as client:
        client.base_url = "https://keyuan.test"
        answer = await client.post("/api/v1/session", json={**HERE, "login": "norman"})
    assert "Secure" in answer.headers["set-cookie"]
    assert "strict-transport-security" in answer.headers


async def test_strangers_learn_nothing(site: Site) -> None:
    """Unknown names, wrong passwords, people who may not come in, organisations that are not: one and the same answer."""
    answers = []
    async with site.client(address="192.0.2.7") as client:
        for change in (
            {"login": "nobody"},
            {"login": "norman", "password": "wrong"},
            {"login": "idle"},
            {"login": "norman", "organisation": "nowhere"},
            {"login": "norman", "organisation": "not a name"},
        ):
            answer = await client.post("/api/v1/session", json={**HERE, **change})
            answers.append((answer.status_code, answer.json()))
            assert "set-cookie" not in answer.headers
    assert all(a == answers[0] for a in answers)
    assert answers[0][0] == 401
    assert answers[0][1]["type"] == "urn:keyuan:problem:wrong_credentials"


async def test_needs_an_organisation_where_there_are_two(site: Site) -> None:
    async with site.client() as client:
        answer = await client.post("/api/v1/session", json={"login": "norman", "password": PASSWORD})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "organisation"


async def test_nobody_is_told_so(site: Site) -> None:
    async with site.client() as client:
        for headers in (
            {},
            {"Cookie": f"{COOKIE}=acme." + "x" * 43},
            {"Cookie": f"{COOKIE}=nowhere." + "x" * 43},
            {"Cookie": f"{COOKIE}=rubbish"},
            {"Authorization": "Bearer ky_acme_" + "x" * 43},
            {"Authorization": "Basic eDp5"},
        ):
            answer = await client.get("/api/v1/session", headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.headers["content-type"] == "application/problem+json"


async def test_writes_from_a_browser_need_their_token(site: Site) -> None:
    async with site.browser("norman") as client:
        token = client.headers.pop("X-CSRF-Token")
        for wrong in ({}, {"X-CSRF-Token": "guess"}):
            answer = await client.delete("/api/v1/session", headers=wrong)
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:keyuan:problem:csrf")
        right = {"X-CSRF-Token": token}
        for site_of_page in ("cross-site", "same-site"):
            answer = await client.delete("/api/v1/session", headers={**right, "Sec-Fetch-Site": site_of_page})
            assert answer.json()["type"] == "urn:keyuan:problem:cross_site"
        del client.headers["Sec-Fetch-Site"]
        answer = await client.delete("/api/v1/session", headers={**right, "Origin": "https://evil.test"})
        assert answer.json()["type"] == "urn:keyuan:problem:cross_site"
        assert (await client.get("/api/v1/session")).status_code == 200
        answer = await client.delete("/api/v1/session", headers={**right, "Origin": "http://keyuan.test"})
        assert answer.status_code == 204
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert (await client.get("/api/v1/session")).status_code == 401


async def test_another_sites_page_cannot_sign_one_in(site: Site) -> None:
    async with site.client(headers={"Sec-Fetch-Site": "cross-site"}) as client:
        answer = await client.post("/api/v1/session", json={**HERE, "login": "norman"})
    assert answer.status_code == 403


async def test_sessions_end_after_idle_time_and_altogether(site: Site) -> None:
    async with site.browser("norman") as client:
        now = clock.now()
        with clock.frozen(now + timedelta(hours=13)):
            assert (await client.get("/api/v1/session")).status_code == 401
        # used every eleven hours it lives for two weeks and no longer
        step = timedelta(hours=11)
        for number in range(1, 31):
            with clock.frozen(now + number * step):
                assert (await client.get("/api/v1/session")).status_code == 200, number
        with clock.frozen(now + 31 * step):
            assert (await client.get("/api/v1/session")).status_code == 401


async def test_use_is_noted_once_a_minute(site: Site) -> None:
    async def seen() -> object:
        async with site.runtime.pool.connection() as connection:
            row = await (
                await connection.execute(
                    'select max(seen_at) from org_acme.session where "user" = %s', [site.users["acme", "sue"]]
                )
            ).fetchone()
            return row[0] if row else None

    async with site.browser("sue") as client:
        first, now = await seen(), clock.now()
        with clock.frozen(now + timedelta(seconds=50)):
            await client.get("/api/v1/session")
        assert await seen() == first
        later = now + timedelta(seconds=70)
        with clock.frozen(later):
            await client.get("/api/v1/session")
        assert await seen() == later


async def test_lists_and_ends_own_sessions(site: Site) -> None:
    async with site.browser("nick") as here, site.browser("nick", headers={"User-Agent": "Phone"}) as there:
        listed = (await here.get("/api/v1/sessions")).json()["sessions"]
        assert [s["current"] for s in listed].count(True) == 1
        other = next(s for s in listed if s["agent"] == "Phone")
        assert not other["current"]
        async with site.browser("sue") as stranger:
            assert (await stranger.delete(f"/api/v1/sessions/{other['id']}")).status_code == 404
        assert (await there.get("/api/v1/session")).status_code == 200
        assert (await here.delete(f"/api/v1/sessions/{other['id']}")).status_code == 204
        assert (await there.get("/api/v1/session")).status_code == 401
        assert (await here.get("/api/v1/session")).status_code == 200


async def test_limit_holds_under_attack(site: Site) -> None:
    """Forty guesses at once: ten are looked at, the rest refused, and then the right password too."""
    codes = []

    async def guess(number: int) -> None:
        async with site.client(address=f"198.51.100.{number}") as client:
            body = {**HERE, "login": "boss", "password": f"guess {number}"}
            answer = await client.post("/api/v1/session", json=body)
            codes.append(answer.status_code)
            if answer.status_code == 429:
                assert 0 < int(answer.headers["retry-after"]) <= 900
                assert answer.json()["retry_after"] == int(answer.headers["retry-after"])

    async with anyio.create_task_group() as group:
        for number in range(40):
            group.start_soon(guess, number)
    assert sorted(codes) == [401] * 10 + [429] * 30
    async with site.client() as client:
        right = {**HERE, "login": "boss"}
        assert (await client.post("/api/v1/session", json=right)).status_code == 429
        with clock.frozen(clock.now() + timedelta(minutes=16)):
            assert (await client.post("/api/v1/session", json=right)).status_code == 200


async def test_right_passwords_are_not_counted(site: Site) -> None:
    for _ in range(12):
        async with site.browser("nora"):
            pass


async def test_limit_by_address(site: Site) -> None:
    async with site.runtime.pool.connection() as connection:
        await connection.execute(
            "insert into org_other.setting (key, value) values ('sign_in_attempts_address', '5')"
        )
        await connection.execute("update org_other.state set policy_version = policy_version + 1")
    codes = []
    async with site.client(address="203.0.113.9") as client:
        for number in range(7):
            body = {"organisation": "other", "login": f"nobody {number}", "password": PASSWORD}
            codes.append((await client.post("/api/v1/session", json=body)).status_code)
    assert codes == [401] * 5 + [429] * 2
    async with site.browser("norman", "other", address="203.0.113.10"):
        pass


async def test_password_change(site: Site) -> None:
    new = "Another-Day-2027"

    async def change(client: object, current: str, wanted: str) -> tuple[int, list[str]]:
        body = {"current_password": current, "new_password": wanted}
        answer = await client.post("/api/v1/session/password", json=body)  # type: ignore[attr-defined]
        errors = answer.json()["errors"] if answer.status_code == 422 else []
        return answer.status_code, [f"{e['field']} {e['code']}" for e in errors]

    async with site.browser("sue") as client, site.browser("sue") as elsewhere:
        assert await change(client, "wrong", new) == (422, ["current_password password_wrong"])
        assert (await change(client, PASSWORD, "short"))[1][0] == "new_password password_short"
        assert await change(client, PASSWORD, "sue@acme.test1A") == (422, ["new_password password_guessable"])
        assert await change(client, PASSWORD, PASSWORD) == (422, ["new_password password_same"])
        assert await change(client, PASSWORD, new) == (204, [])
        assert (await client.get("/api/v1/session")).status_code == 200
        assert (await elsewhere.get("/api/v1/session")).status_code == 401
        body = {"current_password": new, "new_password": PASSWORD}
        back = await client.post("/api/v1/session/password", json=body)
        assert back.status_code == 204
        async with site.runtime.pool.connection() as connection:
            cursor = await connection.execute(
                "select kind, actor::text, detail from org_acme.operation where id = %s",
                [back.headers["operation-id"]],
            )
            assert await cursor.fetchall() == [("password_changed", site.users["acme", "sue"], {})]


async def test_leaving_is_a_security_event(site: Site) -> None:
    async with site.browser("norman") as here, site.browser("norman"):
        listed = (await here.get("/api/v1/sessions")).json()["sessions"]
        other = next(s["id"] for s in listed if not s["current"])
        assert (await here.delete(f"/api/v1/sessions/{other}")).status_code == 204
        assert (await here.delete(f"/api/v1/sessions/{other}")).status_code == 404
        assert (await here.delete("/api/v1/session")).status_code == 204
    async with site.runtime.pool.connection() as connection:
        cursor = await connection.execute(
            'select kind from org_acme.security_event where "user" = %s order by at, id',
            [site.users["acme", "norman"]],
        )
        kinds = [row[0] for row in await cursor.fetchall()]
    assert kinds[-2:] == ["session_ended", "signed_out"]


async def test_must_change_blocks_everything_else(site: Site) -> None:
    user = site.users["acme", "nick"]
    async with site.browser("nick") as client:
        async with site.runtime.pool.connection() as connection:
            await connection.execute(
                'update org_acme.credential set must_change = true where "user" = %s', [user]
            )
        session = await client.get("/api/v1/session")
        assert session.json()["user"]["must_change_password"] is True
        answer = await client.get("/api/v1/objects")
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:keyuan:problem:must_change_password")
        for new, status in ((PASSWORD, 422), ("Brand-New-Day-1", 204)):
            body = {"current_password": PASSWORD, "new_password": new}
            assert (await client.post("/api/v1/session/password", json=body)).status_code == status
        assert (await client.get("/api/v1/session")).json()["user"]["must_change_password"] is False
        assert (await client.get("/api/v1/objects")).status_code == 200
        body = {"current_password": "Brand-New-Day-1", "new_password": PASSWORD}
        assert (await client.post("/api/v1/session/password", json=body)).status_code == 204


async def test_old_hashes_are_made_again(site: Site) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    user = site.users["acme", "nora"]
    async with site.runtime.pool.connection() as connection:
        await sign_in.store(connection, "acme", user, old, must_change=False)
    async with site.browser("nora"):
        pass
    async with site.runtime.pool.connection() as connection:
        row = await (
            await connection.execute(
                'select password_hash from org_acme.credential where "user" = %s', [user]
            )
        ).fetchone()
    assert row
    assert "m=19456,t=2" in row[0]


async def test_words_follow_the_person(site: Site) -> None:
    async with site.client() as client:
        answer = await client.get("/api/v1/session", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
        assert answer.json()["title"] == "请先登录"
        assert answer.headers["content-language"] == "zh"
        answer = await client.get("/api/v1/session", headers={"Accept-Language": "en-GB"})
        assert answer.json()["title"] == "Please sign in"


async def test_own_language_and_time_zone(site: Site) -> None:
    async with site.browser("norman") as client:
        changed = await client.patch("/api/v1/session", json={"language": "zh", "time_zone": "Europe/Berlin"})
        assert changed.status_code == 200, changed.text
        assert changed.json()["user"]["language"] == "zh"
        assert changed.json()["user"]["time_zone"] == "Europe/Berlin"
        # the person's language goes before the browser's
        told = (await client.patch("/api/v1/session", json={"time_zone": "Mars"})).json()
        assert told["errors"][0] == {"field": "time_zone", "code": "time_zone", "message": "没有这个时区"}
        assert (await client.patch("/api/v1/session", json={"name": "x"})).status_code == 422
        back = await client.patch("/api/v1/session", json={"language": None, "time_zone": None})
        assert back.json()["user"]["language"] is None
        assert back.json()["user"]["time_zone"] == "Asia/Shanghai"
