"""The roles a new organisation begins with. They are ordinary records afterwards: an administrator changes or deletes
them at will, and no upgrade puts them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...access import ACTIONS

Permissions = dict[str, dict[str, Any]]

_READ: dict[str, Any] = {"read": "all"}
_SHARED_VIEWS = {"filter": ["or", ["owner", "=", "@me"], ["visibility", "=", "shared"]]}

_EVERYBODY: Permissions = {
    "user": _READ,
    "department": _READ,
    "pipeline": _READ,
    "product": _READ,
    "competitor": _READ,
    "tag": _READ | {"create": "all"},
    "view": {"create": "own", "read": _SHARED_VIEWS, "edit": "own", "delete": "own"},
}
"""What every role needs to work at all: names of colleagues, products, stages, its own views. Actions that are not named
go by `"*"`."""

_CONTACT_WAYS = ("mobile", "mobile_2", "phone", "wechat", "email", "address", "birthday")
_BILLING = ("invoice_title", "tax_number", "bank_name", "bank_account", "invoice_address", "invoice_phone")

_COST_HIDDEN = {"product": {"cost": "hidden"}}
_BANK_MASKED = {"customer": {"bank_account": "masked"}}
_AMOUNTS_HIDDEN = {
    "opportunity": dict.fromkeys(("amount", "weighted_amount", "lines_amount"), "hidden"),
    "opportunity_line": dict.fromkeys(("price", "discount", "amount"), "hidden"),
}
"""What a deal is worth, and what it could be worked out from."""


def _does(
    scope: str, *, delete: str | None = None, export: str = "none", create: str | None = None
) -> dict[str, Any]:
    """Create, read and edit in a scope; deleting and exporting as said."""
    return {
        "create": create or scope,
        "read": scope,
        "edit": scope,
        "delete": delete or scope,
        "export": export,
    }


def _only(**scopes: str) -> dict[str, Any]:
    """These actions and no other, whatever `"*"` says."""
    return {action: scopes.get(action, "none") for action in ACTIONS}


def _role(
    key: str, zh: tuple[str, str], en: tuple[str, str], permissions: Permissions, **more: Any
) -> Mapping[str, Any]:
    return {
        "key": key,
        "zh": zh,
        "en": en,
        "permissions": {**_EVERYBODY, **permissions},
        **more,
    }


READY_ROLES: tuple[Mapping[str, Any], ...] = (
    _role(
        "sales",
        ("销售", "自己的线索、客户、联系人、商机和跟进"),
        ("Sales", "Own leads, customers, contacts, opportunities and follow-ups"),
        {"*": _does("own")},
        fields=_COST_HIDDEN,
    ),
    _role(
        "sales_manager",
        ("销售经理", "本部门及下属部门的全部销售数据，可导入、导出"),
        ("Sales manager", "All sales data of the department and those below it, with import and export"),
        {"*": _does("department_tree", export="department_tree")},
        capabilities=["imports"],
    ),
    _role(
        "sales_assistant",
        ("商务助理", "协助本部门录入和维护资料，不能删除和导出"),
        ("Sales assistant", "Keeps the department's data, without deleting or exporting"),
        {
            "*": {"create": "department", "read": "department", "edit": "department"},
            "lead": _only(read="department"),
        },
        capabilities=["imports"],
    ),
    _role(
        "marketing",
        ("市场", "全部线索；可查看全部客户，用于市场活动"),
        ("Marketing", "All leads; sees all customers for campaigns"),
        {
            "*": _does("own"),
            "lead": _does("all", delete="own", export="all"),
            "customer": _only(create="own", read="all", edit="own"),
            "contact": _only(create="own", read="all", edit="own"),
            "opportunity": _only(read="all"),
            "competitor": _does("all", delete="none"),
            "tag": _does("all", delete="none"),
        },
        fields=_COST_HIDDEN | _BANK_MASKED,
        capabilities=["imports", "tags"],
    ),
    _role(
        "service",
        ("客服", "查看全部客户和联系人，记录服务与跟进"),
        ("Service", "Sees all customers and contacts, records service and follow-ups"),
        {
            "*": _does("own"),
            "customer": _only(read="all"),
            "contact": _only(create="all", read="all", edit="all"),
            "lead": _only(create="own", read="own", edit="own"),
            "opportunity": _only(read="all"),
        },
        fields=_COST_HIDDEN | _BANK_MASKED | _AMOUNTS_HIDDEN,
    ),
    _role(
        "finance",
        ("财务", "查看全部客户和商机，维护开票资料；联系人的联系方式已脱敏"),
        ("Finance", "Sees all customers and opportunities, keeps invoicing data; ways of contact are masked"),
        {
            "*": {"read": "all", "export": "all"},
            "lead": _only(),
            "customer": _only(read="all", edit="all", export="all"),
            "contact": _only(read="all"),
            "activity": _only(create="own", read="own", edit="own"),
            "task": _does("own"),
        },
        fields={
            "contact": dict.fromkeys(_CONTACT_WAYS, "masked"),
            "customer": {"*": "read", **dict.fromkeys(_BILLING, "edit")},
        },
    ),
    _role(
        "administrator",
        ("管理员", "可以做任何事"),
        ("Administrator", "May do anything"),
        {},
        administrator=True,
    ),
    _role(
        "executive",
        ("老板", "查看和处理全部业务数据，可导入、导出"),
        ("Executive", "Sees and handles all business data, with import and export"),
        {
            "*": _does("all", delete="none", export="all"),
            "view": {"create": "own", "read": _SHARED_VIEWS, "edit": "own", "delete": "own"},
        },
        capabilities=["imports", "operations.undo_any", "tags"],
    ),
)
"""Each with words in both languages; objects that an installation does not have yet are named for when it has."""


def rows(language: str) -> list[dict[str, Any]]:
    """The roles as records, named in the organisation's language."""
    made = []
    for role in READY_ROLES:
        name, description = role["en" if language == "en" else "zh"]
        told = {"key": role["key"], "name": name, "description": description}
        rest = ("administrator", "permissions", "fields", "capabilities")
        made.append(told | {key: role[key] for key in rest if key in role})
    return made
