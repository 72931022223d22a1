"""What an object's definition means for the API: schemas of its records, and their paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ...records.hooks import Action
from ...schema.model import Field, Object
from ...schema.registry import Registry
from .parts import (
    ID,
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
    shared_parameter,
    takes,
)

_TEXT: Schema = {"type": "string"}
_WRITTEN = ("ETag", "Operation-Id")


def schemas(registry: Registry, obj: Object) -> dict[str, Schema]:
    """The schemas of an object's records, as answers show them and as writes take them."""
    shown: dict[str, Schema] = {
        "id": ID,
        "version": {"type": "integer", "minimum": 1},
        "deleted_at": nullable({"type": "string", "format": "date-time"}),
    }
    written: dict[str, Schema] = {"id": nullable(ID), "version": {}, "deleted_at": {}, "operation": {}}
    needed: dict[str, Schema] = {}
    for field in registry.fields(obj.key).values():
        kind = registry.type_of(field)
        text = f"{field.label.zh} {field.label.en}"
        if field.type == "lines":
            child = kind.settings(field).object
            shown[field.key] = described(nullable({"type": "array", "items": ref(child)}), text)
            written[field.key] = nullable({"type": "array", "items": ref(f"{child}_line")})
        else:
            shown[field.key] = described(nullable(kind.json_schema(field)), text)
            written[field.key] = described(nullable(_limited(field, kind.input_schema(field))), text)
        if field.read_only or not kind.writable:
            written[field.key] = {"description": f"{text}; read only: passed over where it is as it was"}
        elif field.required and field.default is None and field.key not in ("record_type",):
            needed[field.key] = described(_limited(field, kind.input_schema(field)), text)
    return {
        obj.key: object_schema(shown, required=("id",)),
        f"{obj.key}_input": object_schema(written, closed=True),
        f"{obj.key}_line": object_schema(written, closed=True),
        f"{obj.key}_new": object_schema({**written, **needed}, required=needed, closed=True),
    }


def _limited(field: Field, schema: Schema) -> Schema:
    """The schema of an input with the limits of the field."""
    if schema.get("type") != "integer":
        return schema
    limits = {"minimum": field.minimum, "maximum": field.maximum}
    return {**schema, **{name: limit for name, limit in limits.items() if isinstance(limit, int)}}


def paths(
    registry: Registry, obj: Object, actions: Mapping[tuple[str, str], Action]
) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """The paths of an object's records, and the schemas that its actions need."""
    key, root = obj.key, f"/api/v1/records/{obj.key}"
    name = "".join(part.title() for part in key.split("_"))
    tag = f"{obj.plural.en} {obj.label.zh}"
    record, page = ref(key), ref(f"{key}_page")
    at = in_path("id")
    version = shared_parameter("IfMatch")
    saved = {"200": answer("The record.", record, headers=_WRITTEN)}
    made = {"201": answer("The record.", record, headers=(*_WRITTEN, "Location"))}
    offers = object_schema(
        {"values": {"type": "object"}, "offers": {"type": "object"}}, required=("values", "offers")
    )
    drafted = {
        "200": answer("What the fields left empty would hold, and filters of what may be chosen.", offers)
    }
    gone = {"204": answer("Done.", headers=("Operation-Id",))}
    paged = tuple(shared_parameter(p) for p in ("Cursor", "PageSize"))
    entries = listed("entries", ref("Entry"), paged=True)
    each = {
        root: {
            "get": operation(f"list{name}", tag, f"List: {obj.plural.en} {obj.label.zh}",
                             {"200": answer("A page of records.", page)}, *READING,
                             parameters=[shared_parameter(p) for p in _LIST]),
            "post": operation(f"create{name}", tag, "Create", made, *WRITING, parameters=WRITE,
                              body=takes(ref(f"{key}_new"))),
        },
        f"{root}/query": {
            "post": operation(f"query{name}", tag, "List, asked for in a body", {"200": answer("A page of records.", page)},
                              *READING, 415, parameters=(WRITE[1],), body=takes(ref("ListQuery"))),
        },
        f"{root}/aggregate": {
            "post": operation(f"aggregate{name}", tag, "Groups and measures",
                              {"200": answer("Rows.", listed("rows", {"type": "object"}))}, *READING, 415,
                              parameters=(WRITE[1],), body=takes(ref("AggregateQuery"))),
        },
        f"{root}/draft": {
            "post": operation(f"draft{name}", tag, "What a new record would be given; nothing is written", drafted,
                              *READING, 415, parameters=(WRITE[1],), body=takes({"type": "object"})),
        },
        f"{root}/{{id}}/draft": {
            "post": operation(f"draftChange{name}", tag, "What may be chosen in a record; nothing is written", drafted,
                              *READING, 415, parameters=(at, WRITE[1]), body=takes({"type": "object"})),
        },
        f"{root}/bulk": {
            "post": operation(f"bulk{name}", tag, "Create, change, delete, restore and purge many",
                              {"200": answer("A result for each.", listed("results", ref("BulkResult")),
                                             headers=("Operation-Id",))},
                              *WRITING, parameters=WRITE, body=takes(ref("Bulk"))),
        },
        f"{root}/{{id}}": {
            "get": operation(f"read{name}", tag, "Read", {"200": answer("The record.", record, headers=("ETag",))}, *READING,
                             parameters=(at, shared_parameter("Fields"))),
            "patch": operation(f"update{name}", tag, "Change", saved, *WRITING, parameters=(at, version, *WRITE),
                               body=takes(ref(f"{key}_input"))),
            "delete": operation(f"delete{name}", tag, "Move to the recycle bin", gone, *WRITING,
                                parameters=(at, version, *WRITE)),
        },
        f"{root}/{{id}}/restore": {
            "post": operation(f"restore{name}", tag, "Bring back from the recycle bin", saved, *WRITING,
                              parameters=(at, *WRITE)),
        },
        f"{root}/{{id}}/purge": {
            "post": operation(f"purge{name}", tag, "Remove from the recycle bin for good", gone, *WRITING,
                              parameters=(at, version, *WRITE)),
        },
        f"{root}/{{id}}/history": {
            "get": operation(f"history{name}", tag, "Changes, the newest first", {"200": answer("Changes.", entries)},
                             *READING, parameters=(at, *paged)),
        },
        f"{root}/{{id}}/timeline": {
            "get": operation(f"timeline{name}", tag, "What happened, the newest first",
                             {"200": answer("Changes and records.", entries)}, *READING, parameters=(at, *paged)),
        },
        f"{root}/{{id}}/grants": {
            "get": operation(f"grants{name}", tag, "With whom it is shared",
                             {"200": answer("The grants.", listed("grants", ref("GrantShown")))}, *READING,
                             parameters=(at,)),
            "post": operation(f"share{name}", tag, "Share",
                              {"201": answer("The grant.", object_schema({"id": ID}, required=("id",)),
                                             headers=("Operation-Id",))},
                              *WRITING, parameters=(at, *WRITE), body=takes(ref("Grant"))),
        },
        f"{root}/{{id}}/grants/{{grant}}": {
            "delete": operation(f"unshare{name}", tag, "End a grant", gone, *WRITING,
                                parameters=(at, in_path("grant"), *WRITE)),
        },
    }  # fmt: skip
    if keys := [f.key for f in registry.fields(key).values() if f.unique and registry.type_of(f).stored]:
        each[f"{root}/by/{{field}}/{{value}}"] = {
            "put": operation(f"upsert{name}", tag, "Change the record with a key, or create it", {**saved, **made},
                             *WRITING,
                             parameters=(in_path("field", {"type": "string", "enum": keys}),
                                         in_path("value", {"type": "string", "minLength": 1}), version, *WRITE),
                             body=takes(ref(f"{key}_input"))),
        }  # fmt: skip
    more: dict[str, Schema] = {
        f"{key}_page": object_schema(
            {
                "records": {"type": "array", "items": record},
                "next_cursor": {"type": ["string", "null"]},
                "count": {"type": "integer"},
                "count_capped": {"type": "boolean"},
            },
            required=("records", "next_cursor"),
        )
    }
    for offered in obj.actions:
        action = actions.get((key, offered.key))
        if action is None:
            continue
        schema, parts = msgspec.json.schema_components(
            [action.input], ref_template="#/components/schemas/{name}"
        )
        more.update(parts)
        label = f"{offered.label.zh} {offered.label.en}"
        each[f"{root}/{{id}}/actions/{offered.key}"] = {
            "post": operation(f"{offered.key}{name}", tag, label, saved, *WRITING, 429, parameters=(at, *WRITE),
                              body=takes(schema[0], required=False)),
        }  # fmt: skip
    return each, more


