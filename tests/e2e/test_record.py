"""Record pages and forms: editing in place, two people at once, what is wrong, and an ended session."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from web_pages import fill, form_field, option, pick
from web_people import Api, Visitor

pytestmark = pytest.mark.e2e


def opened(visitor: Visitor, object_key: str, record: str) -> Page:
    """The page of a record."""
    visitor.page.goto(f"/records/{object_key}/{record}")
    expect(visitor.page.get_by_test_id("record")).to_be_visible()
    return visitor.page


def test_fields_are_edited_where_they_stand(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    customer = api("nick").make("customer", name="就地编辑有限公司", level="B")
    page = opened(visit("nick", None), "customer", customer["id"])

    website = page.get_by_test_id("field-website")
    website.get_by_role("button").click()
    page.keyboard.type("example.com")
    page.keyboard.press("Enter")
    expect(website).to_contain_text("example.com")

    level = page.get_by_test_id("field-level")
    level.get_by_role("button").press("Enter")
    option(page, "A 重点客户").click()
    expect(level).to_contain_text("A 重点客户")

    # a required field does not become empty, and Esc gives up
    name = page.get_by_test_id("field-name")
    name.get_by_role("button").click()
    name.locator("input").fill("")
    page.keyboard.press("Enter")
    expect(name.get_by_role("alert")).to_have_text("此项必填")
    page.keyboard.press("Escape")
    expect(name).to_contain_text("就地编辑有限公司")

    # what the server refuses is said at the field, with what was typed still there
    email = page.get_by_test_id("field-email")
    email.get_by_role("button").click()
    page.keyboard.type("nobody")
    page.keyboard.press("Enter")
    expect(email.get_by_role("alert")).to_be_visible()
    expect(email.locator("input")).to_have_value("nobody")
    email.locator("input").fill("info@example.com")
    page.keyboard.press("Enter")
    expect(email).to_contain_text("info@example.com")

    page.get_by_role("tab", name="变更历史").click()
    history = page.get_by_test_id("history")
    expect(history).to_contain_text("B 普通客户")
    expect(history).to_contain_text("info@example.com")
    kept = api("nick").one("customer", customer["id"])
    assert (kept["level"], kept["email"], kept["website"]) == ("A", "info@example.com", "https://example.com")


def test_two_people_change_the_same_record(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    customer = api("nick").make(
        "customer", name="两个人同时改", phone="13800000001", website="https://a.example"
    )
    page = opened(visit("nick", None), "customer", customer["id"])
    phone = page.get_by_test_id("field-phone")
    phone.get_by_role("button").click(position={"x": 150, "y": 10})
    phone.locator("input").fill("13800000002")
    # meanwhile the manager changes it too
    api("nora").send(
        "PATCH", f"/records/customer/{customer['id']}", json={"phone": "13800000003", "level": "C"}
    )
    page.keyboard.press("Enter")
    asked = page.get_by_test_id("conflict-phone")
    expect(asked).to_contain_text("13800000002")
    expect(asked).to_contain_text("13800000003")
    expect(page.get_by_role("dialog")).to_contain_text("Nora")
    page.get_by_test_id("conflict-save").click()
    expect(phone).to_contain_text("13800000002")
    expect(page.get_by_test_id("field-level")).to_contain_text("C 非优先客户")
    kept = api("nick").one("customer", customer["id"])
    assert (kept["phone"], kept["level"]) == ("13800000002", "C")


def test_theirs_can_be_taken(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    customer = api("nick").make("customer", name="用对方的", website="https://a.example")
    page = opened(visit("nick", None), "customer", customer["id"])
    website = page.get_by_test_id("field-website")
    website.get_by_role("button").click(position={"x": 150, "y": 10})
    website.locator("input").fill("https://mine.example")
    api("nora").send(
        "PATCH", f"/records/customer/{customer['id']}", json={"website": "https://theirs.example"}
    )
    page.keyboard.press("Enter")
    page.get_by_role("button", name="全部用对方的").click()
    expect(website).to_contain_text("theirs.example")


def test_a_form_says_what_is_wrong_at_its_fields(visit: Callable[..., Visitor]) -> None:
    page = visit("nick").page
    page.get_by_test_id("new").click()
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("error-name")).to_have_text("请填写客户名称")
    expect(form_field(page, "name").locator("input")).to_be_focused()
    fill(page, "name", "填错的客户")
    expect(page.get_by_test_id("error-name")).to_have_count(0)
    fill(page, "email", "no-address")
    fill(page, "phone", "12")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("error-email")).to_be_visible()
    expect(page.get_by_test_id("error-phone")).to_be_visible()
    fill(page, "email", "a@example.com")
    fill(page, "phone", "13800138001")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("record").get_by_role("heading", level=1)).to_have_text("填错的客户")


def test_the_form_follows_what_kind_of_record_it_is(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    """A person has no company's data and, once the administrator says so, needs a telephone."""
    types = api("root").send("GET", "/objects/customer")["record_types"]
    needed = [t | {"required": ["phone"]} if t["value"] == "person" else t for t in types]
    api("root").send("PATCH", "/objects/customer", json={"record_types": needed})
    try:
        page = visit("norman", "/records/customer/new").page
        form = page.get_by_test_id("form")
        expect(form.locator("[data-field=staff]")).to_be_visible()
        form.locator("[data-field=staff] input").fill("12")
        form.locator("[data-field=name] input").fill("张三个体")
        form.locator("[data-field=record_type] .ant-select").click()
        page.locator(".ant-select-item-option", has_text="个人客户").click()
        expect(form.locator("[data-field=staff]")).to_have_count(0)
        expect(form.locator("legend", has_text="企业信息")).to_have_count(0)
        page.get_by_test_id("save").click()
        expect(page.get_by_test_id("error-phone")).to_be_visible()
        form.locator("[data-field=phone] input").fill("13800138000")
        page.get_by_test_id("save").click()
        expect(page.get_by_test_id("form")).to_have_count(0)
        (made,) = api("norman").list("customer", q="张三个体", fields=["record_type", "staff"])
        assert (made["record_type"], made["staff"]) == ("person", None)
    finally:
        api("root").send("PATCH", "/objects/customer", json={"record_types": types})


