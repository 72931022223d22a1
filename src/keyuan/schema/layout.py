"""The layout of an object made to fit its fields: mentions of fields that are gone left out, new fields put where they are
seen."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..expr import ast, filters
from ..kernel.i18n import Label
from .model import Object, ReadyView, Rule, Section
from .tables import orderable

DETAILS = Label("基本信息", "Details")
MORE = Label("更多信息", "More")


def finished(obj: Object, arranged: frozenset[str] | None) -> Object:
    """The object with every mention of a field that is not there (any more) left out, and with fields that no section
    mentions put where they are seen."""
    live = {f.key for f in obj.fields if f.state != "retired"}
    stays = {*live, "id", "version"}

    ordered = {f.key for f in obj.fields if f.key in live and orderable(f)}

    def all_live(group: Sequence[str]) -> bool:
        return bool(group) and all(k.lstrip("-") in ordered for k in group)

    rules: tuple[Rule, ...] = tuple(replace_rule(r, live) for r in obj.rules)
    return msgspec.structs.replace(
        obj,
        list_fields=tuple(k for k in obj.list_fields if k.split(".")[0] in stays) or ("name",),
        sections=_sections(obj, live, arranged),
        unique=tuple(dict.fromkeys(g for g in obj.unique if all_live(g))),
        indexes=tuple(dict.fromkeys(g for g in obj.indexes if all_live(g))),
        default_sort=tuple(k for k in obj.default_sort if k.lstrip("-").split(".")[0] in stays)
        or ("-updated_at",),
        views=tuple(v for v in obj.views if view_fields(v) <= stays),
        rules=rules,
        record_types=tuple(
            msgspec.structs.replace(
                t,
                without=tuple(k for k in t.without if k in live),
                required=tuple(k for k in t.required if k in live),
            )
            for t in obj.record_types
        ),
    )


def view_fields(view: ReadyView) -> frozenset[str]:
    """The fields of its object that a ready view filters or sorts by."""
    steps = ast.paths(filters.from_filter(view.filter)) if view.filter else ()
    return frozenset((*(s[0] for s in steps), *(k.lstrip("-").split(".")[0] for k in view.sort)))


def replace_rule(rule: Rule, live: set[str]) -> Rule:
    """The rule, shown at the whole record where its field is not there."""
    return rule if not rule.field or rule.field in live else msgspec.structs.replace(rule, field="")


def _sections(obj: Object, live: set[str], arranged: frozenset[str] | None) -> tuple[Section, ...]:
    sections = [
        msgspec.structs.replace(s, fields=tuple(k for k in s.fields if k in live)) for s in obj.sections
    ]
    shown = {k for s in sections for k in s.fields}
    kind = (
        []
        if "record_type" in shown or "record_type" in (arranged or ())
        else ["record_type"] * ("record_type" in live)
    )
    new = [
        f.key for f in obj.fields
        if f.key in live and f.key not in shown and not f.system
        and (f.custom if arranged is None else f.key not in arranged)
    ]  # fmt: skip
    if not sections:
        whole = new if obj.custom else [f.key for f in obj.fields if f.key in live and not f.system]
        owner = ["owner"] if obj.owned else []
        return (Section(label=DETAILS, fields=_begun([*whole, *owner], kind)),)
    if kind:
        sections[0] = msgspec.structs.replace(sections[0], fields=_begun(sections[0].fields, kind))
    if new:
        last = sections[-1]
        if last.label == MORE:
            sections[-1] = msgspec.structs.replace(last, fields=(*last.fields, *new))
        else:
            sections.append(Section(label=MORE, fields=tuple(new)))
    return tuple(s for s in sections if s.fields)


def _begun(fields: Sequence[str], kind: Sequence[str]) -> tuple[str, ...]:
    """The fields of the first section with what kind of record it is near their beginning, on which the others depend."""
    place = 1 if fields[:1] in (["name"], ("name",)) else 0
    return (*fields[:place], *kind, *fields[place:])
