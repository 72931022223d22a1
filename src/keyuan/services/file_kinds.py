"""What a file is, from its content and its name, and which kinds a browser may show instead of saving.

The sender's word is not taken for it: a page called `photo.png` must not become a page again in somebody's browser."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from typing import Final

UNKNOWN: Final = "application/octet-stream"

HEAD: Final = 512
"""How many of its first bytes tell what a file is."""

INLINE: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"})
"""Shown in the browser; everything else is saved."""

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)

# By the name's ending, where the content begins as such files do.
_ZIPPED: Final = frozenset(
    {".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".zip", ".xmind", ".key", ".pages", ".numbers"}
)
_COMPOUND: Final = frozenset({".doc", ".xls", ".ppt", ".msg", ".wps", ".et", ".dps"})
_TEXTS: Final = {".txt": "text/plain", ".csv": "text/csv", ".md": "text/plain", ".log": "text/plain"}
_MEDIA: Final = frozenset(
    {
        *(".mp3", ".m4a", ".wav", ".ogg", ".amr", ".mp4", ".mov", ".webm", ".avi"),
        *(".heic", ".bmp", ".tif", ".tiff", ".dwg", ".rar", ".7z", ".gz", ".ofd", ".eml"),
    }
)

_TURNS: Final = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_MOST_NAME: Final = 200


def media_type(name: str, head: bytes) -> str:
    """The media type of a file of that name that begins with `head`; `UNKNOWN` where name and content do not agree on
    one that is known to be harmless."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    ending = "." + name.rpartition(".")[2].lower() if "." in name else ""
    guessed = mimetypes.guess_type("x" + ending)[0] or UNKNOWN
    if head.startswith(b"PK\x03\x04") and ending in _ZIPPED:
        return guessed
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") and ending in _COMPOUND:
        return guessed
    if ending in _TEXTS and b"\0" not in head:
        return _TEXTS[ending]
    if ending in _MEDIA and not guessed.startswith("text/"):
        return guessed
    return UNKNOWN


def clean_name(name: str) -> str:
    """A file name without folders, control characters and those that make `exe.txt` out of `txt.exe`; `file` where
    nothing is left."""
    text = name.replace("\\", "/").rpartition("/")[2]
    text = "".join(c for c in _TURNS.sub("", text) if unicodedata.category(c) not in ("Cc", "Cs")).strip(" .")
    if len(text) > _MOST_NAME:
        stem, dot, ending = text.rpartition(".")
        text = (
            stem[: _MOST_NAME - len(ending) - 1] + dot + ending
            if dot and len(ending) <= 20
            else text[:_MOST_NAME]
        )
    return text or "file"
