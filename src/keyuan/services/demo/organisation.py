"""The company of the demo: its departments, and ten users of every ready role with their superiors."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from ...schema.text import pinyin
from . import words
from .calendar import Calendar
from .chance import pick
from .changes import Changes
from .ids import Ids

COMPANY = "衡屿智能装备股份有限公司"
DOMAIN = "hengyu.example"
USER, DEPARTMENT, ROLE = 1, 2, 3

REGIONS = {
    "华东区": ("上海组", "杭州组"),
    "华南区": ("深圳组",),
    "华北区": ("北京组",),
    "西南区": ("成都组",),
}
GROUPS = {group: region for region, groups in REGIONS.items() for group in groups}

# Department and the one above it, in the order of the list.
_DEPARTMENTS = (
    ("总部", None), ("总经办", "总部"), ("销售中心", "总部"),
    *((region, "销售中心") for region in REGIONS), *((group, region) for group, region in GROUPS.items()),
    ("市场部", "总部"), ("客服部", "总部"), ("财务部", "总部"), ("商务部", "总部"), ("信息部", "总部"),
)  # fmt: skip

# Role, department, title of each user. The first of a department that is called its head leads it.
_POSTS = (
    ("executive", "总经办", "董事长"), ("executive", "总经办", "总经理"), ("executive", "总经办", "销售副总经理"),
    ("executive", "总经办", "运营副总经理"), ("executive", "总经办", "技术副总经理"), ("executive", "总经办", "财务总监"),
    ("executive", "总经办", "董事"), ("executive", "总经办", "董事"), ("executive", "总经办", "董事会秘书"),
    ("executive", "总经办", "总经理助理"),
    ("sales_manager", "销售中心", "销售总监"),
    *(("sales_manager", region, f"{region}区域经理") for region in REGIONS),
    *(("sales_manager", group, f"{group}销售主管") for group in GROUPS),
    *(("sales", group, "销售工程师") for group in GROUPS for _ in range(2)),
    ("sales_assistant", "商务部", "商务主管"),
    *(("sales_assistant", region, "商务助理") for region in REGIONS),
    *(("sales_assistant", group, "商务助理") for group in GROUPS),
    *(("marketing", "市场部", title) for title in ("市场总监", "品牌经理", "内容运营", "活动策划", "数字营销专员",
        "数字营销专员", "市场专员", "市场专员", "产品市场经理", "渠道市场专员")),
    *(("service", "客服部", title) for title in ("客服经理", "售后主管", "售后工程师", "售后工程师", "售后工程师",
        "技术支持", "技术支持", "客服专员", "客服专员", "客服专员")),
    *(("finance", "财务部", title) for title in ("财务经理", "总账会计", "应收会计", "应收会计", "应付会计", "成本会计",
        "税务会计", "出纳", "出纳", "财务分析")),
    *(("administrator", "信息部", title) for title in ("信息部经理", "系统管理员", "系统管理员", "安全管理员", "审计管理员",
        "数据管理员", "数据管理员", "系统运维", "系统运维", "应用支持")),
)  # fmt: skip

ROLES = tuple(dict.fromkeys(role for role, _, _ in _POSTS))
"""The keys of the ready roles (`services.identity.ready_roles`)."""

# Who leads a department that has nobody of its own above the others, by title.
_HEADS = {"总部": "总经理", "总经办": "总经理"}


@dataclass(frozen=True, slots=True)
class Seller:
    """Someone who owns customers. `skill` is about 1: how much more often than others a deal is won, and how fast."""

    id: str
    department: str
    group: str
    skill: float


@dataclass(frozen=True, slots=True)
class Organisation:
    """The people the rest of the demo is about. Ids; `sellers` by sales group, most of them salespeople; `heads` by the name
    of the department."""

    departments: dict[str, str]
    sellers: dict[str, tuple[Seller, ...]]
    marketing: tuple[tuple[str, str], ...]
    executive: str
    heads: dict[str, str]
    records: tuple[tuple[str, list[dict[str, Any]]], ...]


def person(random: Random, taken: set[str] | None = None) -> tuple[str, str]:
    """A person's name and gender; another than those taken, to which it is added."""
    while True:
        surname = pick(random.random, _SURNAMES)
        female = random.random() < 0.42
        kind = random.random()
        if kind < 0.3:
            given = pick(random.random, words.FEMALE if female else words.MALE)
        elif kind < 0.88:
            given = pick(random.random, words.FEMALE_2 if female else words.MALE_2)
        else:
            given = pick(random.random, words.EITHER_2)
        name = surname + given
        if taken is None:
            return name, "female" if female else "male"
        if name not in taken:
            taken.add(name)
            return name, "female" if female else "male"