def test_a_draft_is_kept(visit: Callable[..., Visitor]) -> None:
    page = visit("nick").page
    page.get_by_test_id("new").click()
    fill(page, "name", "写了一半")
    page.wait_for_function("() => localStorage.getItem('keyuan.draft.customer')?.includes('写了一半')")
    page.reload()
    expect(form_field(page, "name").locator("input")).to_have_value("写了一半")
    expect(page.get_by_text("已恢复上次没填完的内容")).to_be_visible()
    page.get_by_role("button", name="清空重填").click()
    expect(form_field(page, "name").locator("input")).to_have_value("")


def test_leaving_a_changed_form_asks(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    customer = api("nick").make("customer", name="改到一半")
    page = opened(visit("nick", None), "customer", customer["id"])
    page.keyboard.press("e")
    fill(page, "name", "改到一半的名字")
    page.get_by_role("navigation").get_by_role("link", name="商机", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("还有修改没有保存")
    page.get_by_role("button", name="继续编辑").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("record").get_by_role("heading", level=1)).to_have_text("改到一半的名字")


def test_an_ended_session_loses_nothing(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    visitor = visit("nick")
    page = visitor.page
    page.get_by_test_id("new").click()
    fill(page, "name", "登录过期也不丢")
    pick(page, "level", "B 普通客户")
    visitor.context.clear_cookies()
    page.get_by_test_id("save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("登录已过期")
    dialog.locator("input[name=password]").fill("Sunny-Day-2026")
    dialog.get_by_role("button", name="登录").click()
    expect(page.get_by_test_id("record").get_by_role("heading", level=1)).to_have_text("登录过期也不丢")
    assert len(api("nick").list("customer", filter=["name", "=", "登录过期也不丢"])) == 1


def test_lines_are_written_with_their_record(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    product = api("root").make("product", name="协同办公平台", price="168000", unit="套")
    page = visit("nick", "/records/opportunity/new").page
    fill(page, "name", "带明细的商机")
    line = form_field(page, "lines").locator("tbody tr").first
    line.get_by_label("产品 1").click()
    page.keyboard.type("协同")
    option(page, "协同办公平台").click()
    line.get_by_label("单价 1").fill("150000")
    line.get_by_label("数量 1").fill("2")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("field-lines_amount")).to_contain_text("300,000")
    (deal,) = api("nick").list("opportunity", filter=["name", "=", "带明细的商机"], fields=["*"])
    assert deal["lines"][0]["product"]["id"] == product["id"]


def test_a_record_without_lines_is_given_some_in_their_tab(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    api("root").make("product", name="巡检机器人", price="90000", unit="台")
    deal = api("nick").make("opportunity", name="还没有明细的商机")
    page = opened(visit("nick", None), "opportunity", deal["id"])
    page.get_by_test_id("tab-lines").click()
    expect(page.get_by_role("heading", name="还没有明细", exact=True)).to_be_visible()
    page.get_by_test_id("first-line").click()
    # an empty line waits to be typed into
    expect(page.get_by_label("产品 1")).to_be_focused()
    page.keyboard.type("巡检")
    option(page, "巡检机器人").click()
    expect(page.get_by_label("单价 1")).to_have_value("90,000.00")
    page.get_by_label("数量 1").fill("3")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("field-lines_amount")).to_contain_text("270,000")
    # three are 3, not 3.0000
    expect(page.get_by_test_id("field-lines").get_by_role("cell", name="3", exact=True)).to_be_visible()


def test_a_switch_of_a_form_is_as_wide_as_a_switch(visit: Callable[..., Visitor]) -> None:
    page = visit("nick", "/records/contact/new").page
    switch = form_field(page, "primary").get_by_role("switch")
    expect(switch).to_be_visible()
    assert switch.evaluate("e => e.getBoundingClientRect().width") < 60


def test_a_follow_up_tells_its_next_step_and_when(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    customer = api("nick").make("customer", name="下次跟进有限公司")
    step = "带上报价和技术方案拜访总经理，确认现场改造范围、付款方式与交货时间，再约设备部和财务部一起谈"
    about = {"customer": customer["id"]}
    api("nick").make(
        "activity", content="有时间", next_at="2026-08-09T02:30:00+00:00", next_step=step, **about
    )
    api("nick").make("activity", content="没有时间", next_step="等对方回电", **about)
    for width in (1440, 390):
        page = opened(
            visit("nick", None, viewport={"width": width, "height": 900}), "customer", customer["id"]
        )
        if width < 600:
            page.get_by_role("tab", name="动态").click()
        timed = page.get_by_test_id("next-step").filter(has_text=step[:10])
        expect(timed).to_contain_text("下次跟进时间")
        # the whole date, and as much of the step as there is room for
        day = timed.get_by_text("2026-08-09 10:30")
        expect(day).to_be_visible()
        assert day.evaluate("e => e.scrollWidth <= e.clientWidth")
        # without a time nothing is said of one
        untimed = page.get_by_test_id("next-step").filter(has_text="等对方回电")
        expect(untimed).to_have_text("下次跟进内容等对方回电")


def test_a_value_below_its_name_begins_where_the_name_does(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    address = {"province": "330000", "city": "330100", "district": "330106", "detail": "解放路一号"}
    made = api("norman").make("customer", name="有地址的客户", address=address)
    row = opened(visit("norman", None), "customer", made["id"]).get_by_test_id("field-address")
    words = row.get_by_text("解放路一号")
    expect(words).to_be_visible()
    name, value = row.get_by_text("地址", exact=True).bounding_box(), words.bounding_box()
    assert name is not None
    assert value is not None
    assert value["y"] > name["y"]
    assert abs(value["x"] - name["x"]) <= 1
