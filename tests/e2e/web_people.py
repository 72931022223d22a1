"""Who acts in the browser tests: a person at the browser, and the same person at the API."""

from __future__ import annotations

from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, expect

from api_site import PASSWORD

SLOW = 60_000
"""Milliseconds that a busy machine may take for one step."""


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
