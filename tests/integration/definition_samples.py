"""Definitions for tests of the engine: an object with a field of every type, and a small world around it."""

from __future__ import annotations

from typing import Any

from keyuan.schema import field_types
from keyuan.schema.declare import choices, field, object_, ready_view
from keyuan.schema.model import Object
from keyuan.services.identity.objects import OBJECTS as IDENTITY

OPTIONS: dict[str, dict[str, Any]] = {
    "choice": {"choices": choices(("a", "甲", "A"), ("b", "乙", "B"))},
    "choices": {"choices": choices(("a", "甲", "A"), ("b", "乙", "B"))},
    "reference": {"target": "company"},
    "references": {"target": "company"},
    "reference_any": {"targets": ["company", "person"]},
    "auto_number": {"parts": [{"kind": "text", "text": "N"}, {"kind": "counter"}]},
    "formula": {"expression": "1 + 1", "result": "number"},
    "rollup": {"object": "person", "via": "company", "measure": "count"},
    "lines": {"object": "line", "via": "sample"},
}
"""What the types need that cannot do without options."""

COMPANY = object_(
    "company", "公司", "Company", "Companies", area="sales",
    fields=[
        field("name", "text", "名称", "Name", required=True, search=True),
        field("code", "text", "代码", "Code", unique=True),
        field("staff", "integer", "人数", "Staff"),
        field("turnover", "money", "营业额", "Turnover"),
        field("kind", "choice", "类型", "Kind", choices=choices(("a", "甲", "A"), ("b", "乙", "B"))),
        field("people", "rollup", "联系人数", "People", object="person", via="company"),
    ],
    unique=(("name", "kind"),),
    indexes=(("-staff",),),
    list_fields=("name", "code", "staff"),
    views=(
        ready_view("large", "大公司", "Large", filter=["staff", ">", 100], sort=("-staff",), opens=True),
        ready_view("first", "甲类", "First", filter=["kind", "=", "a"]),
    ),
)  # fmt: skip

PERSON = object_(
    "person", "人员", "Person", "People", area="sales",
    fields=[
        field("name", "text", "姓名", "Name", required=True, search=True),
        field("company", "reference", "公司", "Company", target="company"),
        field("age", "integer", "年龄", "Age"),
        field("born", "date", "生日", "Born"),
    ],
)  # fmt: skip

LINE = object_(
    "line", "明细", "Line", "Lines", area="sales", owned=False, parent="sample", searchable=False,
    fields=[
        field("name", "text", "名称", "Name"),
        field("sample", "reference", "样本", "Sample", target="sample", on_delete="cascade", required=True),
    ],
)  # fmt: skip


def every_type() -> Object:
    """An object with a field of every type there is."""
    fields = [field("name", "text", "名称", "Name", required=True, search=True)]
    for name in sorted(field_types.all_types()):
        options = OPTIONS.get(name, {})
        fields.append(field(f"of_{name}", name, f"类型{name}", f"Of {name}", **options))
        if field_types.get(name).encryptable:
            fields.append(field(f"secret_{name}", name, "密", "Secret", encrypted=True, **options))
    return object_("sample", "样本", "Sample", "Samples", area="sales", fields=fields)


WORLD: tuple[Object, ...] = (*IDENTITY, COMPANY, PERSON)
"""Identity, companies and people."""
