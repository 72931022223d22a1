"""Words in Chinese and English: labels of definitions and messages of the program."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Label:
    """One label in both languages; neither may be empty."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh or not self.en:
            raise ValueError(f"a label needs both languages: {self!r}")

    def __getitem__(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en

    def as_json(self) -> dict[str, str]:
        """The label as the API shows it: `{"zh": …, "en": …}`."""
        return {"zh": self.zh, "en": self.en}


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All messages, `{code: {"zh": …, "en": …}}`, from the files of `messages/` (one file an area)."""
    messages: dict[str, dict[str, str]] = {}
    for file in sorted(resources.files("keyuan.kernel").joinpath("messages").iterdir(), key=lambda f: f.name):
        area: dict[str, dict[str, str]] = json.loads(file.read_text("utf-8"))
        if twice := messages.keys() & area.keys():
            raise ValueError(f"messages defined twice: {sorted(twice)}")
        messages.update(area)
    return messages


def message(code: str, language: Language, /, **params: object) -> str:
    """The message `code` in a language with its `{name}` places filled; an unknown code is a programming error."""
    shown = {k: v[language] if isinstance(v, Label) else v for k, v in params.items()}
    return catalogue()[code][language].format(**shown)


def words(code: str, /, **params: object) -> Label:
    """The message `code` in both languages, to stand as a parameter in another."""
    return Label(*(message(code, language, **params) for language in LANGUAGES))


def negotiate(accept_language: str | None) -> Language:
    """The language for an `Accept-Language` header; Chinese where nothing is said."""
    for part in (accept_language or "").split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("en"):
            return "en"
        if tag.startswith("zh"):
            return "zh"
    return "zh"
