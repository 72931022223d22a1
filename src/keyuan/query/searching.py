"""Search over several objects, in steps whose statements are small: planning one statement over all objects took longer
than running it.

For each object a bounded number of candidates is taken by index, the likeliest first: records of which a value begins with
what was typed, and where these are few, others that have it. The index knows nothing of rights and answers only ids. The
statement that reads the records has the permission in it, and takes those of exactly the name typed beside. Of a frequent
word the candidates may all be records of others; then, and only then, the caller's records are gone through for it.
Only candidates are ranked, alike in all objects: by the name being what was typed, by the name beginning with it, by the
name having it anywhere, by a value beginning with it; within these the latest first, as far as the caller may see when
they changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Double,
    FromClause,
    Integer,
    Select,
    Subquery,
    Text,
    Uuid,
    case,
    cast,
    collate,
    extract,
    func,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY, distinct_on

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


def make_candidates(registry: Registry, keys: Sequence[str]) -> Statement:
    """One row: for each object two arrays of ids, as text: of records of which a value begins with what was typed, and of
    others that have it (none where the first are as many as are taken). Parameters: for each object by its place `q0` and
    `start0` (what was typed as tsquery, anywhere and at the beginning). Of the settings (people, departments, …) there are
    never many: all that match are candidates."""
    columns: list[Any] = []
    for n, key in enumerate(keys):
        anywhere, start = parameter(f"q{n}", TSQUERY()), parameter(f"start{n}", TSQUERY())
        most = None if registry.objects[key].administrative else _CANDIDATES
        begins = select(_array(_indexed(registry, key, start).limit(most)).label("ids")).cte(f"begins{n}")
        few = func.cardinality(select(begins.c.ids).scalar_subquery()) < _CANDIDATES
        others = _indexed(registry, key, anywhere)
        if most is not None:
            others = others.where(few).limit(most)
        columns += [cast(select(begins.c.ids).scalar_subquery(), Text()), cast(_array(others), Text())]
    return Statement(select(*columns), {})


def make_found(view: View) -> Statement:
    """The best of the candidates that the caller may see, and of the records of exactly the name typed: for each its JSON
    (`{"object", "id", "name", "owner", "updated_at"}`), its rank (the lower the better), when it was changed in seconds
    (null where the caller may not see it) and its id. Parameters: `size`, `q_text`, `q_key`, and the candidates as arrays
    written as text, `begins` and `others`."""
    found = _candidates(view)
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
    moment: Column = cast(extract("epoch", best.c.at), Double())
    rows = select(record.label("record"), best.c.rank, moment.label("at"), best.c.id)
    return Statement(rows.select_from(outputs.joins.clause()), view.late)


def make_own(view: View) -> Statement:
    """One row with arrays of ids as `make_candidates` has them, but of records that the caller may see, at most `OWN` in
    each. Parameters: `q0` and `start0`."""
    arrays = []
    for name in ("start0", "q0"):
        main, tokens = _tables(view.registry, view.object)
        mine = (
            select(main.c.id)
            .select_from(main.join(tokens, tokens.c.id == main.c.id))
            .where(tokens.c.tokens.bool_op("@@")(parameter(name, TSQUERY())))
            .where(main.c.deleted_at.is_(None), view.predicate(main))
            .limit(_OWN)
        )
        arrays.append(cast(_array(mine), Text()))
    return Statement(select(*arrays), view.late)


def _updated_at(view: View, found: FromClause) -> Column:
    """When a record was changed, for those who may see it: the order would tell the others."""
    seen = view.rights.access(view.object, "updated_at") in SHOWN
    return found.c.updated_at if seen else cast(null(), DateTime(timezone=True))


def _owner(view: View, outputs: Outputs) -> Column:
    field = view.registry.field(view.object, "owner")
    if field is None or view.rights.access(view.object, "owner") not in SHOWN:
        return null()
    return outputs.reference(Hop(view.object, field, field.target), ())


def _candidates(view: View) -> Subquery:
    """The candidates that the caller may see, each once, with what is ranked and shown of them: looking at the table again
    for that would cost more in planning than in reading. `later` is 0 where a value begins with what was typed."""
    main, _ = _tables(view.registry, view.object)
    given = union_all(
        *(
            select(
                func.unnest(cast(parameter(name, Text()), ARRAY(Uuid()))).label("id"), later.label("later")
            )
            for name, later in (("begins", _BEGINS), ("others", _OTHER))
        )
    ).subquery()
    seen = select(*_shown(view, main), given.c.later).select_from(given.join(main, main.c.id == given.c.id))
    parts: list[Any] = [seen.where(main.c.deleted_at.is_(None), view.predicate(main, planned=False))]
    same = _same_name(view)
    if same is not None:
        parts.append(select(*same.subquery().c, _BEGINS.label("later")))
    every = union_all(*parts).subquery()
    return select(every).ext(distinct_on(every.c.id)).order_by(every.c.id, every.c.later).subquery()


def _tables(registry: Registry, key: str) -> tuple[FromClause, FromClause]:
    tables = registry.tables[key]
    assert tables.search is not None
    return tables.main.alias(), tables.search.alias()


def _shown(view: View, table: FromClause) -> list[Column]:
    """The columns of a record that a search ranks and shows."""
    fields = [f for key in ("name", "owner") if (f := view.registry.field(view.object, key)) is not None]
    if any(not Registry.type_of(f).stored for f in fields):
        return list(table.c)
    names = {"id", "updated_at", *(c.name for f in fields for c in field_columns(f))}
    return [c for c in table.c if c.name in names]


def _indexed(registry: Registry, key: str, query: Column) -> Select[Any]:
    """Ids that the index has for a query, rights aside."""
    _, tokens = _tables(registry, key)
    return select(tokens.c.id).where(tokens.c.tokens.bool_op("@@")(query))


def _array(ids: Select[Any]) -> Column:
    return func.array(ids.scalar_subquery())


def _same_name(view: View) -> Select[Any] | None:
    """Records of exactly the name typed, found by the index that lists are sorted with."""
    name = _searched_name(view)
    if name is None:
        return None
    table, _ = _tables(view.registry, view.object)
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
