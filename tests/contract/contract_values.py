"""Values for the fields of any definition: one maker for each field type, and what the rules of a few objects ask for.

A new object or field needs nothing here. A new field type needs a maker, and an object with rules of its own (a status that
may not go back, two fields that must agree) an entry in `SPECIAL`, `EDITS` or `REFUSED`; until then the suite fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol

from keyuan.schema import field_types
from keyuan.schema.field_types import Context, FieldProblem
from keyuan.schema.model import Field
from keyuan.schema.registry import Registry


class Targets(Protocol):
    """Where makers find what to point at."""

    registry: Registry
    context: Context

    def target(self, object_key: str, n: int) -> str:
        """A record of the object: one of two that are always there."""

    def file(self, n: int) -> str:
        """The id of a draft of a file."""


def letters(n: int) -> str:
    """A number in letters alone."""
    made = ""
    while n or not made:
        n, rest = divmod(n, 26)
        made = chr(ord("a") + rest) + made
    return made


def word(n: int) -> str:
    """A word that no other text holds, and a search finds."""
    return f"Qz{n:05}"


def _texts(field: Field, n: int) -> Iterator[str]:
    """Texts, one of which fits what the field asks for."""
    yield f"{field.label.en[:20]} {word(n)}"
    yield f"qz{n:05}"
    yield f"q{letters(n + 1000)}"
    yield f"9{n:014}"
    yield f"{10**17 + n}"
    yield f"{10**15 + n}"


def _text(world: Targets, field: Field, n: int) -> str:
    kind = field_types.get(field.type)
    for text in _texts(field, n):
        try:
            if kind.parse(field, text, world.context) is not None:
                return text
        except FieldProblem:
            continue
    raise AssertionError(f"{field.key}: no text of contract_values fits the pattern {field.pattern!r}")


def _number(world: Targets, field: Field, n: int) -> int:
    """A whole number within the field's bounds, different for neighbouring `n`."""
    low = int(Decimal(str(field.minimum))) if field.minimum is not None else 0
    high = int(Decimal(str(field.maximum))) if field.maximum is not None else low + 90_000
    return low + 1 + (n * 7) % (high - low - 1)


def _choice(world: Targets, field: Field, n: int) -> str:
    offered = [c.value for c in field.choices if not c.retired]
    return offered[n % len(offered)]


def _choices(world: Targets, field: Field, n: int) -> list[str]:
    offered = [c.value for c in field.choices if not c.retired]
    return [offered[n % len(offered)]]


def _any_reference(world: Targets, field: Field, n: int) -> dict[str, str]:
    targets = world.registry.targets(field)
    chosen = targets[n % len(targets)]
    return {"object": chosen, "id": world.target(chosen, n)}


Maker = Callable[[Targets, Field, int], Any]

MAKERS: Mapping[str, Maker] = {
    "address": lambda w, f, n: {"province": "440000", "city": "440300", "detail": f"{word(n)} Road"},
    "boolean": lambda w, f, n: n % 2 == 0,
    "choice": _choice,
    "choices": _choices,
    "date": lambda w, f, n: f"20{20 + n % 7}-{1 + n % 12:02}-{1 + n % 28:02}",
    "datetime": lambda w, f, n: f"20{20 + n % 7}-{1 + n % 12:02}-{1 + n % 28:02}T0{n % 10}:30:00+00:00",
    "decimal": lambda w, f, n: f"{_number(w, f, n)}.5",
    "department": lambda w, f, n: w.target("department", n),
    "duration": lambda w, f, n: 60 * (1 + n),
    "email": lambda w, f, n: f"qz{n:05}@example.com",
    "file": lambda w, f, n: [w.file(n)],
    "image": lambda w, f, n: [w.file(n)],
    "integer": _number,
    "json": lambda w, f, n: {"word": word(n)},
    "long_text": lambda w, f, n: f"First line {word(n)}\nsecond line",
    "money": lambda w, f, n: f"{1000 + _number(w, f, n)}.25",
    "percent": lambda w, f, n: f"{_number(w, f, n) % 99}.5",
    "phone": lambda w, f, n: f"138{10_000_000 + n}",
    "reference": lambda w, f, n: w.target(f.target, n),
    "reference_any": _any_reference,
    "references": lambda w, f, n: [w.target(f.target, n)],
    "rich_text": lambda w, f, n: f"<p>Rich {word(n)}</p>",
    "text": _text,
    "url": lambda w, f, n: f"https://example.com/{word(n)}",
    "user": lambda w, f, n: w.target("user", n),
}

NOT_MADE = frozenset({"auto_number", "formula", "rollup", "lines"})
"""Types whose values the product makes, or which are records of their own (`lines`, made by the world)."""

_CREDIT_CODES = ("91350100M000100Y43", "9144030071526726XG")

