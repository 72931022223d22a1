"""Everything declared fits together: references lead somewhere, formulas and filters mean something, words are complete."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from keyuan.access.scope import Reach, RecordScope
from keyuan.domains import load
from keyuan.expr import filters, parser, typing
from keyuan.records.in_hand import InHand
from keyuan.schema import field_types
from keyuan.schema.layout import view_fields
from keyuan.schema.model import Field, Object
from keyuan.schema.registry import Registry

STANDARD = load()
REGISTRY = Registry("test", 1, STANDARD.objects)

PROMISED = {
    "customer", "contact", "lead", "opportunity", "pipeline", "stage", "product", "activity", "task", "tag", "competitor",
    "user", "department", "role", "view",
}  # fmt: skip
"""The names of DESIGN.md section 6 that exist by now."""


def scope(obj: Object) -> RecordScope:
    return RecordScope(Reach(REGISTRY, {}), obj.key, REGISTRY.tables[obj.key].main)


def fields() -> Iterator[tuple[Object, Field]]:
    for obj in STANDARD.objects:
        for field in obj.fields:
            yield obj, field


@pytest.mark.parametrize(("obj", "field"), [pytest.param(o, f, id=f"{o.key}.{f.key}") for o, f in fields()])
def test_a_field_is_right(obj: Object, field: Field) -> None:
    kind = field_types.get(field.type)
    kind.check(field)
    assert set(REGISTRY.targets(field)) <= REGISTRY.objects.keys()
    if field.type == "formula":
        typing.check(parser.parse(str(field.options["expression"])), scope(obj), kind.expression_type(field))
    if field.type in ("rollup", "lines"):
        options = kind.settings(field)
        via = REGISTRY.field(options.object, options.via)
        assert via is not None
        assert via.target == obj.key
        if field.type == "lines":
            assert REGISTRY.objects[options.object].parent == options.via
        else:
            assert not options.field or REGISTRY.field(options.object, options.field) is not None
            if options.filter:
                typing.check_condition(
                    filters.from_filter(options.filter), scope(REGISTRY.objects[options.object])
                )
    if isinstance(field.default, dict):
        expression = parser.parse(field.default["expr"])
        typing.check(expression, InHand(REGISTRY, obj.key), kind.expression_type(field))


@pytest.mark.parametrize("obj", STANDARD.objects, ids=lambda o: o.key)
def test_an_object_is_right(obj: Object) -> None:
    keys = {f.key for f in obj.fields}
    assert len(keys) == len(obj.fields)
    assert obj.field("name") is not None
    arranged = [key for section in obj.sections for key in section.fields]
    assert len(set(arranged)) == len(arranged)
    assert set(arranged) | set(obj.list_fields) <= keys
    assert {k.lstrip("-").split(".")[0] for k in obj.default_sort} <= keys
    assert not obj.parent or obj.parent in keys
    for view in obj.views:
        typing.check_condition(filters.from_filter(view.filter), scope(obj))
        assert view_fields(view) <= keys
    assert len({v.key for v in obj.views} - {"all", "mine"}) == len(obj.views)
    assert sum(v.opens for v in obj.views) <= 1
    for rule in obj.rules:
        typing.check_condition(parser.parse(rule.condition), InHand(REGISTRY, obj.key))
        assert rule.field in keys
    # what people may write stands in a section of the form
    hidden = {
        f.key for f in obj.fields if not f.system and not f.read_only and field_types.get(f.type).writable
    }
    assert hidden - set(arranged) - {"position"} == set()


def test_the_promised_objects_are_there() -> None:
    assert REGISTRY.objects.keys() >= PROMISED
    opportunity = REGISTRY.fields("opportunity")
    assert opportunity.keys() >= {
        "customer",
        "pipeline",
        "stage",
        "amount",
        "expected_close",
        "closed_at",
        "outcome",
    }
    assert [c.value for c in opportunity["outcome"].choices] == ["open", "won", "lost", "invalid"]
    assert not opportunity["customer"].required


def test_every_action_announced_is_carried_out() -> None:
    assert {(o.key, a.key) for o in STANDARD.objects for a in o.actions} == STANDARD.actions.keys()
