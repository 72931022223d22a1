"""Standard definitions and an administrator's rows put together, over upgrades and whatever the rows hold."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from keyuan.schema import field_types
from keyuan.schema.declare import choices, field, object_, ready_view, section
from keyuan.schema.model import Field, Object
from keyuan.schema.overlay import Row, compose
from keyuan.schema.registry import Registry


def standard(*more: Field, **attributes: Any) -> tuple[Object, ...]:
    """What the code declares, in one version or another."""
    fields = [
        field("name", "text", "名称", "Name", required=True),
        field("kind", "choice", "类型", "Kind", choices=choices(("a", "甲", "A"), ("b", "乙", "B"))),
        field("size", "decimal", "大小", "Size", scale=2),
        *more,
    ]
    attributes.setdefault(
        "sections", (section("基本", "Details", "name", "kind"), section("其他", "Other", "size"))
    )
    person = object_("user", "人", "User", "Users", area="x", fields=[fields[0]], owned=False)
    department = object_(
        "department", "部门", "Department", "Departments", area="x", fields=[fields[0]], owned=False
    )
    return (
        person,
        department,
        object_("thing", "物", "Thing", "Things", area="x", fields=fields, **attributes),
    )


def thing(rows: list[Row], *more: Field, **attributes: Any) -> Object:
    objects, left = compose(standard(*more, **attributes), rows)
    assert left == ()
    return next(o for o in objects if o.key == "thing")


def overlay(key: str, **body: Any) -> Row:
    return Row("field_overlay", "thing", key, body)


def label(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def of(obj: Object, key: str) -> Field:
    found = obj.field(key)
    assert found is not None
    return found


def test_words_stay_over_an_upgrade() -> None:
    row = overlay("kind", label=label("种类"), required=True)
    made = thing([row], field("new", "text", "新", "New"))
    assert (of(made, "kind").label.zh, of(made, "kind").required) == ("种类", True)
    assert of(made, "new").label.zh == "新"


def test_choices_of_both_are_there() -> None:
    row = overlay(
        "kind",
        options={"choices": [{"value": "b", "label": label("第二")}, {"value": "c", "label": label("丙")}]},
    )
    shown = [(c.value, c.label.zh) for c in of(thing([row]), "kind").choices]
    assert shown == [("b", "第二"), ("c", "丙"), ("a", "甲")]
    # what is not said follows the standard
    retired = overlay("kind", options={"choices": [{"value": "a", "retired": True}]})
    assert [(c.value, c.label.zh, c.retired) for c in of(thing([retired]), "kind").choices] == [
        ("a", "甲", True), ("b", "乙", False),
    ]  # fmt: skip


def test_none_is_added_to_choices_that_the_program_knows() -> None:
    kinds = choices(("a", "甲", "A"), ("b", "乙", "B"))
    fixed = field("state", "choice", "状态", "State", fixed_choices=True, choices=kinds)
    given = [
        {"value": "c", "label": label("丙")},
        {"value": "b", "label": label("第二")},
        {"value": "a", "retired": True},
    ]
    objects, left = compose(standard(fixed), [overlay("state", options={"choices": given}, help=label("x"))])
    assert [(x.field, x.code, x.params) for x in left] == [("state", "choices_fixed", {"values": "c"})]
    made = of(objects[-1], "state")
    assert [(c.value, c.label.zh, c.retired) for c in made.choices] == [
        ("b", "第二", False),
        ("a", "甲", True),
    ]
    assert made.help is not None
    for bad in ({"choices": 3}, {"choices": [3, {"value": []}]}, []):
        compose(standard(fixed), [overlay("state", options=bad)])


def test_what_the_standard_demands_cannot_be_switched_off() -> None:
    objects, left = compose(standard(), [overlay("name", required=False, label=label("x"))])
    assert [(x.field, x.code) for x in left] == [("name", "cannot_switch_off")]
    made = objects[-1].field("name")
    assert made is not None
    assert (made.required, made.label.zh) == (True, "x")


def test_common_fields_keep_their_columns() -> None:
    rows = [overlay("created_at", column="a", state="retired", label=label("x"))]
    objects, left = compose(standard(), rows)
    assert sorted(x.params["attribute"] for x in left) == ["column", "state"]
    assert all(x.words.zh and x.words.en for x in left)
    assert of(objects[-1], "created_at").label.zh == "x"
    assert Registry("o", 1, objects).all_tables


def test_what_no_longer_fits_does_not_cost_the_rest() -> None:
    row = overlay("size", options={"scale": 99}, label=label("x"))
    objects, left = compose(standard(), [row])
    assert [x.code for x in left] == ["no_longer_fits"]
    made = objects[-1].field("size")
    assert made is not None
    assert (made.options["scale"], made.label.zh) == (2, "x")


def test_rows_without_their_thing_are_told() -> None:
    rows = [
        overlay("gone", label=label("x")),
        Row("field_overlay", "gone", "name", {"label": label("x")}),
        Row("field", "thing", "name", {"type": "text", "label": label("x")}),
        Row("field", "gone", "x_a", {"type": "text", "label": label("x")}),
        Row("field", "thing", "x_a", {"type": "nothing", "label": label("x")}),
        Row(
            "field", "thing", "x_b", {"type": "reference", "label": label("x"), "options": {"target": "gone"}}
        ),
        Row("object", "thing", "", {"label": label("x"), "plural": label("x"), "area": "x"}),
    ]
    objects, left = compose(standard(), rows)
    assert [o.key for o in objects] == ["user", "department", "thing"]
    assert sorted(x.code for x in left) == [
        "field_exists", "no_field", "no_object", "no_object", "no_target", "no_type", "object_exists",
    ]  # fmt: skip


def test_fields_of_ones_own_are_seen() -> None:
    row = Row("field", "thing", "x_mine", {"type": "text", "label": label("我的")})
    made = thing([row])
    assert [s.fields for s in made.sections] == [("name", "kind"), ("size",), ("x_mine",)]
    assert [f.key for f in made.fields][:5] == ["name", "kind", "size", "x_mine", "owner"]


def test_an_arranged_layout_takes_in_what_is_new() -> None:
    """What the administrator left out stays out; what an upgrade brings is put behind."""
    body = {
        "sections": [{"label": label("一"), "fields": ["name", "gone"]}], "arranged": ["name", "kind", "size"],
        "list_fields": ["size", "gone", "owner.name"], "default_sort": ["-gone"],
    }  # fmt: skip
    made = thing([Row("object_overlay", "thing", "", body)], field("new", "text", "新", "New"))
    assert [s.fields for s in made.sections] == [("name",), ("new",)]
    assert made.list_fields == ("size", "owner.name")
    assert made.default_sort == ("-updated_at",)


def test_a_view_of_a_field_that_is_gone_is_gone() -> None:
    views = (
        ready_view("small", "小", "Small", filter=["size", "<", "3"]),
        ready_view("by_size", "按大小", "By size", filter=["name", "!=", "x"], sort=("-size",)),
        ready_view("named", "有名", "Named", filter=["name", "!=", "x"], sort=("name",)),
    )
    assert [v.key for v in thing([], views=views).views] == ["small", "by_size", "named"]
    assert [v.key for v in thing([overlay("size", state="retired")], views=views).views] == ["named"]


def test_groups_are_added() -> None:
    body = {
        "unique": [["name", "kind"]],
        "indexes": [["-size"]],
        "rules": [{"condition": "size > 0", "message": label("x")}],
    }
    made = thing([Row("object_overlay", "thing", "", body)], unique=(("name",),), indexes=(("-size",),))
    assert made.unique == (("name",), ("name", "kind"))
    assert made.indexes == (("-size",),)
    assert len(made.rules) == 1


def test_groups_of_what_has_no_order_are_left_out() -> None:
    formula = Row(
        "field", "thing", "x_f", {"type": "formula", "label": label("x"), "options": {"expression": "1"}}
    )
    secret = Row("field", "thing", "x_s", {"type": "text", "label": label("x"), "encrypted": True})
    groups = {"unique": [["name", "x_f"], []], "indexes": [["-x_s"], ["size"]]}
    made = thing([formula, secret, Row("object_overlay", "thing", "", groups)])
    assert (made.unique, made.indexes) == ((), (("size",),))
    assert Registry("o", 1, compose(standard(), [formula])[0]).all_tables


def test_record_types() -> None:
    body = {"record_types": [{"value": "p", "label": label("甲")}, {"value": "q", "label": label("乙")}]}
    made = thing([Row("object_overlay", "thing", "", body)])
    assert [c.value for c in of(made, "record_type").choices] == ["p", "q"]
    assert of(made, "record_type").default == "p"
    assert made.sections[0].fields[:2] == ("name", "record_type")
    again = thing([Row("object_overlay", "thing", "", body | {"arranged": ["name", "record_type"]})])
    assert all("record_type" not in s.fields for s in again.sections), "as the administrator arranged it"


def test_record_types_forget_fields_that_are_gone() -> None:
    kind = {"value": "p", "label": label("甲"), "without": ["size", "x_gone"], "required": ["x_gone"]}
    made = thing([Row("object_overlay", "thing", "", {"record_types": [kind]})])
    found = made.record_type("p")
    assert found is not None
    assert (found.without, found.required) == (("size",), ())
    assert made.record_type("q") is None


def test_a_retired_standard_field() -> None:
    made = thing([overlay("size", state="retired")], unique=(("name", "size"),))
    assert of(made, "size").state == "retired"
    assert made.unique == ()
    assert all("size" not in s.fields for s in made.sections)
    registry = Registry("o", 1, compose(standard(), [overlay("size", state="retired")])[0])
    assert registry.field("thing", "size") is None
    assert "size" in registry.tables["thing"].main.c


def test_an_object_of_ones_own() -> None:
    rows = [
        Row("object", "x_visit", "", {"label": label("拜访"), "plural": label("拜访"), "area": "x"}),
        Row("field", "x_visit", "name", {"type": "text", "label": label("名称")}),
        Row(
            "field",
            "x_visit",
            "x_thing",
            {"type": "reference", "label": label("物"), "options": {"target": "thing"}},
            2,
        ),
    ]
    objects, left = compose(standard(), rows)
    assert left == ()
    made = objects[-1]
    assert (made.key, made.custom) == ("x_visit", True)
    assert [f.key for f in made.fields][:3] == ["name", "x_thing", "owner"]
    assert [s.fields for s in made.sections] == [("name", "x_thing", "owner")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "name", "gone", "size", "retired", "x_a"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["zh", "en", "label", "value", "choices", "fields", "target", "scale", "type", "expr", "object", "via"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
ATTRIBUTES = st.sampled_from([*Field.__struct_fields__, *Object.__struct_fields__, "arranged", "other"])
BODIES = st.dictionaries(ATTRIBUTES, JSON, max_size=6)
SOUND = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(field_types.all_types())), "label": st.just(label("x"))},
    optional=dict.fromkeys(
        ("options", "default", "state", "column", "unique", "index", "required", "becoming"), JSON
    ),
)
ROWS = st.builds(
    Row,
    st.sampled_from(["object", "field", "object_overlay", "field_overlay", "other"]),
    st.sampled_from(["thing", "user", "x_a", "x_b", "gone"]),
    st.sampled_from(["", "name", "kind", "size", "owner", "x_a", "x_b", "created_at"]),
    BODIES | SOUND | st.just({"label": label("x"), "plural": label("x"), "area": "x"}),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ROWS, max_size=8))
def test_an_organisation_comes_up_whatever_its_rows_say(rows: list[Row]) -> None:
    objects, left = compose(standard(), rows)
    assert all(x.words for x in left)
    registry = Registry("o", 1, objects)
    assert {"user", "department", "thing"} <= registry.objects.keys()
    assert registry.all_tables
    assert registry.pointing_at is not None
    assert registry.rollups_over is not None
    assert registry.lines_of is not None
    msgspec.json.encode(objects)
