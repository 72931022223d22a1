"""Lists of choices that objects of several domains share."""

from __future__ import annotations

from ..schema.declare import choices

SOURCES = choices(
    ("website", "官网", "Website", "blue"),
    ("search", "搜索引擎", "Search engine", "cyan"),
    ("advertising", "广告", "Advertising", "purple"),
    ("promotion", "促销", "Promotion", "magenta"),
    ("exhibition", "展会", "Exhibition", "gold"),
    ("referral", "转介绍", "Referral", "green"),
    ("registration", "线上注册", "Online registration", "blue"),
    ("inquiry", "线上询价", "Online inquiry", "cyan"),
    ("visit", "预约上门", "Visit by appointment", "lime"),
    ("cold_call", "陌拜", "Cold call", "orange"),
    ("phone", "电话咨询", "Phone inquiry", "gray"),
    ("email", "邮件咨询", "Mail inquiry", "gray"),
    ("social", "社交媒体", "Social media", "magenta"),
    ("partner", "合作伙伴", "Partner", "green"),
    ("other", "其他", "Other", "gray"),
)
"""Where customers, leads and opportunities come from."""

INDUSTRIES = choices(
    ("manufacturing", "制造业", "Manufacturing"),
    ("machinery", "机械设备", "Machinery"),
    ("electronics", "电子电气", "Electronics"),
    ("automotive", "汽车", "Automotive"),
    ("chemicals", "化工材料", "Chemicals"),
    ("energy", "能源电力", "Energy"),
    ("construction", "建筑建材", "Construction"),
    ("real_estate", "房地产", "Real estate"),
    ("software", "软件和信息技术", "Software"),
    ("technology", "科技", "Technology"),
    ("internet", "互联网", "Internet"),
    ("telecommunications", "通信", "Telecommunications"),
    ("finance", "金融", "Finance"),
    ("medical", "医疗健康", "Medical"),
    ("education", "教育培训", "Education"),
    ("retail", "零售", "Retail"),
    ("trade", "批发贸易", "Trade"),
    ("logistics", "物流运输", "Logistics"),
    ("food", "食品饮料", "Food and drink"),
    ("agriculture", "农林牧渔", "Agriculture"),
    ("hospitality", "酒店餐饮", "Hospitality"),
    ("entertainment", "文化娱乐", "Entertainment"),
    ("marketing", "广告营销", "Marketing"),
    ("employment", "人力资源", "Employment"),
    ("services", "商务服务", "Business services"),
    ("government", "政府及事业单位", "Government"),
    ("other", "其他", "Other"),
)
"""What companies do."""
