"""The columns of answers: what a path shows, by the type of its field and the caller's access to it.

A reference shows `{"id", "name"}`, with `"masked": true` and no name where the caller may not see the record, with
`"deleted": true` where it lies in the recycle bin (its name still shows; its other values are null, as they are in
filters). A masked field shows what its type lets through, or null. Values of encrypted fields leave the database as
they are stored; `secrets` says where in the answer they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal_column,
    null,
    select,
    text,
)
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import aggregate_order_by

from ..access.paths import Found, Hop, paths_of
from ..access.rights import Rights
from ..access.scope import SHOWN, Joins, Reach, RecordScope, comparable, constant
from ..expr.scope import UnknownPath
from ..expr.types import Type
from ..schema.field_types.pointer import UUID
from ..schema.model import Field
from ..schema.registry import Registry
from .labels import Labels

Column = ColumnElement[Any]

NOT_IN_LINES = frozenset(
    {"created_at", "updated_at", "created_by", "updated_by", "owner", "owner_department"}
)
"""Fields of lines that go without saying."""


class Outputs:
    """Makes the columns of an answer about records of one object whose table is `base`. The statement must take its
    FROM from `joins`."""

    def __init__(self, reach: Reach, object_key: str, base: FromClause) -> None:
        assert reach.rights is not None
        self.reach = reach
        self.rights: Rights = reach.rights
        self.registry: Registry = reach.registry
        self.object = object_key
        self.base = base
        self.joins = Joins(reach, base, alive=False)
        self.scope = RecordScope(reach, object_key, base, self.joins)
        self.secrets: list[tuple[str, ...]] = []
        self.labels = Labels()

    def find(self, path: str) -> Found:
        """What a path of an answer leads to; `UnknownPath` where there is nothing or it is hidden."""
        steps = tuple(path.split("."))
        found = paths_of(self.registry).find(self.object, steps)
        if self.rights.of(found) == "hidden":
            raise UnknownPath(len(steps) - 1)
        if found.hops and found.field is not None and Registry.type_of(found.field).output == "lines":
            raise UnknownPath(len(steps) - 1)
        return found

    def column(self, path: str) -> Column:
        """The column of a path, labelled with it."""
        found = self.find(path)
        shown = self.value(found)
        if found.field is not None and found.field.encrypted and self.rights.of(found) in SHOWN:
            self.secrets.append((path,))
        return shown.label(self.labels.of(path))

    def value(self, found: Found) -> Column:
        """The JSON value of what a path leads to, masked where it must be."""
        table = self.joins.at(found.hops)
        if found.field is None:
            return self.joins.value(found.hops, table.c[found.key])
        field, kind = found.field, Registry.type_of(found.field)
        if self.rights.of(found) not in SHOWN:
            return self.joins.value(found.hops, masked(found, table))
        if found.part:
            return self.joins.value(found.hops, shown(comparable(found, table), found.type))
        match kind.output:
            case "formula":
                return formula_shown(self.scope.formula(found), found)
            case "reference":
                made = self.reference(Hop(found.object, field, field.target), found.hops)
            case "references":
                made = self.references(field, table)
            case "reference_any":
                made = self.reference_any(field, table)
            case "files":
                made = self.files(field, table)
            case "lines":
                made = self.lines(found, table)
            case _:
                made = kind.canonical(field, table)
        return self.joins.value(found.hops, made)

    # -- references ----------------------------------------------------------------------------------------------

    def reference(self, hop: Hop, before: tuple[Hop, ...]) -> Column:
        """A record pointed at, by the join that the paths through it use too."""
        held = self.joins.at(before).c[hop.field.physical]
        if not self.rights.can(hop.target, "read"):
            return case((held.is_not(None), unseen(held)))
        target = self.joins.at((*before, hop))
        return case((held.is_(None), null()), else_=self.pointed(hop.target, target, held))

    def pointed(self, object_key: str, target: FromClause, held: Column) -> Column:
        """`{"id", "name"}` of a joined record; the join finds none where the caller may not see it."""
        name = self.name(object_key, target)
        return case(
            (target.c.id.is_(None), unseen(held)),
            (target.c.deleted_at.is_not(None), named(held, name, "deleted")),
            else_=named(held, name),
        )

    def name(self, object_key: str, table: FromClause) -> Column:
        """The name of a record as far as the caller may see it."""
        found = paths_of(self.registry).find(object_key, ("name",))
        level = self.rights.of(found)
        if found.field is None or level == "hidden" or found.field.encrypted:
            return cast(null(), Text)
        if level == "masked":
            return masked(found, table)
        if found.field.type == "formula":
            return shown(RecordScope(self.reach, object_key, table).formula(found), found.type)
        return Registry.type_of(found.field).canonical(found.field, table)

    def references(self, field: Field, table: FromClause) -> Column:
        """The records of a many-to-many field in their order."""
        held = table.c[field.physical]
        place = (
            func.unnest(held)
            .table_valued(column("id", UUID), with_ordinality="place", name="u")
            .render_derived()
        )
        if not self.rights.can(field.target, "read"):
            made: Column = unseen(place.c.id)
            rows: Any = place
        else:
            target = self.registry.tables[field.target].main.alias()
            made = self.pointed(field.target, target, place.c.id)
            rows = place.outerjoin(
                target, and_(target.c.id == place.c.id, self.readable(field.target, target))
            )
        listed = func.json_agg(aggregate_order_by(made, place.c.place))
        return self._subselect(select(listed).select_from(rows), table)

    def reference_any(self, field: Field, table: FromClause) -> Column:
        """A record of one of several objects; only the object that the value names is looked into."""
        held, kind = table.c[field.physical], table.c[field.physical + "__object"]
        branches: list[tuple[ColumnElement[bool], Column]] = [(held.is_(None), null())]
        for object_key in self.registry.targets(field):
            if not self.rights.can(object_key, "read"):
                continue
            target = self.registry.tables[object_key].main.alias()
            name = self.name(object_key, target)
            parts = ("object", kind, "id", held, "name", name)
            made = case(
                (target.c.deleted_at.is_not(None), build(*parts, "deleted", true_())), else_=build(*parts)
            )
            rows = select(made).where(target.c.id == held, self.readable(object_key, target))
            branches.append((kind == constant(object_key), rows.correlate(table).scalar_subquery()))
        masked_one = build("object", kind, "id", held, "name", null(), "masked", true_())
        return case((held.is_(None), null()), else_=func.coalesce(case(*branches), masked_one))

    def readable(self, object_key: str, table: FromClause) -> ColumnElement[bool]:
        """The condition that the caller may see a record."""
        assert self.reach.restrict is not None
        return self.reach.restrict(object_key, table)

    # -- files and lines -----------------------------------------------------------------------------------------

    def files(self, field: Field, table: FromClause) -> Column:
        """The files of a field in their order."""
        stored = sql_table(
            "file", column("id", UUID), column("name", Text), column("size", Integer), column("media_type", Text),
            schema=self.registry.schema,
        )  # fmt: skip
        held = table.c[field.physical]
        place = (
            func.unnest(held)
            .table_valued(column("id", UUID), with_ordinality="place", name="u")
            .render_derived()
        )
        made = build(
            "id", stored.c.id, "name", stored.c.name, "size", stored.c.size, "media_type", stored.c.media_type
        )
        listed = func.json_agg(aggregate_order_by(made, place.c.place))
        rows = select(listed).select_from(place.join(stored, stored.c.id == place.c.id))
        return self._subselect(rows, table)

    def lines(self, found: Found, table: FromClause) -> Column:
        """The child lines of a record, each with all fields that the caller may see, in the order of their `position`
        if they have one, else of making."""
        assert found.field is not None
        settings = Registry.type_of(found.field).settings(found.field)
        child = self.registry.tables[settings.object].main.alias()
        via = self.registry.field(settings.object, settings.via)
        assert via is not None
        inner = Outputs(self.reach, settings.object, child)
        columns = [inner.column(path) for path in line_fields(self.rights, settings.object, settings.via)]
        self.secrets += [(found.key, "*", *secret) for secret in inner.secrets]
        conditions = [child.c[via.physical] == table.c.id, child.c.deleted_at.is_(None)]
        if self.registry.objects[settings.object].parent != settings.via:
            conditions.append(self.readable(settings.object, child))
        position = self.registry.field(settings.object, "position")
        order = [child.c.id] if position is None else [child.c[position.physical], child.c.id]
        line = select(*columns).select_from(inner.joins.clause()).where(*conditions).order_by(*order)
        rows = line.correlate_except(*inner.joins.tables).subquery("l")
        listed = select(func.coalesce(func.json_agg(func.row_to_json(literal_column("l"))), text("'[]'")))
        return self._subselect(listed.select_from(rows), table)

    @staticmethod
    def _subselect(rows: Select[Any], table: FromClause) -> Column:
        return rows.correlate(table).scalar_subquery()


def line_fields(rights: Rights, object_key: str, via: str) -> list[str]:
    """The fields of a line that an answer holds."""
    return ["id", "version"] + [
        key
        for key, field in rights.registry.fields(object_key).items()
        if key != via
        and key not in NOT_IN_LINES
        and field.type != "lines"
        and rights.access(object_key, key) != "hidden"
    ]


def all_fields(rights: Rights, object_key: str) -> tuple[str, ...]:
    """Everything that the caller may see of a record."""
    keys = rights.registry.fields(object_key)
    return ("id", "version", *(key for key in keys if rights.access(object_key, key) != "hidden"))


def list_fields(rights: Rights, object_key: str) -> tuple[str, ...]:
    """What a list shows where the caller does not say: the object's list fields."""
    obj = rights.registry.objects[object_key]
    named = obj.list_fields or tuple(f for f in rights.registry.fields(object_key))
    seen = (key for key in ("name", *named) if rights.access(object_key, key) != "hidden")
    return tuple(dict.fromkeys(("id", "version", *seen)))


