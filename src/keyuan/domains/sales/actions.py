"""What can be done to opportunities and leads beside editing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from sqlalchemy import bindparam, select

from ...kernel.errors import Conflict, FieldError, Invalid
from ...records import pipeline, stored
from ...records.hooks import Action, Change
from ...records.unit_of_work import UnitOfWork
from ...schema.field_types.pointer import UUID
from ...storage.sql import compile

Pointer = str | Mapping[str, Any]
"""The id of a record, or a reference as answers show it."""


class Win(msgspec.Struct, frozen=True):
    """What winning takes."""

    closed_at: Annotated[str | None, msgspec.Meta(description="When it was won; now if left out")] = None
    amount: Annotated[Any, msgspec.Meta(description="The final amount, if it differs")] = None
    close_remark: str | None = None


class Lose(msgspec.Struct, frozen=True):
    """What losing takes."""

    reason: Annotated[str, msgspec.Meta(description="One of the choices of `lost_reason`")]
    competitor: Annotated[Pointer | None, msgspec.Meta(description="Who won it")] = None
    closed_at: Annotated[str | None, msgspec.Meta(description="When it was lost; now if left out")] = None
    close_remark: str | None = None


class Invalidate(msgspec.Struct, frozen=True):
    """What marking as invalid takes."""

    reason: Annotated[str, msgspec.Meta(description="One of the choices of `invalid_reason`")]
    close_remark: str | None = None


class Reopen(msgspec.Struct, frozen=True):
    """What opening again takes."""

    stage: Annotated[
        Pointer | None, msgspec.Meta(description="An open stage; the last one it stood in if left out")
    ] = None


class InvalidateLead(msgspec.Struct, frozen=True):
    """What marking a lead as invalid takes."""

    reason: str


async def _state(uow: UnitOfWork, object_key: str, record: str) -> Mapping[str, Any]:
    """The record, locked, if it may be edited."""
    return (await stored.lock_allowed(uow, object_key, [record], "" if uow.trusted else "edit"))[record]


async def _write(
    uow: UnitOfWork, object_key: str, record: str, values: Mapping[str, Any], names: Mapping[str, str]
) -> Mapping[str, Any]:
    """Change the record; errors at fields are told under the names that the action's input has for them."""
    try:
        await pipeline.update(uow, object_key, [Change(record, values)])
    except Invalid as refused:
        raise Invalid(
            refused.code,
            errors=[FieldError(names.get(e.field, e.field), e.code, e.params) for e in refused.errors],
        ) from None
    return {}


def _given(input: msgspec.Struct, **renamed: Any) -> dict[str, Any]:
    """The values of the input that were given, under the names of the record's fields."""
    values = {k: v for k, v in msgspec.structs.asdict(input).items() if v is not None and k != "reason"}
    return values | renamed


async def _close(
    uow: UnitOfWork, record: str, values: Mapping[str, Any], reason: str = ""
) -> Mapping[str, Any]:
    if (await _state(uow, "opportunity", record))["outcome"] != "open":
        raise Conflict("opportunity_closed")
    return await _write(uow, "opportunity", record, values, {reason: "reason"})


async def win(uow: UnitOfWork, record: str, given: Win) -> Mapping[str, Any]:
    """Close an open opportunity as won."""
    return await _close(uow, record, _given(given, outcome="won"))


async def lose(uow: UnitOfWork, record: str, given: Lose) -> Mapping[str, Any]:
    """Close an open opportunity as lost, for a reason."""
    values = _given(given, outcome="lost", lost_reason=given.reason)
    return await _close(uow, record, values, "lost_reason")


async def invalidate(uow: UnitOfWork, record: str, given: Invalidate) -> Mapping[str, Any]:
    """Close an open opportunity as one that never was any, for a reason."""
    values = _given(given, outcome="invalid", invalid_reason=given.reason)
    return await _close(uow, record, values, "invalid_reason")


async def reopen(uow: UnitOfWork, record: str, given: Reopen) -> Mapping[str, Any]:
    """Open a closed opportunity again, in the stage named or the open one it stood in last."""
    if (await _state(uow, "opportunity", record))["outcome"] == "open":
        raise Conflict("opportunity_open")
    stage = given.stage or await _last_open_stage(uow, record)
    return await _write(
        uow,
        "opportunity",
        record,
        {"outcome": "open", **({"stage": stage} if stage else {})},
        {"outcome": "stage"},
    )


async def _last_open_stage(uow: UnitOfWork, record: str) -> str | None:
    """The stage in use of the opportunity's pipeline that it stood in last while it was open."""
    tables = {key: uow.registry.tables[key].main for key in ("stage_history", "stage", "opportunity")}
    stays, stage, opportunity = tables["stage_history"], tables["stage"], tables["opportunity"]
    statement = (
        select(stage.c.id)
        .join(stays, stays.c.stage == stage.c.id)
        .join(opportunity, opportunity.c.id == stays.c.opportunity)
        .where(stays.c.opportunity == bindparam("record", type_=UUID), stays.c.deleted_at.is_(None))
        .where(stage.c.deleted_at.is_(None), stage.c.kind == "open", stage.c.active.is_not(False))
        .where(stage.c.pipeline == opportunity.c.pipeline)
        .order_by(stays.c.entered_at.desc(), stays.c.id.desc())
        .limit(1)
    )
    rows = await uow.select(compile(statement), record=record)
    return str(rows[0][0]) if rows else None


async def invalidate_lead(uow: UnitOfWork, record: str, given: InvalidateLead) -> Mapping[str, Any]:
    """Give a lead up as invalid."""
    values = {"status": "invalid", "failed_reason": given.reason}
    return await _write(uow, "lead", record, values, {"failed_reason": "reason"})


async def reopen_lead(uow: UnitOfWork, record: str, given: msgspec.Struct) -> Mapping[str, Any]:
    """Work on a lead again that was given up."""
    if (await _state(uow, "lead", record))["status"] not in ("failed", "invalid"):
        raise Conflict("lead_open")
    return await _write(uow, "lead", record, {"status": "working"}, {})


ACTIONS = {
    ("opportunity", "win"): Action(win, Win),
    ("opportunity", "lose"): Action(lose, Lose),
    ("opportunity", "invalidate"): Action(invalidate, Invalidate),
    ("opportunity", "reopen"): Action(reopen, Reopen),
    ("lead", "invalidate"): Action(invalidate_lead, InvalidateLead),
    ("lead", "reopen"): Action(reopen_lead),
}