SPECIAL: Mapping[tuple[str, str], Maker | None] = {
    ("customer", "record_type"): lambda w, f, n: "company",
    ("customer", "credit_code"): lambda w, f, n: _CREDIT_CODES[n % 2],
    ("contact", "primary"): lambda w, f, n: False,
    ("contact", "left"): lambda w, f, n: False,
    ("lead", "status"): lambda w, f, n: "new",
    ("machine", "state"): lambda w, f, n: "running",
    ("activity", "about"): lambda w, f, n: {"object": "customer", "id": w.target("customer", n)},
    ("opportunity", "outcome"): lambda w, f, n: "open",
    ("opportunity", "closed_at"): None,
    ("pipeline", "active"): lambda w, f, n: True,
    ("pipeline", "default"): lambda w, f, n: False,
    ("role", "administrator"): lambda w, f, n: False,
    ("role", "capabilities"): lambda w, f, n: [("imports", "settings")[n % 2]],
    ("role", "fields"): lambda w, f, n: {"customer": {"phone": ("masked", "read")[n % 2]}},
    ("role", "permissions"): lambda w, f, n: {"customer": {"read": ("own", "all")[n % 2]}},
    ("stage", "kind"): lambda w, f, n: "open",
    ("stage", "required_fields"): lambda w, f, n: [("amount", "customer")[n % 2]],
    ("stage", "tasks"): lambda w, f, n: [{"name": f"Task {n}"}],
    ("user", "active"): lambda w, f, n: True,
    ("user", "time_zone"): lambda w, f, n: ("Asia/Tokyo", "Europe/Paris")[n % 2],
    ("view", "default"): lambda w, f, n: False,
    ("view", "columns"): lambda w, f, n: [("name", "owner")[n % 2]],
    ("view", "filter"): lambda w, f, n: ["name", "=", word(n)],
    ("view", "group"): lambda w, f, n: ("owner", "created_by")[n % 2],
    ("view", "object"): lambda w, f, n: ("customer", "contact")[n % 2],
    ("view", "sort"): lambda w, f, n: [("name", "-name")[n % 2]],
}
"""Values that the rules of their objects ask for; None for a field that is left empty."""

EDITS: Mapping[tuple[str, str], Callable[[Targets, int], dict[str, Any]]] = {
    ("contact", "left"): lambda w, n: {"left": True},
    ("contact", "primary"): lambda w, n: {"primary": True},
    ("customer", "record_type"): lambda w, n: {"record_type": "person", "credit_code": None},
    ("lead", "status"): lambda w, n: {"status": "working"},
    ("machine", "state"): lambda w, n: {"state": "stopped"},
    ("opportunity", "closed_at"): lambda w, n: {"outcome": "won", "closed_at": "2025-01-31T00:00:00+00:00"},
    ("opportunity", "outcome"): lambda w, n: {"outcome": "won"},
    ("opportunity", "stage"): lambda w, n: {
        "pipeline": w.target("pipeline", n),
        "stage": w.target("stage", n),
    },
    ("pipeline", "active"): lambda w, n: {"active": False},
    ("pipeline", "default"): lambda w, n: {"default": True},
    ("role", "administrator"): lambda w, n: {"administrator": True},
    ("user", "active"): lambda w, n: {"active": False},
    ("view", "default"): lambda w, n: {"default": True},
}
"""How a field is edited where it takes more than another value of it."""

ANOTHER = 5003
"""A prime beyond the numbers of records: a record of a number so much higher differs in every field."""

REFUSED = frozenset({("stage", "kind"), ("stage", "pipeline")})
"""Fields that keep the value they were made with."""


def writable(registry: Registry, object_key: str) -> list[Field]:
    """The fields of an object that people may write."""
    return [
        f
        for f in registry.fields(object_key).values()
        if registry.type_of(f).writable and not registry.type_of(f).computed and not f.read_only
    ]


def value_of(world: Targets, object_key: str, field: Field, n: int) -> Any:
    """A value that the field takes, different for neighbouring `n` where it can be."""
    maker = SPECIAL.get((object_key, field.key), MAKERS.get(field.type))
    if maker is None:
        assert (object_key, field.key) in SPECIAL, (
            f"contract_values has no maker for the field type {field.type} ({object_key}.{field.key})"
        )
        return None
    return maker(world, field, n)


def full(world: Targets, object_key: str, n: int) -> dict[str, Any]:
    """A record with a value in each field that people may write, lines and the owner left out."""
    fields = (f for f in writable(world.registry, object_key) if f.type not in NOT_MADE and f.key != "owner")
    made = {f.key: value_of(world, object_key, f, n) for f in fields}
    return {k: v for k, v in made.items() if v is not None}


def edit(world: Targets, object_key: str, field: Field, n: int) -> dict[str, Any]:
    """The change that gives a field the value of record `n`."""
    special = EDITS.get((object_key, field.key))
    return special(world, n) if special else {field.key: value_of(world, object_key, field, n)}


def parsed(world: Targets, field: Field, value: Any) -> Any:
    """The canonical value of an input."""
    kind = field_types.get(field.type)
    return None if value is None else kind.parse(field, value, world.context)


def plain(value: Any) -> Any:
    """A value as answers show it, in the form in which it is written: references as their ids."""
    if isinstance(value, dict) and "id" in value and "name" in value:
        return {"object": value["object"], "id": value["id"]} if "object" in value else value["id"]
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value
