"""The form of a role: permissions, access to fields, capabilities. Anything that would later be read as "nothing" is
refused when it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...access import ACTIONS, LEVELS, SCOPES
from ...access.paths import paths_of
from ...expr import typing
from ...expr.errors import ExprError
from ...expr.filters import from_filter
from ...kernel.errors import FieldError
from ...schema.registry import Registry
from ..definitions.expressions import Everything
from .capabilities import CAPABILITIES


def check(registry: Registry, values: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with the `permissions`, `fields` and `capabilities` of a role. Objects and fields that are not there
    (any more) are left alone: definitions come and go. A filter is another matter: one that cannot be used takes in
    no record at all."""
    return [
        *_permissions(registry, values.get("permissions")),
        *_fields(values.get("fields")),
        *_capabilities(values.get("capabilities")),
    ]


def unknown(
    registry: Registry, values: Mapping[str, Any], before: Mapping[str, Any] | None
) -> Iterator[FieldError]:
    """The objects that a role names anew and that are not there: nobody but an administrator writes roles for later."""
    for field in ("permissions", "fields"):
        named, known = (dict(_mapping(field, (v or {}).get(field))) for v in (values, before))
        for key in named:
            if key not in known and key != "*" and key not in registry.objects:
                yield FieldError(f"{field}.{key}"[:200], "unknown_object")


def _permissions(registry: Registry, value: Any) -> Iterator[FieldError]:
    for key, actions in _mapping("permissions", value):
        if isinstance(actions, FieldError):
            yield actions
            continue
        for action, scope in actions.items():
            place = f"permissions.{key}.{action}"
            if action not in ACTIONS:
                yield FieldError(place, "one_of", {"values": ", ".join(ACTIONS)})
            elif isinstance(scope, Mapping) and set(scope) == {"filter"}:
                try:
                    tree = from_filter(scope["filter"])
                    if key in registry.objects:  # not "*", which is about objects with different fields
                        typing.check_condition(tree, Everything(paths_of(registry), key))
                except ExprError as error:
                    yield error.in_field(f"{place}.filter")
            elif not isinstance(scope, str) or scope not in SCOPES:
                yield FieldError(place, "one_of", {"values": ", ".join(SCOPES)})


def _fields(value: Any) -> Iterator[FieldError]:
    for key, fields in _mapping("fields", value):
        if isinstance(fields, FieldError):
            yield fields
            continue
        for name, level in fields.items():
            if not isinstance(level, str) or level not in LEVELS:
                yield FieldError(f"fields.{key}.{name}", "one_of", {"values": ", ".join(LEVELS)})


def _capabilities(value: Any) -> Iterator[FieldError]:
    if value is None:
        return
    names = [k for k, v in value.items() if v is True] if isinstance(value, Mapping) else value
    if not isinstance(names, list):
        yield FieldError("capabilities", "form")
        return
    for name in names:
        if not isinstance(name, str) or name not in CAPABILITIES:
            yield FieldError("capabilities", "one_of", {"values": ", ".join(CAPABILITIES)})


def _mapping(field: str, value: Any) -> Iterator[tuple[str, Mapping[str, Any] | FieldError]]:
    """The entries of a mapping of mappings; an error for what is none."""
    if value is None:
        return
    if not isinstance(value, Mapping):
        yield field, FieldError(field, "form")
        return
    for key, inner in value.items():
        yield str(key), inner if isinstance(inner, Mapping) else FieldError(f"{field}.{key}", "form")
