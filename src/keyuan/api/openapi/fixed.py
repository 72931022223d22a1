"""The paths that every organisation has."""

from __future__ import annotations

from typing import Any

import msgspec

from ...schema.settings import SETTINGS
from ..api_keys import NewKey
from ..bulk import Bulk
from ..grants import Grant
from ..session import PasswordChange, Profile, SignIn
from .parts import (
    ID,
    MOMENT,
    READING,
    WRITE,
    WRITING,
    Schema,
    answer,
    described,
    in_path,
    in_query,
    listed,
    nullable,
    object_schema,
    operation,
    ref,
    takes,
)

_TEXT: Schema = {"type": "string"}
_WORDS: Schema = object_schema({"zh": _TEXT, "en": _TEXT}, required=("zh", "en"))
_COUNT: Schema = {"type": "integer", "minimum": 0}


def structures() -> dict[str, Schema]:
    """The schemas of bodies with a fixed form."""
    kinds = (SignIn, Profile, PasswordChange, Bulk, Grant, NewKey)
    _, made = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    return {name: _plain(schema) for name, schema in made.items()}


def _plain(schema: Any) -> Any:
    """Without the titles that repeat the name of a class."""
    if isinstance(schema, dict):
        return {k: _plain(v) for k, v in schema.items() if k != "title" or not isinstance(v, str)}
    return [_plain(v) for v in schema] if isinstance(schema, list) else schema


