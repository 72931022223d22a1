"""Several `tsvector`s as one parameter of a statement."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

_TSVECTOR, _TSVECTOR_ARRAY = 3614, 3643


class Vectors:
    """A `tsvector[]`, to be named as `%(name)b`, of vectors in their binary form (`schema.text.vector`)."""

    def __init__(self, vectors: Sequence[bytes]) -> None:
        self.vectors = vectors


class _Dumper(Dumper):
    format = Format.BINARY
    oid = _TSVECTOR_ARRAY

    def dump(self, obj: Vectors) -> Buffer:
        head = struct.pack("!iiIii", 1, 0, _TSVECTOR, len(obj.vectors), 1)
        return head + b"".join(part for v in obj.vectors for part in (struct.pack("!i", len(v)), v))


psycopg.adapters.register_dumper(Vectors, _Dumper)
