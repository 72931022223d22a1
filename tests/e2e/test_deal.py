"""The whole way of a deal, by a seller who uses nothing but the browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect
from web_pages import cell, fill, fill_date, form_field, go, option, pick, row
from web_people import Api, Visitor

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", autouse=True)
def gate(api: Callable[[str], Api]) -> Iterator[None]:
    """The stage 方案验证 asks for the expected close and the next step, while these tests run."""
    root = api("root")
    (found,) = root.list("stage", filter=["name", "=", "方案验证"])
    stage = root.one("stage", found["id"])
    path = f"/records/stage/{stage['id']}"
    root.send("PATCH", path, json={"required_fields": ["expected_close", "next_step"]})
    yield
    root.send("PATCH", path, json={"required_fields": stage["required_fields"]})


def test_from_a_customer_to_a_won_deal(visit: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    page = visit("norman").page

    # found by the initials of its pinyin, through the palette
    page.keyboard.press("Control+k")
    page.get_by_test_id("palette").locator("input").fill("hzhd")
    page.get_by_role("option", name="杭州恒达精密机械有限公司").click()
    record = page.get_by_test_id("record")
    expect(record.get_by_role("heading", level=1)).to_have_text("杭州恒达精密机械有限公司")
    customer_url = page.url

    # a contact of this customer, from the customer's page
    page.get_by_test_id("related-contact.customer").get_by_role("button").click()
    expect(page.get_by_test_id("form")).to_contain_text("杭州恒达精密机械有限公司")
    fill(page, "name", "张三丰")
    fill(page, "mobile", "13800138000")
    page.keyboard.press("Control+Enter")
    expect(record.get_by_role("heading", level=1)).to_have_text("张三丰")

    # a deal with this customer
    page.goto(customer_url)
    expect(page.get_by_test_id("related-contact.customer")).to_contain_text("张三丰")
    page.get_by_test_id("related-opportunity.customer").get_by_role("button").click()
    fill(page, "name", "恒达生产线升级")
    fill(page, "amount", "1280000")
    pick(page, "contact", "张三丰")
    page.get_by_test_id("save").click()
    expect(record.get_by_role("heading", level=1)).to_have_text("恒达生产线升级")
    expect(page.get_by_test_id("field-amount")).to_contain_text("¥1,280,000.00")

    # a stage that demands fields asks for just those
    path = page.get_by_test_id("stage-path")
    expect(path.locator("[aria-current=step]")).to_have_text("新建")
    path.get_by_role("button", name="方案验证").click()
    dialog = page.get_by_test_id("stage-dialog")
    expect(dialog.locator("[data-field]")).to_have_count(2)
    page.get_by_role("button", name="推进", exact=True).click()
    expect(dialog.get_by_role("alert")).to_have_count(2)
    fill_date(page, "expected_close", "2027-03-31", dialog)
    fill(dialog, "next_step", "下周三上门演示")
    page.get_by_role("button", name="推进", exact=True).click()
    expect(path.locator("[aria-current=step]")).to_have_text("方案验证")
    expect(page.get_by_test_id("field-probability")).to_contain_text("50%")

    # a follow-up with a next step
    page.get_by_test_id("composer").locator("textarea").fill("王总确认预算 128 万，法务在看合同。")
    fill(page.get_by_test_id("composer"), "next_step", "催法务回复")
    page.get_by_test_id("composer-send").click()
    expect(page.get_by_test_id("timeline-entry").filter(has_text="王总确认预算")).to_be_visible()

    # won, with why
    page.get_by_test_id("outcome-win").click()
    closing = page.get_by_test_id("outcome-dialog")
    fill(closing, "close_remark", "方案与价格都优于对手")
    page.get_by_role("dialog").get_by_role("button", name="赢单").click()
    expect(page.get_by_test_id("outcome")).to_have_text("已赢单")

    go(page, "商机")
    expect(cell(page, "恒达生产线升级", "stage")).to_have_text("赢单")
    expect(cell(page, "恒达生产线升级", "amount")).to_contain_text("1,280,000.00")
    (deal,) = api("norman").list("opportunity", filter=["name", "=", "恒达生产线升级"], fields=["*"])
    assert (deal["outcome"], deal["close_remark"]) == ("won", "方案与价格都优于对手")
    assert deal["contact"]["name"] == "张三丰"


def test_losing_needs_a_reason_and_can_be_taken_back(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    deal = api("norman").make("opportunity", name="云帆客服系统", amount="98000")
    page = visit("norman", f"/records/opportunity/{deal['id']}").page
    page.get_by_test_id("outcome-lose").click()
    page.get_by_role("dialog").get_by_role("button", name="输单").click()
    expect(page.get_by_test_id("error-reason")).to_have_text("请填写输单原因")
    pick(page, "reason", "价格过高")
    page.get_by_role("dialog").get_by_role("button", name="输单").click()
    expect(page.get_by_test_id("outcome")).to_have_text("已输单")
    assert api("norman").one("opportunity", deal["id"])["lost_reason"] == "price"
    page.get_by_role("button", name="重新打开").click()
    expect(page.get_by_test_id("stage-path").locator("[aria-current=step]")).to_have_text("新建")


def test_a_card_is_carried_to_the_next_stage_by_keys(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    deal = api("norman").make("opportunity", name="看板上的商机", amount="5000")
    page = visit("norman", "/records/opportunity?mode=board").page
    card = page.locator(f"[data-testid=board-card][data-id='{deal['id']}']")
    card.focus()
    (stage,) = api("norman").list("stage", filter=["name", "=", "需求明确"])
    column = page.get_by_test_id(f"column-{stage['id']}")
    page.keyboard.press("Space")
    expect(card).to_have_attribute("data-dragging", "true")
    page.keyboard.press("ArrowRight")
    expect(column).to_have_attribute("data-over", "true")
    page.keyboard.press("Space")
    expect(column.get_by_text("看板上的商机")).to_be_visible()
    expect(page.get_by_test_id("toast")).to_contain_text("已保存")
    assert api("norman").one("opportunity", deal["id"])["stage"]["name"] == "需求明确"


def test_a_list_only_shows_what_its_reader_may_see(visit: Callable[..., Visitor]) -> None:
    page = visit("sue").page
    expect(page.get_by_text("还没有客户")).to_be_visible()
    go(page, "商机")
    expect(row(page, "恒达")).to_have_count(0)


def test_a_new_deal_shows_the_pipeline_it_goes_into(
    visit: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    """What would be taken is there to see and to change; pipelines of other departments are not offered."""
    root = api("root")
    (department,) = root.list("department", limit=1)
    stages = [{"name": "试点立项", "position": 1, "probability": "20"}]
    apart = root.make("department", name="别处", parent=department["id"])
    root.make("pipeline", name="别处的流程", stages=stages, departments=[apart["id"]])
    root.make("pipeline", name="试点流程", stages=stages)
    page = visit("nick", "/records/opportunity/new").page
    pipeline, stage = form_field(page, "pipeline"), form_field(page, "stage")
    expect(pipeline).to_contain_text("标准销售流程")
    expect(stage).to_contain_text("新建")
    box = pipeline.get_by_role("combobox")
    box.click()
    expect(option(page, "试点流程")).to_be_visible()
    expect(option(page, "别处的流程")).to_have_count(0)
    option(page, "试点流程").click()
    expect(stage).to_contain_text("试点立项")
    stage.get_by_role("combobox").click()
    expect(option(page, "试点立项")).to_be_visible()
    expect(option(page, "需求明确")).to_have_count(0)
    page.keyboard.press("Escape")
    fill(page, "name", "试点商机")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("record").get_by_role("heading", level=1)).to_have_text("试点商机")
    (deal,) = api("nick").list("opportunity", filter=["name", "=", "试点商机"], fields=["pipeline", "stage"])
    assert (deal["pipeline"]["name"], deal["stage"]["name"]) == ("试点流程", "试点立项")
