"""The description of the API: complete, sound, and true for what random requests meet."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from traceback import format_exception_only
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api_site import Site, web_process

pytestmark = [pytest.mark.contract]

EXAMPLES = int(os.environ.get("KEYUAN_API_EXAMPLES", "0"))
"""Requests for each operation; 0 for a few, more of those that every organisation has."""

THOROUGH = ("customer", "opportunity", "pipeline", "user", "x_sample")
"""Objects whose operations are all tried; the others share the code, so lists, reads and creates do."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

# What would leave the tests without a caller, or does what a test of its own does.
APART = {"signOut", "endSession", "changePassword", "revokeApiKey", "uploadFile"}


@pytest.fixture(scope="module")
def template(furnished: tuple[str, Site]) -> str:
    """The furnished database."""
    return furnished[0]


@pytest.fixture(scope="module")
def site(furnished: tuple[str, Site]) -> Site:
    """What is known of it."""
    return furnished[1]


@pytest.fixture(scope="module")
def address(
    server: Any, site: Site, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A web process on a copy of the furnished database, with an object of its own in the organisation."""
    with server.database(template) as database, web_process(database, tmp_path_factory.mktemp("web")) as url:
        kinds = ("text", "integer", "decimal", "money", "date", "datetime", "boolean", "percent", "duration", "url",
                 "phone", "email", "address", "long_text", "rich_text", "json", "user", "department", "file")  # fmt: skip
        fields: list[dict[str, Any]] = [{"type": kind, "label": kind, "key": f"x_{kind}"} for kind in kinds]
        choice = [
            {"value": "a", "label": {"zh": "甲", "en": "A"}},
            {"value": "b", "label": {"zh": "乙", "en": "B"}},
        ]
        fields += [
            {"type": "choice", "label": "choice", "key": "x_choice", "options": {"choices": choice}},
            {"type": "choices", "label": "choices", "key": "x_choices", "options": {"choices": choice}},
            {
                "type": "reference",
                "label": "customer",
                "key": "x_customer",
                "options": {"target": "customer"},
            },
            {"type": "references", "label": "tags", "key": "x_tags", "options": {"target": "tag"}},
        ]
        body = {"key": "x_sample", "label": {"zh": "样品", "en": "Sample"}, "fields": fields}
        answer = httpx.post(f"{url}/api/v1/objects", json=body, headers=_key(site), timeout=60)
        assert answer.status_code == 201, answer.text
        yield url


def _key(site: Site) -> dict[str, str]:
    return {"Authorization": f"Bearer {site.keys['acme', 'root']}"}


@pytest.fixture(scope="module")
def records(address: str, site: Site) -> dict[str, list[str]]:
    """Ids of records that are there, by object."""
    made: dict[str, dict[str, Any]] = {
        "customer": {"name": "明珠科技"},
        "contact": {"name": "王芳"},
        "task": {"name": "Call"},
        "product": {"name": "Pump"},
        "tag": {"name": "VIP"},
        "lead": {"name": "Lead"},
        "x_sample": {"name": "Sample"},
    }
    with httpx.Client(base_url=address, headers=_key(site), timeout=60) as client:
        for key, values in made.items():
            answer = client.post(f"/api/v1/records/{key}", json=values)
            assert answer.status_code == 201, f"{key}: {answer.text}"
        objects = [o["key"] for o in client.get("/api/v1/objects").json()["objects"]]
        lists = {
            key: client.get(f"/api/v1/records/{key}?fields=id&limit=5").json()["records"] for key in objects
        }
    return {key: [record["id"] for record in found] for key, found in lists.items()}


def examples(path: str) -> int:
    """How many requests of each kind an operation gets."""
    if EXAMPLES:
        return EXAMPLES
    parts = path.split("/")
    if parts[3] != "records":
        return 5
    if parts[4] in THOROUGH:
        return 3
    return 1 if len(parts) == 5 else 0


def test_random_requests(address: str, site: Site, records: dict[str, list[str]]) -> None:
    """Whatever is sent, the answer is one that is declared, in the form that is declared, and never a 5xx."""
    schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json", headers=_key(site))
    failures: list[str] = []
    tried: Counter[int] = Counter()
    with requests.Session() as session:
        session.headers.update(_key(site))
        for found in schema.get_all_operations():
            operation = found.ok()
            name = operation.definition.raw["operationId"]
            count = examples(operation.path)
            if name in APART or not count:
                continue
            try:
                _try(operation, count, records, session, tried)
            except (Exception, BaseExceptionGroup) as failure:
                failures.append(f"{name}: " + "".join(format_exception_only(failure)))
    assert not failures, f"{len(failures)} of them:\n" + "\n\n".join(failures)[:20_000]
    assert set(tried) > {200, 201, 204, 400, 404, 422}
    assert sum(tried.values()) > 300


def _try(
    operation: Any, count: int, records: dict[str, list[str]], session: requests.Session, tried: Counter[int]
) -> None:
    """Send requests that keep to the description, and such as do not."""
    parts = operation.path.split("/")
    ids = records.get(parts[4], []) if parts[3] == "records" else []
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            derandomize=not EXAMPLES,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode), place=st.integers(0, 5))
        def one(case: Any, place: int) -> None:
            if ids and "id" in (case.path_parameters or {}) and place < 4:
                case.path_parameters["id"] = ids[place % len(ids)]
            answer = case.call(session=session, timeout=60)
            tried[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        try:
            one()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, "no request keeps to the description"
