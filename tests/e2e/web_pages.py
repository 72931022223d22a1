"""What people do on the pages of the web app, in words."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def form_field(page: Page | Locator, key: str) -> Locator:
    """A field of a form by its key."""
    return page.locator(f"[data-field={key}]").first


def fill(page: Page | Locator, key: str, text: str) -> None:
    """Type into a field of a form."""
    form_field(page, key).locator("input, textarea").first.fill(text)


def pick(page: Page, key: str, text: str, within: Locator | None = None) -> None:
    """Choose a record or choice in a field of a form by (part of) its name."""
    field = form_field(within or page, key)
    box = field.get_by_role("combobox").first
    box.click()
    if box.get_attribute("readonly") is None:  # a short list of choices is not searched
        box.fill(text)
    option(page, text).click()
    expect(field).to_contain_text(text)


def option(page: Page, text: str) -> Locator:
    """What the open list offers by (part of) its name."""
    options = page.locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option")
    return options.filter(has_text=text).first


def fill_date(page: Page, key: str, day: str, within: Locator | None = None) -> None:
    """Type a day into a field of a form."""
    box = form_field(within or page, key).locator("input").first
    box.click()
    box.fill(day)
    box.press("Enter")


def open_record(page: Page, name: str) -> None:
    """Open a record from its list by its name."""
    page.get_by_test_id("row").get_by_role("link", name=name).click()
    expect(page.get_by_test_id("record")).to_be_visible()


def row(page: Page, name: str) -> Locator:
    """The row of a list that has this name."""
    return page.get_by_test_id("row").filter(has_text=name)


def cell(page: Page, name: str, key: str) -> Locator:
    """The cell of a field in the row of that name."""
    return row(page, name).locator(f"[data-field={key}]")


def go(page: Page, plural: str) -> None:
    """Go to a list by the navigation."""
    page.get_by_role("navigation").get_by_role("link", name=plural, exact=True).click()
    expect(page.get_by_test_id("list")).to_be_visible()
