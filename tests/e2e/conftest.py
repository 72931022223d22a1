"""A browser on the built web app: one organisation with people of every role, and a few customers to work with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from web_people import PATIENCE, Api, Visitor

from api_site import Site, furnished, web_process

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


@pytest.fixture(scope="session")
def url(server: Any, furnished: tuple[str, Site], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the application that all tests share, with customers of `norman` (sales). A test that counts what
    it sees works with records of its own."""
    template, _ = furnished
    with (
        server.database(template) as database,
        web_process(database, tmp_path_factory.mktemp("web")) as address,
    ):
        yield address


@pytest.fixture(scope="session")
def api(url: str) -> Iterator[Callable[[str], Api]]:
    """The API as a person."""
    known: dict[str, Api] = {}

    def of(login: str) -> Api:
        if login not in known:
            known[login] = Api(url, login)
        return known[login]

    for customer in CUSTOMERS:
        of("norman").make("customer", **customer)
    yield of
    for one in known.values():
        one.client.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the run."""
    program = os.environ.get("KEYUAN_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def visit(
    browser: Browser, url: str, api: Callable[[str], Api], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Visitor]]:
    """People who come to a page, `/` unless another is named, signed in already unless `login` is None. A picture of
    each one's page stays where a test fails, and no page may report an error."""
    visitors: list[Visitor] = []

    def arrive(login: str | None, path: str | None = "/", **more: Any) -> Visitor:
        visitor = Visitor(browser, url, api(login).signed_in if login else None, **more)
        visitors.append(visitor)
        if login and path:
            visitor.page.goto(path)
            expect(visitor.page.locator("main")).to_be_visible()
        return visitor

    failed = request.session.testsfailed
    yield arrive
    broken = request.session.testsfailed > failed
    for number, visitor in enumerate(visitors):
        if broken:
            folder = Path("screenshots")
            folder.mkdir(exist_ok=True)
            visitor.page.screenshot(path=folder / f"failed-{request.node.name}-{number}.png")
            print(visitor.told())
        visitor.context.close()
    if not broken:
        assert [p for v in visitors for p in v.problems] == []
