"""The object of saved views."""

from __future__ import annotations

from ...schema.declare import choices, field, object_, section

VIEW = object_(
    "view", "视图", "View", "Views",
    area="settings", icon="columns", importable=False, searchable=False,
    fields=[
        field("name", "text", "视图名称", "Name", required=True, length=60),
        field("object", "text", "对象", "Object", required=True, length=40, index=True),
        field("kind", "choice", "形式", "Kind", required=True, default="table", fixed_choices=True,
              choices=choices(("table", "表格", "Table"), ("kanban", "看板", "Board"), ("calendar", "日历", "Calendar"))),
        field("filter", "json", "筛选条件", "Filter"),
        field("sort", "json", "排序", "Sort"),
        field("columns", "json", "显示列", "Columns"),
        field("group", "text", "分组字段", "Group by", length=90),
        field("settings", "json", "显示设置", "Display settings"),
        field("visibility", "choice", "可见范围", "Visible to", required=True, default="private", index=True, fixed_choices=True,
              choices=choices(("private", "仅自己", "Only me"), ("shared", "所有人", "Everyone"))),
        field("pinned", "boolean", "置顶", "Pinned", default=False),
        field("default", "boolean", "默认视图", "Default", default=False),
        field("position", "integer", "顺序", "Position", default=0),
    ],
    unique=(("owner", "object", "default"),),
    list_fields=("name", "object", "kind", "visibility", "owner", "pinned", "default"),
    sections=(
        section("基本信息", "Details", "name", "object", "kind", "visibility", "owner", "pinned", "default", "position"),
        section("内容", "Content", "filter", "sort", "columns", "group", "settings"),
    ),
    default_sort=("position", "name"),
)  # fmt: skip

OBJECTS = (VIEW,)
