"""What has too little room or arrives late: nothing is cut, and nothing on the page moves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect
from web_people import Api, Visitor

pytestmark = pytest.mark.e2e

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def cut(box: Locator) -> bool:
    """Whether an element holds more than it shows."""
    return bool(box.evaluate("e => e.scrollWidth > e.clientWidth + 1"))


def test_the_lines_of_a_deal_have_room(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    product = api("root").make("product", name="重型桁架机械手上下料单元", price="1280000", unit="套")
    lines = [{"product": product["id"], "quantity": "2", "discount": "7"}]
    deal = api("nick").make("opportunity", name="明细放得下的商机", lines=lines)
    for size in (WIDE, PHONE):
        page = visit("nick", f"/records/opportunity/{deal['id']}", viewport=size).page
        if size is WIDE:
            page.get_by_test_id("tab-lines").click()
        shown = page.get_by_test_id("field-lines").get_by_test_id("lines")
        expect(shown).to_contain_text("2,380,800")
        assert not cut(shown)
        page.get_by_test_id("field-lines").get_by_role("button").first.press("Enter")
        entered = page.get_by_test_id("lines-input")
        expect(entered.get_by_label("折扣（减免） 1")).to_be_visible()
        assert not cut(entered)


def test_an_address_appears_as_a_whole(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    address = {
        "province": "150000", "city": "152500", "district": "152526",
        "detail": "巴拉嘎尔高勒镇工业园区能源化工大道与创业路交叉口东北侧二期标准厂房十二号楼三层",
    }  # fmt: skip
    customer = api("nick").make("customer", name="地址很长的客户", address=address)
    visitor = visit("nick", None)
    page = visitor.page
    held: list[Route] = []
    page.route("**/assets/divisions*.js", lambda route: held.append(route))
    with page.expect_request("**/assets/divisions*.js"):
        page.goto(f"/records/customer/{customer['id']}", wait_until="commit")
    page.wait_for_function("() => document.querySelector('[data-testid=record], [aria-busy] .ant-skeleton')")
    field = page.get_by_test_id("field-address")
    # while the names of the divisions are on their way there is no page that would move when they arrive
    expect(field).to_have_count(0)
    assert held
    for one in held:
        one.continue_()
    expect(field).to_contain_text("内蒙古自治区 锡林郭勒盟 西乌珠穆沁旗 巴拉嘎尔高勒镇工业园区")


def test_the_stages_of_a_deal_fit_beside_a_list(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    (stage,) = api("root").list("stage", filter=["name", "=", "立项汇报"])
    deal = api("nick").make("opportunity", name="阶段很靠后的商机", stage=stage["id"], amount="1000")
    peek = f"/records/opportunity?peek={deal['id']}&q=阶段很靠后"
    for size, where in ((WIDE, peek), (PHONE, f"/records/opportunity/{deal['id']}")):
        page = visit("nick", None, viewport=size, language="en").page
        page.goto(where)
        path = page.get_by_test_id("stage-path")
        here = path.locator("[aria-current=step]")
        expect(here).to_have_text("Project approval")
        page.wait_for_load_state("networkidle")  # what still comes may give the stages another width
        assert not cut(path)
        assert not cut(here)
        # the other stages are there to choose by their names
        here.click()
        page.get_by_role("menuitem", name="Solution proof").click()
        expect(here).to_have_text("Solution proof")
        here.click()
        page.get_by_role("menuitem", name="Project approval").click()
        expect(here).to_have_text("Project approval")


def test_an_address_that_leads_nowhere_keeps_the_frame(visit: Callable[..., Visitor]) -> None:
    for size in (WIDE, PHONE):
        page = visit("nick", None, viewport=size).page
        page.goto("/no/such/page")
        expect(page.get_by_text("没有这个页面")).to_be_visible()
        expect(page.get_by_role("navigation")).to_be_visible()
        expect(page.get_by_role("banner")).to_be_visible()
        page.get_by_role("main").get_by_role("link", name="回到首页").click()
        expect(page.get_by_test_id("list")).to_be_visible()


def test_the_words_of_the_search_box_fit(visit: Callable[..., Visitor]) -> None:
    for language in ("zh", "en"):
        for width in (1440, 1024):
            page = visit("nick", "/bin", viewport={"width": width, "height": 900}, language=language).page
            words = page.get_by_test_id("search").locator("span")
            expect(words).to_be_visible()
            assert not cut(words)


def test_daughters_of_a_company_are_called_so(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    above = api("nick").make("customer", name="控股母公司")
    api("nick").make("customer", name="控股子公司", parent=above["id"])
    for language, name in (("zh", "下级客户"), ("en", "Subsidiaries")):
        page = visit("nick", f"/records/customer/{above['id']}", language=language).page
        card = page.get_by_test_id("related-customer.parent")
        expect(card.get_by_role("link", name=name)).to_be_visible()
        expect(card).to_contain_text("控股子公司")


def test_cards_on_a_phone_call_and_are_chosen(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    for number in (1, 2):
        api("nick").make("customer", name=f"卡片批量客户{number}", phone="0571-88886666", level="C")
    page = visit("nick", "/records/customer?q=卡片批量", viewport=PHONE, has_touch=True).page
    cards = page.get_by_test_id("card")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("Nick")
    expect(cards.first.get_by_test_id("call")).to_have_attribute("href", "tel:057188886666")
    page.get_by_test_id("choose").tap()
    for card in cards.all():
        card.tap()
    bar = page.get_by_test_id("selection")
    expect(bar).to_contain_text("已选 2 条")
    bar.get_by_role("button", name="删除").tap()
    expect(cards).to_have_count(0)
    assert api("nick").list("customer", filter=["name", "starts_with", "卡片批量客户"]) == []
