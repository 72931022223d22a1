"""What the guide shows to be written is taken as written, does what it says, and leaves nothing out."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import msgspec
import pytest
import yaml
from world import World, codes

from keyuan.access import system_principal
from keyuan.kernel.errors import Invalid
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.services.imports import mapping
from keyuan.services.imports.report import StepReport
from keyuan.services.imports.run import run_plan

pytestmark = pytest.mark.anyio

GUIDE = Path(__file__).parents[3] / "docs" / "guide"
PRICES = {"en": ("prices.xlsx", "Code", "Product", "Price"), "zh": ("价格.xlsx", "编码", "产品", "价格")}


def workbook(path: Path, sheets: dict[str, list[list[str]]]) -> None:
    """Write the smallest XLSX that holds these rows."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    numbered = list(enumerate(sheets.items(), 1))
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="{kind}.worksheet+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/></Types>',
        )
        link = f'<Relationship Id="r%d" Type="{office}/%s" Target="%s"/>'
        links = f'<Relationships xmlns="{package}/relationships">%s</Relationships>'
        file.writestr("_rels/.rels", links % (link % (1, "officeDocument", "xl/workbook.xml")))
        parts = "".join(link % (n, "worksheet", f"sheet{n}.xml") for n, _ in numbered)
        file.writestr("xl/_rels/workbook.xml.rels", links % parts)
        names = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, (name, _) in numbered)
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{names}</sheets></workbook>',
        )
        for n, (_, rows) in numbered:
            lines = "".join(
                "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) + "</row>"
                for row in rows
            )
            file.writestr(
                f"xl/sheet{n}.xml",
                f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
            )


def unfold(language: str, folder: Path) -> Path:
    """Lay the files of the page into a folder; the plan's path."""
    text = (GUIDE / language / "import.md").read_text("utf-8")
    for _, name, body in re.findall(r"^```(csv|yaml) (\S+)\n(.*?)^```$", text, re.S | re.M):
        (folder / name).write_text(body, "utf-8")
    name, *columns = PRICES[language]
    workbook(folder / name, {"2025": [["nothing"]], "2026": [columns, ["R1", "Robot", "98000"]]})
    return next(folder.glob("*.yaml"))


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_plan_of_the_guide(world: World, tmp_path: Path, language: str) -> None:
    plan = mapping.read_plan(mapping.read_yaml(unfold(language, tmp_path)))

    async def load() -> list[StepReport]:
        async def work(uow: UnitOfWork) -> list[StepReport]:
            return await run_plan(uow, plan, tmp_path)

        return await run(world.runtime, system_principal("test"), work, kind="import", trusted=True)

    users, customers, contacts, products, activities = await load()
    assert (users.created, users.skipped, users.refused) == (1, 4, 0)
    # the repeated line is refused, the others are taken
    assert (customers.created, customers.refused, customers.skipped) == (3, 1, 1), customers.errors
    assert (contacts.created, products.created, activities.created) == (2, 1, 2)

    made = {c["external_code"]: c for c in await world.all("customer")}
    first, second, third = (made[code] for code in ("1001", "1002", "1003"))
    assert first["name"] in ("Hengda Machinery (Hangzhou)", "恒达机械（杭州）")
    assert [c["level"] for c in (first, second, third)] == ["A", "B", "C"]
    assert first["created_at"].startswith("2019-03-1")
    assert first["revenue"]["amount"] == "12000000.00"
    assert second["revenue"]["amount"] == "855000.00"
    (seller,) = [u for u in await world.all("user") if u["id"] == first["owner"]]
    assert seller["login"] == "chenming"
    tags = {t["id"]: t for t in await world.all("tag")}
    assert [len(c["tags"] or ()) for c in (first, second, third)] == [2, 0, 1]
    assert {t["color"] for t in tags.values()} == {"blue"}
    assert len(tags) == 2
    people = {c["name"]: c["customer"] for c in await world.all("contact")}
    assert set(people.values()) == {first["id"], second["id"]}
    (product,) = await world.all("product")
    assert (product["code"], product["price"]["amount"]) == ("R1", "98000.00")
    assert sorted(a["about"]["object"] for a in await world.all("activity")) == ["contact", "customer"]

    # once more: what is known is changed or left alone, an empty cell clears only where it is to
    await world.change("customer", first["id"], phone="13800138000", remark="new")
    again = await load()
    assert [r.created for r in again] == [0, 0, 0, 0, 2]
    found = await world.get("customer", first["id"])
    assert (found["phone"], found["remark"]) == ("0571-88886666", None)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_key_of_a_mapping_is_shown(tmp_path: Path, language: str) -> None:
    plan = yaml.safe_load(unfold(language, tmp_path).read_text("utf-8"))
    steps = {key for step in plan["steps"] for key in step}
    columns = {k for step in plan["steps"] for c in step["fields"].values() if isinstance(c, dict) for k in c}
    assert steps == {f.name for f in msgspec.structs.fields(mapping.FileMapping)}
    assert columns == {f.name for f in msgspec.structs.fields(mapping.Column)}


@pytest.mark.parametrize(("language", "title"), [("en", "**Stage gates.**"), ("zh", "**阶段门槛。**")])
async def test_stage_gates_are_set_as_told(world: World, language: str, title: str) -> None:
    text = (GUIDE / language / "work.md").read_text("utf-8")
    told = next(part for part in text.split("\n\n") if part.startswith(title)).replace("\n", " ")
    required, tasks = (json.loads(found) for found in re.findall(r"`(\[.+?\])`", told))
    (pipeline,) = [p["id"] for p in await world.all("pipeline") if p["default"]]
    stages = sorted(
        (s for s in await world.all("stage") if s["pipeline"] == pipeline), key=lambda s: s["position"]
    )
    await world.change("stage", stages[1]["id"], required_fields=required, tasks=tasks)
    deal = await world.one("opportunity", name="商机")
    with pytest.raises(Invalid) as refused:
        await world.change("opportunity", deal, stage=stages[1]["id"])
    assert codes(refused.value) == dict.fromkeys(required, "required")
    line = {"name": "机器人", "price": "1000", "quantity": "2"}
    values = {"amount": "2000", "expected_close": "2027-01-31", "lines": [line]}
    assert set(values) == set(required)
    await world.change("opportunity", deal, stage=stages[1]["id"], **values)
    made = [t for t in await world.all("task") if t["opportunity"] == deal]
    assert sorted((t["name"], t["priority"]) for t in made) == sorted(
        (t["name"], t.get("priority", "normal")) for t in tasks
    )
