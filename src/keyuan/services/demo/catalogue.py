"""What the demo's company sells, whom it competes with, how it sells: products, competitors, tags, pipelines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .ids import Ids

PRODUCT, COMPETITOR, TAG, PIPELINE, STAGE = 4, 5, 6, 7, 8

# Category: products as name, specification, unit, price in yuan, usual quantities, tax rate.
_PRODUCTS = {
    "协作机器人": (
        ("轻型协作机器人", "HY-C3 负载3kg 臂展590mm", "台", 68_000, (1, 2, 2, 4, 6), 13),
        ("通用协作机器人", "HY-C7 负载7kg 臂展920mm", "台", 98_000, (1, 2, 3, 4, 8), 13),
        ("重载协作机器人", "HY-C20 负载20kg 臂展1700mm", "台", 185_000, (1, 1, 2, 3), 13),
        ("码垛工作站", "HY-P180 每小时12包", "套", 328_000, (1, 1, 2), 13),
        ("焊接工作站", "HY-W10 双工位", "套", 286_000, (1, 1, 2, 3), 13),
    ),
    "视觉检测": (
        ("智能相机", "HY-V500 500万像素", "台", 12_800, (2, 4, 6, 10), 13),
        ("外观缺陷检测机", "HY-VI200 六面检测", "台", 236_000, (1, 1, 2), 13),
        ("三维视觉引导系统", "HY-V3D 精度0.1mm", "套", 89_000, (1, 2, 2, 4), 13),
        ("尺寸测量仪", "HY-VM60 一键测量", "台", 58_000, (1, 1, 2), 13),
    ),
    "仓储物流": (
        ("潜伏式搬运机器人", "HY-A600 载重600kg", "台", 79_000, (2, 4, 6, 10), 13),
        ("叉车式搬运机器人", "HY-F1500 载重1.5t", "台", 228_000, (1, 2, 3), 13),
        ("交叉带分拣线", "HY-S12 每小时1.2万件", "套", 1_280_000, (1,), 13),
        ("智能立体货架", "HY-R15 高15m", "套", 860_000, (1, 1, 2), 13),
        ("输送线", "HY-L2 每10米", "段", 26_000, (2, 4, 8, 12), 13),
    ),
    "工业控制": (
        ("可编程控制器", "HY-PLC300 中型", "台", 8_600, (4, 6, 10, 20), 13),
        ("伺服驱动系统", "HY-SV750 750W", "套", 3_900, (10, 20, 30, 50), 13),
        ("工业网关", "HY-G100 边缘采集", "台", 4_200, (5, 10, 20, 30), 13),
        ("触摸屏", "HY-HMI10 10英寸", "台", 2_600, (5, 10, 20), 13),
    ),
    "软件平台": (
        ("制造执行系统", "HY-MES 标准版", "套", 380_000, (1,), 13),
        ("设备联网平台", "HY-IoT 100点", "套", 128_000, (1, 1, 2), 13),
        ("机器人调度系统", "HY-RCS", "套", 160_000, (1,), 13),
        ("能耗管理系统", "HY-EMS", "套", 96_000, (1,), 13),
    ),
    "技术服务": (
        ("年度维保服务", "含两次现场巡检", "年", 36_000, (1, 1, 2, 3), 6),
        ("安装调试服务", "现场工程师", "人天", 1_800, (5, 10, 15, 30), 6),
        ("操作培训", "每班20人", "班", 12_000, (1, 1, 2), 6),
        ("产线规划咨询", "含三维仿真", "项", 60_000, (1,), 6),
    ),
}

_COMPETITORS = (
    ("远景自动化", "协作机器人、焊接工作站", "品牌早，价格低", "售后响应慢，二次开发弱"),
    ("博川机器人", "协作机器人、码垛", "机型全，交期短", "视觉方案依赖外购"),
    ("图睿视觉", "工业相机、缺陷检测", "算法积累多", "只做检测，不做整线"),
    ("迅捷物流装备", "分拣线、立体库", "大项目案例多", "价格高，小项目不接"),
    ("科控电气", "控制器、伺服", "渠道覆盖广", "技术支持不足"),
    ("数工软件", "制造执行系统", "行业模板多", "实施周期长，二次开发收费高"),
    ("海外品牌代理", "机器人、视觉", "品牌影响大", "价格高，交期三个月以上"),
)
_TAGS = (
    ("重点客户", "red"), ("战略合作", "purple"), ("老客户转介绍", "green"), ("扩产计划", "gold"), ("价格敏感", "orange"),
    ("决策快", "cyan"), ("多部门决策", "blue"), ("有竞品在用", "magenta"), ("展会接触", "lime"), ("回款及时", "green"),
    ("需预付款", "gray"), ("智能制造试点", "blue"),
)  # fmt: skip

STANDARD, KEY_ACCOUNT, RENEWAL = "标准销售流程", "大客户项目流程", "服务续约流程"
# Name, English name, kind, chance in percent, days until stagnant, colour.
_USUAL = (
    ("新建", "New", "open", 10, 14, "gray"), ("需求明确", "Needs defined", "open", 30, 14, "blue"),
    ("方案验证", "Solution proof", "open", 50, 21, "cyan"), ("立项汇报", "Project approval", "open", 70, 21, "purple"),
    ("商务采购", "Procurement", "open", 90, 30, "gold"), ("赢单", "Won", "won", 100, None, "green"),
    ("输单", "Lost", "lost", 0, None, "red"), ("无效", "Invalid", "invalid", 0, None, "gray"),
)  # fmt: skip
_PIPELINES = (
    (STANDARD, "Standard pipeline", True, _USUAL),
    (KEY_ACCOUNT, "Key account projects", False, tuple((*s[:4], s[4] and s[4] * 2, s[5]) for s in _USUAL)),
    (RENEWAL, "Service renewals", False, (
        ("续约提醒", "Reminder", "open", 30, 14, "gray"), ("需求确认", "Needs confirmed", "open", 50, 14, "blue"),
        ("报价", "Quote", "open", 70, 14, "cyan"), ("合同会签", "Signing", "open", 90, 21, "gold"),
        ("续约成功", "Renewed", "won", 100, None, "green"), ("未续约", "Not renewed", "lost", 0, None, "red"),
        ("无效", "Invalid", "invalid", 0, None, "gray"),
    )),
)  # fmt: skip
_REQUIRED = {"lost": ["lost_reason"], "invalid": ["invalid_reason"]}


@dataclass(frozen=True, slots=True)
class Product:
    """A product as deals use it; the price in whole yuan."""

    id: str
    name: str
    category: str
    unit: str
    price: int
    quantities: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline; `probability` in percent."""

    id: str
    name: str
    kind: str
    probability: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline: its open stages in order, and where deals end."""

    id: str
    name: str
    stages: tuple[Stage, ...]
    ends: dict[str, Stage]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What deals are made of, and the records of it in the order in which they can be loaded."""

    products: dict[str, tuple[Product, ...]]
    competitors: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    pipelines: dict[str, Pipeline]
    records: tuple[tuple[str, list[dict[str, Any]]], ...]


