"""Pictures of every screen of a running Keyuan, for looking at: both languages, both themes, three widths.

python tests/e2e/screens.py http://127.0.0.1:8000 LOGIN PASSWORD [--out screenshots] [--only zh-light-1440] [--pages list,record]
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

SIZES = {1440: 900, 1024: 768, 390: 844}


def settle(page: Page) -> None:
    """Wait until nothing is on its way and nothing moves."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function("() => !document.querySelector('.ant-skeleton, [aria-busy=true]')")
    page.wait_for_function("() => document.getAnimations().every(a => a.playState !== 'running')")


def first_link(page: Page, object_key: str) -> str:
    """The address of the first record of a list."""
    page.goto(f"/records/{object_key}")
    page.wait_for_selector("[data-testid=row] a, [data-testid=card] a")
    link = page.locator("[data-testid=row] a, [data-testid=card] a").first
    return link.get_attribute("href") or ""


def at(path: str) -> Callable[[Page], None]:
    """Go to an address."""
    return lambda page: page.goto(path) and None


def record_of(object_key: str) -> Callable[[Page], None]:
    """Open the first record of a list."""
    return lambda page: page.goto(first_link(page, object_key)) and None


def palette(page: Page) -> None:
    """Search for something in the palette."""
    page.goto("/records/customer")
    page.wait_for_selector("[data-testid=row] a, [data-testid=card] a")
    name = page.locator(
        "[data-testid=row] [data-field=name] a, [data-testid=card] a > span"
    ).first.inner_text()
    page.keyboard.press("Control+k")
    page.get_by_test_id("palette").locator("input").fill(name[:2])
    page.wait_for_selector("[role=option]")


def errors(page: Page) -> None:
    """A form that was refused."""
    page.goto("/records/opportunity/new")
    page.get_by_test_id("save").click()
    page.wait_for_selector("[role=alert]")


def selection(page: Page) -> None:
    """Three selected rows."""
    page.goto("/records/customer")
    page.wait_for_selector("[data-testid=row], [data-testid=card]")
    for number in range(3):
        box = page.locator("[data-testid=row] input[type=checkbox]").nth(number)
        if box.count():
            box.click()


def filters(page: Page) -> None:
    """A list with conditions."""
    page.goto(
        '/records/opportunity?filter=["and",["outcome","=","open"],["amount",">=","100000"]]&sort=-amount'
    )
    page.wait_for_selector("[data-testid=list]")


def peek(page: Page) -> None:
    """A record beside its list."""
    link = first_link(page, "opportunity")
    page.goto("/records/opportunity?peek=" + link.rsplit("/", 1)[1])
    page.wait_for_selector("[data-testid=peek], [data-testid=card]")


def empty(page: Page) -> None:
    """A list in which nothing matches."""
    page.goto("/records/customer?q=查无此客户甲乙丙")
    page.wait_for_selector("[data-testid=list]")


def history(page: Page) -> None:
    """What changed of a record."""
    page.goto(first_link(page, "opportunity"))
    page.wait_for_selector("[data-testid=record]")
    page.locator("[data-node-key=history] [role=tab]").click()


def add_field(page: Page) -> None:
    """The dialog that makes a field."""
    page.goto("/settings/objects/customer")
    page.get_by_test_id("add-field").click()
    page.wait_for_selector("[role=dialog]")


PAGES: dict[str, Callable[[Page], None]] = {
    "list": at("/records/customer"),
    "filters": filters,
    "selection": selection,
    "peek": peek,
    "board": at("/records/opportunity?mode=board"),
    "customer": record_of("customer"),
    "opportunity": record_of("opportunity"),
    "form": at("/records/opportunity/new"),
    "errors": errors,
    "empty": empty,
    "history": history,
    "contact": record_of("contact"),
    "activities": at("/records/activity"),
    "palette": palette,
    "bin": at("/bin"),
    "objects": at("/settings/objects"),
    "object": at("/settings/objects/opportunity"),
    "add-field": add_field,
    "missing": at("/records/customer/00000000-0000-7000-8000-000000000000"),
    "users": at("/records/user"),
    "settings": at("/settings"),
}


def sign_in(context: BrowserContext, login: str, password: str) -> None:
    """Sign in through the API, with the cookie kept by the context."""
    answer = context.request.post("/api/v1/session", data={"login": login, "password": password})
    assert answer.ok, answer.text()


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("login")
    parser.add_argument("password")
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    parser.add_argument("--only", default="")
    parser.add_argument("--pages", default="")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    wanted = [p for p in PAGES if not args.pages or p in args.pages.split(",")]
    program = os.environ.get("KEYUAN_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for language, theme, width in itertools.product(("zh", "en"), ("light", "dark"), SIZES):
            name = f"{language}-{theme}-{width}"
            if args.only and args.only not in name:
                continue
            context = browser.new_context(
                base_url=args.url,
                viewport={"width": width, "height": SIZES[width]},
                locale="zh-CN" if language == "zh" else "en-GB",
                has_touch=width < 640,
            )
            context.add_init_script(
                f"localStorage.setItem('keyuan.language', '{language}');"
                f"localStorage.setItem('keyuan.appearance', '{theme}');"
            )
            context.set_default_timeout(30_000)
            page = context.new_page()
            page.goto("/sign-in")
            page.wait_for_selector("input[name=login]")
            page.screenshot(path=args.out / f"{name}-sign-in.png")
            sign_in(context, args.login, args.password)
            for title in wanted:
                PAGES[title](page)
                settle(page)
                page.screenshot(path=args.out / f"{name}-{title}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
