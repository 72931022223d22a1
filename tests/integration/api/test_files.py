"""Files: drafts, who may read them, what a browser is told about them."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import httpx
import pytest

from api_site import Site
from keyuan.kernel import clock
from keyuan.services import files
from keyuan.storage.pool import autocommit

pytestmark = pytest.mark.anyio

R = "/api/v1/records"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


async def uploaded(
    client: httpx.AsyncClient, name: str, content: bytes, kind: str = "text/html"
) -> dict[str, str]:
    answer = await client.post("/api/v1/files", files={"file": (name, content, kind)})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_file_goes_with_its_record(site: Site) -> None:
    async with site.program("norman") as norman, site.program("sue") as sue, site.program("nora") as nora:
        customer = (await norman.post(f"{R}/customer", json={"name": "Files"})).json()["id"]
        file = (await uploaded(norman, "合同 1.pdf", b"%PDF-1.7 x"))["id"]
        place = f"/api/v1/files/{file}"
        # a draft is its uploader's alone
        assert (await norman.get(place)).status_code == 200
        assert (await nora.get(place)).status_code == 404
        about = {"object": "customer", "id": customer}
        stolen = await nora.post(f"{R}/activity", json={"content": "x", "about": about, "files": [file]})
        assert stolen.json()["errors"][0] == {
            "field": "files", "code": "file", "message": stolen.json()["errors"][0]["message"]
        }  # fmt: skip
        made = await norman.post(f"{R}/activity", json={"content": "x", "about": about, "files": [file]})
        assert made.status_code == 201, made.text
        assert made.json()["files"][0] | {"size": 10} == made.json()["files"][0]
        assert made.json()["files"][0]["name"] == "合同 1.pdf"
        assert (await nora.get(place)).status_code == 200
        assert (await sue.get(place)).status_code == 404
        read = await norman.get(place)
        assert read.content == b"%PDF-1.7 x"
        assert read.headers["content-type"] == "application/pdf"
        assert read.headers["content-disposition"].startswith(
            "inline; filename=\"__ 1.pdf\"; filename*=UTF-8''%E5"
        )
        assert read.headers["x-content-type-options"] == "nosniff"
        again = await norman.get(place, headers={"If-None-Match": read.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        saved = await norman.get(place, params={"download": "yes"})
        assert saved.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("name", "content", "kind", "shown"),
    [
        ("a.png", PNG, "image/png", "inline"),
        ("a.jpg", b"\xff\xd8\xff\xe0 x", "image/jpeg", "inline"),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp", "inline"),
        ("a.png", b"<html><script>alert(1)</script>", "application/octet-stream", "attachment"),
        ("a.html", b"<html><script>alert(1)</script>", "application/octet-stream", "attachment"),
        ("a.svg", b"<svg onload='alert(1)'/>", "application/octet-stream", "attachment"),
        ("a.txt", "你好".encode(), "text/plain", "attachment"),
        ("a.csv", b"a,b", "text/csv", "attachment"),
        (
            "a.docx",
            b"PK\x03\x04 x",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "attachment",
        ),
        ("a.docx", b"MZ not a document", "application/octet-stream", "attachment"),
        ("a", b"", "application/octet-stream", "attachment"),
    ],
)
async def test_what_a_file_is_told_to_be(
    site: Site, name: str, content: bytes, kind: str, shown: str
) -> None:
    async with site.program("norman") as client:
        file = await uploaded(client, name, content, "image/png")
        assert file["media_type"] == kind
        read = await client.get(f"/api/v1/files/{file['id']}")
        assert read.headers["content-type"].split(";")[0] == kind
        assert read.headers["content-disposition"].startswith(shown)
        assert read.headers["content-security-policy"].startswith("default-src 'none'")
        assert read.headers["content-security-policy"].endswith("sandbox")
        assert read.content == content


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\报价.xlsx", "报价.xlsx"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie: x=1.txt"),
        ('quote".txt', 'quote".txt'),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("...", "file"),
    ],
)
async def test_names(site: Site, sent: str, kept: str) -> None:
    async with site.program("norman") as client:
        answer = await client.post(
            "/api/v1/files",
            params={"name": sent},
            content=b"x",
            headers={"Content-Type": "application/octet-stream"},
        )
        assert answer.json()["name"] == kept
        read = await client.get(f"/api/v1/files/{answer.json()['id']}")
        assert read.status_code == 200
        assert "set-cookie" not in read.headers


async def test_pictures_must_be_pictures(site: Site) -> None:
    async with site.program("norman") as client:
        real, fake = await uploaded(client, "a.png", PNG), await uploaded(client, "b.png", b"<html>")
        good = await client.post(f"{R}/activity", json={"content": "x", "images": [real["id"]]})
        assert good.status_code == 201, good.text
        bad = await client.post(f"{R}/activity", json={"content": "x", "images": [fake["id"]]})
        assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "images")


async def test_refused_uploads_leave_nothing(site: Site) -> None:
    async with site.program("root") as client:
        assert (await client.patch("/api/v1/settings", json={"file_megabytes": 1})).status_code == 200
        folder = site.app.holder.application.settings.data_dir / "files"  # type: ignore[union-attr]
        before = sum(len(names) for _, _, names in os.walk(folder))
        for call in (
            {"files": {"file": ("big", b"x" * 1_000_001)}},
            {
                "content": b"x" * 1_000_001,
                "params": {"name": "big"},
                "headers": {"Content-Type": "image/png"},
            },
        ):
            assert (await client.post("/api/v1/files", **call)).status_code == 413
        for call, status in (
            ({"files": {"other": ("a", b"x")}}, 400),
            ({"files": [("file", ("a", b"x")), ("file", ("b", b"x"))]}, 400),
            ({"data": {"file": "x"}}, 415),
            (
                {"content": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
                400,
            ),
            ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
            ({"content": b"x", "headers": {"Content-Type": "image/png"}}, 400),
        ):
            answer = await client.post("/api/v1/files", **call)
            assert answer.status_code == status, (call, answer.text)
        assert sum(len(names) for _, _, names in os.walk(folder)) == before
        assert (await client.patch("/api/v1/settings", json={"file_megabytes": None})).status_code == 200


async def test_a_repeated_upload_is_one_file(site: Site) -> None:
    async with site.program("norman") as client:
        headers = {"Idempotency-Key": "upload"}
        first, second = [
            await client.post("/api/v1/files", files={"file": ("a.txt", b"x")}, headers=headers)
            for _ in range(2)
        ]
        assert first.json() == second.json()
        other = await client.post("/api/v1/files", files={"file": ("a.txt", b"y")}, headers=headers)
        assert other.status_code == 422


async def test_drafts_nobody_took_go(site: Site) -> None:
    application = site.app.holder.application
    assert application is not None
    async with site.program("norman") as client:
        draft = await uploaded(client, "draft.txt", b"draft")
        taken = await uploaded(client, "taken.txt", b"taken")
        assert (
            await client.post(f"{R}/activity", json={"content": "x", "files": [taken["id"]]})
        ).status_code == 201
        stray = await application.files.put("acme", _bytes(b"stray"), "stray", 100)
        old = time.time() - 2 * 86_400
        for id_ in (draft["id"], taken["id"], stray.id):
            os.utime(application.settings.data_dir / "files" / "acme" / id_[-2:] / id_, (old, old))
        async with autocommit(site.runtime.pool) as connection:
            assert await files.sweep(connection, "acme", application.files) >= 1
            assert (await client.get(f"/api/v1/files/{draft['id']}")).status_code == 200
            with clock.frozen(clock.now() + timedelta(days=2)):
                assert await files.sweep(connection, "acme", application.files) >= 1
        assert (await client.get(f"/api/v1/files/{draft['id']}")).status_code == 404
        assert (await client.get(f"/api/v1/files/{taken['id']}")).content == b"taken"
        assert not (application.settings.data_dir / "files" / "acme" / stray.id[-2:] / stray.id).exists()


async def _bytes(content: bytes):  # type: ignore[no-untyped-def]
    yield content


async def test_a_file_stays_with_the_field_that_took_it(site: Site) -> None:
    """It is seen by those who may see that field; another field would show it to others."""
    async with site.program("norman") as norman:
        customer = (await norman.post(f"{R}/customer", json={"name": "Two fields"})).json()["id"]
        image = (await uploaded(norman, "a.png", PNG, "image/png"))["id"]
        values = {"content": "x", "about": {"object": "customer", "id": customer}, "images": [image]}
        place = f"{R}/activity/{(await norman.post(f'{R}/activity', json=values)).json()['id']}"
        for moved in ({"files": [image]}, {"files": [image], "images": []}):
            refused = await norman.patch(place, json=moved)
            assert (refused.status_code, [e["code"] for e in refused.json()["errors"]]) == (422, ["file"])
        # the same field takes it again, also by an undo
        emptied = await norman.patch(place, json={"images": []})
        assert (await norman.patch(place, json={"images": [image]})).status_code == 200
        await norman.patch(place, json={"images": []})
        assert emptied.status_code == 200
