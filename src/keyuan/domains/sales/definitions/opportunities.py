"""Opportunities and the products in them."""

from __future__ import annotations

from ....schema.declare import action, choices, field, object_, rule, section
from ....services.vocabulary import SOURCES
from .pipelines import OUTCOMES

LOST_REASONS = choices(
    ("price", "价格过高", "Price"),
    ("competitor", "选择竞争对手", "Chose a competitor"),
    ("product", "产品不匹配", "Product does not fit"),
    ("budget", "预算取消或不足", "No budget"),
    ("timing", "时机不成熟", "Bad timing"),
    ("relationship", "客户关系不足", "Relationship"),
    ("service", "服务或交付顾虑", "Service or delivery"),
    ("no_decision", "客户未决策", "No decision"),
    ("other", "其他", "Other"),
)
INVALID_REASONS = choices(
    ("duplicate", "重复商机", "Duplicate"),
    ("no_demand", "无真实需求", "No real demand"),
    ("unreachable", "联系不上", "Cannot be reached"),
    ("mistake", "误建", "Made by mistake"),
    ("other", "其他", "Other"),
)

_LINES = {"object": "opportunity_line", "via": "opportunity"}

OPPORTUNITY = object_(
    "opportunity", "商机", "Opportunity", "Opportunities",
    area="sales", icon="opportunity", features=("stages",),
    fields=[
        field("name", "text", "商机名称", "Name", required=True, search=True),
        field("code", "auto_number", "商机编号", "Opportunity code", unique=True, search=True, reset="day",
              parts=[{"kind": "text", "text": "O"}, {"kind": "date", "format": "YYYYMMDD"}, {"kind": "counter", "digits": 4}]),
        field("external_code", "text", "外部编码", "External code", unique=True, search=True, length=80),
        field("customer", "reference", "客户", "Customer", target="customer"),
        field("pipeline", "reference", "销售流程", "Pipeline", target="pipeline", filter=["active", "!=", False]),
        field("stage", "reference", "销售阶段", "Stage", target="stage"),
        field("outcome", "choice", "结果", "Outcome", required=True, default="open", index=True, fixed_choices=True,
              choices=OUTCOMES),
        field("amount", "money", "商机金额", "Amount", minimum=0),
        field("probability", "percent", "赢单率", "Probability", minimum=0, maximum=100),
        field("weighted_amount", "formula", "加权金额", "Weighted amount", result="number",
              expression="amount * probability / 100"),
        field("expected_close", "date", "预计成交日期", "Expected close"),
        field("closed_at", "datetime", "结束时间", "Closed at"),
        field("contact", "reference", "主要联系人", "Primary contact", target="contact"),
        field("contacts", "references", "相关联系人", "Contacts", target="contact",
              reverse={"zh": "参与的商机", "en": "Opportunities involved in"}),
        field("product", "reference", "主要产品", "Main product", target="product"),
        field("source", "choice", "商机来源", "Source", choices=SOURCES),
        field("competitor", "reference", "主要竞争对手", "Main competitor", target="competitor"),
        field("lost_reason", "choice", "输单原因", "Lost reason", choices=LOST_REASONS),
        field("invalid_reason", "choice", "无效原因", "Invalid reason", choices=INVALID_REASONS),
        field("close_remark", "long_text", "结束说明", "Closing remark"),
        field("next_step", "text", "下一步", "Next step"),
        field("description", "long_text", "需求描述", "Description"),
        field("tags", "references", "标签", "Tags", target="tag"),
        field("lines", "lines", "产品明细", "Products", **_LINES),
        field("lines_amount", "rollup", "产品金额合计", "Products total", **_LINES, measure="sum", field="amount"),
        field("stage_entered_at", "datetime", "进入阶段时间", "In stage since", read_only=True),
        field("days_in_stage", "formula", "阶段停留天数", "Days in stage", result="integer",
              expression='if(outcome = "open", days_between(stage_entered_at, now()))'),
        field("stagnant", "formula", "停滞", "Stagnant", result="boolean",
              expression='outcome = "open" and days_between(stage_entered_at, now()) > stage.stagnation_days'),
        field("last_activity_at", "rollup", "最近跟进时间", "Last activity", object="activity", via="opportunity",
              measure="max", field="happened_at", result="datetime"),
        field("next_activity_at", "rollup", "下次跟进时间", "Next step due", object="task", via="opportunity",
              measure="min", field="due_at", result="datetime", filter=["status", "in", ["todo", "doing"]]),
    ],
    list_fields=("name", "customer", "stage", "amount", "probability", "expected_close", "owner", "days_in_stage",
                 "last_activity_at"),
    sections=(
        section("基本信息", "Details", "name", "code", "customer", "contact", "contacts", "pipeline", "stage", "amount",
                "probability", "expected_close", "source", "owner", "next_step"),
        section("产品", "Products", "product", "lines", "lines_amount"),
        section("竞争与结果", "Competition and outcome", "competitor", "outcome", "closed_at", "lost_reason",
                "invalid_reason", "close_remark"),
        section("更多信息", "More", "weighted_amount", "stage_entered_at", "days_in_stage", "stagnant", "last_activity_at",
                "next_activity_at", "tags", "external_code", "description"),
    ),
    indexes=(("-amount",), ("expected_close",), ("-closed_at",), ("stage", "-amount")),
    rules=(
        rule('outcome != "open" or isnull(closed_at)', "进行中的商机没有结束时间",
             "An open opportunity has no closing time", "closed_at"),
        rule('outcome = "open" or not isnull(closed_at)', "已结束的商机要有结束时间",
             "A closed opportunity has a closing time", "closed_at"),
    ),
    actions=(
        action("win", "赢单", "Win"), action("lose", "输单", "Lose"), action("invalidate", "标记无效", "Mark invalid"),
        action("reopen", "重新打开", "Reopen"),
    ),
)  # fmt: skip

OPPORTUNITY_LINE = object_(
    "opportunity_line", "商机产品", "Opportunity product", "Opportunity products",
    area="sales", icon="product", owned=False, parent="opportunity", searchable=False,
    fields=[
        field("name", "text", "产品名称", "Name"),
        field("opportunity", "reference", "商机", "Opportunity", required=True, target="opportunity"),
        field("position", "integer", "顺序", "Position", default=0),
        field("product", "reference", "产品", "Product", target="product"),
        field("price", "money", "单价", "Price", minimum=0),
        field("quantity", "decimal", "数量", "Quantity", required=True, default="1", minimum=0, scale=4),
        field("unit", "text", "单位", "Unit", length=20),
        field("discount", "percent", "折扣（减免）", "Discount", default="0", minimum=0, maximum=100),
        field("amount", "formula", "小计", "Amount", result="number",
              expression="round(price * quantity * (100 - coalesce(discount, 0)) / 100, 2)"),
        field("remark", "text", "备注", "Remark"),
    ],
    list_fields=("name", "product", "price", "quantity", "unit", "discount", "amount"),
    sections=(section("基本信息", "Details", "opportunity", "product", "name", "price", "quantity", "unit", "discount",
                      "amount", "remark"),),
    default_sort=("position",),
)  # fmt: skip
