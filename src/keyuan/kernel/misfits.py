"""What a structure refuses, in words of ours: msgspec says in English what does not fit and where."""

from __future__ import annotations

import re

from .errors import FieldError
from .i18n import Label

_AT = re.compile(r" - at `(?:key in )?\$\.?([^`]*)`\Z")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`\Z", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`\Z")
_TYPE = re.compile(r"Expected `([^`]*)`(?:, got `[^`]*`)?\Z")
_BOUND = re.compile(r"Expected `[^`]*` (>=|<=) (\S+)\Z")
_LENGTH = re.compile(r"Expected `([^`]*)` of length (>=|<=) (\d+)\Z")
_WORD = re.compile(r"Invalid (?:enum )?value '?(.*?)'?\Z", re.DOTALL)
_WORDS = {
    "str": Label("文本", "a text"),
    "int": Label("整数", "a whole number"),
    "float": Label("数字", "a number"),
    "bool": Label("true 或 false", "true or false"),
    "array": Label("列表", "a list"),
    "object": Label("对象", "an object"),
    "null": Label("空", "null"),
}


def misfit(error: Exception) -> FieldError:
    """The first thing in a value that does not fit its structure, with its path, from a `msgspec.ValidationError`; of any
    other error only that the value is not right."""
    text = str(error)
    place = _AT.search(text)
    path = re.sub(r"\[(\d+|\.\.\.)\]", r".\1", place[1]).strip(".") if place else ""
    said = text[: place.start()] if place else text

    def below(name: str) -> str:
        return f"{path}.{name}"[:200] if path else name[:200]

    if found := _UNKNOWN.match(said):
        return FieldError(below(found[1]), "unknown")
    if found := _MISSING.match(said):
        return FieldError(below(found[1]), "required")
    if found := _TYPE.match(said):
        first = found[1].split(" | ")[0]
        return FieldError(path, "type", {"expected": _WORDS.get(first, found[1])})
    if found := _BOUND.match(said):
        name = "minimum" if found[1] == ">=" else "maximum"
        return FieldError(path, name, {name: found[2]})
    if found := _LENGTH.match(said):
        if found[2] == ">=":
            return FieldError(path, "required")
        return FieldError(path, "too_long" if found[1] == "str" else "too_many", {"limit": found[3]})
    if found := _WORD.match(said):
        return FieldError(path, "no_such_word", {"value": found[1][:80]})
    return FieldError(path, "json_value")