def schemas() -> dict[str, Schema]:
    """The schemas of fixed answers."""
    user: dict[str, Schema] = {
        "id": ID,
        "name": _TEXT,
        "email": nullable(_TEXT),
        "language": {"type": ["string", "null"], "enum": ["zh", "en", None]},
        "time_zone": _TEXT,
        "must_change_password": {"type": "boolean"},
    }
    organisation = {
        "slug": _TEXT,
        "name": _TEXT,
        "time_zone": _TEXT,
        "currency": _TEXT,
        "language": _TEXT,
        "fiscal_year_start": {"type": "integer"},
        "password_length": {"type": "integer"},
        "password_classes": {"type": "integer"},
    }
    names = {"type": "array", "items": _TEXT}
    session = {
        "user": object_schema(user, required=user),
        "organisation": object_schema(organisation, required=organisation),
        "csrf_token": {"type": ["string", "null"], "description": "null for API keys, which need none"},
        "roles": names,
        "administrator": {"type": "boolean"},
        "capabilities": names,
    }
    own_session: dict[str, Schema] = {
        "id": _TEXT,
        "current": {"type": "boolean"},
        "created_at": MOMENT,
        "seen_at": MOMENT,
        "expires_at": MOMENT,
        "address": nullable(_TEXT),
        "agent": nullable(_TEXT),
    }
    key = {
        "id": ID,
        "name": _TEXT,
        "user": ref("Reference"),
        "created_at": MOMENT,
        "expires_at": nullable(MOMENT),
        "used_at": nullable(MOMENT),
    }
    new_key = {k: v for k, v in key.items() if k not in ("user", "used_at")} | {"key": _TEXT}
    file = {"id": ID, "name": _TEXT, "size": _COUNT, "media_type": _TEXT, "sha256": _TEXT}
    setting: dict[str, Schema] = {
        "key": {"type": "string", "enum": list(SETTINGS)},
        "type": _TEXT,
        "label": _WORDS,
        "help": nullable(_WORDS),
        "value": {},
        "default": {},
        "minimum": {"type": "integer"},
        "maximum": {"type": "integer"},
        "choices": names,
    }
    change: dict[str, Schema] = {
        "state": {"type": "string", "enum": ["ready", "pending"]},
        "jobs": {"type": "array", "items": ID},
        "schema_version": {"type": "integer"},
        "changed": {"type": "boolean"},
    }
    report: dict[str, Schema] = {
        "operation": ID,
        "undone": _COUNT,
        "changed": {"type": "array", "items": {"type": "object"}},
        "forbidden": {"type": "array", "items": {"type": "object"}},
        "others": {"type": "boolean", "description": "there were records that the caller may not read"},
    }
    done: dict[str, Schema] = {
        "object": _TEXT,
        "kind": {"type": "string", "enum": ["create", "update", "delete", "restore", "purge"]},
        "count": _COUNT,
        "record": nullable(described(ID, "where it is one record alone")),
    }
    act: dict[str, Schema] = {
        "id": ID,
        "kind": _TEXT,
        "at": MOMENT,
        "actor": nullable(ref("Reference")),
        "changes": {"type": "array", "items": object_schema(done, required=done)},
        "others": {"type": "boolean", "description": "records were changed too that the caller may not read"},
        "more": {"type": "boolean", "description": "not all changes were counted"},
        "undone_by": nullable(ID),
        "undoes": nullable(ID),
        "about": nullable(object_schema({"object": _TEXT, "field": _TEXT}, required=("object", "field"))),
        "can_undo": {"type": "boolean"},
    }
    staying = object_schema({"object": _TEXT, "count": _COUNT}, required=("object", "count"))
    result: dict[str, Schema] = {
        "id": {"type": ["string", "null"], "description": "as sent, where it was"},
        "status": {"type": "integer"},
        "version": nullable({"type": "integer"}),
        "errors": {"type": "array", "items": ref("FieldError")},
    }
    grant: dict[str, Schema] = {
        "id": ID,
        "grantee_kind": {"type": "string", "enum": ["user", "department", "role"]},
        "grantee": nullable(ref("Reference")),
        "level": {"type": "string", "enum": ["read", "edit"]},
        "until": nullable(MOMENT),
        "reason": _TEXT,
        "created_at": MOMENT,
        "created_by": nullable(ref("Reference")),
    }
    return {
        "Reference": object_schema(
            {"id": ID, "name": nullable(_TEXT), "masked": {"type": "boolean"}}, required=("id", "name")
        ),
        "Session": object_schema(session, required=session),
        "OwnSession": object_schema(own_session, required=own_session),
        "ApiKey": object_schema(key, required=key),
        "MadeApiKey": object_schema(new_key, required=new_key),
        "File": object_schema(file, required=file),
        "Setting": object_schema(setting, required=("key", "type", "label", "value", "default")),
        "SettingChanges": object_schema(
            {key: nullable(s.json_schema()) for key, s in SETTINGS.items()}, closed=True
        ),
        "Change": object_schema(change, required=change),
        "Operation": object_schema(act, required=act),
        "OperationWhole": object_schema(
            {**act, "stays": {"type": "array", "items": staying}}, required=(*act, "stays")
        ),
        "UndoReport": object_schema(report, required=report),
        "BulkResult": object_schema(result, required=("status",)),
        "GrantShown": object_schema(grant, required=grant),
        "Entry": {"type": "object", "description": "A change or a record, with `at` and what kind it is."},
        "Definition": object_schema({"key": _TEXT, "label": _WORDS}, required=("key",)),
        "Filter": {
            "type": "array",
            "description": 'Filter JSON: ["outcome","=","won"], ["and",F,…], ["or",F,…], ["not",F], ["any","contacts",F].',
        },
    }


