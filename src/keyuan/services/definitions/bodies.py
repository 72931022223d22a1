"""From what an administrator sends to definitions: labels in both languages, keys with their prefix, values for choices.

What is sent has the shape in which definitions are shown, so what was read can be sent back changed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import msgspec

from ...kernel.errors import FieldError, Invalid
from ...kernel.misfits import misfit
from ...schema.check import key_fault
from ...schema.model import CUSTOM_PREFIX, Field, Object

Body = dict[str, Any]

LABEL_LENGTH = 80

FIELD_ATTRIBUTES = frozenset(
    {
        "key", "type", "label", "help", "required", "unique", "default", "minimum", "maximum", "pattern", "personal",
        "sensitive", "encrypted", "search", "index", "options",
    }
)  # fmt: skip
OBJECT_ATTRIBUTES = frozenset(
    {
        "key", "label", "plural", "icon", "area", "owned", "parent", "features", "searchable", "history", "importable",
        "unique", "indexes", "record_types", "list_fields", "sections", "default_sort", "rules",
    }
)  # fmt: skip
SHOWN_ONLY = frozenset(
    {
        "system", "custom", "access", "operators", "sortable", "groupable", "measures", "unit", "state", "read_only", "can",
        "fixed_choices", "name_field", "actions", "views", "fields", "administrative", "change",
    }
)  # fmt: skip
"""What answers show and writes may send back; it is passed over."""


class Reader:
    """Reads one body, gathering errors. `finish` raises `Invalid` if there were any."""

    def __init__(self, body: object) -> None:
        if not isinstance(body, Mapping):
            raise Invalid(errors=[FieldError("", "def_unreadable", {"reason": "{}"})])
        _storable(body, "", 0)
        self.given: Body = {str(k): v for k, v in body.items()}
        self.errors: list[FieldError] = []

    def error(self, path: str, code: str, **params: object) -> None:
        """Note something wrong."""
        self.errors.append(FieldError(path, code, params))

    def finish(self) -> None:
        """Refuse the body if anything was wrong with it."""
        if self.errors:
            raise Invalid(errors=self.errors)

    def known(self, allowed: frozenset[str], extra: tuple[str, ...] = ()) -> None:
        """Refuse attributes that are none, and pass over those that are only shown."""
        for name in sorted(set(self.given) - allowed - set(extra)):
            if name in SHOWN_ONLY:
                del self.given[name]
            else:
                self.error(name[:80], "unknown")
                del self.given[name]

    def label(self, value: object, path: str) -> Body:
        """A label: a text, or one or both languages. The missing language is copied from the other."""
        pair = {"zh": value, "en": value} if isinstance(value, str) else value
        if isinstance(pair, Mapping) and not set(pair) - {"zh", "en"}:
            zh, en = (
                str(pair.get(k) or "").strip() if isinstance(pair.get(k) or "", str) else None
                for k in ("zh", "en")
            )
            if zh is not None and en is not None and (zh or en):
                made = {"zh": zh or en, "en": en or zh}
                if all(len(v) <= LABEL_LENGTH and printable(v) for v in made.values()):
                    return made
        self.error(path, "def_label", limit=LABEL_LENGTH)
        return {"zh": "?", "en": "?"}

    def labels(self, *names: str) -> None:
        """Read the labels of those names that are given."""
        for name in names:
            if self.given.get(name) is not None:
                self.given[name] = self.label(self.given[name], name)

    def choices(self, value: object, path: str) -> list[Body]:
        """Choices; one without `value` gets one made of its label."""
        if not isinstance(value, list) or not all(isinstance(c, Mapping) for c in value):
            self.error(path, "def_unreadable", reason="[{}]")
            return []
        made: list[Body] = []
        taken = {c["value"] for c in value if isinstance(c.get("value"), str)}
        for number, choice in enumerate(value):
            read = dict(choice)
            read["label"] = self.label(read.get("label") or read.get("value"), f"{path}.{number}.label")
            if not read.get("value"):
                base = plain_key(read["label"]["en"]) or "v"
                read["value"] = next(v for v in _numbered(base) if v not in taken)
                taken.add(read["value"])
            made.append(read)
        return made


def _storable(value: object, path: str, depth: int) -> None:
    """Refuse texts that cannot be stored, and nesting without end."""
    if depth > 30:
        raise Invalid(errors=[FieldError(path, "too_deep", {"limit": 30})])
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise Invalid(errors=[FieldError(path, "characters")])
        if len(value) > 20_000:
            raise Invalid(errors=[FieldError(path, "too_long", {"limit": 20_000})])
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            _storable(key, path, depth + 1)
            _storable(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        if len(value) > 2_000:
            raise Invalid(errors=[FieldError(path, "too_many", {"limit": 2_000})])
        for number, inner in enumerate(value):
            _storable(inner, f"{path}.{number}" if path else str(number), depth + 1)


def _numbered(base: str) -> Any:
    yield base
    number = 2
    while True:
        yield f"{base}_{number}"
        number += 1


def printable(text: str) -> bool:
    """Whether a text has nothing but characters to be seen, and none that cannot be stored."""
    return all(unicodedata.category(c) not in ("Cc", "Cs", "Cn") for c in text)


def plain_key(text: str) -> str:
    """The part of a text that can stand in a key."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")[:30].strip("_")


