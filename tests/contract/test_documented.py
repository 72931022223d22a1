"""The guide speaks of everything there is: field types, settings, capabilities, commands, requests, each by its key in
backticks, in Chinese and in English."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from contract_world import STANDARD

from keyuan.api.openapi import document as openapi
from keyuan.cli import main as cli
from keyuan.schema import field_types
from keyuan.schema.registry import Registry
from keyuan.schema.settings import SETTINGS
from keyuan.services.identity.capabilities import CAPABILITIES

GUIDE = Path(__file__).parent.parent.parent / "docs" / "guide"


def endpoints() -> set[str]:
    """Method and path of each request, those of an object's records told once for all objects."""
    paths = json.loads(openapi.document(Registry("x", 1, STANDARD.objects), STANDARD.actions))["paths"]
    keys = "|".join(o.key for o in STANDARD.objects)
    found: set[str] = set()
    for path, operations in paths.items():
        general = re.sub(rf"^(/api/v1/records)/({keys})(?=/|$)", r"\1/{object}", path)
        general = re.sub(r"/actions/[^/{]+$", "/actions/{action}", general)
        general = re.sub(r"/by/[^/{]+/\{[^}]*\}$", "/by/{field}/{value}", general)
        found |= {
            f"{m.upper()} {general}" for m in operations if m in ("get", "post", "patch", "put", "delete")
        }
    return found


def named() -> Mapping[str, set[str]]:
    """The keys that the guide must name, by what they are."""
    return {
        "field types": set(field_types.all_types()),
        "settings": set(SETTINGS),
        "capabilities": set(CAPABILITIES),
        "commands": set(cli._names()),
        "requests": endpoints(),
    }


def in_backticks(language: str) -> str:
    """All code of the guide in a language: words in backticks and blocks, one after another."""
    text = "\n".join(p.read_text("utf-8") for p in sorted((GUIDE / language).rglob("*.md")))
    blocks = re.findall(r"```.*?```", text, re.S)
    words = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))
    return "\n".join([*words, *blocks])


_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


def requests_in(code: str) -> set[tuple[str, str]]:
    """The requests that a guide names, as method and path. Tables write them short: `GET POST /api/v1/objects`,
    `GET …/{id}/history, …/{id}/timeline`, `POST /api/v1/a/preview, /cancel`; the names of parameters do not matter."""
    found: set[tuple[str, str]] = set()
    for line in code.splitlines():
        methods: list[str] = []
        before = ""
        for part in re.split(r",\s*", line.strip()):
            words = part.split()
            if given := [w for w in words if w in _METHODS]:
                methods = given
            path = next((w for w in words if w.startswith(("/", "…"))), "")
            if path.startswith("/") and not path.startswith("/api/") and before:
                path = before.rpartition("/")[0] + path
            if path:
                before = path = re.sub(r"\{[^}]*\}", "{}", path.partition("?")[0])
                found |= {(m, path) for m in methods}
    return found


def undocumented(endpoints: set[str], code: str) -> list[str]:
    """The requests that are not among those named."""
    told = requests_in(code)

    def is_told(endpoint: str) -> bool:
        method, path = re.sub(r"\{[^}]*\}", "{}", endpoint).split(" ")
        return any(m == method and (p == path or (p[0] == "…" and path.endswith(p[1:]))) for m, p in told)

    return sorted(e for e in endpoints if not is_told(e))


def missing(keys: set[str], code: str) -> list[str]:
    """The keys that are not in the code as whole words."""
    return sorted(k for k in keys if not re.search(rf"(?<![\w.-]){re.escape(k)}(?![\w-]|\.\w)", code))


@pytest.mark.contract
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("what", ["field types", "settings", "capabilities", "commands", "requests"])
def test_the_guide_names_everything(language: str, what: str) -> None:
    find = undocumented if what == "requests" else missing
    gone = find(named()[what], in_backticks(language))
    assert not gone, f"docs/guide/{language} does not name these {what} in backticks: {', '.join(gone)}"


def test_nothing_passes_unseen() -> None:
    code = "`customer.name`\n`settings`\n`api-key`"
    assert missing({"name", "settings", "setting", "api"}, code) == ["api", "name", "setting"]
    code = "GET POST /api/v1/a/{x}, …/{y}/b\nPOST /api/v1/c/preview, /cancel"
    told = {"GET /api/v1/a/{z}", "POST /api/v1/a/{z}", "GET /api/v1/q/{z}/b", "POST /api/v1/c/cancel"}
    untold = {"DELETE /api/v1/a/{z}", "GET /api/v1/a", "GET /api/v1/c/cancel", "POST /api/v1/c"}
    assert undocumented(told | untold, code) == sorted(untold)
