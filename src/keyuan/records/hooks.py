"""Where domains join the pipeline: hooks take batches (one record is a batch of one) and are declared, not called.

A hook may read and change `item.after` (and note the change with `item.set`), add to `item.errors`, and write other
records through the pipeline with the unit of work it is given. It never commits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ..kernel.errors import FieldError
from ..schema.model import Object

if TYPE_CHECKING:
    from .unit_of_work import UnitOfWork

Kind = Literal["create", "update", "delete", "restore", "purge"]
Moment = Literal["before_validate", "before_write", "after_write"]
Values = dict[str, Any]


@dataclass(slots=True)
class Item:
    """One record on its way through the pipeline. `before` is its stored state (None when created), `given` what the
    caller sent, `after` the state to be, `changed` the keys that differ. All values are canonical."""

    id: str
    before: Values | None
    given: Mapping[str, Any]
    after: Values
    changed: set[str] = field(default_factory=set)
    errors: list[FieldError] = field(default_factory=list)
    expected_version: int | None = None
    position: int = 0
    lines: dict[str, list[Values]] = field(default_factory=dict)

    def set(self, key: str, value: Any) -> None:
        """Give a field a canonical value, noting whether that changes it."""
        self.after[key] = value
        if (self.before or {}).get(key) == value and self.before is not None:
            self.changed.discard(key)
        else:
            self.changed.add(key)

    def was(self, key: str) -> Any:
        """The stored value before; None for a new record."""
        return (self.before or {}).get(key)

    def error(self, field: str, code: str, **params: object) -> None:
        """Refuse the record because of a field."""
        self.errors.append(FieldError(field, code, params))


@dataclass(frozen=True, slots=True)
class Change:
    """What to change in one record. `version`: the one the caller saw; if the record has moved on, the write is refused
    with a `Conflict` that shows both sides."""

    id: str
    values: Mapping[str, Any]
    version: int | None = None


@dataclass(slots=True)
class Batch:
    """Records of one object, written in one step."""

    object: Object
    kind: Kind
    items: list[Item]

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    @property
    def ids(self) -> list[str]:
        """The ids of all items."""
        return [item.id for item in self.items]


Hook = Callable[["UnitOfWork", Batch], Awaitable[None]]
Action = Callable[["UnitOfWork", str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Something done to one record: unit of work, record id, the body of the call; what it answers."""


class Hooks:
    """The hooks of an installation, by object and moment. `"*"` joins every object."""

    def __init__(self) -> None:
        self._hooks: dict[tuple[str, str], list[Hook]] = {}

    def register(
        self,
        object_key: str,
        *,
        before_validate: Hook | None = None,
        before_write: Hook | None = None,
        after_write: Hook | None = None,
    ) -> None:
        """Add hooks of an object. `before_validate` completes values, `before_write` judges the valid record,
        `after_write` does what follows from it."""
        given: Iterable[tuple[Moment, Hook | None]] = (
            ("before_validate", before_validate),
            ("before_write", before_write),
            ("after_write", after_write),
        )
        for moment, hook in given:
            if hook is not None:
                self._hooks.setdefault((object_key, moment), []).append(hook)

    async def run(self, moment: Moment, uow: UnitOfWork, batch: Batch) -> None:
        """Run the hooks of a moment over a batch, in the order of registration."""
        if not batch.items:
            return
        for key in (batch.object.key, "*"):
            for hook in self._hooks.get((key, moment), ()):
                await hook(uow, batch)