def custom_key(given: object, label: Mapping[str, str], taken: Any, fallback: str) -> str:
    """The key as given with its prefix, or one made of the label that nothing has yet."""
    if given is not None and given != "":
        text = str(given)
        return text if text.startswith(CUSTOM_PREFIX) else CUSTOM_PREFIX + text
    base = CUSTOM_PREFIX + (plain_key(label["en"]) or fallback)
    return str(next(k for k in _numbered(base) if k not in taken))


def read_field(body: object, taken: Any, *, extra: tuple[str, ...] = ()) -> tuple[Field, Body]:
    """A new field, and what of the body is not part of it. `taken`: keys that cannot be given by themselves."""
    reader = Reader(body)
    reader.known(FIELD_ATTRIBUTES, extra)
    rest = {name: reader.given.pop(name) for name in extra if name in reader.given}
    given = reader.given
    if not isinstance(given.get("type"), str):
        reader.error("type", "required")
    if given.get("label") is None:
        given["label"] = given.get("key")
    given["label"] = reader.label(given.get("label"), "label")
    _common(reader)
    given["key"] = custom_key(given.get("key"), given["label"], taken, "field")
    if given.get("key") == CUSTOM_PREFIX + "name" and "name" not in taken:
        given["key"] = "name"
    elif key_fault(given["key"], custom=True) == "def_key_form":
        reader.error("key", "def_key_form")
    reader.finish()
    return _converted({**given, "custom": True}, Field), rest


def read_field_changes(body: object, *, extra: tuple[str, ...] = ()) -> tuple[Body, Body]:
    """Changes of a field: the attributes to set, as JSON, and what of the body is no attribute."""
    reader = Reader(body)
    reader.known(FIELD_ATTRIBUTES, extra)
    rest = {name: reader.given.pop(name) for name in extra if name in reader.given}
    if "label" in reader.given:
        reader.given["label"] = reader.label(reader.given["label"], "label")
    _common(reader)
    reader.finish()
    return reader.given, rest


def _common(reader: Reader) -> None:
    given = reader.given
    if "help" in given:
        empty = given["help"] in (None, "", {"zh": "", "en": ""})
        given["help"] = None if empty else reader.label(given["help"], "help")
    if "options" in given:
        options = given["options"] if given["options"] is not None else {}
        if not isinstance(options, Mapping):
            reader.error("options", "def_unreadable", reason="{}")
            options = {}
        given["options"] = {str(k): v for k, v in options.items()}
        if "choices" in given["options"]:
            given["options"]["choices"] = reader.choices(given["options"]["choices"], "options.choices")


def read_object_changes(body: object, *, extra: tuple[str, ...] = ()) -> tuple[Body, Body]:
    """Attributes of an object, as JSON, and what of the body is no attribute."""
    reader = Reader(body)
    fields = reader.given.pop("fields", None) if "fields" in extra else None
    reader.known(OBJECT_ATTRIBUTES, extra)
    rest = {name: reader.given.pop(name) for name in extra if name in reader.given}
    if fields is not None:
        rest["fields"] = fields
    reader.labels("label", "plural")
    given = reader.given
    if isinstance(given.get("record_types"), list):
        given["record_types"] = reader.choices(given["record_types"], "record_types")
    for name, inner in (("sections", "label"), ("rules", "message")):
        for number, item in enumerate(given.get(name) or () if isinstance(given.get(name), list) else ()):
            if isinstance(item, dict):
                item[inner] = reader.label(item.get(inner), f"{name}.{number}.{inner}")
    reader.finish()
    return given, rest


def checked_object(body: Body) -> Object:
    """The object of a body whose labels are read; `Invalid` if it is none."""
    made: Object = _converted(body, Object)
    return made


def checked_field(body: Body) -> Field:
    """The field of a body whose labels are read; `Invalid` if it is none."""
    made: Field = _converted(body, Field)
    return made


def _converted(body: Body, to: Any) -> Any:
    try:
        return msgspec.convert(body, to)
    except (msgspec.ValidationError, ValueError) as e:
        raise Invalid(errors=[misfit(e)]) from None


def as_json(definition: msgspec.Struct) -> Body:
    """A definition as it is kept in a row."""
    made: Body = msgspec.json.decode(msgspec.json.encode(definition))
    return made
