"""Search over several objects, as one statement.

For each object a bounded number of candidates is taken by index, the likeliest first: records with exactly the name
typed; those of which a value begins with it; and where these do not fill the answer, others that have it. The index
knows nothing of rights, so that of a frequent word the candidates may all be records of others; then, and only then,
the caller's records are gone through for it. Only candidates are ranked, alike in all objects: by the name being what was
typed, by the name beginning with it, by the name having it anywhere, by a value beginning with it; within these the
latest first, as far as the caller may see when they changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Select,
    Subquery,
    Text,
    case,
    cast,
    collate,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY, aggregate_order_by, distinct_on

from ..access.parameters import parameter
from ..access.paths import Hop
from ..access.scope import SHOWN, constant
from ..schema.field_types.stored_text import StoredText
from ..schema.registry import Registry
from ..schema.tables import field_columns
from .base import Statement, View
from .output import Outputs, build

Column = ColumnElement[Any]

CANDIDATES = 250
"""How many candidates are taken from the index at a time, before rights are looked at."""
OWN = 100
"""How many of the caller's own records are taken where frequent words have to be looked for among them."""
SAME = 20
"""How many records of exactly the name typed are looked for."""

_CANDIDATES, _OWN, _SAME = (literal_column(str(n), Integer()) for n in (CANDIDATES, OWN, SAME))
_SIZE: Column = parameter("size", Integer())
_BEGINS, _OTHER = literal_column("0", Integer()), literal_column("1", Integer())

Q: Column = parameter("q_text", Text())
"""The parameter for what was typed."""
NAME_KEY: Column = parameter("q_key", Text())
"""The parameter for its place in the order of names."""


def make_search(views: Sequence[View]) -> Statement:
    """The statement: one row with a JSON array of `{"object", "id", "name", "owner", "updated_at"}`, at most `size` (a
    parameter) of each object, the best first. Parameters beside: `q_text`, `q_key`, and for each object by its place
    `q0` and `start0` (what was typed as tsquery, anywhere and at the beginning)."""
    parts = [_of_object(view, n) for n, view in enumerate(views)]
    found = union_all(*parts).subquery("f") if len(parts) > 1 else parts[0].subquery("f")
    order = (found.c.rank, found.c.at.desc().nulls_last(), found.c.id)
    listed = func.json_agg(aggregate_order_by(found.c.record, *order))
    gathered: dict[str, Any] = {}
    for view in views:
        gathered |= view.late
    return Statement(select(func.coalesce(listed, literal_column("'[]'::json"))).select_from(found), gathered)


def _of_object(view: View, n: int) -> Select[Any]:
    """The best records of one object: their JSON, rank, time and id."""
    found = _candidates(view, n)
    rank, at = _rank(view, found), _updated_at(view, found)
    best = (
        select(*(c for c in found.c if c.name != "later"), rank.label("rank"), at.label("at"))
        .order_by(rank, at.desc().nulls_last(), found.c.id)
        .limit(_SIZE)
        .subquery()
    )
    outputs = Outputs(view.shown, view.object, best)
    record = build(
        "object", constant(view.object), "id", best.c.id, "name", outputs.name(view.object, best),
        "owner", _owner(view, outputs), "updated_at", best.c.at,
    )  # fmt: skip
    return select(record.label("record"), best.c.rank, best.c.at, best.c.id).select_from(
        outputs.joins.clause()
    )


def _updated_at(view: View, found: FromClause) -> Column:
    """When a record was changed, for those who may see it: the order would tell the others."""
    seen = view.rights.access(view.object, "updated_at") in SHOWN
    return found.c.updated_at if seen else cast(null(), DateTime(timezone=True))


def _owner(view: View, outputs: Outputs) -> Column:
    field = view.registry.field(view.object, "owner")
    if field is None or view.rights.access(view.object, "owner") not in SHOWN:
        return null()
    return outputs.reference(Hop(view.object, field, field.target), ())


