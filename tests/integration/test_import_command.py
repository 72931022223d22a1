"""`keyuan import` and `keyuan undo` speak the language they are asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from serving import command

from keyuan import domains
from keyuan.kernel.i18n import Language
from keyuan.storage.organisations import Organisations
from keyuan.storage.pool import open_pool

pytestmark = pytest.mark.anyio

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_everything_is_told_in_one_language(
    database_url: str, tmp_path: Path, language: Language
) -> None:
    async with open_pool(database_url, "cli", size=1) as pool:
        await Organisations(pool, domains.load().objects).create("test", "Test")
    file = tmp_path / "products.csv"
    file.write_text("name,colour\nA1,red\nA2,blue\n")

    def told(*arguments: str) -> list[str]:
        done = command(*arguments, "--language", language, KEYUAN_DATABASE_URL=database_url)
        assert done.stdout, done.stderr
        lines = done.stdout.splitlines()
        for line in lines:
            # ids, keys and names are the same in both
            assert bool(CHINESE.search(line)) == (language == "zh"), line
        return lines

    arguments = ("import", "product", str(file), "--key", "name")
    assert len(told(*arguments, "--dry-run")) == 3
    assert len(told(*arguments)) == 3
    assert len(told(*arguments)) == 3  # nothing had to be changed
    unknown = command(
        "import", "produkt", str(file), "--language", language, KEYUAN_DATABASE_URL=database_url
    )
    assert "produkt" in unknown.stderr.splitlines()[-1]
    file.write_text("name,price\nA1,dear\nA2,12\nA3,cheap\n")
    assert len(told("import", "product", str(file), "--key", "name")) == 3  # two lines that cannot be read

    file.write_text("name\nA9\n")
    operation = told(*arguments)[-1].split()[-1]
    assert re.search(r"\b1\b", told("undo", operation)[0])
    told("undo", "01900000-0000-7000-8000-000000000000")
    assert told("undo", "A9") == told("undo", "01900000-0000-7000-8000-000000000000")  # no traceback


def test_where_nothing_was_ever_set_up_it_says_so(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text("name\nA1\n")
    done = command("import", "product", str(file), KEYUAN_DATABASE_URL=database_url)
    assert (done.returncode, done.stderr) == (
        1,
        "keyuan: There is no organisation yet: start ./run once.\n",
    )
