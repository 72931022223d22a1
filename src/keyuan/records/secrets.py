"""Values of encrypted fields in answers, made readable after the query, only where an answer has some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ..schema.field_types.base import Cipher


def decrypted(body: bytes, secrets: Sequence[tuple[str, ...]], cipher: Cipher | None) -> bytes:
    """A record or an array of records with the values at the given places in clear. A place is a key, or the key of
    lines, `*`, and a key of each line."""
    if cipher is None:
        raise RuntimeError("encrypted fields cannot be read without a cipher")
    answer = msgspec.json.decode(body)
    for record in answer if isinstance(answer, list) else [answer]:
        for place in secrets:
            _open(record, place, cipher)
    return msgspec.json.encode(answer)


def _open(at: Any, place: tuple[str, ...], cipher: Cipher) -> None:
    first, *rest = place
    if not rest:
        if isinstance(at.get(first), str):
            at[first] = cipher.decrypt(at[first])
        return
    for line in at.get(first) or ():
        _open(line, tuple(rest[1:]), cipher)