def _candidates(view: View, n: int) -> Subquery:
    """The candidates, each once, with what is ranked and shown of them: looking at the table again for that would cost
    more in planning than in reading. `later` is 0 where a value begins with what was typed. Of the settings (people,
    departments, stages …) there are never many: all that match are candidates, which costs far less to plan."""
    anywhere, start = parameter(f"q{n}", TSQUERY()), parameter(f"start{n}", TSQUERY())
    main, tokens = _tables(view)
    every_match = (
        select(
            *_shown(view, main), case((tokens.c.tokens.op("@@")(start), _BEGINS), else_=_OTHER).label("later")
        )
        .select_from(main.join(tokens, tokens.c.id == main.c.id))
        .where(tokens.c.tokens.op("@@")(anywhere), main.c.deleted_at.is_(None), view.predicate(main))
    )
    if view.registry.objects[view.object].administrative:
        return every_match.subquery()
    first = _indexed(view, start, f"c{n}_start")
    first_seen = _seen(view, first, f"c{n}_start_seen")
    second = _indexed(view, anywhere, f"c{n}_any", _count(first_seen) < _SIZE)
    second_seen = _seen(view, second, f"c{n}_any_seen")
    frequent = or_(_count(first) == _CANDIDATES, _count(second) == _CANDIDATES)
    through = (
        every_match.where(_count(first_seen) + _count(second_seen) < _SIZE, frequent).limit(_OWN).subquery()
    )
    parts: list[Any] = [
        select(*first_seen.c, _BEGINS.label("later")),
        select(*second_seen.c, _OTHER.label("later")),
        select(*through.c),
    ]
    same = _same_name(view)
    if same is not None:
        parts.append(select(*same.subquery().c, _BEGINS.label("later")))
    every = union_all(*parts).subquery()
    return select(every).ext(distinct_on(every.c.id)).order_by(every.c.id, every.c.later).subquery()


def _tables(view: View) -> tuple[FromClause, FromClause]:
    tables = view.registry.tables[view.object]
    assert tables.search is not None
    return tables.main.alias(), tables.search.alias()


def _shown(view: View, table: FromClause) -> list[Column]:
    """The columns of a record that a search ranks and shows."""
    fields = [f for key in ("name", "owner") if (f := view.registry.field(view.object, key)) is not None]
    if any(not Registry.type_of(f).stored for f in fields):
        return list(table.c)
    names = {"id", "updated_at", *(c.name for f in fields for c in field_columns(f))}
    return [c for c in table.c if c.name in names]


def _indexed(view: View, query: Column, name: str, *conditions: ColumnElement[bool]) -> CTE:
    """Ids that the index has for a query, rights aside; conditions are looked at once, before."""
    _, tokens = _tables(view)
    found = select(tokens.c.id).where(tokens.c.tokens.op("@@")(query), *conditions).limit(_CANDIDATES)
    return found.cte(name).prefix_with("MATERIALIZED")


def _seen(view: View, ids: CTE, name: str) -> CTE:
    """The records of these ids that the caller may see."""
    main, _ = _tables(view)
    found = select(*_shown(view, main)).select_from(ids.join(main, main.c.id == ids.c.id))
    found = found.where(main.c.deleted_at.is_(None), view.predicate(main, planned=False))
    return found.cte(name)


def _count(rows: CTE) -> Column:
    return select(func.count()).select_from(rows).scalar_subquery()


def _same_name(view: View) -> Select[Any] | None:
    """Records of exactly the name typed, found by the index that lists are sorted with."""
    name = _searched_name(view)
    if name is None:
        return None
    table, _ = _tables(view)
    kind = Registry.type_of(name)
    if not isinstance(kind, StoredText) or name.physical + "__key" not in table.c:
        return None
    return (
        select(*_shown(view, table))
        .where(kind.order_key(name, table) == NAME_KEY, table.c.deleted_at.is_(None))
        .where(view.predicate(table, planned=False))
        .limit(_SAME)
    )


def _searched_name(view: View) -> Any:
    """The name, where the caller may search by it."""
    field = view.registry.field(view.object, "name")
    if field is None or not field.search or field.encrypted or field.type == "formula":
        return None
    return field if view.rights.access(view.object, "name") in SHOWN else None


def _rank(view: View, found: Subquery) -> Column:
    """0: the name is what was typed; 1: it begins with it; 2: it has it; 3: a value begins with it; 4: others. Companies
    are known by what follows the city in their names: a lead of the company, whose name is a person's, comes after it."""
    later = found.c.later + literal_column("3")
    name = _searched_name(view)
    if name is None:
        return later
    held = func.lower(collate(cast(found.c[name.physical], Text), "C"))
    typed = func.lower(collate(Q, "C"))
    return case(
        (held == typed, literal_column("0")),
        (func.starts_with(held, typed), literal_column("1")),
        (func.strpos(held, typed) > literal_column("0"), literal_column("2")),
        else_=later,
    )
