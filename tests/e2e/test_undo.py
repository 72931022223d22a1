"""Undoing later: from a record's history and from the list of operations; and where messages stand on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from web_people import Api, Visitor

pytestmark = pytest.mark.e2e


def history(page: Page, object_key: str, record: str) -> None:
    """Open the history of a record."""
    page.goto(f"/records/{object_key}/{record}")
    page.get_by_role("tab", name="变更历史").click()
    expect(page.get_by_test_id("history")).to_be_visible()


def test_the_last_change_is_undone_in_the_history(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    nick = api("nick")
    record = nick.make("customer", name="历史里撤销", level="B")["id"]
    nick.send("PATCH", f"/records/customer/{record}", json={"level": "A"})
    nick.send("PATCH", f"/records/customer/{record}", json={"level": "C"})
    page = visit("nick", None).page
    history(page, "customer", record)
    undo = page.get_by_test_id("history").get_by_test_id("undo")
    expect(undo).to_have_count(1)  # what was changed since cannot go back
    undo.click()
    expect(page.get_by_test_id("undo-dialog")).to_contain_text("1 条客户恢复为修改前的内容")
    page.get_by_test_id("undo-confirm").click()
    expect(page.get_by_test_id("undo-dialog")).to_have_count(0)
    expect(page.get_by_test_id("history")).to_contain_text("已撤销")
    expect(page.get_by_test_id("field-level")).to_contain_text("A 重点客户")
    assert nick.one("customer", record)["level"] == "A"


def test_a_record_whose_making_is_undone_leaves_its_page(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    record = api("nick").make("customer", name="新建后撤销")["id"]
    page = visit("nick", None).page
    history(page, "customer", record)
    page.get_by_test_id("undo").click()
    expect(page.get_by_test_id("undo-dialog")).to_contain_text("移到回收站")
    page.get_by_test_id("undo-confirm").click()
    expect(page.get_by_test_id("list")).to_be_visible()
    assert api("nick").one("customer", record)["deleted_at"] is not None


def test_others_have_no_undo_in_the_history(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    record = api("nick").make("customer", name="别人改的")["id"]
    page = visit("nora", None).page
    history(page, "customer", record)
    expect(page.get_by_test_id("history")).to_contain_text("创建了记录")
    expect(page.get_by_test_id("undo")).to_have_count(0)


def test_a_bulk_edit_is_undone_from_the_operations(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    nick = api("nick")
    ids = [nick.make("customer", name=f"批量撤销 {n}", level="B")["id"] for n in range(3)]
    updates = [{"id": i, "values": {"level": "A"}} for i in ids]
    nick.send("POST", "/records/customer/bulk", json={"updates": updates})
    nick.send("PATCH", f"/records/customer/{ids[0]}", json={"level": "C"})
    page = visit("nick", "/settings/operations").page
    expect(page.get_by_text("所有人")).to_have_count(0)
    row = page.get_by_test_id("operation").filter(has_text="修改 3 条客户")
    row.get_by_test_id("undo").click()
    expect(page.get_by_test_id("undo-dialog")).to_contain_text("1 条客户之后又有改动")
    page.get_by_test_id("undo-confirm").click()
    report = page.get_by_test_id("undo-report")
    expect(report).to_contain_text("已撤销 2 条记录的改动")
    expect(report).to_contain_text("1 条保持不变")
    assert [nick.one("customer", i)["level"] for i in ids] == ["C", "B", "B"]
    report.get_by_role("link").click()
    expect(page.get_by_test_id("record")).to_contain_text("批量撤销 0")


def test_a_message_covers_nothing_to_press_on_a_phone(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    """The message stands where no page, sheet or dialog has its buttons."""
    record = api("nick").make("customer", name="手机上的提示", level="B")["id"]
    page = visit("nick", None, viewport={"width": 390, "height": 844}, has_touch=True).page
    page.goto(f"/records/customer/{record}")
    page.get_by_role("tab", name="详情").click()
    website = page.get_by_test_id("field-website")
    website.get_by_role("button").click()
    website.locator("input").fill("example.com")
    website.locator("input").press("Enter")
    expect(page.get_by_test_id("toast")).to_be_visible()
    toast = page.get_by_test_id("toast").bounding_box()
    bar = page.locator("header").first.bounding_box()
    assert toast is not None
    assert bar is not None
    assert toast["y"] + toast["height"] <= bar["y"] + bar["height"]
    assert toast["x"] >= 0
    assert toast["x"] + toast["width"] <= 390
