"""The frame: languages, themes, the width of a phone, what a person may not see."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from web_pages import fill, go, option, row
from web_people import Api, Visitor

pytestmark = pytest.mark.e2e

CHINESE = re.compile("[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")


def test_signing_in_by_the_form(visit: Callable[..., Visitor]) -> None:
    page = visit(None).sign_in("fin")
    expect(page.get_by_role("heading", level=1)).to_have_text("客户")


def test_the_language_changes_at_once_and_stays(visit: Callable[..., Visitor]) -> None:
    page = visit("norman").page
    page.get_by_role("button", name="切换到 English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")
    expect(page.get_by_role("columnheader", name="Level")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")
    go(page, "Opportunities")
    # the frame, the names of fields and all words of the app are English; what people entered stays as it is
    for part in ("nav", "header", "[role=columnheader]", "[data-testid=foot]"):
        for text in page.locator(part).all_inner_texts():
            # the switch calls the other language by its own name
            assert not CHINESE.search(text.replace("中文", "")), text
    page.get_by_test_id("new").click()
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("error-name")).to_have_text("Fill in Name")
    assert not CHINESE.search(page.get_by_test_id("form").inner_text())
    fill(page, "amount", "-5")
    fill(page, "name", "A deal in English")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("error-amount")).to_be_visible()
    assert not CHINESE.search(page.get_by_test_id("error-amount").inner_text())


def test_the_dark_theme_is_chosen_and_stays(visit: Callable[..., Visitor]) -> None:
    page = visit("norman").page
    page.get_by_role("button", name="外观").click()
    page.get_by_role("menuitem", name="深色").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    main = page.locator("main")
    ink = main.evaluate("element => getComputedStyle(element).color")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(main).to_have_css("color", ink)


def test_a_customer_is_made_on_a_phone(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    api("nick").make("customer", name="宁波手机客户")
    page = visit("nick", viewport={"width": 390, "height": 844}, has_touch=True).page
    expect(page.get_by_test_id("card").filter(has_text="宁波手机客户")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    bar = page.get_by_role("navigation")
    bar.get_by_role("button", name="新建").tap()
    page.get_by_role("menuitem", name="客户", exact=True).tap()
    fill(page, "name", "手机上新建的客户")
    fill(page, "phone", "13800138002")
    page.get_by_test_id("save").tap()
    heading = page.get_by_test_id("record").get_by_role("heading", level=1)
    expect(heading).to_have_text("手机上新建的客户")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("tab", name="动态").tap()
    page.get_by_test_id("composer").locator("textarea").fill("当面拜访，约好下周看样品。")
    page.get_by_test_id("composer-send").tap()
    expect(page.get_by_test_id("timeline-entry").filter(has_text="约好下周看样品")).to_be_visible()
    bar.get_by_role("button", name="更多").tap()
    page.get_by_role("dialog").get_by_role("link", name="任务").tap()
    expect(page.get_by_test_id("list")).to_have_attribute("data-object", "task")
    bar.get_by_role("link", name="客户").tap()
    expect(page.get_by_test_id("card").filter(has_text="手机上新建的客户")).to_be_visible()


def test_what_may_not_be_seen_says_so(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    secret = api("norman").make("customer", name="别人的客户")
    page = visit("sue", f"/records/customer/{secret['id']}").page
    expect(page.get_by_text("找不到这条记录")).to_be_visible()
    page.goto("/settings/objects")
    expect(page.get_by_text("您不能修改对象")).to_be_visible()
    expect(page.get_by_role("link", name="对象与字段")).to_have_count(0)


def test_without_a_network_the_page_says_so_and_goes_on_later(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    for number in range(2):
        api("nick").make("customer", name=f"断网时打开的客户 {number}", website="https://a.example")
    visitor = visit("nick", "/records/customer?q=断网时打开")
    page = visitor.page
    expect(page.get_by_test_id("row")).to_have_count(2)
    page.get_by_role("link", name="断网时打开的客户 0").click()
    website = page.get_by_test_id("field-website")
    expect(website).to_contain_text("a.example")
    page.go_back()
    visitor.context.set_offline(True)
    page.get_by_role("link", name="断网时打开的客户 1").click()
    expect(page.get_by_role("heading", name="连不上服务器")).to_be_visible()
    expect(page.get_by_text("正在等待网络恢复")).to_be_visible()
    visitor.context.set_offline(False)
    expect(page.get_by_test_id("record").get_by_role("heading", level=1)).to_have_text("断网时打开的客户 1")
    # what is said of the requests that failed, also of what the page would have had ready
    visitor.problems[:] = [
        p for p in visitor.problems if not re.search("ERR_INTERNET_DISCONNECTED|preload", p)
    ]


def test_a_field_added_by_the_administrator_is_in_everybodys_form(visit: Callable[..., Visitor]) -> None:
    page = visit("root", "/settings/objects/competitor").page
    page.get_by_test_id("add-field").click()
    page.get_by_label("名称（中文）").fill("威胁程度")
    page.get_by_label("名称（英文）").fill("Threat")
    page.get_by_role("radio", name="单选").click()
    page.get_by_label("中文", exact=True).fill("很高")
    page.get_by_label("英文", exact=True).fill("High")
    page.get_by_role("dialog").get_by_role("button", name="添加", exact=True).click()
    expect(page.get_by_test_id("field-x_threat")).to_contain_text("单选")

    page.goto("/records/competitor/new")
    fill(page, "name", "蓝海软件")
    page.locator("[data-field=x_threat] .ant-select").click()
    option(page, "很高").click()
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("field-x_threat")).to_contain_text("很高")


def test_an_object_is_made_and_used(visit: Callable[..., Visitor]) -> None:
    page = visit("root", "/settings/objects").page
    page.get_by_test_id("add-object").click()
    page.get_by_label("名称（中文）").fill("样品")
    page.get_by_label("名称（英文）").fill("Sample")
    page.get_by_role("dialog").get_by_role("button", name="添加", exact=True).click()
    expect(page.get_by_test_id("add-field")).to_be_visible()
    go(page, "样品")
    page.get_by_test_id("new").click()
    fill(page, "name", "一号样品")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("record").get_by_role("heading", level=1)).to_have_text("一号样品")
    go(page, "样品")
    expect(row(page, "一号样品")).to_be_visible()
