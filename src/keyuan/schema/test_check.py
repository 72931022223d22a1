"""Checks of definitions that need no database."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from keyuan.schema import field_types
from keyuan.schema.check import _MOST_PER_FIELD, faults
from keyuan.schema.declare import choices, field, object_, record_type
from keyuan.schema.model import Field, Object

NAME = field("name", "text", "名称", "Name")


def one(*fields: Field, **more: Any) -> Object:
    return object_(
        "thing", "物", "Thing", "Things", area="sales", fields=[NAME, *fields], owned=False, **more
    )


def codes(*objects: Object) -> list[tuple[str, str, str]]:
    users = object_("user", "人", "User", "Users", area="settings", fields=[NAME], owned=False)
    return [(f.field, f.attribute, f.code) for f in faults((*objects, users))]


def test_a_sound_object() -> None:
    parts = [
        field("amount", "money", "金额", "Amount", default="1", index=True),
        field("kind", "choice", "类", "Kind", choices=choices(("a", "甲", "A")), unique=True),
    ]
    assert codes(one(*parts, unique=(("name", "kind"),), list_fields=("name", "created_by.name"))) == []


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (one(field("a__b", "text", "x", "X")), ("a__b", "key", "def_key_reserved")),
        (one(field("xmin", "text", "x", "X")), ("xmin", "key", "def_key_reserved")),
        (one(field("valid_to", "text", "x", "X")), ("valid_to", "key", "def_key_reserved")),
        (one(field("r", "reference", "x", "X", target="no")), ("r", "options.target", "def_unknown_object")),
        (one(field("r", "reference_any", "x", "X", targets=["no"])), ("r", "options.targets", "def_unknown_object")),
        (one(field("n", "integer", "x", "X", unique=True, default=3)), ("n", "default", "def_not_for_type")),
        (one(field("n", "integer", "x", "X", minimum=9, maximum=10)), None),
        (one(field("n", "integer", "x", "X", minimum=5, maximum=5)), None),
        (one(field("n", "integer", "x", "X", minimum=10, maximum=9)), ("n", "minimum", "def_bounds")),
        (one(field("n", "money", "x", "X", minimum="10", maximum="9.5")), ("n", "minimum", "def_bounds")),
        (one(field("n", "date", "x", "X", minimum="2026-02-01", maximum="2026-01-31")), ("n", "minimum", "def_bounds")),
        (one(field("n", "datetime", "x", "X", minimum="2026-01-01T00:00Z", maximum="2026-01-01T07:00+08:00")),
         ("n", "minimum", "def_bounds")),
        (one(field("n", "text", "x", "X", pattern="(a")), ("n", "pattern", "pattern_form")),
        (one(field("n", "text", "x", "X", pattern="(([a-z])+.)+[A-Z]([a-z])+", default="a" * 200)),
         ("n", "default", "pattern_slow")),
        (one(list_fields=("nothing",)), ("", "list_fields", "def_unknown_field")),
        (one(unique=(("nothing",),)), ("", "unique.0", "def_unknown_field")),
        (one(indexes=(("-nothing",),)), ("", "indexes.0", "def_unknown_field")),
        (one(parent="name"), ("", "parent", "def_unknown_field")),
        (one(NAME), ("", "fields", "def_key_taken")),
        (one(*(field(f"m{n}", "money", "x", "X") for n in range(74))), ("", "fields", "def_too_many_columns")),
    ],
)  # fmt: skip
def test_faults(made: Object, expected: tuple[str, str, str] | None) -> None:
    assert codes(made) == ([expected] if expected else [])


def test_a_name_is_not_encrypted() -> None:
    secret = [msgspec.structs.replace(NAME, encrypted=True), field("note", "text", "x", "X", encrypted=True)]
    made = object_("thing", "物", "Thing", "Things", area="sales", fields=secret, owned=False)
    assert codes(made) == [("name", "encrypted", "def_name_encrypted")]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ({"without": ["size"], "required": ["note"]}, []),
        ({"required": ["no"]}, [("", "record_types.0.required", "def_unknown_field")]),
        ({"without": ["no"]}, [("", "record_types.0.without", "def_unknown_field")]),
        ({"without": ["record_type"]}, [("", "record_types.0.without", "def_unknown_field")]),
        ({"without": ["name"]}, [("", "record_types.0.without", "def_needed_field")]),
        ({"without": ["must"]}, [("", "record_types.0.without", "def_needed_field")]),
        ({"required": ["number"]}, [("", "record_types.0.required", "def_not_asked_for")]),
        ({"required": ["created_at"]}, [("", "record_types.0.required", "def_not_asked_for")]),
        ({"without": ["size", "size"]}, [("", "record_types.0.without", "def_field_twice")] * 2),
        (
            {"without": ["size"], "required": ["size"]},
            [
                ("", "record_types.0.without", "def_field_twice"),
                ("", "record_types.0.required", "def_field_twice"),
            ],
        ),
    ],
)
def test_record_types(kind: dict[str, list[str]], expected: list[tuple[str, str, str]]) -> None:
    fields = [
        field("size", "integer", "x", "X"),
        field("note", "text", "x", "X"),
        field("must", "text", "x", "X", required=True),
        field("number", "auto_number", "x", "X", parts=[{"kind": "counter"}]),
    ]
    made = one(*fields, record_types=[record_type("a", "甲", "A", **kind), record_type("b", "乙", "B")])
    assert codes(made) == expected


@pytest.mark.parametrize(
    ("type", "bound", "code"),
    [
        ("date", "soon", "date"),
        ("date", 20260101, "date"),
        ("date", "2026-02-30", "date"),
        ("date", "2026-1-5", "date"),
        ("date", "2026-01-05T10:00:00Z", "date"),
        ("date", "2026-01-05", None),
        ("datetime", "soon", "datetime"),
        ("datetime", 20260101, "datetime"),
        ("datetime", "2026-02-30T10:00Z", "datetime"),
        ("datetime", "0001-01-01T00:00+08:00", "datetime"),
        ("datetime", "2026-01-05", "datetime_zone"),
        ("datetime", "2026-01-05T10:00", "datetime_zone"),
        ("datetime", "2026-01-05T10:00+08:00", None),
        ("integer", "soon", "type"),
        ("decimal", "soon", "type"),
        ("percent", "soon", "type"),
        ("money", "soon", "type"),
        ("duration", "soon", "type"),
    ],
)
def test_bounds_are_values_that_the_field_could_have(type: str, bound: Any, code: str | None) -> None:
    for attribute in ("minimum", "maximum"):
        found = codes(one(field("f", type, "x", "X", **{attribute: bound})))
        assert found == ([("f", attribute, code)] if code else [])


def test_as_many_columns_as_may_be() -> None:
    # four of the table, six of the name and who and when
    assert (
        codes(one(*(field(f"m{n}", "money", "x", "X") for n in range(72)), field("a", "text", "x", "X")))
        == []
    )


def test_no_field_has_more_columns_than_is_reckoned_with() -> None:
    for name, kind in field_types.all_types().items():
        made = Field(key="name", type=name, label=NAME.label)
        for encrypted in (False, True):
            try:
                count = len(kind.columns(msgspec.structs.replace(made, encrypted=encrypted)))
            except (msgspec.ValidationError, KeyError):
                continue
            assert count <= _MOST_PER_FIELD
