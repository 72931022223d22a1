"""Who acts in the browser tests: a person at the browser, and the same person at the API."""

from __future__ import annotations

import re
from collections import deque
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, StorageState, expect

from api_site import PASSWORD

PATIENCE = 10_000
"""Milliseconds after which a step that has not happened is taken for one that never will."""


class Api:
    """The API as one person uses it, to prepare what a test needs and to see what it did."""

    def __init__(self, url: str, login: str) -> None:
        self.url = url
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

    @property
    def signed_in(self) -> StorageState:
        """What a browser holds once this person has signed in."""
        (cookie,) = self.client.cookies.jar
        return {
            "cookies": [
                {
                    "name": cookie.name,
                    "value": cookie.value or "",
                    "domain": "127.0.0.1",
                    "path": "/",
                    "expires": -1,
                    "httpOnly": True,
                    "secure": False,
                    "sameSite": "Lax",
                }
            ],
            "origins": [],
        }


class Visitor:
    """A person at the browser: their context and page. With `state` they are signed in already."""

    def __init__(self, browser: Browser, url: str, state: StorageState | None = None, **more: Any) -> None:
        self.url = url
        language, theme = more.pop("language", "zh"), more.pop("theme", "light")
        # without motion nothing has to be waited for until it stands still
        options: dict[str, Any] = {
            "viewport": {"width": 1440, "height": 900},
            "locale": "zh-CN",
            "reduced_motion": "reduce",
        } | more
        self.context: BrowserContext = browser.new_context(
            base_url=url, timezone_id="Asia/Shanghai", storage_state=state, **options
        )
        self.context.set_default_timeout(PATIENCE)
        # once for each tab, so that what the test switches stays
        self.context.add_init_script(
            "if (!sessionStorage.begun) { sessionStorage.begun = '1';"
            f"localStorage.setItem('keyuan.language', '{language}');"
            f"localStorage.setItem('keyuan.appearance', '{theme}'); }}"
        )
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._hear)
        self.answers: deque[str] = deque(maxlen=12)
        self.page.on("response", self._note)

    def _hear(self, said: ConsoleMessage) -> None:
        """Keep an error. Browsers also tell each refusal of the API as one, and refusals are the app's to handle."""
        if said.type != "error":
            return
        refused = re.search(r"status of 4\d\d", said.text) and "/api/v1/" in said.location["url"]
        if not refused:
            self.problems.append(said.text)

    def _note(self, answer: Response) -> None:
        """Keep what the API last answered, to be told where a test fails."""
        if "/api/v1/" in answer.url:
            self.answers.append(
                f"{answer.status} {answer.request.method} {answer.url.partition('/api/v1')[2]}"
            )

    def told(self) -> str:
        """Where the person is, what was reported as an error, what the API last answered, and what the page says."""
        said = self.page.locator("[role=status], [role=alert], [role=dialog]").all_inner_texts()
        return "\n".join([self.page.url, *self.problems, *self.answers, *filter(None, said)])

    def sign_in(self, login: str) -> Page:
        """Sign in through the form, as people do."""
        page = self.page
        page.goto("/")
        page.locator("input[name=login]").fill(login)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        # two organisations know this login: which one is asked for only then
        page.locator("input[name=organisation]").fill("acme")
        page.locator("input[name=organisation]").press("Enter")
        expect(page.get_by_test_id("list")).to_be_visible()
        return page
