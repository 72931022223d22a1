"""The objects of the office domain: activity (follow-up) and task."""

from __future__ import annotations

from ...schema.declare import action, choices, field, object_, ready_view, section

SUBJECTS = ("customer", "contact", "opportunity", "lead")
"""The objects that follow-ups and tasks are about."""

_REFERENCES = tuple(
    field(key, "reference", zh, en, target=key, on_delete="clear")
    for key, zh, en in (
        ("customer", "客户", "Customer"),
        ("contact", "联系人", "Contact"),
        ("opportunity", "商机", "Opportunity"),
        ("lead", "线索", "Lead"),
    )
)

ACTIVITY = object_(
    "activity", "跟进记录", "Activity", "Activities",
    area="office", icon="activity", parent="about",
    fields=[
        # not searched: it is the beginning of the content, which is
        field("name", "text", "摘要", "Summary"),
        field("method", "choice", "跟进方式", "Method", required=True, default="phone", index=True,
              choices=choices(("phone", "电话", "Phone", "blue"), ("visit", "拜访", "Visit", "green"),
                              ("wechat", "微信", "WeChat", "lime"), ("email", "邮件", "Mail", "cyan"),
                              ("meeting", "会议", "Meeting", "purple"), ("fax", "传真", "Fax", "gray"),
                              ("sms", "短信", "Text message", "gold"), ("other", "其他", "Other", "gray"))),
        field("content", "long_text", "跟进内容", "Content", required=True, search=True),
        field("about", "reference_any", "关联对象", "About", targets=list(SUBJECTS)),
        *_REFERENCES,
        field("happened_at", "datetime", "跟进时间", "Happened at", required=True, default={"expr": "now()"}, index=True),
        field("duration", "duration", "时长", "Duration", minimum=0),
        field("outcome", "choice", "跟进结果", "Outcome",
              choices=choices(("progress", "有进展", "Progress", "green"), ("neutral", "保持联系", "Keeping in touch", "gray"),
                              ("unreached", "未联系上", "Not reached", "gold"), ("refused", "拒绝", "Refused", "red"))),
        field("next_at", "datetime", "下次跟进时间", "Next follow-up"),
        field("next_step", "text", "下次跟进内容", "Next step"),
        field("images", "image", "图片", "Images", most=20),
        field("files", "file", "附件", "Files", most=20),
        field("external_code", "text", "外部编码", "External code", unique=True, length=80),
    ],
    list_fields=("name", "method", "customer", "contact", "opportunity", "lead", "happened_at", "outcome", "owner",
                 "next_at"),
    sections=(
        section("基本信息", "Details", "method", "happened_at", "content", "outcome", "about", "contact", "duration", "owner"),
        section("下一步", "Next step", "next_at", "next_step"),
        section("附件", "Attachments", "images", "files"),
        section("关联", "Links", "name", "customer", "opportunity", "lead", "external_code"),
    ),
    indexes=(("customer", "-happened_at"), ("opportunity", "-happened_at"), ("-happened_at",)),
    default_sort=("-happened_at",),
)  # fmt: skip

TASK = object_(
    "task", "任务", "Task", "Tasks",
    area="office", icon="task",
    fields=[
        field("name", "text", "任务主题", "Subject", required=True, search=True),
        field("status", "choice", "状态", "Status", required=True, default="todo", fixed_choices=True,
              choices=choices(("todo", "待办", "To do", "blue"), ("doing", "进行中", "In progress", "gold"),
                              ("done", "已完成", "Done", "green"), ("cancelled", "已取消", "Cancelled", "gray"))),
        field("priority", "choice", "优先级", "Priority", required=True, default="normal",
              choices=choices(("low", "低", "Low", "gray"), ("normal", "普通", "Normal", "blue"),
                              ("high", "高", "High", "gold"), ("urgent", "紧急", "Urgent", "red"))),
        field("due_at", "datetime", "截止时间", "Due at", index=True),
        field("done_at", "datetime", "完成时间", "Done at", read_only=True),
        field("about", "reference_any", "关联对象", "About", targets=list(SUBJECTS)),
        *_REFERENCES,
        field("activity", "reference", "来自跟进记录", "From activity", target="activity", on_delete="clear"),
        field("description", "long_text", "说明", "Description"),
        field("external_code", "text", "外部编码", "External code", unique=True, length=80),
    ],
    list_fields=("name", "status", "priority", "due_at", "owner", "customer", "opportunity", "lead"),
    sections=(
        section("基本信息", "Details", "name", "status", "priority", "due_at", "done_at", "owner", "description"),
        section("关联", "Links", "about", "customer", "contact", "opportunity", "lead", "activity", "external_code"),
    ),
    indexes=(("owner", "due_at"), ("status", "due_at")),
    default_sort=("due_at",),
    views=(ready_view("open", "未完成", "Open", filter=["status", "in", ["todo", "doing"]], sort=("due_at",), opens=True),),
    actions=(action("complete", "完成", "Complete"), action("reopen", "重新打开", "Reopen")),
)  # fmt: skip

OBJECTS = (ACTIVITY, TASK)
