"""Changes of fields: add, update, change the type, retire, bring back.

A change that only alters words, checks or what is computed takes effect with its transaction. One whose values would lie
in other columns (another type, more decimals, encryption) gives the field a second definition, `becoming`: from then on
writes fill both, a job converts what is there, and a second transaction makes the new definition the only one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from ...access import Principal
from ...kernel.errors import Conflict, FieldError, Invalid, NotFound
from ...records.runtime import Runtime
from ...schema import field_types
from ...schema.conversion import same_storage
from ...schema.model import Choice, Field
from ...schema.overlay import added_choices
from ...schema.registry import Place, Registry
from .bodies import Body, as_json, checked_field, read_field, read_field_changes
from .change import Outcome, change
from .draft import Draft, Job
from .rollup_sources import recompute_rollups
from .usage import in_words, users

GRACE = timedelta(days=30)
"""How long a column stays after it went out of use."""

_OF_STANDARD = frozenset(
    {
        "label", "help", "required", "default", "minimum", "maximum", "pattern", "personal", "sensitive", "search",
        "unique", "index", "encrypted", "options",
    }
)  # fmt: skip
"""What an administrator may change of a standard field."""

_OF_SYSTEM = frozenset({"label", "help"})


async def add_field(runtime: Runtime, principal: Principal, object_key: str, body: object) -> Outcome:
    """Add a field. Records that are there get its default, unless `"fill": false`."""

    def edit(draft: Draft) -> None:
        obj = draft.object(object_key)
        taken = {f.key for f in obj.fields}
        made, rest = read_field(body, taken, extra=("fill",))
        if made.key in taken:
            draft.refuse("key", "def_key_taken")
        made = msgspec.structs.replace(made, column=_stored_name(draft, object_key, made))
        _typed(made)
        draft.subject = Place(object_key, made.key)
        draft.detail = {"body": body}
        draft.put_field(object_key, made)
        _fill(draft, object_key, made, rest.get("fill", True))
        _follow(draft, object_key, None, made)

    return await change(runtime, principal, "add_field", edit, touches=object_key)


async def update_field(
    runtime: Runtime, principal: Principal, object_key: str, field_key: str, body: object
) -> Outcome:
    """Change attributes of a field; what is not given stays. A change of `type`, and whatever moves the values into other
    columns, begins a conversion; values that cannot be converted stop it unless `"accept_loss": true`."""

    def edit(draft: Draft) -> None:
        old = draft.field(object_key, field_key)
        given, rest = read_field_changes(body, extra=("accept_loss",))
        draft.subject = Place(object_key, field_key)
        draft.detail = {"body": body}
        given = _differing(draft, old, given)
        retried = old.state == "failed" and given.keys() == set()
        if not given and not retried:
            return
        new = checked_field({**as_json(old), **given, "state": "ready"})
        if new.type != old.type:
            _retype(draft, object_key, old, given, bool(rest.get("accept_loss")))
            return
        _typed(new)
        if same_storage(old, new) or not field_types.get(new.type).stored:
            draft.put_field(object_key, new, given)
            _follow(draft, object_key, old, new)
        elif field_types.get(new.type).computed:
            _recolumn(draft, object_key, old, new, given)
        else:
            draft.not_changing(old)
            _become(draft, object_key, old, new, given, bool(rest.get("accept_loss")))

    return await change(runtime, principal, "update_field", edit, touches=object_key)


async def retype_field(
    runtime: Runtime, principal: Principal, object_key: str, field_key: str, body: object
) -> Outcome:
    """Change the type of a field: `{"type", "options"?, "accept_loss"?}` with other attributes of the new definition."""
    if not isinstance(body, Mapping) or not isinstance(body.get("type"), str):
        raise Invalid(errors=[FieldError("type", "required")])
    return await update_field(runtime, principal, object_key, field_key, body)


async def retire_field(runtime: Runtime, principal: Principal, object_key: str, field_key: str) -> Outcome:
    """Put a field out of use. Its values stay for `GRACE`, standard fields' for ever, and can be brought back. `Conflict`
    where other definitions cannot do without it."""

    def edit(draft: Draft) -> None:
        old = draft.field(object_key, field_key)
        draft.subject = Place(object_key, field_key)
        if old.system or old.key == "name":
            raise Conflict("standard_definition")
        draft.not_changing(old)
        registry = draft.organisation.registry
        if found := users(registry, draft.subject):
            words = in_words(registry, found)
            raise Conflict("definition_in_use", errors=[FieldError("", "def_used_by", {"users": words})])
        if old.custom:
            del draft.rows["field", object_key, field_key]
            draft.rows.pop(("field_overlay", object_key, field_key), None)
            draft.retire_columns(object_key, old, draft.now + GRACE)
            draft.jobs.append(Job("drop", object_key, field_key, {"due": (draft.now + GRACE).isoformat()}))
        else:
            draft.put_field(object_key, msgspec.structs.replace(old, state="retired"))
        if old.search:
            draft.jobs.append(Job("tokens", object_key, field_key))

    return await change(runtime, principal, "retire_field", edit, touches=object_key)


async def restore_field(runtime: Runtime, principal: Principal, object_key: str, field_key: str) -> Outcome:
    """Bring back a retired field with its values."""

    def edit(draft: Draft) -> None:
        obj = draft.object(object_key)
        draft.subject = Place(object_key, field_key)
        standard = obj.field(field_key)
        if standard is not None and standard.state == "retired" and not standard.custom:
            body = draft.row("field_overlay", object_key, field_key)
            body.pop("state", None)
            draft.put("field_overlay", object_key, field_key, body)
            draft.jobs.append(Job("tokens", object_key, field_key))
            return
        if standard is not None:
            raise Conflict("invalid", errors=[FieldError("key", "def_key_taken")])
        gone = [r for r in draft.retired if (r.object, r.field) == draft.subject and r.dropped_at is None]
        if not gone:
            raise NotFound()
        last = [r.column for r in gone if r.body == gone[-1].body]
        made = checked_field({**gone[-1].body, "state": "ready"})
        draft.put_field(object_key, made)
        draft.reviving.extend((object_key, column) for column in last)
        _follow(draft, object_key, None, made)
        if made.search:
            draft.jobs.append(Job("tokens", object_key, field_key))

    return await change(runtime, principal, "restore_field", edit, touches=object_key)


async def cancel_retype(runtime: Runtime, principal: Principal, object_key: str, field_key: str) -> Outcome:
    """Stop a conversion under way; the field stays as it was."""

    def edit(draft: Draft) -> None:
        old = draft.field(object_key, field_key)
        draft.subject = Place(object_key, field_key)
        if old.becoming is not None:
            abandon(draft, object_key, old)

    return await change(runtime, principal, "cancel_retype", edit, touches=object_key)


def abandon(draft: Draft, object_key: str, old: Field) -> None:
    """Take back a conversion; the columns begun for it are of no use to anybody."""
    assert old.becoming is not None
    draft.retire_columns(object_key, old.becoming, draft.now)
    draft.put_field(object_key, msgspec.structs.replace(old, becoming=None))
    draft.jobs.append(Job("drop", object_key, old.key, {"due": draft.now.isoformat()}))


# -- parts of these ----------------------------------------------------------------------------------------------------


def _stored_name(draft: Draft, object_key: str, made: Field) -> str:
    """The column of a new field."""
    if made.type not in field_types.all_types() or not field_types.get(made.type).stored:
        return ""
    _typed(made)
    return draft.physical(object_key, made.key, made)


def _typed(made: Field) -> None:
    """Refuse a definition that its type does not take, before anything is asked of the type."""
    if made.type not in field_types.all_types():
        raise Invalid(errors=[FieldError("type", "def_no_such_type", {"type": made.type[:40]})])
    try:
        field_types.get(made.type).check(made)
    except field_types.FieldProblem as e:
        raise Invalid(errors=[FieldError(e.part or "options", e.code, e.params)]) from None


def _differing(draft: Draft, old: Field, given: Body) -> Body:
    """What of the changes is one. Refuses what may not be changed."""
    kind = field_types.get(old.type)
    now: dict[str, Any] = {
        **{
            name: getattr(old, name)
            for name in Field.__struct_fields__
            if name not in ("label", "help", "options")
        },
        "label": old.label.as_json(),
        "help": old.help.as_json() if old.help else None,
        "options": msgspec.to_builtins(old.options),
    }
    if "options" in given and given.get("type", old.type) == old.type:
        if old.fixed_choices and added_choices(old, given["options"]):
            draft.refuse("options.choices", "def_choices_fixed")
        given["options"] = _merged_options(draft, old, given["options"])
    changes = {name: value for name, value in given.items() if value != now[name]}
    if "key" in changes:
        draft.refuse("key", "def_fixed")
    allowed = None if old.custom else _OF_SYSTEM if old.system else _OF_STANDARD
    for name in sorted(changes):
        if allowed is not None and name not in allowed:
            draft.refuse(name, "def_standard")
        flag = not old.custom and name in ("required", "personal", "sensitive") and not changes[name]
        if flag and getattr(draft.standard_field(draft.subject), name, False):
            draft.refuse(name, "def_cannot_switch_off")
    pointing = kind.output in ("reference", "references") and "options" in changes and "type" not in changes
    if pointing and changes["options"].get("target", old.target) != old.target:
        draft.refuse("options.target", "def_fixed")
    return changes


def _merged_options(draft: Draft, old: Field, given: Body) -> Body:
    """The options with those given over them. Choices that are left out are retired, for records have them; their order
    is the one given."""
    merged = {**msgspec.to_builtins(old.options), **given}
    for name in [n for n, v in given.items() if v is None]:
        del merged[name]
    if "choices" in given:
        named = {c["value"] for c in given["choices"]}
        left = [_retired(c) for c in old.choices if c.value not in named]
        merged["choices"] = [*(_tidy(c, old) for c in given["choices"]), *left]
    return merged


def _tidy(choice: Body, old: Field) -> Body:
    """A choice as it is kept: what is the default is left out."""
    known = {c.value: c for c in old.choices}.get(str(choice["value"]))
    base = as_json(known) if known else {}
    merged = {**base, **choice}
    return {k: v for k, v in merged.items() if not (k in ("color", "retired") and not v)}


def _retired(choice: Choice) -> Body:
    return {**as_json(choice), "retired": True}


def _fill(draft: Draft, object_key: str, made: Field, wanted: object) -> None:
    constant = made.default is not None and not isinstance(made.default, Mapping)
    constant = constant or (isinstance(made.default, Mapping) and set(made.default) != {"expr"})
    if wanted and constant and field_types.get(made.type).stored:
        draft.fills.append((object_key, made))


def _follow(draft: Draft, object_key: str, old: Field | None, new: Field) -> None:
    """The work that a new or changed field brings with it."""
    place = Place(object_key, new.key)
    searched = bool(old and old.search and not old.encrypted)
    filled = old is None and new.search and any(f.key == new.key for _, f in draft.fills)
    if (old is not None and searched != new.search) or filled:
        draft.jobs.append(Job("tokens", object_key, new.key))
        draft.waiting.add(place)
    if new.type == "rollup" and (old is None or _figure(old) != _figure(new)):
        draft.jobs.append(Job("rollups", object_key, new.key))
        draft.waiting.add(place)
    if new.type == "formula" and old is not None and old.options != new.options:
        recompute_rollups(draft, place)


def _figure(of: Field) -> dict[str, object]:
    return {name: of.option(name) for name in ("object", "via", "measure", "field", "filter", "result")}


def _recolumn(draft: Draft, object_key: str, old: Field, new: Field, given: Body) -> None:
    """A computed field whose result has another type gets a new column, which is computed afresh."""
    new = msgspec.structs.replace(new, column="")
    new = msgspec.structs.replace(new, column=draft.physical(object_key, new.key, new))
    draft.retire_columns(object_key, old, draft.now + GRACE)
    draft.jobs.append(Job("drop", object_key, new.key, {"due": (draft.now + GRACE).isoformat()}))
    draft.put_field(object_key, new, given)
    _follow(draft, object_key, old, new)


_OF_TYPE = ("default", "minimum", "maximum", "pattern", "search", "unique", "index", "encrypted", "options")


def _retype(draft: Draft, object_key: str, old: Field, given: Body, accept_loss: bool) -> None:
    """Begin a change of type. Attributes that belong to the old type are left behind unless they are given."""
    if not old.custom:
        draft.refuse("type", "def_standard")
    draft.not_changing(old)
    kept = {k: v for k, v in as_json(old).items() if k not in (*_OF_TYPE, "column", "state")}
    new = checked_field({**kept, **given})
    _typed(new)
    old_kind, kind = field_types.get(old.type), Registry.type_of(new)
    possible = kind.retype_from and kind.stored and old_kind.stored and not old_kind.computed
    if not possible or old_kind.output not in ("plain",):
        draft.refuse("type", "def_not_retypable")
    if old.key == "name" and new.type != "text":
        draft.refuse("type", "def_no_name")
    _become(draft, object_key, old, new, {}, accept_loss)


def _become(draft: Draft, object_key: str, old: Field, new: Field, given: Body, accept_loss: bool) -> None:
    """Give the field its second definition and have the job do the rest. Words take effect at once."""
    new = msgspec.structs.replace(new, column="", becoming=None, state="ready")
    new = msgspec.structs.replace(new, column=draft.physical(object_key, new.key, new))
    words = {n: getattr(new, n) for n in ("label", "help", "required", "personal", "sensitive")}
    put = msgspec.structs.replace(old, **words, becoming=new, state="ready")
    draft.put_field(object_key, put, {n: v for n, v in given.items() if n in words})
    body = {"accept_loss": accept_loss, "given": given, "column": new.physical}
    draft.jobs.append(Job("retype", object_key, new.key, body))