_LIST = ("Filter", "Search", "Sort", "Fields", "PageSize", "Cursor", "Count", "Deleted")


def parameters() -> dict[str, Schema]:
    """The parameters that the paths of all objects share."""
    json_filter: Schema = {
        "name": "filter",
        "in": "query",
        "content": {"application/json": {"schema": ref("Filter")}},
    }
    header: dict[str, Any] = {"in": "header", "schema": _TEXT}
    return {
        "Filter": json_filter,
        "Search": in_query("q", _TEXT, "A quick search, as typed."),
        "Sort": in_query("sort", _TEXT, "Paths, with commas between; `-amount` descending."),
        "Fields": in_query(
            "fields", _TEXT, "Keys and paths (`owner.name`), with commas between; `*` for all fields."
        ),
        "PageSize": in_query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50}),
        "Cursor": in_query("cursor", _TEXT, "`next_cursor` of the page before."),
        "Count": in_query(
            "count", {"type": "string", "enum": ["none", "capped", "exact"], "default": "none"}
        ),
        "Deleted": in_query("deleted", {"type": "string", "enum": ["no", "only"], "default": "no"}),
        "IfMatch": {
            "name": "If-Match",
            **header,
            "description": "The version seen; 409 if someone was first.",
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            **header,
            "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
            "description": "The request is done once for each key; a repeated one gets the same answer.",
        },
        "CsrfToken": {
            "name": "X-CSRF-Token",
            **header,
            "description": "`csrf_token` of the session; needed with the cookie, not with an API key.",
        },
    }


def queries() -> dict[str, Schema]:
    """The bodies of list and aggregate requests."""
    texts: Schema = {"type": "array", "items": _TEXT}
    text_or_list: Schema = {"anyOf": [_TEXT, texts]}
    listing = {
        "filter": nullable(ref("Filter")),
        "q": nullable(_TEXT),
        "sort": nullable(text_or_list),
        "fields": nullable(text_or_list),
        "limit": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000},
        "cursor": nullable(_TEXT),
        "count": {"type": ["string", "null"], "enum": ["none", "capped", "exact", None]},
        "deleted": {"type": ["string", "null"], "enum": ["no", "only", None]},
    }
    pair: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": 2}]}
    figures = {
        "group_by": nullable({"type": "array", "items": pair, "maxItems": 6}),
        "measures": nullable({"type": "array", "items": pair, "maxItems": 20}),
        **{name: listing[name] for name in ("filter", "q", "sort", "deleted")},
        "limit": {"type": ["integer", "null"], "minimum": 1, "maximum": 10_000},
    }
    return {
        "ListQuery": object_schema(listing, closed=True),
        "AggregateQuery": object_schema(figures, closed=True),
    }