def build(ids: Ids, founded: int, known: dict[str, str]) -> Catalogue:
    """The catalogue, made at a time in milliseconds. Pipelines and stages that are `known` are used as they are."""
    products, product_rows = _products(ids, founded)
    pipelines, pipeline_rows, stage_rows = _pipelines(ids, founded, known)
    competitors = [(ids.make(COMPETITOR, n, founded), c[0]) for n, c in enumerate(_COMPETITORS)]
    tags = [ids.make(TAG, n, founded) for n in range(len(_TAGS))]
    return Catalogue(
        products,
        tuple(competitors),
        tuple(tags),
        pipelines,
        (
            (
                "tag",
                [
                    {"id": i, "name": n, "color": c, "managed": True}
                    for i, (n, c) in zip(tags, _TAGS, strict=True)
                ],
            ),
            ("product", product_rows),
            (
                "competitor",
                [
                    {"id": i, "name": name, "products": sold, "strengths": good, "weaknesses": bad}
                    for (i, name), (_, sold, good, bad) in zip(competitors, _COMPETITORS, strict=True)
                ],
            ),
            ("pipeline", pipeline_rows),
            ("stage", stage_rows),
        ),
    )


def _products(ids: Ids, founded: int) -> tuple[dict[str, tuple[Product, ...]], list[dict[str, Any]]]:
    products: dict[str, tuple[Product, ...]] = {}
    rows: list[dict[str, Any]] = []
    yuan = {"currency": "CNY", "rate_date": datetime.fromtimestamp(founded / 1000, UTC).date().isoformat()}
    for category, listed in _PRODUCTS.items():
        made = []
        for name, specification, unit, price, quantities, tax in listed:
            product = Product(ids.make(PRODUCT, len(rows), founded), name, category, unit, price, quantities)
            made.append(product)
            rows.append(
                {
                    "id": product.id,
                    "name": name,
                    "code": f"P{len(rows) + 1:04d}",
                    "category": category,
                    "specification": specification,
                    "unit": unit,
                    "price": {"amount": f"{price}.00", **yuan},
                    "cost": {"amount": f"{price * 62 // 100}.00", **yuan},
                    "tax_rate": str(tax),
                    "active": True,
                }
            )
        products[category] = tuple(made)
    return products, rows


def _pipelines(
    ids: Ids, founded: int, known: dict[str, str]
) -> tuple[dict[str, Pipeline], list[dict[str, Any]], list[dict[str, Any]]]:
    pipelines: dict[str, Pipeline] = {}
    pipeline_rows: list[dict[str, Any]] = []
    stage_rows: list[dict[str, Any]] = []
    numbers = 0
    for position, (name, english, default, listed) in enumerate(_PIPELINES, 1):
        there = known.get(f"pipeline:{name}")
        id_ = there or ids.make(PIPELINE, position, founded)
        if there is None:
            pipeline_rows.append(
                {
                    "id": id_,
                    "name": name,
                    "name_en": english,
                    "default": default,
                    "active": True,
                    "position": position * 10,
                }
            )
        stages: list[Stage] = []
        for order, (stage, stage_english, kind, chance, days, color) in enumerate(listed, 1):
            numbers += 1
            existing = known.get(f"stage:{name}/{stage}")
            stages.append(Stage(existing or ids.make(STAGE, numbers, founded), stage, kind, str(chance)))
            if existing is None:
                row = {"id": stages[-1].id, "name": stage, "name_en": stage_english, "pipeline": id_, "position": order * 10,
                       "kind": kind, "probability": str(chance), "color": color, "active": True}  # fmt: skip
                row |= {"stagnation_days": days} if days else {"required_fields": _REQUIRED.get(kind, [])}
                stage_rows.append(row)
        pipelines[name] = Pipeline(
            id_,
            name,
            tuple(s for s in stages if s.kind == "open"),
            {s.kind: s for s in stages if s.kind != "open"},
        )
    return pipelines, pipeline_rows, stage_rows
