"""The tables an organisation has beside those of its objects: state, definitions, sessions, grants, operations, changes.

They carry what must not go through the record pipeline (it stands on them); everything a person works with is an
object instead."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType

UUID = Uuid(as_uuid=False)
MOMENT = DateTime(timezone=True)


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The name of the type in DDL."""
        return "xid8"


def _text(name: str, **more: Any) -> Column[Any]:
    return Column(name, Text(collation="C"), **more)


def _now(name: str) -> Column[Any]:
    return Column(name, MOMENT, nullable=False, server_default=text("now()"))


def build(schema: str, metadata: MetaData) -> dict[str, Table]:
    """All system tables of the organisation whose PostgreSQL schema is `schema`, by name."""
    made: dict[str, Table] = {}

    def table(name: str, *parts: Any, **more: Any) -> Table:
        made[name] = Table(name, metadata, *parts, schema=schema, **more)
        return made[name]

    # One row. `schema_version` rises with every change of a definition, `policy_version` with every change of a role, of
    # a user's rights or of the departments' tree; `epoch` is new after a restore; `standard` is the fingerprint of the
    # standard definitions that the tables were last brought up to.
    table(
        "state",
        Column("id", Integer, primary_key=True),
        Column("schema_version", BigInteger, nullable=False),
        Column("policy_version", BigInteger, nullable=False),
        Column("epoch", UUID, nullable=False),
        _text("standard", nullable=False, server_default=""),
    )
    # What administrators made or changed. kind: `object` (a custom object, field empty), `field` (a custom field),
    # `object_overlay` and `field_overlay` (changes to standard ones). body: the definition, or the changed attributes.
    table(
        "definition",
        _text("kind", nullable=False),
        _text("object", nullable=False),
        _text("field", nullable=False, server_default=""),
        Column("body", JSONB, nullable=False),
        Column("position", Integer, nullable=False, server_default="0"),
        _now("updated_at"),
        PrimaryKeyConstraint("kind", "object", "field"),
    )
    # A change of definition that needs work after its transaction: an index, a backfill, a column to drop.
    table(
        "definition_job",
        Column("id", UUID, primary_key=True),
        _text("kind", nullable=False),
        _text("object", nullable=False),
        _text("field", nullable=False, server_default=""),
        Column("body", JSONB, nullable=False),
        _text("state", nullable=False, server_default="pending"),
        Column("progress", JSONB, nullable=False, server_default=text("'{}'")),
        _text("error"),
        _now("created_at"),
        _now("updated_at"),
    )
    # Columns that definitions no longer use; they stay until `drop_after`, then they are dropped, and their names are
    # never used again. An empty column stands for the tables of a retired object. body: the definition as it was.
    table(
        "retired_column",
        _text("object", nullable=False),
        _text("column", nullable=False),
        _text("field", nullable=False, server_default=""),
        Column("body", JSONB, nullable=False),
        _now("retired_at"),
        Column("drop_after", MOMENT),
        Column("dropped_at", MOMENT),
        PrimaryKeyConstraint("object", "column"),
    )
    table(
        "setting",
        _text("key", primary_key=True),
        Column("value", JSONB, nullable=False),
        _now("updated_at"),
        Column("updated_by", UUID),
    )
    # How people prove who they are; apart from the object `user`, so that no list can ever show it.
    table(
        "credential",
        Column("user", UUID, primary_key=True),
        _text("password_hash"),
        Column("must_change", Boolean, nullable=False, server_default=text("false")),
        _now("changed_at"),
    )
    table(
        "session",
        Column("token_hash", LargeBinary, primary_key=True),
        Column("user", UUID, nullable=False),
        _text("csrf_token", nullable=False),
        _now("created_at"),
        _now("seen_at"),
        Column("expires_at", MOMENT, nullable=False),
        _text("address"),
        _text("agent"),
        Index("ix_session_user", "user"),
    )
    table(
        "api_key",
        Column("id", UUID, primary_key=True),
        Column("token_hash", LargeBinary, nullable=False, unique=True),
        Column("user", UUID, nullable=False),
        _text("name", nullable=False, server_default=""),
        _now("created_at"),
        Column("expires_at", MOMENT),
        Column("revoked_at", MOMENT),
        Column("used_at", MOMENT),
    )
    # Failed attempts to sign in, counted per key (an account or an address) in windows.
    table(
        "sign_in_attempt",
        _text("key", nullable=False),
        Column("window_start", MOMENT, nullable=False),
        Column("count", Integer, nullable=False),
        PrimaryKeyConstraint("key", "window_start"),
    )
    # Rights on single records: sharing, team members, followers. grantee_kind: user, department or role. level: read or
    # edit. A grant without `until` does not end.
    table(
        "grants",
        Column("id", UUID, primary_key=True),
        _text("object", nullable=False),
        Column("record", UUID, nullable=False),
        _text("grantee_kind", nullable=False),
        Column("grantee", UUID, nullable=False),
        _text("level", nullable=False),
        Column("until", MOMENT),
        _text("reason", nullable=False, server_default=""),
        _now("created_at"),
        Column("created_by", UUID),
        UniqueConstraint("object", "record", "grantee", "reason", name="uq_grants_record_grantee"),
        Index("ix_grants_grantee", "grantee", "object", "record"),
        Index("ix_grants_record", "object", "record"),
    )
    # One user-visible act of writing: a save, a bulk edit, an import, an undo.
    table(
        "operation",
        Column("id", UUID, primary_key=True),
        _text("kind", nullable=False),
        Column("actor", UUID),
        _now("at"),
        Column("detail", JSONB, nullable=False, server_default=text("'{}'")),
        Column("undone_by", UUID),
        Index("ix_operation_actor_at", "actor", "at"),
    )
    # Every change of every record: outbox, change feed and index of what an operation touched. kind: create, update,
    # delete, restore, purge.
    change = table(
        "change",
        Column("seq", BigInteger, Identity(always=True), nullable=False),
        Column("xid", Xid8(), nullable=False, server_default=text("pg_current_xact_id()")),
        _now("at"),
        Column("operation", UUID, nullable=False),
        _text("object", nullable=False),
        Column("record", UUID, nullable=False),
        _text("kind", nullable=False),
        Column("version", Integer, nullable=False),
        Column("actor", UUID),
        Column("changed", ARRAY(Text(collation="C"))),
        postgresql_partition_by="RANGE (at)",
    )
    Index("ix_change_position", change.c.xid, change.c.seq)
    Index("ix_change_operation", change.c.operation)
    Index("ix_change_record", change.c.record, change.c.seq)
    # How far each reader of the change log has come.
    table(
        "change_reader",
        _text("name", primary_key=True),
        Column("xid", Xid8(), nullable=False, server_default=text("'0'::xid8")),
        Column("seq", BigInteger, nullable=False, server_default="0"),
        _now("updated_at"),
    )
    table(
        "idempotency",
        Column("user", UUID, nullable=False),
        _text("key", nullable=False),
        Column("request_hash", LargeBinary, nullable=False),
        Column("status", Integer, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("body", LargeBinary, nullable=False),
        _now("at"),
        PrimaryKeyConstraint("user", "key"),
    )
    table(
        "counter",
        _text("object", nullable=False),
        _text("field", nullable=False),
        _text("period", nullable=False),
        Column("value", BigInteger, nullable=False),
        PrimaryKeyConstraint("object", "field", "period"),
    )
    # Uploaded files. A draft (record is null) belongs to its uploader until a record's field takes it.
    table(
        "file",
        Column("id", UUID, primary_key=True),
        _text("name", nullable=False),
        _text("media_type", nullable=False),
        Column("size", BigInteger, nullable=False),
        _text("sha256", nullable=False),
        _text("object"),
        Column("record", UUID),
        _text("field"),
        Column("created_by", UUID),
        _now("created_at"),
        Index("ix_file_record", "record"),
        Index("ix_file_drafts", "created_at", postgresql_where=text("record is null")),
    )
    # Security events: sign-ins, refusals, changes of rights.
    table(
        "security_event",
        Column("id", UUID, primary_key=True),
        _now("at"),
        _text("kind", nullable=False),
        Column("user", UUID),
        _text("address"),
        Column("detail", JSONB, nullable=False, server_default=text("'{}'")),
        Index("ix_security_event_at", "at"),
    )
    return made
