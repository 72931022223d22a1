"""Whatever an administrator sends as a field is a definition that works, or is refused at its place: never an error of the
program's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyuan.domains import load
from keyuan.kernel.errors import FieldError, Invalid
from keyuan.schema import field_types
from keyuan.schema.model import Field, Object
from keyuan.schema.registry import Registry
from keyuan.services.definitions.bodies import read_field
from keyuan.services.definitions.soundness import all_faults

OBJECTS = load().objects
HOME = next(o for o in OBJECTS if o.key == "opportunity")
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 3), st.sampled_from([10**9, -(10**9), 2**70, 0.5, float("inf")]),
    st.sampled_from(["", "x", "name", "tag", "customer", "decimal", "\x00", "名称", "a" * 300, "@today", "1 +", "{", "(a+)+"]),
    st.lists(st.sampled_from(["x", 1, None, {"kind": "text"}, {"value": "a", "label": "A"}, ["name", "=", 1]]), max_size=3),
    st.dictionaries(st.sampled_from(["zh", "en", "expr", "value", "kind"]), st.sampled_from(["x", 1, None, []]), max_size=2),
)  # fmt: skip
SENSIBLE: Mapping[str, dict[str, Any]] = {
    "formula": {"expression": "name"},
    "rollup": {"object": "opportunity_line", "via": "opportunity"},
    "reference": {"target": "customer"},
    "references": {"target": "customer"},
    "reference_any": {"targets": ["customer"]},
    "choice": {"choices": [{"value": "a", "label": "A"}]},
    "choices": {"choices": [{"value": "a", "label": "A"}]},
    "auto_number": {"parts": [{"kind": "counter", "digits": 4}]},
    "lines": {"object": "opportunity_line", "via": "opportunity"},
}
ATTRIBUTES = (
    "required", "unique", "default", "minimum", "maximum", "pattern", "help", "search", "index", "encrypted", "personal",
    "sensitive", "label",
)  # fmt: skip


def options_of(name: str) -> list[str]:
    """The options of a type."""
    kind = field_types.get(name).options
    return [f.name for f in msgspec.structs.fields(kind)] if kind is not None else []


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """A field of some type in which an option or an attribute is not as it should be."""
    name = draw(st.sampled_from(sorted(field_types.all_types())))
    options = dict(SENSIBLE.get(name, {}))
    for key in draw(st.lists(st.sampled_from([*options_of(name), "nothing"]), max_size=2)):
        options[key] = draw(ODD)
    body = {"key": "probe", "type": name, "label": "Probe", "options": options}
    return body | {key: draw(ODD) for key in draw(st.lists(st.sampled_from(ATTRIBUTES), max_size=2))}


def with_field(made: Field) -> list[Object]:
    """The standard objects, one of them with one field more."""
    changed = msgspec.structs.replace(HOME, fields=(*HOME.fields, made))
    return [changed if o is HOME else o for o in OBJECTS]


def refusals(body: dict[str, Any]) -> tuple[Field | None, list[FieldError]]:
    """The field that a body makes, and why it cannot be had."""
    try:
        made, _ = read_field(body, {f.key for f in HOME.fields})
    except Invalid as refused:
        return None, refused.errors
    faults = all_faults(with_field(made), "probe")
    assert {(f.object, f.field) for f in faults} <= {(HOME.key, made.key)}
    return made, [f.error() for f in faults]


@settings(max_examples=400, deadline=None)
@given(bodies())
def test_a_field_works_or_is_refused(body: dict[str, Any]) -> None:
    made, errors = refusals(body)
    for error in errors:
        assert error.as_json("zh")["message"] != error.as_json("en")["message"]
    if made is not None and not errors:
        registry = Registry("probe", 1, with_field(made))
        field = registry.fields(HOME.key)[made.key]
        kind = registry.type_of(field)
        assert isinstance(kind.json_schema(field), dict)
        assert kind.field_operators(field) is not None
        assert not kind.stored or [c.name for c in kind.columns(field)]
    assert made is not None or errors


@pytest.mark.parametrize("name", sorted(field_types.all_types()))
def test_each_type_has_a_body_that_works(name: str) -> None:
    """So that the test above does not only see refusals."""
    made, errors = refusals({"key": "probe", "type": name, "label": "P", "options": SENSIBLE.get(name, {})})
    assert (made is not None, errors) == (True, [])
