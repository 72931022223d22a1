"""Tables as files have them: encodings, blank first lines, rows that are too long, quotes that never end."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...kernel.errors import BadRequest
from .mapping import read_yaml
from .reading import cell_text, open_table


def table(folder: Path, content: bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "客户名称,备注\n张三丰实业有限公司,第一次联系\n李四海贸易有限公司,已经成交\n"
    source = open_table(table(tmp_path, text.encode(encoding)))
    assert source.columns == ("客户名称", "备注")
    assert [row.cells["客户名称"] for row in source.rows] == ["张三丰实业有限公司", "李四海贸易有限公司"]


def test_ragged_rows_are_told_by_their_lines(tmp_path: Path) -> None:
    text = "客户名称,备注\n甲公司\n乙公司,好,多余,更多\n".encode("gb18030")
    first, second = open_table(table(tmp_path, text)).rows
    assert (first.line, first.cells, first.extra) == (2, {"客户名称": "甲公司", "备注": ""}, ())
    assert (second.line, list(second.extra)) == (3, ["多余", "更多"])


def test_blank_lines_before_the_header(tmp_path: Path) -> None:
    source = open_table(table(tmp_path, b"\n,\nname,remark\nA,x\n"))
    assert source.columns == ("name", "remark")
    assert [(row.line, row.cells["name"]) for row in source.rows] == [(4, "A")]


def test_a_quote_that_never_ends_is_no_row(tmp_path: Path) -> None:
    source = open_table(table(tmp_path, 'name,remark\n张三,"abc\n李四,x\n王五,y\n'.encode()))
    with pytest.raises(BadRequest) as refused:
        list(source.rows)
    assert refused.value.code == "import_broken"
    assert refused.value.as_json("zh")["title"] == "文件无法读取：有引号没有结束"
    assert refused.value.as_json("en")["title"] == "The file cannot be read: a quote is not closed"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'name;remark\nA;"x"y\n', "引号结束后应为分隔符“;”或换行"),
        (b"name,remark\nA," + b"x" * 1_000_001 + b"\n", "有单元格超过 1000000 个字符"),
    ],
)
def test_what_is_wrong_is_told_in_the_language(tmp_path: Path, content: bytes, told: str) -> None:
    source = open_table(table(tmp_path, content))
    with pytest.raises(BadRequest) as refused:
        list(source.rows)
    assert refused.value.as_json("zh")["title"] == f"文件无法读取：{told}"


def test_a_workbook_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"no workbook")
    with pytest.raises(BadRequest) as refused:
        open_table(path)
    assert refused.value.as_json("zh")["title"] == "文件无法读取：不是可以打开的工作簿"


def test_yaml_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("steps:\n  - {object: lead\n", "utf-8")
    with pytest.raises(BadRequest) as refused:
        read_yaml(path)
    assert refused.value.as_json("zh")["title"] == "plan.yaml 不是有效的 YAML（第 3 行，第 1 个字符）"


def test_numbers_of_sheets_have_15_digits() -> None:
    assert [cell_text(n) for n in (0.1 + 0.2, 12.5, 3.0, 1e-7, 1234567890.12)] == [
        "0.3", "12.5", "3", "0.0000001", "1234567890.12",
    ]  # fmt: skip


@pytest.mark.parametrize("lines", [1, 3, 200_000])
@pytest.mark.parametrize(("end", "encoding"), [("\n", ""), ("\r\n", ""), ("\n", "utf-8")])
def test_a_byte_that_is_not_of_the_encoding_is_told_by_its_line(
    tmp_path: Path, lines: int, end: str, encoding: str
) -> None:
    head = ("客户名称" + end + ("甲公司" + end) * lines).encode(encoding or "gb18030")
    with pytest.raises(BadRequest) as refused:
        list(
            open_table(
                table(
                    tmp_path,
                    head + "乙".encode("gb18030") + b"\xff" + b"\n",
                ),
                encoding=encoding,
            ).rows
        )
    assert refused.value.code == "import_encoding"
    (error,) = refused.value.errors
    assert (error.field, error.params["line"]) == ("", lines + 2)
    assert error.as_json("zh")["message"].startswith(f"第 {lines + 2} 行有不属于")


def test_lines_are_told_in_the_language(tmp_path: Path) -> None:
    source = open_table(table(tmp_path, 'name,remark\n张三,"abc\n'.encode()))
    with pytest.raises(BadRequest) as refused:
        list(source.rows)
    assert [e.as_json("zh")["message"] for e in refused.value.errors] == ["第 2 行无法读取"]
    assert [e.as_json("en")["message"] for e in refused.value.errors] == ["Line 2 cannot be read"]
