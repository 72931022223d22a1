"""Whether definitions are sound by themselves: keys, types, options, targets, groups, layout, number of columns.

What is written in the expression language is checked by `services.definitions.expressions`, which knows paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made_by
from typing import Any

from ..kernel.errors import FieldError
from . import field_types
from .field_types import Context, FieldProblem, rollup
from .model import CUSTOM_PREFIX, KEY, Field, Object, RecordType
from .tables import MOST_COLUMNS, STAMPS, field_columns, orderable, stored_fields

RESERVED_FIELDS = frozenset(
    {
        "id", "version", "deleted_at", "operation", "valid_to", "ended_by", "changed", "tokens",
        "tableoid", "ctid", "xmin", "xmax", "cmin", "cmax", "and", "or", "not", "any", "in", "true", "false", "null",
    }
)  # fmt: skip
"""Names that mean something else in tables or in conditions."""

_MOST_PER_FIELD = 4
"""The most columns that one field has (money, an address)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a definition. `field` is empty where it is about the object; `attribute` is the path in
    its JSON (`options.target`); `code` a message code without `field.`."""

    object: str
    field: str
    attribute: str
    code: str
    params: Mapping[str, Any] = made_by(default_factory=dict, compare=False, hash=False)

    def error(self, prefix: str = "") -> FieldError:
        """The error as told to a caller."""
        path = ".".join(p for p in (prefix, self.attribute) if p)
        return FieldError(path, self.code, self.params)


def faults(objects: Iterable[Object], reserved: Iterable[str] = ()) -> Iterator[Fault]:
    """What is wrong with a set of definitions. `reserved`: names that tables of the system have."""
    by_key = {o.key: o for o in objects if not o.retired}
    names = frozenset(reserved)
    for obj in by_key.values():
        yield from _Checker(by_key, obj).run(names)


def live(obj: Object) -> dict[str, Field]:
    """The fields of an object that are in use."""
    return {f.key: f for f in obj.fields if f.state != "retired"}


def key_fault(key: str, *, custom: bool) -> str | None:
    """What is wrong with a key, as a message code."""
    if not KEY.match(key) or "__" in key or key.endswith("_"):
        return "def_key_form"
    if custom != key.startswith(CUSTOM_PREFIX):
        return "def_key_prefix"
    return "def_key_reserved" if key in RESERVED_FIELDS else None


def _too_wide(obj: Object) -> bool:
    fields = list(stored_fields(obj))
    if len(STAMPS) + _MOST_PER_FIELD * len(fields) <= MOST_COLUMNS:
        return False  # without making the columns to count them
    return len(STAMPS) + sum(len(field_columns(f)) for f in fields) > MOST_COLUMNS


def _names(field: Field) -> bool:
    return field.type in field_types.all_types() and field_types.get(field.type).names


def _can_be_asked_for(field: Field) -> bool:
    """Whether people can give a record the field: not lines, which are there when the record is."""
    kind = field_types.all_types().get(field.type)
    return kind is not None and kind.stored and kind.writable and not (kind.computed or field.read_only)


class _Checker:
    def __init__(self, objects: Mapping[str, Object], obj: Object) -> None:
        self.objects = objects
        self.obj = obj
        self.fields = live(obj)

    def fault(self, key: str, attribute: str, code: str, **params: object) -> Fault:
        return Fault(self.obj.key, key, attribute, code, params)

    def run(self, names: frozenset[str]) -> Iterator[Fault]:
        obj = self.obj
        if code := key_fault(obj.key, custom=obj.custom):
            yield self.fault("", "key", code)
        elif obj.key in names:
            yield self.fault("", "key", "def_key_reserved")
        if len({f.key for f in obj.fields}) < len(obj.fields):
            yield self.fault("", "fields", "def_key_taken")
        named = self.fields.get("name")
        if named is None or not _names(named):
            yield self.fault("", "fields", "def_no_name")
        if _too_wide(obj):
            yield self.fault("", "fields", "def_too_many_columns", limit=MOST_COLUMNS)
        for each in self.fields.values():
            yield from self.field(each)
        yield from self.mentions()

    # -- one field -----------------------------------------------------------------------------------------------

    def field(self, f: Field) -> Iterator[Fault]:
        # the field `name` of a custom object, and the common fields, have their standard keys
        standard = f.system or not f.custom
        if not standard and f.key != "name" and (code := key_fault(f.key, custom=True)):
            yield self.fault(f.key, "key", code)
        elif f.key in RESERVED_FIELDS or not KEY.match(f.key) or "__" in f.key:
            yield self.fault(f.key, "key", "def_key_reserved")
        if f.type not in field_types.all_types():
            yield self.fault(f.key, "type", "def_no_such_type", type=f.type)
            return
        kind = field_types.get(f.type)
        try:
            kind.check(f)
        except FieldProblem as e:
            yield self.fault(f.key, e.part or "options", e.code, **e.params)
            return
        yield from self.flags(f)
        yield from self.targets(f)
        yield from self.default(f)

    def flags(self, f: Field) -> Iterator[Fault]:
        kind = field_types.get(f.type)
        if f.unique and not kind.uniquable:
            yield self.fault(f.key, "unique", "def_not_for_type")
        if f.index and not (kind.sortable and kind.stored and not f.encrypted):
            yield self.fault(f.key, "index", "def_not_for_type")
        if f.encrypted and f.key == "name":  # references, searches and lists show it
            yield self.fault(f.key, "encrypted", "def_name_encrypted")
        if f.search and kind.search_kind is None:
            yield self.fault(f.key, "search", "def_not_for_type")
        if f.search and not self.obj.searchable:
            yield self.fault(f.key, "search", "def_object_not_searchable")
        if f.fixed_choices and not f.choices:
            yield self.fault(f.key, "fixed_choices", "def_not_for_type")
        if f.required and (kind.computed or not kind.writable):
            yield self.fault(f.key, "required", "def_not_for_type")
        for bound in ("minimum", "maximum"):
            if getattr(f, bound) is not None and not kind.bounded:
                yield self.fault(f.key, bound, "def_not_for_type")
        both = kind.bounded and f.minimum is not None and f.maximum is not None
        if both and kind.bound(f.minimum) > kind.bound(f.maximum):
            yield self.fault(f.key, "minimum", "def_bounds", minimum=f.minimum, maximum=f.maximum)

    def targets(self, f: Field) -> Iterator[Fault]:
        kind = field_types.get(f.type)
        if kind.output in ("reference", "references") and f.target not in self.objects:
            yield self.fault(f.key, "options.target", "def_unknown_object", object=f.target)
        if kind.output == "reference_any":
            for target in kind.settings(f).targets:
                if target not in self.objects:
                    yield self.fault(f.key, "options.targets", "def_unknown_object", object=target)
        if f.type not in ("lines", "rollup"):
            return
        options = kind.settings(f)
        child = self.objects.get(options.object)
        if child is None:
            yield self.fault(f.key, "options.object", "def_unknown_object", object=options.object)
            return
        via = live(child).get(options.via)
        points_here = (
            via is not None and field_types.get(via.type).output == "reference" and via.target == self.obj.key
        )
        if not points_here:
            yield self.fault(f.key, "options.via", "def_not_pointing_here", object=self.obj.key)
        elif f.type == "lines" and child.parent != options.via:
            yield self.fault(f.key, "options.object", "def_not_a_child", field=options.via)
        if f.type == "rollup":
            yield from self.rollup(f, child)

    def rollup(self, f: Field, child: Object) -> Iterator[Fault]:
        options = field_types.get(f.type).settings(f)
        if options.measure == "count":
            return
        source = live(child).get(options.field)
        if source is None:
            yield self.fault(f.key, "options.field", "def_unknown_field", field=options.field)
            return
        kind = field_types.get(source.type)
        if options.measure not in kind.field_measures(source) or source.encrypted:
            yield self.fault(f.key, "options.measure", "def_not_for_type")
            return
        wanted = rollup.TYPE.result_over(options.measure, kind.expression_type(source))
        if wanted is None:
            yield self.fault(f.key, "options.measure", "def_not_for_type")
        elif options.result != wanted and not (wanted == "integer" and options.result == "number"):
            yield self.fault(f.key, "options.result", "def_result_is", result=wanted)

    def default(self, f: Field) -> Iterator[Fault]:
        if f.default is None or (isinstance(f.default, Mapping) and set(f.default) == {"expr"}):
            return
        kind = field_types.get(f.type)
        if not kind.stored or kind.computed or not kind.writable or f.unique:
            yield self.fault(f.key, "default", "def_not_for_type")
            return
        try:
            # any day and every currency will do: it is only seen whether the value can be read
            kind.parse(f, f.default, Context(today="2000-01-01"))
        except FieldProblem as e:
            if e.code != "no_rate":
                yield self.fault(f.key, "default", e.code, **e.params)

    # -- what the object says of its fields ------------------------------------------------------------------------

    def mentions(self) -> Iterator[Fault]:
        obj = self.obj
        if obj.parent:
            parent = self.fields.get(obj.parent)
            if parent is None or field_types.get(parent.type).output not in ("reference", "reference_any"):
                yield self.fault("", "parent", "def_unknown_field", field=obj.parent)
        for attribute, groups in (("unique", obj.unique), ("indexes", obj.indexes)):
            for number, group in enumerate(groups):
                for key in group:
                    if not self._can_be_ordered(key.lstrip("-")):
                        yield self.fault("", f"{attribute}.{number}", "def_unknown_field", field=key)
                if not group:
                    yield self.fault("", f"{attribute}.{number}", "required")
        for attribute, keys in (("list_fields", obj.list_fields), ("default_sort", obj.default_sort)):
            for key in keys:
                first = key.lstrip("-").split(".")[0]
                if first not in self.fields and first not in ("id", "version"):
                    yield self.fault("", attribute, "def_unknown_field", field=key)
        seen: set[str] = set()
        for number, section in enumerate(obj.sections):
            for key in section.fields:
                if key not in self.fields:
                    yield self.fault("", f"sections.{number}.fields", "def_unknown_field", field=key)
                elif key in seen:
                    yield self.fault("", f"sections.{number}.fields", "def_field_twice", field=key)
                seen.add(key)
        for number, rule in enumerate(obj.rules):
            if rule.field and rule.field not in self.fields:
                yield self.fault("", f"rules.{number}.field", "def_unknown_field", field=rule.field)
        values = [c.value for c in obj.record_types]
        if len(set(values)) < len(values):
            yield self.fault("", "record_types", "choices_twice")
        for number, kind in enumerate(obj.record_types):
            yield from self.record_type(kind, f"record_types.{number}")

    def record_type(self, kind: RecordType, path: str) -> Iterator[Fault]:
        for attribute, keys in (("without", kind.without), ("required", kind.required)):
            for key in keys:
                found = self.fields.get(key)
                if found is None or key == "record_type":
                    yield self.fault("", f"{path}.{attribute}", "def_unknown_field", field=key)
                elif keys.count(key) > 1 or (key in kind.without and key in kind.required):
                    yield self.fault("", f"{path}.{attribute}", "def_field_twice", field=key)
                elif attribute == "without" and (found.required or key == "name"):
                    yield self.fault("", f"{path}.without", "def_needed_field", field=key)
                elif attribute == "required" and not _can_be_asked_for(found):
                    yield self.fault("", f"{path}.required", "def_not_asked_for", field=key)

    def _can_be_ordered(self, key: str) -> bool:
        found = self.fields.get(key)
        return found is not None and orderable(found)
