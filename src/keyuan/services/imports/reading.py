"""Reading tables from files: CSV in whatever encoding and with whatever delimiter, and sheets (XLSX, XLS, ODS).

A row comes as a mapping from column name to text, with the number of the line it begins on, so that errors name it."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

from ...kernel.errors import BadRequest, FieldError
from ...kernel.i18n import Label, words

MOST_CELL = 1_000_000
"""The most characters of one cell; a larger one is a sign of a broken file."""

_SAMPLE = 1_000_000
_DELIMITERS = ",;\t|"
_SHEETS = {".xlsx", ".xlsm", ".xls", ".ods", ".xlsb"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file. `cells` by column name, empty ones as ""; `line` counts from 1, the header included. `extra`
    holds what lies beyond the last column, which makes the row one to refuse."""

    line: int
    cells: dict[str, str]
    extra: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was opened: its columns in order, and its rows, to be read once."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


def open_table(path: Path, *, encoding: str = "", delimiter: str = "", sheet: str = "") -> Source:
    """Open a file by its ending. `BadRequest` for one that cannot be read as a table."""
    if not path.is_file():
        raise BadRequest("import_no_file", path=path.name)
    if path.suffix.lower() in _SHEETS:
        return _sheet(path, sheet)
    return _csv(path, encoding or detect_encoding(path), delimiter)


def detect_encoding(path: Path) -> str:
    """UTF-8 (with or without mark), UTF-16 by its mark, otherwise GB18030, which every older Chinese file is read by."""
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := file.read(_SAMPLE):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
            return "utf-8"
        except UnicodeDecodeError:
            return "gb18030"


def _detect_delimiter(sample: str) -> str:
    """The delimiter that the header line has most of, outside quotes."""
    counts = dict.fromkeys(_DELIMITERS, 0)
    quoted = False
    for character in sample:
        if character == '"':
            quoted = not quoted
        elif character == "\n" and not quoted:
            break
        elif character in counts and not quoted:
            counts[character] += 1
    return max(counts, key=lambda d: counts[d])


def _header(cells: list[str]) -> tuple[str, ...]:
    """The column names, each once: an empty one is named by its place, a repeated one numbered."""
    seen: dict[str, int] = {}
    names = []
    for place, cell in enumerate(cells, 1):
        name = cell.strip().strip("\ufeff") or f"#{place}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    while names and names[-1] == f"#{len(names)}":
        names.pop()
    return tuple(names)


def _row(line: int, columns: tuple[str, ...], cells: list[str]) -> Row:
    padded = cells + [""] * (len(columns) - len(cells))
    beyond = tuple(c for c in padded[len(columns) :] if c.strip())
    return Row(line, dict(zip(columns, padded, strict=False)), beyond)


def _csv(path: Path, encoding: str, delimiter: str) -> Source:
    try:
        with path.open(encoding=encoding, newline="") as file:
            sample = file.read(64_000)
    except LookupError:
        raise BadRequest("import_encoding", encoding=encoding) from None
    except UnicodeError:
        raise _not_in(path, encoding) from None
    if not sample.strip():
        raise BadRequest("import_empty", path=path.name)
    dialect = delimiter or _detect_delimiter(sample)
    csv.field_size_limit(MOST_CELL)

    def rows() -> Iterator[tuple[int, list[str]]]:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=dialect, strict=True)
            line = 1
            try:
                for cells in reader:
                    yield line, cells
                    line = reader.line_num + 1
            except UnicodeError:
                raise _not_in(path, encoding) from None
            except csv.Error as e:
                raise BadRequest(
                    "import_broken",
                    errors=[FieldError("", "import_line", {"line": line})],
                    reason=_broken(str(e), dialect),
                ) from None

    found = rows()
    filled = ((n, cells) for n, cells in found if any(c.strip() for c in cells))
    columns = _header(next(filled)[1])
    return Source(columns, (_row(n, columns, cells) for n, cells in filled))


def _not_in(path: Path, encoding: str) -> BadRequest:
    """That a file is not in an encoding, with the line of the first byte that is not."""
    decoder, newlines = codecs.getincrementaldecoder(encoding)(), io.IncrementalNewlineDecoder(None, True)
    line = 1
    with path.open("rb") as file:
        while True:
            chunk, before = file.read(_SAMPLE), decoder.getstate()
            try:
                line += newlines.decode(decoder.decode(chunk, final=not chunk)).count("\n")
            except UnicodeDecodeError as wrong:
                decoder.setstate(before)
                right = chunk[: max(0, wrong.start - (len(wrong.object) - len(chunk)))]
                line += newlines.decode(decoder.decode(right)).count("\n")
                break
            except UnicodeError:  # no mark where UTF-16 has one
                break
            if not chunk:
                break
    errors = [FieldError("", "import_byte", {"line": line, "encoding": encoding})]
    return BadRequest("import_encoding", errors=errors, encoding=encoding)


def _broken(said: str, delimiter: str) -> Label:
    """What the reader of CSV says in English, in words of ours."""
    if "expected after" in said:
        shown = "\\t" if delimiter == "\t" else delimiter
        return words("import.broken_quote", delimiter=shown)
    if "unexpected end" in said:
        return words("import.broken_open")
    if "field limit" in said:
        return words("import.broken_cell", limit=MOST_CELL)
    return words("import.broken_nul" if "NUL" in said else "import.broken_form")


def cell_text(value: Any) -> str:
    """The text of a sheet's cell: whole numbers without a fraction, dates in ISO form."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            if value.is_integer() and abs(value) < 2**53:
                return str(int(value))
            # sheets count with 15 digits; what a float has beyond them nobody wrote
            return format(Decimal(f"{value:.15g}"), "f") if isfinite(value) else repr(value)
        case datetime():
            same_day = value.time() == time(0)
            return value.date().isoformat() if same_day else value.isoformat(sep=" ", timespec="seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value)


def _sheet(path: Path, name: str) -> Source:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(io.BytesIO(file.read()))
        names = book.sheet_names
        if not names or (name and name not in names):
            raise BadRequest("import_no_sheet", sheet=name, sheets=", ".join(names))
        table = book.get_sheet_by_name(name or names[0])
    except PasswordError:
        raise BadRequest("import_broken", reason=words("import.broken_password")) from None
    except CalamineError:
        raise BadRequest("import_broken", reason=words("import.broken_book")) from None
    start = (table.start or (0, 0))[0]

    def rows() -> Iterator[tuple[int, list[str]]]:
        for number, cells in enumerate(table.iter_rows(), start + 1):
            yield number, [cell_text(c) for c in cells]

    found = ((n, cells) for n, cells in rows() if any(c.strip() for c in cells))
    first = next(found, None)
    if first is None:
        raise BadRequest("import_empty", path=path.name)
    columns = _header(first[1])
    return Source(columns, (_row(n, columns, cells) for n, cells in found))
