"""What must hold across processes: limits on sign-in, keys of repeated requests, rights that change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from typing import Any

import httpx
import pytest

from api_site import PASSWORD, Site, web_process

R = "/api/v1/records"


@pytest.fixture(scope="module")
def known(furnished: tuple[str, Site]) -> Site:
    """What is known of the furnished database."""
    return furnished[1]


@pytest.fixture(scope="module")
def two(
    server: Any, furnished: tuple[str, Site], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """The addresses of two web processes on one database."""
    with server.database(furnished[0]) as url, ExitStack() as stack:
        folders = [tmp_path_factory.mktemp("web") for _ in range(2)]
        yield tuple(stack.enter_context(web_process(url, folder)) for folder in folders)  # type: ignore[misc]


def key(known: Site, login: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {known.keys['acme', login]}"}


def test_guesses_are_counted_together(two: tuple[str, str]) -> None:
    """Sixty guesses at once at two doors: ten are looked at."""

    def guess(address: str) -> int:
        body = {"login": "sue", "password": "a guess", "organisation": "acme"}
        return httpx.post(f"{address}/api/v1/session", json=body, timeout=60).status_code

    doors = cycle(two)
    with ThreadPoolExecutor(12) as threads:
        codes = Counter(threads.map(guess, [next(doors) for _ in range(60)]))
    assert codes == {401: 10, 429: 50}
    for address in two:
        body = {"login": "sue", "password": PASSWORD, "organisation": "acme"}
        assert httpx.post(f"{address}/api/v1/session", json=body).status_code == 429


def test_a_request_is_done_once_at_whatever_door(two: tuple[str, str], known: Site) -> None:
    def create(address: str) -> tuple[int, str]:
        headers = {**key(known, "norman"), "Idempotency-Key": "both doors"}
        answer = httpx.post(
            f"{address}{R}/customer", json={"name": "Both doors"}, headers=headers, timeout=60
        )
        return answer.status_code, answer.text

    doors = cycle(two)
    with ThreadPoolExecutor(10) as threads:
        answers = set(threads.map(create, [next(doors) for _ in range(20)]))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 201


def test_rights_change_everywhere_at_once(two: tuple[str, str], known: Site) -> None:
    here, there = two
    root, nick = key(known, "root"), key(known, "nick")
    user = f"{R}/user/{known.users['acme', 'nick']}"
    place = httpx.post(f"{here}{R}/customer", json={"name": "Rights"}, headers=key(known, "sue")).headers[
        "location"
    ]
    assert httpx.get(there + place, headers=nick).status_code == 404
    roles = httpx.get(f"{here}{R}/role?fields=key", headers=root).json()["records"]
    of = {role["key"]: role["id"] for role in roles}
    assert httpx.patch(here + user, json={"roles": [of["executive"]]}, headers=root).status_code == 200
    assert httpx.get(there + place, headers=nick).status_code == 200
    assert httpx.patch(here + user, json={"roles": [of["sales"]]}, headers=root).status_code == 200
    assert httpx.get(there + place, headers=nick).status_code == 404
    with httpx.Client(base_url=there) as browser:
        body = {"login": "nick", "password": PASSWORD, "organisation": "acme"}
        assert browser.post("/api/v1/session", json=body).status_code == 200
        assert httpx.patch(here + user, json={"active": False}, headers=root).status_code == 200
        assert browser.get("/api/v1/session").status_code == 401
        assert httpx.get(there + place, headers=nick).status_code == 401
        assert httpx.patch(here + user, json={"active": True}, headers=root).status_code == 200
        # a session that ended stays ended
        assert browser.get("/api/v1/session").status_code == 401
        assert httpx.get(f"{there}/api/v1/session", headers=nick).status_code == 200


def test_settings_change_everywhere_at_once(two: tuple[str, str], known: Site) -> None:
    here, there = two
    root = key(known, "root")
    for month in (4, 7, 1):
        changed = httpx.patch(f"{here}/api/v1/settings", json={"fiscal_year_start": month}, headers=root)
        assert changed.status_code == 200
        session = httpx.get(f"{there}/api/v1/session", headers=root).json()
        assert session["organisation"]["fiscal_year_start"] == month


def test_over_the_wire(two: tuple[str, str], known: Site) -> None:
    """What only a real server shows: large bodies, raw addresses, HEAD, methods."""
    headers = {**key(known, "norman"), "Content-Type": "application/json"}
    body = b'{"name": "' + b"x" * 10_000_000 + b'"}'
    answer = httpx.post(f"{two[0]}{R}/customer", content=body, headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:keyuan:problem:too_large")

    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 100_000

    assert (
        httpx.post(f"{two[0]}{R}/customer", content=pieces(), headers=headers, timeout=60).status_code == 413
    )
    for path in ("/%ff", "/%00", "/%ed%a0%80", "//x", "/..%2f..%2fetc/passwd", "/" + "x" * 5000):
        for root in (R, "/api/v1/records/customer", ""):
            answer = httpx.get(two[0] + root + path, headers=headers)
            not_built = root == "" and answer.status_code == 503 and "./run" in answer.text
            assert answer.status_code < 500 or not_built, (path, root, answer.text)
            assert "root:" not in answer.text
    head = httpx.head(f"{two[0]}/api/v1/session", headers=headers)
    assert (head.status_code, head.content) == (200, b"")
    trace = httpx.request("TRACE", f"{two[0]}/api/v1/session", headers=headers)
    assert trace.status_code in (405, 501)