_SURNAMES = [surname for surname, weight in words.SURNAMES for _ in range(weight)]


def build(seed: int, calendar: Calendar, ids: Ids, known: dict[str, str]) -> Organisation:
    """The organisation, with the records that make it in the order in which they can be loaded."""
    random = Random(f"organisation {seed}")  # noqa: S311
    founded = calendar.milliseconds(0) - 90 * 86_400_000
    departments = {name: ids.make(DEPARTMENT, n, founded) for n, (name, _) in enumerate(_DEPARTMENTS)}
    taken: set[str] = set()
    logins: set[str] = set()
    users: list[dict[str, Any]] = []
    for number, (role, department, title) in enumerate(_POSTS):
        name, _ = person(random, taken)
        login = base = pinyin.full(name, person=True)
        count = 1
        while login in logins:
            count += 1
            login = f"{base}{count}"
        logins.add(login)
        users.append(
            {
                "id": ids.make(USER, number, founded),
                "name": name,
                "login": login,
                "email": f"{login}@{DOMAIN}",
                "mobile": f"1980000{number:04d}",
                "employee_number": f"HY{number + 1:04d}",
                "title": title,
                "department": departments[department],
                "roles": [known.get(f"role:{role}") or ids.make(ROLE, ROLES.index(role), founded)],
                "language": "zh",
                "time_zone": "Asia/Shanghai",
                "active": True,
            }
        )
    heads = _report(users, departments)
    levels: dict[int, list[dict[str, Any]]] = {}
    for position, (name, above) in enumerate(_DEPARTMENTS, 1):
        row = {"id": departments[name], "name": name, "parent": departments[above] if above else None}
        levels.setdefault(_depth(name), []).append({**row, "position": position * 10})
    # Superiors and heads are told once everybody is there.
    managers = [{"id": u["id"], "manager": u.pop("manager")} for u in users if u.get("manager")]
    return Organisation(
        departments,
        _sellers(random, users, departments),
        tuple((u["id"], u["department"]) for u in users if u["department"] == departments["市场部"]),
        next(u["id"] for u in users if u["title"] == "总经理"),
        heads,
        (
            # No batch has a department and the one above it.
            *(("department", rows) for _, rows in sorted(levels.items())),
            ("user", users),
            ("user", Changes(managers)),
            ("department", Changes({"id": departments[name], "head": user} for name, user in heads.items())),
        ),
    )


def _depth(department: str) -> int:
    above = dict(_DEPARTMENTS)[department]
    return _depth(above) + 1 if above else 0


def _report(users: list[dict[str, Any]], departments: dict[str, str]) -> dict[str, str]:
    """Give everybody a superior; answer the head of each department."""
    names = {id_: name for name, id_ in departments.items()}
    above = dict(_DEPARTMENTS)
    heads: dict[str, str] = {}
    for user in users:
        name = names[user["department"]]
        if user["title"] == _HEADS.get(name, user["title"]):
            heads.setdefault(name, user["id"])
    by_title = {u["title"]: u["id"] for u in reversed(users)}
    heads["总部"] = by_title["总经理"]
    over_head = {"销售中心": "销售副总经理", "市场部": "销售副总经理", "客服部": "运营副总经理", "商务部": "运营副总经理",
                 "信息部": "技术副总经理", "财务部": "财务总监", "总经办": "董事长"}  # fmt: skip
    for user in users:
        name = names[user["department"]]
        if user["title"] in ("董事长", "董事"):
            continue
        if heads[name] != user["id"]:
            user["manager"] = heads[name]
        elif name in over_head:
            user["manager"] = by_title[over_head[name]]
        else:
            user["manager"] = heads[above[name] or "总部"]
    return heads


def _sellers(
    random: Random, users: list[dict[str, Any]], departments: dict[str, str]
) -> dict[str, tuple[Seller, ...]]:
    """The owners of customers in each sales group: its salespeople mostly, its head, and the region's manager."""
    found: dict[str, tuple[Seller, ...]] = {}
    for group, region in GROUPS.items():
        people: list[Seller] = []
        for user in users:
            often = {"销售工程师": 9, f"{group}销售主管": 3, f"{region}区域经理": 1}.get(user["title"], 0)
            if often and user["department"] in (departments[group], departments[region]):
                seller = Seller(user["id"], user["department"], group, 0.7 + 0.65 * random.random())
                people += [seller] * often
        found[group] = tuple(people)
    return found
