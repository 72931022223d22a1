"""The words in which standard objects are declared: `object_`, `field`, `choices`, `section` …"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ..kernel.i18n import Label
from .model import Action, Choice, Field, Object, ReadyView, RecordType, Rule, Section

_ATTRIBUTES = frozenset(Field.__struct_fields__) - {"key", "type", "label", "options"}


def choices(*values: tuple[str, str, str] | tuple[str, str, str, str]) -> list[dict[str, object]]:
    """Choices from `(value, zh, en)` or `(value, zh, en, colour)`."""
    made = (Choice(value=v[0], label=Label(v[1], v[2]), color=v[3] if len(v) > 3 else "") for v in values)
    return [msgspec.to_builtins(c) for c in made]


def field(key: str, type: str, zh: str, en: str, /, **given: object) -> Field:
    """A field: attributes of `Field` by name, everything else an option of its type."""
    attributes = {k: v for k, v in given.items() if k in _ATTRIBUTES}
    options = {k: v for k, v in given.items() if k not in _ATTRIBUTES}
    return Field(key=key, type=type, label=Label(zh, en), options=options, **attributes)  # type: ignore[arg-type]


def section(zh: str, en: str, *fields: str) -> Section:
    """A titled group of fields."""
    return Section(label=Label(zh, en), fields=fields)


def action(key: str, zh: str, en: str) -> Action:
    """Something that can be done to a record."""
    return Action(key=key, label=Label(zh, en))


def rule(condition: str, zh: str, en: str, field: str = "") -> Rule:
    """A condition that every saved record meets."""
    return Rule(condition=condition, message=Label(zh, en), field=field)


def ready_view(
    key: str, zh: str, en: str, *, filter: list[Any], sort: Sequence[str] = (), opens: bool = False
) -> ReadyView:
    """A view that lists have from the beginning; `opens`: with which they open."""
    return ReadyView(key=key, label=Label(zh, en), filter=filter, sort=tuple(sort), opens=opens)


_OWNER = (
    field("owner", "user", "负责人", "Owner", system=True),
    field("owner_department", "department", "所属部门", "Owning department", system=True, read_only=True),
)
_STAMPS = (
    field("created_at", "datetime", "创建时间", "Created at", system=True, read_only=True),
    field("updated_at", "datetime", "更新时间", "Updated at", system=True, read_only=True),
    field("created_by", "user", "创建人", "Created by", system=True, read_only=True),
    field("updated_by", "user", "更新人", "Updated by", system=True, read_only=True),
)


def common_fields(*, owned: bool) -> tuple[Field, ...]:
    """The fields every object has: who made and changed a record and when, and its owner where it is owned."""
    return (*(_OWNER if owned else ()), *_STAMPS)


def record_type(
    value: str, zh: str, en: str, *, without: Sequence[str] = (), required: Sequence[str] = ()
) -> RecordType:
    """A record type, with the fields that forms leave out for it and those that it requires beside the others."""
    return RecordType(value=value, label=Label(zh, en), without=tuple(without), required=tuple(required))


def record_type_field(types: Sequence[RecordType]) -> Field:
    """The field that says which of its object's record types a record is."""
    plain = (Choice(value=t.value, label=t.label, color=t.color, retired=t.retired) for t in types)
    return field(
        "record_type", "choice", "记录类型", "Record type", system=True, index=True,
        choices=[msgspec.to_builtins(t) for t in plain], default=types[0].value,
    )  # fmt: skip


def object_(
    key: str,
    zh: str,
    en: str,
    plural: str,
    *,
    area: str,
    fields: Iterable[Field],
    owned: bool = True,
    record_types: Iterable[RecordType] = (),
    **more: object,
) -> Object:
    """An object with the common fields added: `owner` and `owner_department` where it is owned, who and when, and
    `record_type` where it has record types. One field must have the key `name`."""
    types = tuple(record_types)
    kinds = (record_type_field(types),) if types else ()
    return Object(
        key=key,
        label=Label(zh, en),
        plural=Label(zh, plural),
        area=area,
        fields=(*kinds, *fields, *common_fields(owned=owned)),
        owned=owned,
        record_types=types,
        **more,  # type: ignore[arg-type]
    )
