"""What happens around records of the customers domain."""

from __future__ import annotations

from ...records.hooks import Batch, Hooks
from ...records.single import only_one
from ...records.unit_of_work import UnitOfWork
from . import credit_code

MANAGE_TAGS = "tags"
"""The capability to make, change and delete managed tags."""


async def check_credit_code(uow: UnitOfWork, batch: Batch) -> None:
    """Codes are kept in capitals and half-width characters, and their check character is right."""
    if batch.kind not in ("create", "update"):
        return
    for item in batch:
        code = item.after.get("credit_code")
        if "credit_code" in item.changed and code is not None:
            item.set("credit_code", _half_width(code).upper())
            if not credit_code.is_valid(item.after["credit_code"]):
                item.error("credit_code", "credit_code")


def _half_width(text: str) -> str:
    return "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text).replace(" ", "")


async def guard_managed_tags(uow: UnitOfWork, batch: Batch) -> None:
    """Managed tags belong to those who manage tags; the others are free."""
    if uow.trusted or uow.principal.may(MANAGE_TAGS):
        return
    for item in batch:
        if item.was("managed") or item.after.get("managed"):
            item.error("managed", "managed_tag")


def register(hooks: Hooks) -> None:
    """Join the pipeline."""
    hooks.register("customer", before_validate=check_credit_code)
    hooks.register("contact", before_write=only_one("primary", "customer"))
    hooks.register("tag", before_write=guard_managed_tags)
