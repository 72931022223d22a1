"""The words in which operations are described: parameters, answers, errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..problems import MEDIA_TYPE

Schema = dict[str, Any]

JSON: Final = "application/json"
ID: Final[Schema] = {"type": "string", "format": "uuid"}
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}

ERRORS: Final[Mapping[int, tuple[str, str]]] = {
    400: (
        "BadRequest",
        "The request cannot be understood: malformed JSON, an unknown parameter, a bad filter.",
    ),
    401: ("Unauthenticated", "Nobody is signed in, or the session or key has ended."),
    403: ("Forbidden", "Not allowed, or the CSRF token is missing, or the password must be changed first."),
    404: ("NotFound", "There is no such thing, or the caller may not know of it."),
    409: ("Conflict", "Someone else was first, or the state forbids it."),
    413: ("TooLarge", "The body, file or batch is over its limit."),
    415: ("UnsupportedMediaType", "The body is of a type that cannot be read here."),
    422: ("Invalid", "The values are understood and refused; `errors` has an entry for each field."),
    429: ("TooMany", "A limit was reached; `Retry-After` says for how many seconds."),
    503: ("Unavailable", "Not now, but later; `Retry-After` says when."),
}
"""The errors there are, by status: name of the component, meaning."""


def ref(name: str) -> Schema:
    """A shared schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    """A schema whose value may be null."""
    if set(schema) == set():
        return schema
    kind = schema.get("type")
    if isinstance(kind, str) and "anyOf" not in schema:
        made = {**schema, "type": [kind, "null"]}
        if "enum" in schema:
            made["enum"] = [*schema["enum"], None]
        return made
    return {"anyOf": [schema, {"type": "null"}]}


def described(schema: Schema, text: str) -> Schema:
    """A schema with a description; one that is a reference keeps beside it what 3.1 allows."""
    return {**schema, "description": text} if text else schema


def object_schema(
    properties: Mapping[str, Schema], *, required: Iterable[str] = (), closed: bool = False
) -> Schema:
    """An object. `closed`: nothing else may be in it."""
    made: Schema = {"type": "object", "properties": dict(properties)}
    if needed := list(required):
        made["required"] = needed
    if closed:
        made["additionalProperties"] = False
    return made


def listed(name: str, schema: Schema, *, paged: bool = False) -> Schema:
    """An object with a list under a name, paged or whole."""
    properties: dict[str, Schema] = {name: {"type": "array", "items": schema}}
    if paged:
        properties["next_cursor"] = {"type": ["string", "null"]}
    return object_schema(properties, required=properties)


def in_path(name: str, schema: Schema | None = None, description: str = "") -> Schema:
    """A parameter in the path; an id unless another schema is given."""
    made: Schema = {"name": name, "in": "path", "required": True, "schema": schema or ID}
    return {**made, "description": description} if description else made


def in_query(name: str, schema: Schema, description: str = "") -> Schema:
    """A parameter of the query."""
    made: Schema = {"name": name, "in": "query", "schema": schema}
    return {**made, "description": description} if description else made


def shared_parameter(name: str) -> Schema:
    """A parameter of the components."""
    return {"$ref": f"#/components/parameters/{name}"}


WRITE: Final = (shared_parameter("IdempotencyKey"), shared_parameter("CsrfToken"))
"""What every write may carry."""


def takes(schema: Schema, *, required: bool = True) -> Schema:
    """A JSON body."""
    return {"required": required, "content": {JSON: {"schema": schema}}}


def answer(description: str, schema: Schema | None = None, *, headers: Iterable[str] = ()) -> Schema:
    """An answer; without a schema it has no body."""
    made: Schema = {"description": description}
    if schema is not None:
        made["content"] = {JSON: {"schema": schema}}
    if names := list(headers):
        made["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return made


def errors(*statuses: int) -> Schema:
    """The errors an operation may answer with."""
    return {str(status): {"$ref": f"#/components/responses/{ERRORS[status][0]}"} for status in statuses}


READING: Final = (400, 401, 403, 404, 413, 503)
WRITING: Final = (400, 401, 403, 404, 409, 413, 415, 422, 503)


def operation(
    name: str,
    tag: str,
    summary: str,
    responses: Schema,
    *failures: int,
    parameters: Iterable[Schema] = (),
    body: Schema | None = None,
    public: bool = False,
    description: str = "",
) -> Schema:
    """One operation."""
    made: Schema = {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "responses": {**responses, **errors(*sorted(failures))},
    }
    if description:
        made["description"] = description
    if given := list(parameters):
        made["parameters"] = given
    if body is not None:
        made["requestBody"] = body
    if public:
        made["security"] = []
    return made


def error_components() -> tuple[dict[str, Schema], dict[str, Schema]]:
    """The schemas of problems, and the error answers."""
    problem = object_schema(
        {
            "type": {"type": "string", "description": "urn:keyuan:problem:<code>"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "array", "items": ref("FieldError")},
        },
        required=("type", "title", "status", "detail", "errors"),
    )
    field_error = object_schema(
        {
            "field": {"type": "string", "description": "path of the field; empty for the whole"},
            "code": {"type": "string"},
            "message": {"type": "string", "description": "in the caller's language"},
            "position": object_schema(
                {"start": {"type": "integer"}, "end": {"type": "integer"}}, required=("start", "end")
            )
            | {"description": "in the text of an expression, in characters"},
            "pointer": {"type": "string", "description": "the place in a filter, a JSON pointer"},
        },
        required=("field", "code", "message"),
    )
    responses = {
        name: {"description": text, "content": {MEDIA_TYPE: {"schema": ref("Problem")}}}
        for name, text in ERRORS.values()
    }
    for name in ("TooMany", "Unavailable"):
        responses[name]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return {"Problem": problem, "FieldError": field_error}, responses
