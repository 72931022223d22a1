"""Pipelines, their stages, and the record of an opportunity's way through them."""

from __future__ import annotations

from ....kernel.i18n import Label
from ....schema.declare import choices, field, object_, section

OUTCOMES = choices(
    ("open", "进行中", "Open", "blue"),
    ("won", "赢单", "Won", "green"),
    ("lost", "输单", "Lost", "red"),
    ("invalid", "无效", "Invalid", "gray"),
)
"""What an opportunity came to; the kind of a stage is the outcome of what stands in it."""

PIPELINE = object_(
    "pipeline", "销售流程", "Pipeline", "Pipelines",
    area="settings", icon="funnel", owned=False, administrative=True,
    fields=[
        field("name", "text", "流程名称", "Name", required=True, unique=True, search=True, length=60),
        field("name_en", "text", "英文名称", "English name", length=60),
        field("description", "long_text", "说明", "Description"),
        field("departments", "references", "适用部门", "Departments", target="department",
              help=Label("只用于这些部门及下属部门负责的商机；不填则不限。默认流程不受此限",
                         "For deals owned in these departments and below; empty for all. The default one takes everybody's")),
        field("default", "boolean", "默认流程", "Default", default=False),
        field("active", "boolean", "启用", "Active", default=True),
        field("position", "integer", "顺序", "Position", default=0),
        field("stages", "lines", "阶段", "Stages", object="stage", via="pipeline", most=50),
    ],
    unique=(("default",),),
    list_fields=("name", "departments", "default", "active", "description"),
    sections=(section("基本信息", "Details", "name", "name_en", "description", "departments", "default", "active", "position",
                      "stages"),),
    default_sort=("position", "name"),
)  # fmt: skip

STAGE = object_(
    "stage", "销售阶段", "Stage", "Stages",
    area="settings", icon="columns", owned=False, administrative=True, parent="pipeline",
    fields=[
        field("name", "text", "阶段名称", "Name", required=True, search=True, length=60),
        field("name_en", "text", "英文名称", "English name", length=60),
        field("pipeline", "reference", "销售流程", "Pipeline", required=True, target="pipeline"),
        field("position", "integer", "顺序", "Position", required=True, default=0),
        field("kind", "choice", "阶段性质", "Kind", required=True, default="open", fixed_choices=True, choices=OUTCOMES),
        field("probability", "percent", "赢单率", "Probability", required=True, default="0", minimum=0, maximum=100),
        field("stagnation_days", "integer", "停滞天数", "Days until stagnant", minimum=1, maximum=3650),
        field("required_fields", "json", "进入阶段必填字段", "Fields required on entering"),
        field("tasks", "json", "阶段任务", "Tasks on entering"),
        field("color", "text", "颜色", "Colour", length=20, pattern=r"[a-z]+"),
        field("active", "boolean", "启用", "Active", default=True),
        field("description", "long_text", "说明", "Description"),
    ],
    unique=(("pipeline", "name"),),
    list_fields=("name", "pipeline", "position", "kind", "probability", "stagnation_days", "active"),
    sections=(
        section("基本信息", "Details", "name", "name_en", "pipeline", "position", "kind", "probability", "stagnation_days",
                "color", "active", "description"),
        section("推进条件", "Stage gate", "required_fields", "tasks"),
    ),
    indexes=(("pipeline", "position"),),
    default_sort=("pipeline.name", "position"),
)  # fmt: skip

STAGE_HISTORY = object_(
    "stage_history", "阶段历史", "Stage history", "Stage histories",
    area="sales", icon="history", owned=False, parent="opportunity", importable=False, searchable=False,
    fields=[
        field("name", "text", "阶段", "Stage name", read_only=True, length=60),
        field("opportunity", "reference", "商机", "Opportunity", required=True, target="opportunity", read_only=True),
        field("from_stage", "reference", "来自阶段", "From", target="stage", read_only=True),
        field("stage", "reference", "进入阶段", "To", target="stage", read_only=True),
        field("entered_at", "datetime", "进入时间", "Entered at", required=True, read_only=True, index=True),
        field("left_at", "datetime", "离开时间", "Left at", read_only=True,
              help=Label("空表示仍在此阶段", "Empty while it stands there")),
        field("seconds", "duration", "停留时长", "Time in stage", read_only=True),
    ],
    list_fields=("opportunity", "from_stage", "stage", "entered_at", "left_at", "seconds"),
    sections=(section("基本信息", "Details", "name", "opportunity", "from_stage", "stage", "entered_at", "left_at",
                      "seconds"),),
    default_sort=("-entered_at",),
)  # fmt: skip
