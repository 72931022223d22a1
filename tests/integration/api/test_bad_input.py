"""Whatever is sent gets the right 4xx with field and message, and nothing is lost or half written."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api_site import Site
from keyuan.kernel.ids import new_id

pytestmark = pytest.mark.anyio

R = "/api/v1/records"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"name": "x"', 400, "not_json"),
        (b'{"name": NaN}', 400, "not_json"),
        (b"{'name': 'x'}", 400, "not_json"),
        (b'{"name": "x"} {}', 400, "not_json"),
        (b"", 400, "not_json"),
        (b'{"name": "\xff"}', 400, "not_json"),
        (b'{"name": "\xed\xa0\x80"}', 400, "not_json"),
        (rb'{"name": "\ud83d"}', 400, "not_json"),
        (rb'{"name": "\udc00 x"}', 400, "not_json"),
        (b'{"staff": 1e999}', 400, "json_range"),
        (b"[" * 100_000, 400, "json_depth"),
        (b"[]", 400, "expects_object"),
        (b'"x"', 400, "expects_object"),
        (b"null", 400, "expects_object"),
        (b'{"name": "' + b"x" * 10_000_000 + b'"}', 413, "too_large"),
        (rb'{"name": "a\u0000b"}', 422, "invalid"),
        (b'{"nmae": "x"}', 422, "invalid"),
        (b'{"name": 5}', 422, "invalid"),
        (b'{"name": ["x"]}', 422, "invalid"),
        (b'{"name": {"zh": "x"}}', 422, "invalid"),
        (b'{"name": null}', 422, "invalid"),
        (b'{"name": "   "}', 422, "invalid"),
    ],
)
async def test_bodies(site: Site, body: bytes, status: int, code: str) -> None:
    async with site.program("norman") as client:
        before = await count(client)
        answer = await client.post(f"{R}/customer", content=body, headers=JSON)
        told = answer.json()
        assert (answer.status_code, told["type"]) == (status, f"urn:keyuan:problem:{code}")
        assert answer.headers["content-type"] == "application/problem+json"
        assert told["title"]
        assert told["status"] == status
        if code == "invalid":
            assert all(e["message"] and e["code"] for e in told["errors"])
        assert await count(client) == before


async def count(client: httpx.AsyncClient) -> int:
    answer = await client.post(f"{R}/customer/aggregate", json={"measures": [["count"]]})
    return int(answer.json()["rows"][0]["count"])


NOBODY = "019aa000-0000-7000-8000-000000000000"
"""An id that no record has; written out, for the names of the tests must be the same in every process."""

VALUES: list[tuple[str, Any, str]] = [
    ("staff", "many", "type"),
    ("staff", 1.5, "type"),
    ("staff", True, "type"),
    ("staff", 10**30, "too_large_number"),
    ("staff", -1, "minimum"),
    ("revenue", "12e999999", "type"),
    ("revenue", "12,50", "type"),
    ("revenue", {"amount": "1", "currency": "yen"}, "currency"),
    ("revenue", {"amount": "1", "currency": "USD"}, "no_rate"),
    ("level", "Z", "choice"),
    ("email", "no mail", "email"),
    ("website", "javascript:alert(1)", "url"),
    ("phone", "abc", "phone"),
    ("parent", "not an id", "type"),
    ("parent", NOBODY, "reference"),
    ("owner", NOBODY, "reference"),
    ("tags", "x", "type"),
    ("tags", [1], "type"),
    ("address", {"province": "999999"}, "division"),
    ("address", {"street": "x"}, "unknown"),
    ("created_at", "2020-01-01T00:00:00Z", "read_only"),
    ("won_amount", "5", "read_only"),
    ("name", "x" * 300, "too_long"),
    ("name", "a\u0000b", "characters"),
    ("name", "\u200b\u200f", "required"),
    ("name", " \u3164\ufeff", "required"),
    ("id", "a", "type"),
]


@pytest.mark.parametrize(("key", "value", "code"), VALUES)
async def test_values(site: Site, key: str, value: Any, code: str) -> None:
    async with site.program("norman") as client:
        body = {"name": "Bad value", key: value}
        for language, has in (("en", str.isascii), ("zh", lambda text: not text.isascii())):
            answer = await client.post(f"{R}/customer", json=body, headers={"Accept-Language": language})
            assert answer.status_code == 422, answer.text
            errors = answer.json()["errors"]
            assert [e["code"] for e in errors] == [code], errors
            assert errors[0]["field"].split(".")[0] == key
            assert has(errors[0]["message"].replace("“", "").replace("”", "")), errors
            assert answer.headers["content-language"] == language


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "30.02.2026", "", "0000-01-01", 20260101])
async def test_days_that_are_not(site: Site, day: Any) -> None:
    async with site.program("norman") as client:
        answer = await client.post(f"{R}/contact", json={"name": "Born", "birthday": day})
        if day == "":
            assert answer.status_code == 201
            assert answer.json()["birthday"] is None
        else:
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["field"] == "birthday"


NAMES = [
    "Robert'); DROP TABLE customer;--",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "%s %(name)s {0} {name} $1 \\n \\",
    "😀👨‍👩‍👧‍👦🇨🇳",
    "שלום مرحبا",
    "𠮷野家 龘 ﷽",
    "\u202etxt.exe",
    "é vs e\u0301",
    "null",
    "-1",
    "=1+1",
]


@pytest.mark.parametrize("name", NAMES)
async def test_names_come_back_as_they_went_in(site: Site, name: str) -> None:
    async with site.program("norman") as client:
        made = await client.post(f"{R}/customer", json={"name": name})
        assert made.status_code == 201, made.text
        place = made.headers["location"]
        assert (await client.get(place)).json()["name"] == name
        found = await client.post(
            f"{R}/customer/query", json={"filter": ["name", "=", name], "fields": ["name"]}
        )
        assert name in [r["name"] for r in found.json()["records"]]
        assert made.headers["content-type"] == "application/json"
        assert made.headers["x-content-type-options"] == "nosniff"
        for path, params in ((f"{R}/customer", {"q": name}), ("/api/v1/search", {"q": name})):
            assert (await client.get(path, params=params)).status_code == 200
        assert (await client.delete(place)).status_code == 204


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (f"{R}/customer?limt=5", "limt"),
        (f"{R}/customer?limit=5&limit=6", "limit"),
        (f"{R}/customer?limit=0", "limit"),
        (f"{R}/customer?limit=x", "limit"),
        (f"{R}/customer?limit=1001", "limit"),
        (f"{R}/customer?filter=[", "filter"),
        (f'{R}/customer?filter=["nothing","=",1]', "filter"),
        (f'{R}/customer?filter=["name","~",1]', "filter"),
        (f'{R}/customer?filter=["staff",">","x"]', "filter"),
        (f"{R}/customer?sort=nothing", "sort"),
        (f"{R}/customer?fields=nothing", "fields"),
        (f"{R}/customer?fields=name,owner.nothing", "fields"),
        (f"{R}/customer?cursor=nonsense", "cursor"),
        (f"{R}/customer?count=some", "count"),
        (f"{R}/customer?deleted=maybe", "deleted"),
        ("/api/v1/search?q=x&objects=nothing", "objects"),
        ("/api/v1/session?x=1", "x"),
        ("/api/v1/health?x=1", "x"),
    ],
)
async def test_parameters(site: Site, path: str, field: str) -> None:
    async with site.program("norman") as client:
        answer = await client.get(path)
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"][0]["field"].split("/")[0] == field


@pytest.mark.parametrize("query", ["q=%ff", "q=%00", "q=%ed%a0%80", "%ff=1"])
async def test_parameters_that_are_no_text(site: Site, query: str) -> None:
    async with site.program("norman") as client:
        answer = await client.get(f"{R}/customer?{query}")
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:keyuan:problem:characters")


@pytest.mark.parametrize(
    "path",
    [
        f"{R}/nothing",
        f"{R}/customer/not-an-id",
        f"{R}/customer/{'0' * 36}",
        f"{R}/customer/00000000-0000-0000-0000-000000000000",
        f"{R}/customer/00000000-0000-0000-0000-000000000000/history",
        f"{R}/customer__history",
        f"{R}/state",
        f"{R}/%2e%2e",
        "/api/v1/nothing",
        "/api/v2/session",
        "/api/v1/files/nothing",
        f"/api/v1/files/{NOBODY}",
    ],
)
async def test_what_is_not_there(site: Site, path: str) -> None:
    async with site.program("norman") as client:
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:keyuan:problem:not_found")


async def test_methods_and_media_types(site: Site) -> None:
    async with site.program("norman") as client:
        answer = await client.put(f"{R}/customer", json={})
        assert answer.status_code == 405
        assert {m.strip() for m in answer.headers["allow"].split(",")} >= {"GET", "POST"}
        answer = await client.post(f"{R}/customer", content=b"name=x", headers={"Content-Type": "text/plain"})
        assert (answer.status_code, answer.json()["type"]) == (415, "urn:keyuan:problem:media_type")
        for charset in ("utf-16", "gb18030", "latin1", "'utf-16'", ""):
            given = {"Content-Type": f"application/json; charset={charset}"}
            answer = await client.post(f"{R}/customer", content=b'{"name":"x"}', headers=given)
            assert (answer.status_code, answer.json()["type"]) == (415, "urn:keyuan:problem:media_type"), (
                charset
            )
        for told in ("; charset=utf-8", ";charset=UTF8", '; charset="UTF-8"', "; profile=x", ""):
            given = {"Content-Type": f"Application/JSON{told}"}
            answer = await client.post(f"{R}/customer", content=b'{"name":"x"}', headers=given)
            assert answer.status_code == 201, (told, answer.text)
        head = await client.head("/api/v1/session")
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 100


async def test_bodies_that_do_not_tell_their_length(site: Site) -> None:
    async def pieces() -> Any:
        for _ in range(100):
            yield b" " * 100_000

    async with site.program("norman") as client:
        answer = await client.post(f"{R}/customer", content=pieces(), headers=JSON)
        assert answer.status_code == 413


async def test_cycles_and_what_others_refer_to(site: Site) -> None:
    async with site.program("norman") as client:
        a = (await client.post(f"{R}/customer", json={"name": "A"})).json()["id"]
        b = (await client.post(f"{R}/customer", json={"name": "B", "parent": a})).json()["id"]
        refused = await client.patch(f"{R}/customer/{a}", json={"parent": b})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "cycle")
        held = await client.delete(f"{R}/customer/{a}")
        assert (held.status_code, held.json()["type"]) == (409, "urn:keyuan:problem:referenced")
        assert (await client.get(f"{R}/customer/{a}")).status_code == 200


@pytest.mark.parametrize("match", ["x", '"x"', "1.5", "-1", "9" * 20])
async def test_versions_that_are_none(site: Site, match: str) -> None:
    async with site.program("norman") as client:
        answer = await client.patch(f"{R}/customer/{new_id()}", json={}, headers={"If-Match": match})
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:keyuan:problem:if_match")


async def test_security_headers(site: Site) -> None:
    async with site.client() as client:
        for path in ("/api/v1/health", "/api/v1/session", "/api/v1/nothing"):
            headers = (await client.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "same-origin"
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["cache-control"] == "no-store"
            assert headers["x-request-id"]
        given = await client.get("/api/v1/health", headers={"X-Request-Id": "trace-12345678"})
        assert given.headers["x-request-id"] == "trace-12345678"
        forged = await client.get("/api/v1/health", headers={"X-Request-Id": "a b\tc"})
        assert forged.headers["x-request-id"] != "a b\tc"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("customer", rb'{"remark": "x", "name": "\ud83d"}', "name"),
        ("customer", rb'{"name": "\udc00 x"}', "name"),
        ("customer", b'{"name": "\xff"}', "name"),
        ("customer", b'{"name": "\xed\xa0\x80"}', "name"),
        ("customer", rb'{"address": {"detail": "\ud83d"}}', "address.detail"),
        (
            "customer/bulk",
            rb'{"creates": [{"values": {"name": "a"}}, {"values": {"name": "\ud83d"}}]}',
            "creates.1.values.name",
        ),
        ("customer", rb'{"\ud83d": 1}', ""),
        ("customer", rb'{"name": "\ud83d"', None),
    ],
)
async def test_text_that_is_none_is_told_by_its_field(
    site: Site, path: str, body: bytes, field: str | None
) -> None:
    async with site.program("norman") as client:
        answer = await client.post(f"{R}/{path}", content=body, headers=JSON)
        told = answer.json()
        assert (answer.status_code, told["type"]) == (400, "urn:keyuan:problem:not_json")
        expected = [] if field is None else [(field, "characters")]
        assert [(e["field"], e["code"]) for e in told.get("errors", [])] == expected


async def test_views_name_what_their_object_has(site: Site) -> None:
    """Filter, order, columns and group are judged with the rights of who saves; what went away since is left alone."""
    view = {"name": "V", "object": "customer"}
    async with site.program("root") as root, site.program("fin") as fin:
        for values, field in (
            ({"filter": ["nope", "=", 1]}, "filter"),
            ({"filter": ["and", 1]}, "filter"),
            ({"filter": ["revenue", "contains", "x"]}, "filter"),
            ({"sort": ["nope"]}, "sort"),
            ({"sort": ["-tags"]}, "sort"),
            ({"columns": ["name", "nope"]}, "columns"),
            ({"columns": ["-name"]}, "columns"),
            ({"group": "nope"}, "group"),
            ({"group": "name.x"}, "group"),
        ):
            answer = await root.post(f"{R}/view", json={**view, **values})
            assert answer.status_code == 422, (values, answer.text)
            assert {e["field"].split("/")[0] for e in answer.json()["errors"]} == {field}, answer.text
        masked = {"name": "V", "object": "contact", "columns": ["name", "mobile"]}
        assert (await fin.post(f"{R}/view", json=masked)).status_code == 201, "it is shown masked"
        answer = await fin.post(f"{R}/view", json={**masked, "filter": ["mobile", "=", "13800138000"]})
        assert answer.status_code == 422, answer.text

        made = await root.post(
            "/api/v1/objects/customer/fields", json={"key": "went", "type": "text", "label": "W"}
        )
        assert made.status_code == 201, made.text
        content = {
            "filter": ["and", ["x_went", "=", "a"], ["owner.name", "contains", "b"]],
            "sort": ["-x_went", "created_at"],
            "columns": ["name", "owner.name", "x_went", "created_at", "tags"],
            "group": "level",
        }
        saved = await root.post(f"{R}/view", json={**view, **content})
        assert saved.status_code == 201, saved.text
        place = saved.headers["location"]
        assert (await root.delete("/api/v1/objects/customer/fields/x_went")).status_code == 200
        renamed = await root.patch(place, json={**content, "name": "W", "columns": ["name"]})
        assert renamed.status_code == 200, renamed.text
        assert renamed.json()["filter"] == content["filter"]
        moved = await root.patch(place, json={"object": "contact"})
        assert {e["field"].split("/")[0] for e in moved.json()["errors"]} >= {"filter", "sort"}, moved.text
