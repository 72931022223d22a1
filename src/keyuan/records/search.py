"""Search over several objects. See `read`, and `query.searching` for its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..access import Principal, rights
from ..expr.filters import shown
from ..kernel.errors import BadRequest, FieldError
from ..query.base import Statement, View, view
from ..query.requests import SearchQuery
from ..query.searching import CANDIDATES, make_candidates, make_found, make_own
from ..query.seeker import search_tags, search_text
from ..schema.text.pinyin import sort_key
from ..storage.pool import Connection
from .lists import one_row
from .plans import Plan, Run, Source, plan, remembered

NONE = "{}"
"""An array without ids."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Ids as the index answered them, in arrays written as text: those of values that begin so, and others."""

    begins: str
    others: str

    @property
    def empty(self) -> bool:
        """Whether there are none."""
        return self.begins == self.others == NONE

    @property
    def frequent(self) -> bool:
        """Whether the index has more than were taken."""
        return any(ids.count(",") + 1 >= CANDIDATES for ids in (self.begins, self.others))


@dataclass(frozen=True, slots=True)
class Hit:
    """A record found: its JSON, and what it is ordered by."""

    record: bytes
    rank: int
    at: float
    id: bytes

    @property
    def order(self) -> tuple[int, float, bytes]:
        """The best first; of the same rank what was changed last."""
        return (self.rank, -self.at, self.id)


async def search(
    connection: Connection, organisation: Source, principal: Principal, query: SearchQuery
) -> bytes:
    """The records that what was typed finds, as a JSON array of `{"object", "id", "name", "owner", "updated_at"}`, the best
    first, at most `query.limit` of each object. Without `query.objects` all that are `found_everywhere` are searched.
    Raises `BadRequest` at `objects` for one that cannot be searched or is not there for the caller."""
    registry = organisation.registry
    asked = _asked(organisation, principal, query)
    if not asked:
        return b"[]"
    keys = tuple(asked)
    run = Run(organisation, principal)
    typed = {name + str(n): texts[name] for n, texts in enumerate(asked.values()) for name in ("q", "start")}
    first = remembered(
        registry,
        ("candidates", keys),
        lambda: plan(make_candidates(registry, keys), principal.policy, None),
    )
    row = await one_row(connection, first, first.bind(run, typed))
    assert row is not None
    candidates = {key: _candidates(row[2 * n : 2 * n + 2]) for n, key in enumerate(keys)}
    reading = _Reading(connection, organisation, principal, run, query)
    found = await reading.found({key: those for key, those in candidates.items() if not those.empty})
    wanting = [key for key, hits in found.items() if len(hits) < query.limit and candidates[key].frequent]
    if wanting:
        own = await reading.own({key: asked[key] for key in wanting})
        more = await reading.found({key: those for key, those in own.items() if not those.empty})
        found |= {key: _best((*found[key], *hits), query.limit) for key, hits in more.items()}
    every = sorted((hit for hits in found.values() for hit in hits), key=lambda hit: hit.order)
    return b"[" + b",".join(hit.record for hit in every) + b"]"


def _asked(organisation: Source, principal: Principal, query: SearchQuery) -> dict[str, dict[str, str]]:
    """The objects to search, each with what was typed as the tsqueries `q` and `start` within what the caller may read."""
    registry, policy = organisation.registry, principal.policy
    mine = rights(registry, policy)
    found: dict[str, dict[str, str]] = {}
    for key in query.objects or tuple(key for key, obj in registry.objects.items() if obj.found_everywhere):
        allowed = key in registry.objects and registry.objects[key].searchable and mine.can(key, "read")
        if not allowed:
            if query.objects:
                raise BadRequest(errors=[FieldError("objects", "query_object", {"object": shown(key)})])
            continue
        tags = remembered(registry, ("tags", policy, key), lambda key=key: search_tags(mine, key))  # type: ignore[misc]
        if text := search_text(query.q, tags):
            found[key] = {"q": text, "start": search_text(query.q, tags, start=True)}
    return found


def _best(hits: Iterable[Hit], size: int) -> list[Hit]:
    """The best of these, each record once."""
    each: dict[bytes, Hit] = {}
    for hit in sorted(hits, key=lambda hit: hit.order):
        each.setdefault(hit.id, hit)
    return list(each.values())[:size]


@dataclass(frozen=True, slots=True)
class _Reading:
    """The steps that read what the caller may see."""

    connection: Connection
    organisation: Source
    principal: Principal
    run: Run
    query: SearchQuery

    async def found(self, candidates: Mapping[str, Candidates]) -> dict[str, list[Hit]]:
        """The best of the candidates. These statements are prepared: their plans do not depend on the values."""
        typed = {"size": self.query.limit, "q_text": self.query.q, "q_key": sort_key(self.query.q)}
        answers = await self._together(
            [
                self._statement(make_found, key, {**typed, "begins": those.begins, "others": those.others})
                for key, those in candidates.items()
            ],
            prepare=True,
        )
        return {key: [_hit(row) for row in rows] for key, rows in zip(candidates, answers, strict=True)}

    async def own(self, asked: Mapping[str, Mapping[str, str]]) -> dict[str, Candidates]:
        """Candidates among the caller's own records, for words that others' records have too often."""
        answers = await self._together(
            [
                self._statement(make_own, key, {"q0": typed["q"], "start0": typed["start"]})
                for key, typed in asked.items()
            ],
            prepare=False,
        )
        return {key: _candidates(row) for key, (row,) in zip(asked, answers, strict=True)}

    def _statement(
        self, make: Callable[[View], Statement], key: str, values: Mapping[str, Any]
    ) -> tuple[bytes, Mapping[str, Any]]:
        """A statement over one object, with its parameters."""
        registry, policy = self.organisation.registry, self.principal.policy
        made: Plan[None] = remembered(
            registry, (make, policy, key), lambda: plan(make(view(registry, policy, key)), policy, None)
        )
        return made.text, made.bind(self.run, values)

    async def _together(
        self, statements: Sequence[tuple[bytes, Mapping[str, Any]]], *, prepare: bool
    ) -> list[list[tuple[bytes | None, ...]]]:
        """The rows of each statement, as PostgreSQL wrote them; several are sent together."""
        if not statements:
            return []
        if len(statements) == 1:
            text, values = statements[0]
            cursors = [await self.connection.execute(text, values, prepare=prepare)]
        else:
            async with self.connection.pipeline():
                cursors = [await self.connection.execute(t, v, prepare=prepare) for t, v in statements]
        answers = []
        for cursor in cursors:
            result = cursor.pgresult
            assert result is not None
            columns = range(result.nfields)
            answers.append(
                [tuple(result.get_value(n, column) for column in columns) for n in range(result.ntuples)]
            )
        return answers


def _candidates(ids: tuple[bytes | None, ...]) -> Candidates:
    begins, others = (text.decode() if text else NONE for text in ids)
    return Candidates(begins, others)


def _hit(row: tuple[bytes | None, ...]) -> Hit:
    record, rank, at, key = row
    assert record is not None
    assert rank is not None
    assert key is not None
    return Hit(record, int(rank), float(at) if at else float("-inf"), key)
