"""The web app's files and its page."""

from __future__ import annotations

from pathlib import Path

import pytest

from api_site import Site
from keyuan.api import web

pytestmark = pytest.mark.anyio


async def test_a_page_the_browser_kept_keeps_its_policy(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The headers of "not modified" replace those kept with the page: the API's policy would forbid all its scripts."""
    (tmp_path / "index.html").write_text("<!doctype html><title>Keyuan</title>")
    monkeypatch.setattr(web, "FOLDER", tmp_path)
    async with site.client() as client:
        first = await client.get("/")
        assert "script-src 'self'" in first.headers["content-security-policy"]
        again = await client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert "content-security-policy" not in again.headers
