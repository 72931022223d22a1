"""A browser on the built web app: one organisation with people of every role, and a few customers to work with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_site import PASSWORD, Site, furnished, web_process
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

__all__ = ["furnished"]  # a fixture

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SLOW = 30_000
"""Milliseconds that a busy machine may take for one step."""

CUSTOMERS = (
    {"name": "杭州恒达精密机械有限公司", "level": "A", "phone": "0571-88886666", "industry": "machinery"},
    {"name": "苏州云帆信息技术有限公司", "level": "B", "phone": "13861701234", "industry": "software"},
    {
        "name": "北京中科华信智能装备与工业互联网技术研究院（集团）股份有限公司长三角分公司",
        "level": "C",
        "phone": "010-62201234",
    },
    {"name": "深圳锐智新能源有限公司", "level": "B"},
)


class Api:
    """The API as one person uses it, to prepare what a test needs and to see what it did."""

    def __init__(self, url: str, login: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=60)
        body = {"login": login, "password": PASSWORD, "organisation": "acme"}
        answer = self.client.post("/api/v1/session", json=body)
        assert answer.status_code == 200, answer.text
        self.client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        self.client.headers["Origin"] = url
        self.me = answer.json()["user"]["id"]

    def send(self, method: str, path: str, **more: Any) -> Any:
        """One request that succeeds; its JSON."""
        answer = self.client.request(method, "/api/v1" + path, **more)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def make(self, object_key: str, **values: Any) -> dict[str, Any]:
        """Make a record."""
        made: dict[str, Any] = self.send("POST", f"/records/{object_key}", json=values)
        return made

    def list(self, object_key: str, **query: Any) -> list[dict[str, Any]]:
        """Records of an object."""
        found: list[dict[str, Any]] = self.send("POST", f"/records/{object_key}/query", json=query)["records"]
        return found

    def one(self, object_key: str, record: str) -> dict[str, Any]:
        """One record."""
        found: dict[str, Any] = self.send("GET", f"/records/{object_key}/{record}")
        return found


@pytest.fixture(scope="module")
def url(server: Any, furnished: tuple[str, Site], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the application on a database of this module's own, with customers of `norman` (sales)."""
    template, _ = furnished
    with (
        server.database(template) as database,
        web_process(database, tmp_path_factory.mktemp("web")) as address,
    ):
        norman = Api(address, "norman")
        with closing(norman.client):
            for customer in CUSTOMERS:
                norman.make("customer", **customer)
        yield address


@pytest.fixture(scope="module")
def api(url: str) -> Iterator[Callable[[str], Api]]:
    """The API as a person."""
    known: dict[str, Api] = {}

    def of(login: str) -> Api:
        if login not in known:
            known[login] = Api(url, login)
        return known[login]

    yield of
    for one in known.values():
        one.client.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the run."""
    program = os.environ.get("KEYUAN_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


class Visitor:
    """A person at the browser: their context and page, signed in."""

    def __init__(self, browser: Browser, url: str, login: str, **more: Any) -> None:
        self.url = url
        self.login = login
        language, theme = more.pop("language", "zh"), more.pop("theme", "light")
        options: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN"} | more
        self.context: BrowserContext = browser.new_context(timezone_id="Asia/Shanghai", **options)
        self.context.set_default_timeout(SLOW)
        # once for each tab, so that what the test switches stays
        self.context.add_init_script(
            "if (!sessionStorage.begun) { sessionStorage.begun = '1';"
            f"localStorage.setItem('keyuan.language', '{language}');"
            f"localStorage.setItem('keyuan.appearance', '{theme}'); }}"
        )
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on(
            "console", lambda said: self.problems.append(said.text) if said.type == "error" else None
        )

    def sign_in(self) -> Page:
        """Sign in through the form, as people do."""
        self.page.goto(self.url)
        self.page.fill("input[name=login]", self.login)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.press("input[name=password]", "Enter")
        self.page.get_by_test_id("list").or_(self.page.locator("input[name=organisation]")).first.wait_for()
        if self.page.locator("input[name=organisation]").count():
            self.page.fill("input[name=organisation]", "acme")
            self.page.press("input[name=organisation]", "Enter")
        expect(self.page.get_by_test_id("list")).to_be_visible()
        self.problems.clear()  # that nobody was signed in before is told as an error by browsers
        return self.page


@pytest.fixture
def visit(browser: Browser, url: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visitor]]:
    """People who sign in; a picture of each one's page stays where a test fails, and no page may report an error."""
    expect.set_options(timeout=SLOW)
    visitors: list[Visitor] = []

    def arrive(login: str, **more: Any) -> Visitor:
        visitor = Visitor(browser, url, login, **more)
        visitors.append(visitor)
        visitor.sign_in()
        return visitor

    failed = request.session.testsfailed
    yield arrive
    broken = request.session.testsfailed > failed
    for number, visitor in enumerate(visitors):
        if broken:
            folder = Path("screenshots")
            folder.mkdir(exist_ok=True)
            visitor.page.screenshot(path=folder / f"failed-{request.node.name}-{number}.png")
        visitor.context.close()
    if not broken:
        assert [p for v in visitors for p in v.problems] == []
