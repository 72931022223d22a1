"""Leads."""

from __future__ import annotations

from ....schema.declare import action, choices, field, object_, section
from ....services.vocabulary import INDUSTRIES, SOURCES

STATUSES = choices(
    ("new", "新建", "New", "blue"),
    ("working", "跟进中", "Working", "gold"),
    ("interested", "感兴趣", "Interested", "cyan"),
    ("converted", "成功", "Converted", "green"),
    ("failed", "失败", "Failed", "red"),
    ("invalid", "无效", "Invalid", "gray"),
)

LEAD = object_(
    "lead", "线索", "Lead", "Leads",
    area="customers", icon="lead",
    fields=[
        field("name", "text", "姓名", "Name", search=True, personal=True),
        field("company", "text", "公司名称", "Company", search=True, index=True),
        field("external_code", "text", "外部编码", "External code", unique=True, length=80),
        field("title", "text", "职务", "Job title", length=80),
        field("mobile", "phone", "手机", "Mobile", search=True, personal=True),
        field("phone", "phone", "电话", "Phone", search=True, personal=True),
        field("wechat", "text", "微信", "WeChat", search=True, personal=True, length=60),
        field("email", "email", "邮箱", "Email", search=True, personal=True),
        field("source", "choice", "线索来源", "Source", index=True, choices=SOURCES),
        field("status", "choice", "线索状态", "Status", required=True, default="new", choices=STATUSES),
        field("status_changed_at", "datetime", "状态更新时间", "Status since", read_only=True),
        field("failed_reason", "text", "失败或无效原因", "Reason for failure", length=500),
        field("score", "integer", "评分", "Score", minimum=0, maximum=100),
        field("industry", "choice", "行业", "Industry", choices=INDUSTRIES),
        field("demand", "long_text", "需求描述", "What they need"),
        field("address", "address", "地址", "Address"),
        field("website", "url", "网址", "Website"),
        field("tags", "references", "标签", "Tags", target="tag"),
        field("remark", "long_text", "备注", "Remark"),
        field("first_activity_at", "rollup", "首次跟进时间", "First activity", object="activity", via="lead",
              measure="min", field="happened_at", result="datetime"),
        field("last_activity_at", "rollup", "最近跟进时间", "Last activity", object="activity", via="lead",
              measure="max", field="happened_at", result="datetime"),
        field("next_activity_at", "rollup", "下次跟进时间", "Next step due", object="task", via="lead",
              measure="min", field="due_at", result="datetime", filter=["status", "in", ["todo", "doing"]]),
    ],
    list_fields=("name", "company", "status", "source", "mobile", "owner", "created_at", "last_activity_at",
                 "next_activity_at"),
    sections=(
        section("基本信息", "Details", "name", "company", "title", "status", "source", "score", "industry", "owner",
                "failed_reason"),
        section("联系方式", "Ways of contact", "mobile", "phone", "wechat", "email", "website", "address"),
        section("更多信息", "More", "demand", "tags", "remark", "external_code", "status_changed_at", "first_activity_at",
                "last_activity_at", "next_activity_at"),
    ),
    indexes=(("status", "-created_at"),),
    actions=(action("invalidate", "标记无效", "Mark invalid"), action("reopen", "重新打开", "Reopen")),
)  # fmt: skip