def paths() -> dict[str, Schema]:
    """The fixed paths."""
    session = {"200": answer("Who is signed in.", ref("Session"))}
    signed_in = {"200": {**session["200"], "headers": {"Set-Cookie": {"schema": _TEXT}}}}
    object_key = in_path("object_key", {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"})
    field_key = in_path("field_key", {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"})
    anything = {"type": "object"}
    shown = {"allOf": [ref("Definition"), object_schema({"change": ref("Change")}, required=("change",))]}
    changed = {"200": answer("The definition as it is now.", shown, headers=("Operation-Id",))}
    added = {"201": answer("The definition.", shown, headers=("Operation-Id",))}
    retired = answer(
        "Out of use.",
        object_schema({"change": ref("Change")}, required=("change",)),
        headers=("Operation-Id",),
    )
    gone = {"204": answer("Done.")}
    done = {"204": answer("Done.", headers=("Operation-Id",))}
    defined = {"200": answer("The definition, as far as the caller may see it.", ref("Definition"))}
    define, see, key_tag = "Definitions", "Definitions", "API keys"
    summary = object_schema(
        {"objects": {"type": "array", "items": ref("Definition")}, "version": {"type": "integer"}},
        required=("objects", "version"),
    )
    return {
        "/api/v1/health": {
            "get": operation("health", "Service", "Whether the server is ready",
                             {"200": answer("Ready.", object_schema({"status": _TEXT, "version": _TEXT}))}, 400, 413, 503,
                             public=True),
        },
        "/api/v1/openapi.json": {
            "get": operation("openapi", "Service", "This description",
                             {"200": answer("OpenAPI 3.1.", anything), "304": answer("As before.")},
                             *READING, public=True),
        },
        "/api/v1/session": {
            "post": operation("signIn", "Session", "Sign in", signed_in, 400, 401, 403, 413, 415, 422, 429, 503,
                              body=takes(ref("SignIn")), public=True),
            "get": operation("session", "Session", "Who is signed in", session, *READING),
            "patch": operation("changeProfile", "Session", "Change one's own language and time zone",
                               {"200": answer("Who is signed in.", ref("Session"), headers=("Operation-Id",))},
                               *WRITING, parameters=WRITE, body=takes(ref("Profile"))),
            "delete": operation("signOut", "Session", "Sign out", gone, *READING, parameters=WRITE[1:]),
        },
        "/api/v1/session/password": {
            "post": operation("changePassword", "Session", "Change one's own password", done, *WRITING, 429,
                              parameters=WRITE[1:], body=takes(ref("PasswordChange"))),
        },
        "/api/v1/sessions": {
            "get": operation("sessions", "Session", "One's own sessions",
                             {"200": answer("The sessions.", listed("sessions", ref("OwnSession")))}, *READING),
        },
        "/api/v1/sessions/{session_id}": {
            "delete": operation("endSession", "Session", "End one of one's own sessions", gone, *READING,
                                parameters=(in_path("session_id", {"type": "string", "pattern": "^[0-9a-f]{32}$"}),
                                            WRITE[1])),
        },
        "/api/v1/api-keys": {
            "get": operation("apiKeys", key_tag, "The keys that hold",
                             {"200": answer("The keys, without their secrets.", listed("api_keys", ref("ApiKey")))},
                             *READING, parameters=(in_query("all", {"type": "string", "enum": ["no", "yes"]}),)),
            "post": operation("createApiKey", key_tag, "Make a key that acts as oneself",
                              {"201": answer("The key; its text is shown here only.", ref("MadeApiKey"),
                                             headers=("Operation-Id",))},
                              *WRITING, parameters=WRITE, body=takes(ref("NewKey"))),
        },
        "/api/v1/api-keys/{id}": {
            "delete": operation("revokeApiKey", key_tag, "End a key", done, *READING, 409, 422,
                                parameters=(in_path("id"), *WRITE)),
        },
        "/api/v1/settings": {
            "get": operation("settings", "Settings", "The organisation's settings",
                             {"200": answer("The settings.", listed("settings", ref("Setting")))}, *READING),
            "patch": operation("changeSettings", "Settings", "Change settings",
                               {"200": answer("The settings.", listed("settings", ref("Setting")),
                                              headers=("Operation-Id",))},
                               *WRITING, parameters=WRITE, body=takes(ref("SettingChanges"))),
        },
        "/api/v1/files": {
            "post": operation("uploadFile", "Files", "Upload a file",
                              {"201": answer("A draft, until a record's field takes it.", ref("File"),
                                             headers=("Location",))},
                              *WRITING, parameters=(*WRITE, in_query("name", _TEXT, "The name of a file sent as the body.")),
                              body={"required": True, "content": {
                                  "multipart/form-data": {"schema": object_schema(
                                      {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
                                      required=("file",))}}}),
        },
        "/api/v1/files/{id}": {
            "get": operation("file", "Files", "The content of a file",
                             {"200": {"description": "The content.", "content": {"*/*": {"schema": {}}}},
                              "304": answer("As before.")},
                             *READING,
                             parameters=(in_path("id"), in_query("download", {"type": "string", "enum": ["no", "yes"]}))),
        },
        "/api/v1/search": {
            "get": operation("search", "Search", "Search several objects at once",
                             {"200": answer("What was found, the best first.", listed("results", anything))}, *READING,
                             parameters=(
                                 in_query("q", {"type": "string", "maxLength": 200}),
                                 in_query("objects", _TEXT, "Keys of objects, with commas between."),
                                 in_query("limit", {"type": "integer", "minimum": 1, "maximum": 50}, "Of each object."),
                             )),
        },
        "/api/v1/operations": {
            "get": operation("operations", "Operations", "What was done, the newest first",
                             {"200": answer("One's own operations, or everybody's.",
                                            listed("operations", ref("Operation"), paged=True))},
                             *READING, parameters=(
                                 in_query("all", {"type": "string", "enum": ["no", "yes"]}, "Everybody's."),
                                 in_query("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
                                 in_query("cursor", _TEXT),
                             )),
        },
        "/api/v1/operations/{id}": {
            "get": operation("operation", "Operations", "One operation, and what an undo would leave as it is",
                             {"200": answer("The operation.", ref("OperationWhole"))}, *READING,
                             parameters=(in_path("id"),)),
        },
        "/api/v1/operations/{id}/undo": {
            "post": operation("undo", "Operations", "Undo an operation",
                              {"200": answer("What was undone and what was not.", ref("UndoReport"),
                                             headers=("Operation-Id",))},
                              *WRITING, parameters=(in_path("id"), *WRITE),
                              body=takes(object_schema({"purge": {
                                  "type": "boolean",
                                  "description": "Leave what the operation made in no recycle bin either; final.",
                              }}), required=False)),
        },
        "/api/v1/objects": {
            "get": operation("objects", see, "The objects there are", {"200": answer("Without fields.", summary)}, *READING),
            "post": operation("addObject", define, "Make an object", added, *WRITING, parameters=WRITE,
                              body=takes(anything)),
        },
        "/api/v1/objects/{object_key}": {
            "get": operation("object", see, "One object with its fields", defined, *READING, parameters=(object_key,)),
            "patch": operation("changeObject", define, "Change an object", changed, *WRITING,
                               parameters=(object_key, *WRITE), body=takes(anything)),
            "delete": operation("retireObject", define, "Put an object out of use", {"200": retired}, *WRITING,
                                parameters=(object_key, *WRITE)),
        },
        "/api/v1/objects/{object_key}/restore": {
            "post": operation("restoreObject", define, "Bring back a retired object", changed, *WRITING,
                              parameters=(object_key, *WRITE)),
        },
        "/api/v1/objects/{object_key}/fields": {
            "post": operation("addField", define, "Add a field", added, *WRITING, parameters=(object_key, *WRITE),
                              body=takes(anything)),
        },
        "/api/v1/objects/{object_key}/fields/{field_key}": {
            "get": operation("field", see, "One field", defined, *READING, parameters=(object_key, field_key)),
            "patch": operation("changeField", define, "Change a field", changed, *WRITING,
                               parameters=(object_key, field_key, *WRITE), body=takes(anything)),
            "delete": operation("retireField", define, "Put a field out of use", {"200": retired}, *WRITING,
                                parameters=(object_key, field_key, *WRITE)),
        },
        "/api/v1/objects/{object_key}/fields/{field_key}/restore": {
            "post": operation("restoreField", define, "Bring back a retired field", changed, *WRITING,
                              parameters=(object_key, field_key, *WRITE)),
        },
        "/api/v1/objects/{object_key}/fields/{field_key}/cancel": {
            "post": operation("cancelRetype", define, "Stop the conversion of a field", changed, *WRITING,
                              parameters=(object_key, field_key, *WRITE)),
        },
        "/api/v1/objects/{object_key}/fields/{field_key}/preview": {
            "post": operation("previewField", define, "What a change or removal of a field would lose",
                              {"200": answer("Numbers and samples.", anything)}, *WRITING,
                              parameters=(object_key, field_key, WRITE[1]), body=takes(anything, required=False)),
        },
        "/api/v1/definition-jobs/{id}": {
            "get": operation("definitionJob", define, "How far the work is that follows from a change",
                             {"200": answer("The job.", anything)}, *READING, parameters=(in_path("id"),)),
        },
    }  # fmt: skip
