"""What an import does with a file, as a person writes it in YAML.

    object: opportunity
    file: sales_pipeline.csv
    key: external_id                     # find existing records by this field; or a list of fields
    mode: upsert                         # create | update | upsert (default)
    distinct: [manager]                  # take one row for each different value of these columns
    fields:
      external_id: opportunity_id        # short for {column: opportunity_id}
      name: {template: "{account} {product}"}
      stage: {column: deal_stage, find: name, where: {pipeline: Standard}}
      product: {column: product, find: name, map: {GTXPro: GTX Pro}}
      closed_at: {column: close_date, date: MDY}
      owner: {column: sales_agent, find: name}
      outcome: {column: deal_stage, map: {Won: won, Lost: lost, "*": open}}
      pipeline: {value: Standard, find: name}
      tags: {column: labels, find: name}                    # several in a cell: parted by , ; 、 | or a new line
      related: {column: company, find: name, object: customer}

A plan is `{description: …, steps: [mapping, …]}`; a step may give its rows itself (`rows: [{…}]`) instead of a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import yaml

from ...kernel.errors import BadRequest
from ...kernel.misfits import misfit

T = TypeVar("T")
Order = Literal["MDY", "DMY", "YMD"]


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a field's value comes from and what is done with it, in this order: `column`, `template` (names of columns in
    braces) or a fixed `value`; `map` replaces whole values (`"*"` stands for all others); `slug` makes an account name
    of it; `default` stands in for an empty one; `date` says the order of day, month and year; `times` multiplies a number;
    `find` looks the record up whose field has this value, among those that `where` describes; `make` makes it where there
    is none, with the fields given. Where a field takes records of several objects, `object` says of which: the object's
    key, or a column whose values are keys. An empty value leaves an existing record's field alone unless `clear` is set."""

    column: str = ""
    template: str = ""
    value: Any = None
    map: dict[str, Any] = {}
    slug: bool = False
    default: Any = None
    date: Order | None = None
    times: str = ""
    find: str = ""
    object: str | Column = ""
    where: dict[str, Any] = {}
    make: dict[str, Any] | None = None
    clear: bool = False


class FileMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One step: a file (or rows), the object they become, how columns become fields."""

    object: str
    fields: dict[str, str | Column]
    file: str = ""
    rows: list[dict[str, Any]] = []
    key: str | list[str] = ""
    mode: Literal["create", "update", "upsert"] = "upsert"
    distinct: list[str] = []
    skip_empty: list[str] = []
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    on_error: Literal["stop", "skip"] = "stop"

    @property
    def columns(self) -> dict[str, Column]:
        """The fields with the short form written out."""
        return {k: Column(column=v) if isinstance(v, str) else v for k, v in self.fields.items()}

    @property
    def keys(self) -> tuple[str, ...]:
        """The fields by which existing records are found."""
        return (self.key,) if isinstance(self.key, str) and self.key else tuple(self.key)


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several mappings, done in their order as one operation."""

    steps: Annotated[list[FileMapping], msgspec.Meta(min_length=1)]
    description: str = ""


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; `BadRequest` with the place where it is none."""
    try:
        return yaml.safe_load(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise BadRequest("import_no_file", path=str(path)) from None
    except UnicodeDecodeError:
        raise BadRequest("import_encoding", encoding="UTF-8") from None
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise BadRequest("import_yaml", path=path.name, line=line, column=column) from None


def read_plan(data: Any) -> Plan:
    """A plan from its YAML; `BadRequest` naming the place that is wrong."""
    return _convert(data, Plan)


def read_mapping(data: Any) -> FileMapping:
    """A single mapping from its YAML; `BadRequest` naming the place that is wrong."""
    return _convert(data, FileMapping)


def _convert(data: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as e:
        raise BadRequest("import_mapping", errors=[misfit(e)]) from None


def by_headers(
    object_key: str, columns: tuple[str, ...], known: Mapping[str, tuple[str, ...]]
) -> FileMapping:
    """A mapping made by comparing a file's headers with the names of fields (key, zh and en label); columns that match
    none are left out."""
    names = {name.strip().casefold(): key for key, labels in known.items() for name in (key, *labels)}
    found: dict[str, str | Column] = {}
    for column in columns:
        key = names.get(column.strip().casefold())
        if key is not None and key not in found:
            found[key] = column
    return FileMapping(object=object_key, fields=found)
