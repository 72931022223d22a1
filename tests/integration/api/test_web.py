"""The web app's files, the page that shows the API, and the description itself."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from api_site import Site
from keyuan.api import web

pytestmark = pytest.mark.anyio

R = "/api/v1/records"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small web app in place of the real one."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>app</title>")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "assets" / "main-Ab3_dE5f.js").write_text("console.log(1);" * 100)
    (folder / "assets" / "ready-Ab3_dE5g.js").write_text("plain")
    (folder / "assets" / "ready-Ab3_dE5g.js.br").write_bytes(b"compressed by the build")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    monkeypatch.setattr(web, "FOLDER", folder)
    return folder


async def test_the_page_and_its_files(site: Site, built: Path) -> None:
    async with site.client() as client:
        for path in ("/", "/customer", "/customer/0195/edit", "/settings/objects", "/apix"):
            page = await client.get(path)
            assert page.status_code == 200, path
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert page.headers["cache-control"] == "no-cache"
            assert "script-src 'self';" in page.headers["content-security-policy"]
            assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        script = await client.get("/assets/main-Ab3_dE5f.js")
        assert script.headers["content-type"] == "text/javascript; charset=utf-8"
        assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert script.headers["content-encoding"] == "gzip"
        assert script.text == "console.log(1);" * 100
        again = await client.get(
            "/assets/main-Ab3_dE5f.js", headers={"If-None-Match": script.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        plain = await client.get("/assets/main-Ab3_dE5f.js", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.headers["etag"] != script.headers["etag"]
        async with client.stream(
            "GET", "/assets/ready-Ab3_dE5g.js", headers={"Accept-Encoding": "gzip, br"}
        ) as ready:
            assert ready.headers["content-encoding"] == "br"
            assert b"".join([chunk async for chunk in ready.aiter_raw()]) == b"compressed by the build"
        assert (await client.get("/icon.svg")).headers["content-type"] == "image/svg+xml"
        head = await client.head("/")
        assert (head.status_code, head.content) == (200, b"")
        assert (await client.post("/")).status_code == 405


async def test_nothing_else_is_served(site: Site, built: Path) -> None:
    async with site.client() as client:
        for path in (
            "/assets/gone-Ab3_dE5f.js",
            "/link.txt",
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
        ):
            answer = await client.get(path)
            assert "secret" not in answer.text
            assert answer.status_code == 404, path
        for path in ("/api", "/api/x", "/api/v1", "/api/v1/x", "/api/docs/x"):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (
                404,
                "application/problem+json",
            ), path


async def test_before_the_build(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "FOLDER", tmp_path / "nothing")
    async with site.client() as client:
        answer = await client.get("/")
        assert answer.status_code == 503
        assert "./run" in answer.text


async def test_the_page_of_the_api_needs_no_other_host(site: Site) -> None:
    async with site.client() as client:
        for path in ("/api/docs", "/api/docs/docs.js", "/api/docs/docs.css"):
            answer = await client.get(path)
            assert answer.status_code == 200
            assert not re.search(r"https?://|src=\"//", answer.text), path
        page = (await client.get("/api/docs")).text
        assert "<script>" not in page
        assert " on" not in re.sub(r">[^<]*<", "><", page)


async def described(site: Site, login: str = "root") -> dict[str, Any]:
    async with site.program(login) as client:
        answer = await client.get("/api/v1/openapi.json")
        assert answer.status_code == 200
        again = await client.get("/api/v1/openapi.json", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        return json.loads(answer.content)


async def test_every_address_is_described(site: Site) -> None:
    """An endpoint that the description leaves out, or one that it invents, fails here."""
    document = await described(site)

    def shape(path: str) -> str:
        return re.sub(r"\{[^}]*\}", "{}", path.replace("/records/customer", "/records/{}"))

    told = {
        (shape(path), method.upper())
        for path, item in document["paths"].items()
        for method in item
        if "/records/" not in path or path.startswith(f"{R}/customer")
    }
    there = {
        (shape(route.path_format), method)
        for route in site.app.inner.routes  # type: ignore[attr-defined]
        for method in route.methods - {"OPTIONS", "HEAD"}
        if route.path_format.startswith("/api/v1/")
    }
    there.discard((f"{R}/{{}}/{{}}/actions/{{}}", "POST"))
    assert told == there
    actions = [p for p in document["paths"] if "/actions/" in p]
    assert f"{R}/user/{{id}}/actions/reset_password" in actions


async def test_the_description_is_sound(site: Site) -> None:
    document = await described(site)
    text = json.dumps(document)
    for name in set(re.findall(r'"#/components/([^"]+)"', text)):
        at: Any = document["components"]
        for step in name.split("/"):
            at = at[step]
    ids = re.findall(r'"operationId": "([^"]+)"', text)
    assert len(ids) == len(set(ids)) > 200
    for path, item in document["paths"].items():
        for method, operation in item.items():
            named = set(re.findall(r"\{([^}]+)\}", path))
            given = {p["name"] for p in operation.get("parameters", []) if p.get("in") == "path"}
            assert named == given, (method, path)


async def test_strangers_see_the_standard_part(site: Site) -> None:
    async with site.client() as client:
        answer = await client.get("/api/v1/openapi.json")
        assert answer.status_code == 200
        assert f"{R}/customer" in answer.json()["paths"]
        wrong = await client.get("/api/v1/openapi.json", headers={"Authorization": "Bearer x"})
        assert wrong.status_code == 401


async def test_new_objects_are_described_at_once(site: Site) -> None:
    async with site.program("root") as client:
        body = {"key": "x_described", "label": {"zh": "新", "en": "New"}, "fields": [
            {"key": "x_amount", "type": "money", "label": {"zh": "金额", "en": "Amount"}}]}  # fmt: skip
        made = await client.post("/api/v1/objects", json=body)
        assert made.status_code == 201, made.text
        assert made.json()["change"]["state"] in ("ready", "pending")
        document = await described(site)
        assert f"{R}/x_described/{{id}}" in document["paths"]
        assert "x_amount" in document["components"]["schemas"]["x_described"]["properties"]
        record = await client.post(f"{R}/x_described", json={"name": "One", "x_amount": "5"})
        assert record.json()["x_amount"]["amount"] == "5.00"
        field = await client.post(
            f"{R.replace('records', 'objects')}/x_described/fields", json={"type": "text", "label": "T"}
        )
        assert field.status_code == 201, field.text
        key = field.json()["key"]
        renamed = await client.patch(f"/api/v1/objects/x_described/fields/{key}", json={"label": "U"})
        assert renamed.json()["label"] == {"zh": "U", "en": "U"}
        loss = await client.post(
            "/api/v1/objects/x_described/fields/x_amount/preview", json={"type": "integer"}
        )
        assert loss.status_code == 200, loss.text
        gone = await client.delete(f"/api/v1/objects/x_described/fields/{key}")
        assert gone.status_code == 200
        assert (await client.get(f"/api/v1/objects/x_described/fields/{key}")).status_code == 404
        back = await client.post(f"/api/v1/objects/x_described/fields/{key}/restore")
        assert back.status_code == 200, back.text
    async with site.program("norman") as client:
        assert (await client.post("/api/v1/objects", json=body)).status_code == 403
        assert (await client.delete("/api/v1/objects/customer")).status_code == 403