def masked(found: Found, table: FromClause) -> Column:
    """The masked form of a stored value; null where nothing of it may show."""
    field = found.field
    assert field is not None
    if found.part or field.type == "formula" or not Registry.type_of(field).stored:
        return null()
    if field.encrypted:
        return case((table.c[field.physical].is_not(None), constant("***")))
    kind = Registry.type_of(field)
    made = kind.mask(kind.canonical(field, table))
    return null() if made is None else case((table.c[field.physical].is_not(None), made))


def shown(value: Column, type: Type) -> Column:
    """A value in its canonical JSON form: numbers with decimals as text."""
    return cast(value, Text) if type is Type.NUMBER else value


def formula_shown(value: Column, found: Found) -> Column:
    """A formula's value in canonical form, numbers rounded as its definition says."""
    assert found.field is not None
    if found.type is Type.NUMBER:
        scale = Registry.type_of(found.field).settings(found.field).scale
        return cast(func.round(value, literal_column(str(int(scale)))), Text)
    return func.round(value) if found.type is Type.INTEGER else value


def build(*parts: Any) -> Column:
    """`json_build_object` of keys (words of ours) and values."""
    made: Iterable[Any] = (constant(p) if isinstance(p, str) else p for p in parts)
    return func.json_build_object(*made)


def true_() -> Column:
    """JSON's true."""
    return literal_column("true")


def named(held: Column, name: Column, *marks: str) -> Column:
    """A record with its name."""
    return build("id", held, "name", name, *(part for mark in marks for part in (mark, true_())))


def unseen(held: Column) -> Column:
    """A record of which the caller may know the id alone."""
    return build("id", held, "name", null(), "masked", true_())
