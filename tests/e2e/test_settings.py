"""The settings: record types of an object, and what was done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from web_pages import option
from web_people import Api, Visitor

pytestmark = pytest.mark.e2e


def choose(page: Page, test_id: str, text: str) -> None:
    """Choose a field in one of the dialog's lists."""
    box = page.get_by_test_id(test_id).get_by_role("combobox")
    box.fill(text)
    option(page, text).click()
    box.press("Escape")


def test_an_administrator_makes_and_changes_record_types(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    root = api("root")
    fields = [
        {"key": "until", "type": "date", "label": {"zh": "租至", "en": "Until"}},
        {"key": "price", "type": "decimal", "label": {"zh": "价格", "en": "Price"}},
    ]
    key = root.send("POST", "/objects", json={"label": {"zh": "租用设备", "en": "Rental"}, "fields": fields})[
        "key"
    ]
    page = visit("root", f"/settings/objects/{key}").page

    def add(zh: str, en: str) -> None:
        page.get_by_test_id("add-record-type").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("名称（中文）").fill(zh)
        dialog.get_by_label("名称（英文）").fill(en)

    add("自有", "Own")
    choose(page, "type-without", "租至")
    page.get_by_role("dialog").get_by_role("button", name="添 加").or_(
        page.get_by_role("dialog").get_by_role("button", name="添加")
    ).click()
    expect(page.get_by_test_id("record-type-own")).to_contain_text("租至")
    add("租用", "Rented")
    choose(page, "type-required", "租至")
    page.get_by_role("dialog").locator(".ant-modal-footer .ant-btn-primary").click()
    rented = page.get_by_test_id("record-type-rented")
    expect(rented).to_contain_text("租至")

    def shown() -> list[tuple[str, str, list[str], list[str], bool]]:
        types = root.send("GET", f"/objects/{key}")["record_types"]
        return [
            (t["value"], t["label"]["zh"], t["without"], t["required"], t.get("retired", False))
            for t in types
        ]

    assert shown() == [("own", "自有", ["x_until"], [], False), ("rented", "租用", [], ["x_until"], False)]

    rented.get_by_role("button").click()
    page.get_by_role("menuitem", name="修改").click()
    page.get_by_role("dialog").get_by_label("名称（中文）").fill("外租")
    choose(page, "type-required", "价格")
    page.get_by_role("dialog").locator(".ant-modal-footer .ant-btn-primary").click()
    expect(rented).to_contain_text("外租")
    expect(rented).to_contain_text("价格")

    own = page.get_by_test_id("record-type-own")
    own.get_by_role("button").click()
    page.get_by_role("menuitem", name="停用").click()
    expect(own).to_contain_text("已停用")
    assert shown() == [
        ("rented", "外租", [], ["x_until", "x_price"], False),
        ("own", "自有", ["x_until"], [], True),
    ]
    made = page.request.get(f"/api/v1/objects/{key}").json()
    assert next(f for f in made["fields"] if f["key"] == "record_type")["default"] == "rented"
    root.send("DELETE", f"/objects/{key}")


def test_operations_are_told_in_words(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    """What was changed of a definition, and what was done, by their labels and not by their keys."""
    root = api("root")
    body = {"key": "told", "type": "text", "label": {"zh": "说得出的字段", "en": "Field with a name"}}
    root.send("POST", "/objects/product/fields", json=body)
    deal = root.make("opportunity", name="从操作里看的商机", amount={"amount": "1.00", "currency": "CNY"})
    root.send("POST", f"/records/opportunity/{deal['id']}/actions/invalidate", json={"reason": "other"})
    page = visit("root", "/settings/operations").page
    rows = page.get_by_test_id("operation")
    expect(rows.filter(has_text="产品 · 说得出的字段")).to_have_count(1)
    expect(rows.filter(has_text="从操作里看的商机").first).to_contain_text("标记无效")
    expect(page.get_by_test_id("operations")).not_to_contain_text("业务操作")
    expect(page.get_by_test_id("operations")).not_to_contain_text("x_told")
    root.send("DELETE", "/objects/product/fields/x_told")
