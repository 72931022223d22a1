"""The platform's own tables, in the schema `keyuan`: the list of organisations."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, text

SCHEMA = "keyuan"

METADATA = MetaData()


def _text(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, Text(collation="C"), primary_key=primary_key, nullable=nullable)


ORGANISATION = Table(
    "organisation", METADATA,
    _text("slug", primary_key=True),
    _text("name"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    _text("database_url", nullable=True),
    schema=SCHEMA,
)  # fmt: skip

# One row: the fingerprint of these tables as they were last brought up to date.
PLATFORM = Table(
    "platform", METADATA,
    Column("id", Integer, primary_key=True),
    _text("layout"),
    schema=SCHEMA,
)  # fmt: skip
