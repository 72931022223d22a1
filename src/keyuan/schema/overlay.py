"""Standard definitions and an administrator's rows put together: the objects of one organisation.

What an administrator changed stays changed over an upgrade, what an upgrade adds shows up, and what no longer fits is
left out and reported, never an error: an organisation must come up whatever its rows say.

- Words (label, help), default, order and layout: the administrator's replace the standard ones.
- `required`, `personal`, `sensitive`: can be switched on, not off where the standard has them on.
- Choices and record types: merged by value; the administrator's words, order and additions, and the standard's later
  additions behind them. A standard choice can be retired, not removed, and none is added to those that the program knows.
- Sections: fields that came after the administrator arranged them are put behind.
- Unique groups, indexes and rules are added to the standard ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import msgspec

from ..kernel.errors import FieldError
from ..kernel.i18n import Label, words
from ..kernel.misfits import misfit
from . import field_types
from .declare import common_fields, record_type_field
from .field_types import FieldProblem
from .layout import finished
from .model import KEY, Choice, Field, Object, RecordType
from .tables import STAMPS, field_columns

C = TypeVar("C", bound=Choice)

Kind = Literal["object", "field", "object_overlay", "field_overlay"]

FIELD_WORDS = frozenset({"label", "help", "default", "minimum", "maximum", "pattern"})
FIELD_FLAGS = frozenset({"required", "personal", "sensitive"})
FIELD_STORAGE = frozenset({"search", "unique", "index", "encrypted"})
FIELD_INNER = frozenset({"state", "column", "becoming"})
"""Kept by the program, not given by people."""
FIELD_OVERLAY = FIELD_WORDS | FIELD_FLAGS | FIELD_STORAGE | FIELD_INNER | {"options"}
OBJECT_WORDS = frozenset({"label", "plural", "icon", "default_sort", "list_fields", "sections"})
OBJECT_SUMS = frozenset({"unique", "indexes", "rules"})
OBJECT_OVERLAY = OBJECT_WORDS | OBJECT_SUMS | {"record_types", "arranged"}
"""`arranged`: the keys of the fields that there were when the administrator arranged the sections."""


RESERVED = ("valid_to", "ended_by", "changed", "tableoid", "ctid", "xmin", "xmax", "cmin", "cmax")
"""Columns of the history's tables, and of PostgreSQL's own."""

LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL; a longer one would be cut, and could meet another."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table `definition`."""

    kind: Kind
    object: str
    field: str
    body: Mapping[str, Any]
    position: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row, or a part of one, that was left out; `code` is a message code without `definition.`."""

    object: str
    field: str
    code: str
    params: Mapping[str, Any]

    @property
    def words(self) -> Label:
        """What was left out and why, in both languages."""
        return words("definition." + self.code, **self.params)


def compose(
    standard: Iterable[Object], rows: Iterable[Row], *, strict: bool = False
) -> tuple[tuple[Object, ...], tuple[LeftOut, ...]]:
    """The objects of an organisation, retired ones left out, and what could not be used. `strict` leaves in what
    mentions things that are not there, for checks."""
    return _Composer(standard, rows, strict).run()


class _Composer:
    def __init__(self, standard: Iterable[Object], rows: Iterable[Row], strict: bool) -> None:
        self.strict = strict
        self.standard = {o.key: o for o in standard}
        self.rows: dict[Kind, list[Row]] = {
            "object": [],
            "field": [],
            "object_overlay": [],
            "field_overlay": [],
        }
        self.warnings: list[LeftOut] = []
        for row in sorted(rows, key=lambda r: (r.position, r.object, r.field)):
            if row.kind in self.rows:
                self.rows[row.kind].append(row)
            else:
                self.warn(row, "unknown_kind", kind=row.kind)

    def warn(self, row: Row, code: str, **params: object) -> None:
        self.warnings.append(LeftOut(row.object, row.field, code, params))

    def run(self) -> tuple[tuple[Object, ...], tuple[LeftOut, ...]]:
        objects = dict(self.standard)
        arranged: dict[str, frozenset[str]] = {}
        for row in self.rows["object"]:
            self.custom_object(row, objects)
        self.custom_fields(objects)
        for row in self.rows["field_overlay"]:
            self.field_overlay(row, objects)
        for row in self.rows["object_overlay"]:
            self.object_overlay(row, objects, arranged)
        objects = {k: o for k, o in objects.items() if not o.retired}
        self.columns(objects)
        if self.strict:
            return tuple(objects.values()), tuple(self.warnings)
        self.targets(objects)
        made = tuple(finished(o, arranged.get(k)) for k, o in objects.items())
        return made, tuple(self.warnings)

    def custom_object(self, row: Row, objects: dict[str, Object]) -> None:
        if row.object in objects:
            self.warn(row, "object_exists")
            return
        body = {k: v for k, v in row.body.items() if k not in ("fields", "arranged")}
        try:
            obj = msgspec.convert({**body, "key": row.object, "custom": True, "fields": []}, Object)
        except (msgspec.ValidationError, ValueError) as e:
            self.warn(row, "unreadable", attribute="object", reason=misfit(e).words)
            return
        kinds = (record_type_field(obj.record_types),) if obj.record_types else ()
        objects[obj.key] = replaced(obj, fields=(*kinds, *common_fields(owned=obj.owned)))

    def custom_fields(self, objects: dict[str, Object]) -> None:
        added: dict[str, list[Field]] = {}
        for row in self.rows["field"]:
            obj = objects.get(row.object)
            if obj is None:
                self.warn(row, "no_object")
            elif obj.field(row.field) or any(f.key == row.field for f in added.get(row.object, ())):
                self.warn(row, "field_exists")
            else:
                try:
                    field = msgspec.convert({**row.body, "key": row.field, "custom": True}, Field)
                    field_types.get(field.type).check(field)
                except (msgspec.ValidationError, ValueError) as e:
                    self.warn(row, "unreadable", attribute="field", reason=misfit(e).words)
                except KeyError:
                    self.warn(row, "no_type", type=str(row.body.get("type")))
                except FieldProblem as e:
                    self.warn(row, "unreadable", attribute=e.part, reason=e.at("").words)
                else:
                    if not KEY.match(field.key):
                        self.warn(
                            row, "unreadable", attribute="key", reason=FieldError("", "def_key_form").words
                        )
                        continue
                    added.setdefault(row.object, []).append(field)
        for key, fields in added.items():
            objects[key] = with_fields(objects[key], fields)

    def field_overlay(self, row: Row, objects: dict[str, Object]) -> None:
        obj = objects.get(row.object)
        field = obj.field(row.field) if obj else None
        if obj is None or field is None:
            self.warn(row, "no_field" if obj else "no_object")
            return
        body = dict(row.body)
        # the fields that every object has stay where they are
        known = FIELD_OVERLAY - FIELD_INNER if field.system else FIELD_OVERLAY
        for name in sorted(set(body) - known):
            self.warn(row, "unknown_attribute", attribute=name)
            del body[name]
        for flag in FIELD_FLAGS & body.keys():
            if getattr(field, flag) and not body[flag]:
                self.warn(row, "cannot_switch_off", attribute=flag)
                del body[flag]
        if field.fixed_choices and (added := added_choices(field, body.get("options"))):
            self.warn(row, "choices_fixed", values=", ".join(added))
            given = body["options"]["choices"]
            kept = [c for c in given if not (isinstance(c, Mapping) and c.get("value") in added)]
            body["options"] = {**body["options"], "choices": kept}
        made = field
        # attribute by attribute, so that one that no longer fits does not cost the others
        for name, value in sorted(body.items()):
            try:
                if name == "options":
                    changed = replaced(made, options=merged_options(made, value))
                else:
                    changed = overlaid(made, name, value)
                field_types.get(changed.type).check(changed)
            except (msgspec.ValidationError, ValueError, TypeError, KeyError) as e:
                self.warn(row, "unreadable", attribute=name, reason=misfit(e).words)
            except FieldProblem as e:
                self.warn(row, "no_longer_fits", attribute=name, reason=e.at("").words)
            else:
                made = changed
        if made.state == "retired":
            made = replaced(made, required=False, unique=False, index=False, search=False)
        objects[row.object] = replaced(
            obj, fields=tuple(made if f.key == made.key else f for f in obj.fields)
        )

    def object_overlay(
        self, row: Row, objects: dict[str, Object], arranged: dict[str, frozenset[str]]
    ) -> None:
        obj = objects.get(row.object)
        if obj is None:
            self.warn(row, "no_object")
            return
        for name, value in sorted(row.body.items()):
            try:
                if name in OBJECT_WORDS:
                    obj = converted(obj, name, value)
                elif name in OBJECT_SUMS:
                    obj = converted(obj, name, [*msgspec.to_builtins(getattr(obj, name)), *value])
                elif name == "record_types":
                    obj = with_record_types(obj, merged_choices(obj.record_types, value, RecordType))
                elif name == "arranged":
                    arranged[row.object] = frozenset(value)
                else:
                    self.warn(row, "unknown_attribute", attribute=name)
            except (msgspec.ValidationError, ValueError, TypeError, KeyError) as e:
                self.warn(row, "unreadable", attribute=name, reason=misfit(e).words)
        objects[row.object] = obj

    def columns(self, objects: dict[str, Object]) -> None:
        """Give back the columns that rows name and that another field of the object has, or that no table can have. Of
        two fields the standard one keeps its column, and then the first."""
        for key, obj in objects.items():
            if not any(f.column or f.becoming for f in obj.fields):
                continue
            taken = {*STAMPS, *RESERVED}
            kept: dict[str, Field | None] = {}
            for field in sorted(obj.fields, key=lambda f: f.custom):
                made = next((f for f in _with_fewer_columns(field) if _free(f, taken)), None)
                if made != field:
                    self.warnings.append(LeftOut(key, field.key, "column_taken", {"column": field.physical}))
                if made is not None:
                    taken.update(_column_names(made))
                kept[field.key] = made
            objects[key] = replaced(obj, fields=tuple(m for f in obj.fields if (m := kept[f.key])))

    def targets(self, objects: dict[str, Object]) -> None:
        """Leave out custom fields that point at objects which are not there."""
        for key, obj in objects.items():
            lost = [f for f in obj.fields if f.custom and (t := pointed_at(f)) and t not in objects]
            for field in lost:
                params = {"target": pointed_at(field)}
                self.warnings.append(LeftOut(key, field.key, "no_target", params))
            if lost:
                gone = {f.key for f in lost}
                objects[key] = replaced(obj, fields=tuple(f for f in obj.fields if f.key not in gone))


def _with_fewer_columns(field: Field) -> Iterator[Field]:
    """The field, without the one it is becoming, and in the column of its own key."""
    yield field
    if field.becoming:
        field = replaced(field, becoming=None)
        yield field
    yield replaced(field, column="")


def _column_names(field: Field) -> list[str]:
    return [c.name for c in field_columns(field)] if field_types.get(field.type).stored else []


def _free(field: Field, taken: set[str]) -> bool:
    """Whether the table can have the columns of the field beside those that it has."""
    try:
        names = _column_names(field)
    except KeyError:  # what it is becoming has no type
        return False
    return len({*names} - taken) == len(names) and all(
        KEY.match(name.split("__")[0]) and len(name) <= LONGEST_NAME for name in names
    )


def pointed_at(field: Field) -> str | None:
    """The one object that a field cannot do without."""
    kind = field_types.get(field.type)
    if kind.output in ("reference", "references"):
        return field.target
    if field.type in ("rollup", "lines"):
        return str(field.option("object"))
    return None


def replaced(struct: Any, **changes: Any) -> Any:
    """The definition with attributes changed."""
    return msgspec.structs.replace(struct, **changes)


def converted(obj: Object, name: str, value: object) -> Object:
    """The object with one attribute given as JSON."""
    return msgspec.convert({**_plain(obj), name: value}, Object)


def overlaid(field: Field, name: str, value: object) -> Field:
    """The field with one attribute given as JSON."""
    return msgspec.convert({**_plain(field), name: value}, Field)


def _plain(struct: msgspec.Struct) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(struct)
    return made


def merged_choices(standard: Sequence[C], given: Iterable[Mapping[str, Any]], of: type[C]) -> tuple[C, ...]:
    """The administrator's choices in their order, with what they leave unsaid from the standard ones; standard choices
    they do not name behind."""
    by_value = {c.value: c for c in standard}
    made: dict[str, C] = {}
    for choice in given:
        base = by_value.get(choice["value"])
        made[choice["value"]] = msgspec.convert({**(_plain(base) if base else {}), **choice}, of)
    return (*made.values(), *(c for c in standard if c.value not in made))


def added_choices(standard: Field, options: object) -> list[str]:
    """The values among options given for a field that are none of its standard choices."""
    given = options.get("choices") if isinstance(options, Mapping) else None
    if not isinstance(given, list):
        return []
    values = (c.get("value") for c in given if isinstance(c, Mapping))
    return [v for v in values if isinstance(v, str) and v not in standard.choice_values]


def merged_options(field: Field, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a field with the administrator's over them."""
    options = {**field.options, **given}
    if "choices" in given:
        options["choices"] = [_plain(c) for c in merged_choices(field.choices, given["choices"], Choice)]
    return options


def with_fields(obj: Object, added: Iterable[Field]) -> Object:
    """The object with fields put before the common ones at its end."""
    fields = list(obj.fields)
    place = len(fields)
    while place > 0 and fields[place - 1].system:
        place -= 1
    return replaced(obj, fields=(*fields[:place], *added, *fields[place:]))  # type: ignore[no-any-return]


def with_record_types(obj: Object, types: tuple[RecordType, ...]) -> Object:
    """The object with these record types, in its field `record_type` too."""
    own = tuple(f for f in obj.fields if f.key != "record_type")
    first = (record_type_field(types),) if types else ()
    return replaced(obj, record_types=types, fields=(*first, *own))  # type: ignore[no-any-return]
