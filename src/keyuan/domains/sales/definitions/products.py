"""Products and competitors."""

from __future__ import annotations

from ....schema.declare import field, object_, section

PRODUCT = object_(
    "product", "产品", "Product", "Products",
    area="sales", icon="product", owned=False,
    fields=[
        field("name", "text", "产品名称", "Name", required=True, search=True),
        field("code", "text", "产品编码", "Code", unique=True, search=True, length=80),
        field("category", "text", "产品类别", "Category", index=True, length=80),
        field("specification", "text", "规格型号", "Specification", search=True),
        field("unit", "text", "单位", "Unit", length=20),
        field("price", "money", "标准价格", "Price", minimum=0),
        field("cost", "money", "成本", "Cost", sensitive=True, minimum=0),
        field("tax_rate", "percent", "税率", "Tax rate", minimum=0, maximum=100),
        field("active", "boolean", "上架", "Active", default=True, index=True),
        field("description", "long_text", "产品描述", "Description"),
        field("images", "image", "产品图片", "Images", most=10),
    ],
    list_fields=("name", "code", "category", "specification", "unit", "price", "tax_rate", "active"),
    sections=(
        section("基本信息", "Details", "name", "code", "category", "specification", "unit", "active", "description", "images"),
        section("价格", "Price", "price", "cost", "tax_rate"),
    ),
    default_sort=("name",),
)  # fmt: skip

# How often one won against them is asked of the opportunities (aggregate by `competitor`): a figure stored here would
# make everybody who works on a deal against the same competitor wait for each other.
COMPETITOR = object_(
    "competitor", "竞争对手", "Competitor", "Competitors",
    area="sales", icon="swords", owned=False,
    fields=[
        field("name", "text", "名称", "Name", required=True, unique=True, search=True),
        field("website", "url", "网址", "Website"),
        field("products", "long_text", "主要产品", "Main products"),
        field("strengths", "long_text", "优势", "Strengths"),
        field("weaknesses", "long_text", "劣势", "Weaknesses"),
        field("tactics", "long_text", "应对策略", "How to meet them"),
        field("remark", "long_text", "备注", "Remark"),
    ],
    list_fields=("name", "website", "products", "strengths", "weaknesses"),
    sections=(
        section("基本信息", "Details", "name", "website", "products", "strengths", "weaknesses", "tactics", "remark"),
    ),
    default_sort=("name",),
)  # fmt: skip
