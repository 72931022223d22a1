"""Keys of answers as names of columns, of which PostgreSQL keeps 63 bytes: longer paths travel under a short name and get
their own back in the answer."""

from __future__ import annotations

from collections.abc import Mapping

MOST_BYTES = 63


class Labels:
    """The names of the columns of one answer. `renamed`: the keys that short names stand for."""

    def __init__(self) -> None:
        self.renamed: dict[str, str] = {}

    def of(self, key: str) -> str:
        """The name of the column for a key."""
        if len(key.encode()) <= MOST_BYTES:
            return key
        name = f"~long~{len(self.renamed)}~"
        self.renamed[name] = key
        return name


def restored(body: bytes, renamed: Mapping[str, str]) -> bytes:
    """The answer with the keys that short names stand for. Quotes inside of values are escaped, so that nothing but keys
    is met."""
    for name, key in renamed.items():
        body = body.replace(f'"{name}":'.encode(), f'"{key}":'.encode())
    return body
