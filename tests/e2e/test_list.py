"""Lists: finding, sorting, editing in place, deleting and undoing, views."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from web_pages import cell, go, open_record, option, row
from web_people import Api, Visitor

pytestmark = pytest.mark.e2e

HENGDA = "杭州恒达精密机械有限公司"
YUNFAN = "苏州云帆信息技术有限公司"
RUIZHI = "深圳锐智新能源有限公司"


def names(page: Page) -> list[str]:
    """The names of the rows, in order."""
    return page.get_by_test_id("row").locator("[data-field=name] a").all_inner_texts()


def test_search_filter_and_order_stay_in_the_address(visit: Callable[..., Visitor]) -> None:
    page = visit("norman").page
    page.get_by_test_id("list-search").fill("yunfan")
    expect(page.get_by_test_id("row")).to_have_count(1)
    expect(row(page, YUNFAN)).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("row")).to_have_count(1)
    page.get_by_test_id("list-search").fill("")
    expect(row(page, HENGDA)).to_be_visible()

    page.get_by_test_id("add-filter").click()
    page.get_by_role("option", name="客户级别").click()
    page.locator(".ant-popover:visible .ant-select").nth(1).click()
    option(page, "B 普通客户").click()
    expect(page.get_by_test_id("row")).to_have_count(2)
    expect(page.get_by_test_id("foot")).to_contain_text("共 2 条")
    page.keyboard.press("Escape")
    page.mouse.click(700, 700)

    head = page.get_by_role("columnheader", name="客户名称")
    head.get_by_role("button").first.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(page.get_by_test_id("row").first).to_contain_text(RUIZHI)  # shēn before sū
    head.get_by_role("button").first.click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_test_id("row").first).to_contain_text(YUNFAN)
    page.reload()
    expect(page.get_by_test_id("row")).to_have_count(2)
    assert names(page) == [YUNFAN, RUIZHI]


def test_cells_are_edited_by_typing_and_undone(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    page = visit("norman").page
    phone = cell(page, RUIZHI, "phone")
    phone.click()
    expect(page.get_by_test_id("cell-input")).to_be_focused()
    page.keyboard.type("0755-26881234")
    page.keyboard.press("Enter")
    expect(phone).to_contain_text("0755-26881234")
    expect(page.get_by_test_id("toast")).to_contain_text("已保存")
    page.get_by_test_id("toast").get_by_role("button", name="撤销").click()
    expect(phone).not_to_contain_text("0755")

    # what is wrong stays out, and says why
    cell(page, HENGDA, "phone").click()
    page.keyboard.type("not a phone")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("toast")).to_contain_text("电话")
    expect(cell(page, HENGDA, "phone")).to_contain_text("0571")
    (kept,) = api("norman").list("customer", filter=["name", "=", HENGDA], fields=["phone"])
    assert kept["phone"].replace(" ", "").replace("-", "") == "057188886666"


def test_a_choice_is_made_in_its_cell_by_keys(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    api("nick").make("customer", name="级别要改的客户")
    page = visit("nick").page
    level = cell(page, "级别要改的客户", "level")
    level.click()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("cell-editor")).to_be_visible()
    option(page, "A 重点客户").click()
    expect(level).to_contain_text("A 重点客户")
    expect(page.get_by_test_id("cell-editor")).to_have_count(0)


def test_an_input_method_loses_no_letter_in_a_cell(visit: Callable[..., Visitor]) -> None:
    visitor = visit("norman")
    page = visitor.page
    expect(row(page, RUIZHI)).to_be_visible()
    browser = visitor.context.new_cdp_session(page)
    name = cell(page, RUIZHI, "name")
    name.click(position={"x": 200, "y": 18})  # beside the link
    expect(page.get_by_test_id("cell-input")).to_be_focused()
    for text in ("s", "sh", "shen", "shenzhen"):
        browser.send(
            "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
        )
    # j and k go through the rows, and the letters of a composition must not
    expect(page.get_by_test_id("cell-input")).to_have_value("shenzhen")
    browser.send("Input.insertText", {"text": "深圳锐智新能源集团"})
    expect(page.get_by_test_id("cell-input")).to_have_value("深圳锐智新能源集团")
    page.keyboard.press("Enter")
    expect(row(page, "深圳锐智新能源集团")).to_be_visible()
    page.get_by_test_id("toast").get_by_role("button", name="撤销").click()
    expect(row(page, RUIZHI)).to_be_visible()


def test_letters_that_are_composed_are_no_shortcuts(visit: Callable[..., Visitor]) -> None:
    visitor = visit("norman")
    page = visitor.page
    expect(row(page, RUIZHI)).to_be_visible()
    address = page.url
    for key in "nex":
        page.evaluate(
            "key => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, isComposing: true}))",
            key,
        )
    assert page.url == address
    page.keyboard.press("n")
    expect(page.get_by_test_id("form")).to_be_visible()


def test_deleted_records_come_back_by_undo_and_from_the_bin(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    for number in range(3):
        api("norman").make("customer", name=f"可以删除的客户 {number}")
    page = visit("norman").page
    page.get_by_test_id("list-search").fill("可以删除")
    expect(page.get_by_test_id("row")).to_have_count(3)
    for number in range(3):
        row(page, f"可以删除的客户 {number}").locator("input[type=checkbox]").click()
    bar = page.get_by_test_id("selection")
    expect(bar).to_contain_text("已选 3 条")
    bar.get_by_role("button", name="删除").click()
    expect(page.get_by_test_id("toast")).to_contain_text("已删除 3 条")
    expect(page.get_by_test_id("row")).to_have_count(0)
    page.get_by_test_id("toast").get_by_role("button", name="撤销").click()
    expect(page.get_by_test_id("row")).to_have_count(3)

    open_record(page, "可以删除的客户 1")
    page.get_by_test_id("record-more").click()
    page.get_by_role("menuitem", name="删除").click()
    expect(page.get_by_test_id("list")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="回收站").click()
    expect(row(page, "可以删除的客户 1")).to_be_visible()
    row(page, "可以删除的客户 1").get_by_test_id("restore").click()
    expect(page.get_by_test_id("toast")).to_contain_text("已恢复")
    expect(row(page, "可以删除的客户 1")).to_have_count(0)
    assert len(api("norman").list("customer", q="可以删除")) == 3


def test_deleted_records_are_removed_for_good(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    """By who may, after a question that says what is lost; one, and several at once."""
    made = [api("root").make("competitor", name=f"终将消失 {number}") for number in range(3)]
    for record in made:
        api("root").send("DELETE", f"/records/competitor/{record['id']}")
    page = visit("norman", "/bin?object=competitor").page
    expect(row(page, "终将消失 1")).to_be_visible()
    expect(page.get_by_test_id("purge")).to_have_count(0)
    page = visit("root", "/bin?object=competitor").page
    row(page, "终将消失 1").get_by_test_id("purge").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("竞争对手 · 终将消失 1")
    expect(dialog).to_contain_text("无法恢复")
    dialog.get_by_role("button", name="取 消").or_(dialog.get_by_role("button", name="取消")).click()
    expect(dialog).to_have_count(0)
    expect(row(page, "终将消失 1")).to_be_visible()
    row(page, "终将消失 1").get_by_test_id("purge").click()
    page.get_by_role("dialog").get_by_role("button", name="彻底删除").click()
    expect(page.get_by_test_id("toast")).to_contain_text("已彻底删除 1 条")
    expect(row(page, "终将消失 1")).to_have_count(0)
    for number in (0, 2):
        row(page, f"终将消失 {number}").locator("input[type=checkbox]").click()
    bar = page.get_by_test_id("selection")
    expect(bar).to_contain_text("已选 2 条")
    bar.get_by_role("button", name="彻底删除").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("终将消失 0")
    expect(dialog).to_contain_text("终将消失 2")
    dialog.get_by_role("button", name="彻底删除").click()
    expect(page.get_by_test_id("toast")).to_contain_text("已彻底删除 2 条")
    expect(bar).to_have_count(0)
    expect(page.get_by_test_id("row")).to_have_count(0)


def test_many_are_changed_at_once(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    for number in range(4):
        api("norman").make("lead", name=f"批量线索 {number}")
    page = visit("norman").page
    go(page, "线索")
    page.get_by_test_id("list-search").fill("批量线索")
    expect(page.get_by_test_id("row")).to_have_count(4)
    page.get_by_label("全选已加载的记录").click()
    page.get_by_test_id("selection").get_by_role("button", name="修改").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".ant-select").first.click()
    page.keyboard.type("线索状态")
    page.keyboard.press("Enter")
    dialog.locator(".ant-select").nth(1).click()
    option(page, "感兴趣").click()
    dialog.get_by_role("button", name="修改 4 条").click()
    expect(page.get_by_test_id("toast")).to_contain_text("已修改 4 条")
    expect(page.get_by_test_id("row").filter(has_text="感兴趣")).to_have_count(4)
    page.get_by_test_id("toast").get_by_role("button", name="撤销").click()
    expect(page.get_by_test_id("row").filter(has_text="感兴趣")).to_have_count(0)


def test_a_view_is_saved_and_shared(visit: Callable[..., Visitor]) -> None:
    page = visit("norman").page
    page.goto('/records/customer?filter=["level","=","A"]')
    expect(page.get_by_test_id("row").first).to_be_visible()
    page.get_by_test_id("save-view").click()
    page.get_by_label("视图名称").fill("重点客户")
    page.get_by_label("所有人可见").check()
    page.get_by_role("button", name="保存", exact=True).click()
    tab = page.get_by_role("tab", name="重点客户")
    expect(tab).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="全部").click()
    expect(row(page, YUNFAN)).to_be_visible()
    tab.click()
    expect(row(page, YUNFAN)).to_have_count(0)

    other = visit("nora").page
    other.get_by_role("tab", name="重点客户").click()
    expect(row(other, HENGDA)).to_be_visible()
    expect(row(other, YUNFAN)).to_have_count(0)


def test_a_list_is_worked_by_keys_alone(visit: Callable[..., Visitor]) -> None:
    page = visit("norman").page
    expect(page.get_by_test_id("row").first).to_be_visible()
    first, second = names(page)[:2]
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, second)).to_have_attribute("data-at", "true")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.get_by_test_id("selection")).to_contain_text("已选 1 条")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("selection")).to_have_count(0)
    page.keyboard.press("Space")
    expect(page.get_by_test_id("peek")).to_be_visible()
    page.get_by_role("button", name="关闭").first.click()
    expect(page.get_by_test_id("peek")).to_have_count(0)
    page.keyboard.press("/")
    expect(page.get_by_test_id("list-search")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("键盘快捷键")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("record").get_by_role("heading", level=1)).to_have_text(first)
    page.keyboard.press("j")
    expect(page.get_by_test_id("record").get_by_role("heading", level=1)).to_have_text(second)


def test_tasks_open_on_what_is_to_be_done(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    nick = api("nick")
    nick.make("task", name="早已做完的任务", due_at="2020-01-01T00:00:00Z", status="done")
    nick.make("task", name="下个月的任务", due_at="2090-02-01T00:00:00Z")
    nick.make("task", name="该先做的任务", due_at="2020-01-02T00:00:00Z")
    page = visit("nick", "/records/task").page
    expect(page.get_by_role("tab", name="未完成")).to_have_attribute("aria-selected", "true")
    expect(row(page, "下个月的任务")).to_be_visible()
    expect(page.get_by_role("button", name="状态").first).to_have_text("状态是其中之一待办进行中")
    assert names(page)[0] == "该先做的任务"
    expect(row(page, "早已做完的任务")).to_have_count(0)
    page.get_by_role("tab", name="全部").click()
    expect(row(page, "早已做完的任务")).to_be_visible()
    # it is kept in the address
    page.reload()
    expect(page.get_by_role("tab", name="全部")).to_have_attribute("aria-selected", "true")
    expect(row(page, "早已做完的任务")).to_be_visible()


def test_a_list_opens_with_the_view_that_was_chosen_for_it(visit: Callable[..., Visitor]) -> None:
    page = visit("norman").page
    page.goto('/records/contact?filter=["name","contains","张"]')
    page.get_by_test_id("save-view").click()
    page.get_by_label("视图名称").fill("姓张的")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("button", name="「姓张的」").click()
    page.get_by_role("menuitem", name="设为默认").click()
    page.goto("/records/contact")
    expect(page.get_by_role("tab", name="姓张的")).to_have_attribute("aria-selected", "true")
