"""Where domains join the pipeline: hooks take batches (one record is a batch of one) and are declared, not called.

A hook may read and change `item.after` (and note the change with `item.set`), add to `item.errors`, and write other
records through the pipeline with the unit of work it is given. It never commits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from ..kernel.errors import FieldError, Invalid
from ..schema.model import Object

if TYPE_CHECKING:
    from .unit_of_work import UnitOfWork

Kind = Literal["create", "update", "delete", "restore", "purge"]
Moment = Literal["before_validate", "before_write", "after_write"]
Values = dict[str, Any]


class Canonical(dict[str, Any]):
    """What a caller sends whose values the field types have already read: the pipeline does not read them again."""


@dataclass(slots=True)
class Item:
    """One record on its way through the pipeline. `before` is its stored state (None when created), `given` what the
    caller sent, `after` the state to be, `changed` the keys that differ, `completed` the references that the product
    found out (see `complete`). All values are canonical."""

    id: str
    before: Values | None
    given: Mapping[str, Any]
    after: Values
    changed: set[str] = field(default_factory=set)
    errors: list[FieldError] = field(default_factory=list)
    expected_version: int | None = None
    position: int = 0
    lines: dict[str, list[Values]] = field(default_factory=dict)
    completed: dict[str, str] = field(default_factory=dict)

    def set(self, key: str, value: Any) -> None:
        """Give a field a canonical value, noting whether that changes it."""
        self.after[key] = value
        if self.before is not None and self.before.get(key) == value:
            self.changed.discard(key)
        else:
            self.changed.add(key)

    def complete(self, key: str, record: str) -> None:
        """Refer to a record that a field says which the caller may read, of a record to which the caller may refer: it
        stands whether or not the caller may see the record that it names."""
        self.set(key, record)
        self.completed[key] = record

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

Offer = Callable[["UnitOfWork", Item], Awaitable[Mapping[str, list[Any]]]]
"""What a new record may refer to, as it is so far: a filter for each reference field that a rule narrows."""


class NoInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The input of an action that takes nothing."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something done to one record beside editing it. `run` takes the unit of work, the record's id and the body of the
    call as an `input`, and gives what the call answers beside the record. `input` describes itself to OpenAPI and the
    form; its fields' descriptions come from their `msgspec.Meta`."""

    run: Callable[[UnitOfWork, str, Any], Awaitable[Mapping[str, Any]]]
    input: type[msgspec.Struct] = NoInput

    async def __call__(self, uow: UnitOfWork, record: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Read the body and do it. `Invalid` with an error at each field that cannot be read, `NotFound`, `Forbidden` or
        `Conflict` where the record or its state does not allow it."""
        return await self.run(uow, record, self._read(body))

    def _read(self, body: Mapping[str, Any]) -> msgspec.Struct:
        fields = {f.encode_name: f for f in msgspec.structs.fields(self.input)}
        errors = [FieldError(str(key)[:80], "unknown") for key in body if key not in fields]
        values: dict[str, Any] = {}
        for key, described in fields.items():
            if body.get(key) is None:
                if described.required:
                    errors.append(FieldError(key, "required"))
                continue
            try:
                values[described.name] = msgspec.convert(body[key], described.type)
            except msgspec.ValidationError:
                errors.append(FieldError(key, "form"))
        if errors:
            raise Invalid(errors=errors)
        return self.input(**values)


class Hooks:
    """The hooks of an installation, by object and moment. `"*"` joins every object."""

    def __init__(self) -> None:
        self._hooks: dict[tuple[str, str], list[Hook]] = {}
        self._offers: dict[str, list[Offer]] = {}

    def register(
        self,
        object_key: str,
        *,
        before_validate: Hook | None = None,
        before_write: Hook | None = None,
        after_write: Hook | None = None,
        offers: Offer | None = None,
    ) -> None:
        """Add hooks of an object. `before_validate` completes values, `before_write` judges the valid record,
        `after_write` does what follows from it; `offers` tells forms which records the rules would take."""
        if offers is not None:
            self._offers.setdefault(object_key, []).append(offers)
        given: Iterable[tuple[Moment, Hook | None]] = (
            ("before_validate", before_validate),
            ("before_write", before_write),
            ("after_write", after_write),
        )
        for moment, hook in given:
            if hook is not None:
                self._hooks.setdefault((object_key, moment), []).append(hook)

    def any(self, moment: Moment, batch: Batch) -> bool:
        """Whether a moment of the batch has hooks."""
        return any((key, moment) in self._hooks for key in (batch.object.key, "*"))

    async def run(self, moment: Moment, uow: UnitOfWork, batch: Batch) -> None:
        """Run the hooks of a moment over a batch, in the order of registration."""
        if not batch.items:
            return
        for key in (batch.object.key, "*"):
            for hook in self._hooks.get((key, moment), ()):
                await hook(uow, batch)

    async def offered(self, uow: UnitOfWork, object_key: str, item: Item) -> dict[str, list[Any]]:
        """What a new record may refer to, by field, where rules narrow it."""
        found: dict[str, list[Any]] = {}
        for offer in self._offers.get(object_key, ()):
            found.update(await offer(uow, item))
        return found
