"""What tables are made from, in a few characters: when they are the same, nothing has to be compared at a start."""

from __future__ import annotations

import hashlib
import pkgutil
from collections.abc import Iterable
from functools import cache

import msgspec

from ..schema import field_types
from ..schema.model import Object
from . import platform_tables
from .ddl import create_table


@cache
def _makers() -> bytes:
    """The code that makes tables of definitions."""
    modules = [
        ("keyuan.schema", "tables.py"),
        ("keyuan.storage", "system_tables.py"),
        ("keyuan.storage", "ddl.py"),
    ]
    modules += [(field_types.__name__, f"{m.name}.py") for m in pkgutil.iter_modules(field_types.__path__)]
    digest = hashlib.sha256()
    for package, name in sorted(modules):
        digest.update(name.encode() + b"\0" + (pkgutil.get_data(package, name) or b"") + b"\0")
    return digest.digest()


def of(objects: Iterable[Object]) -> str:
    """The fingerprint of standard definitions and of the code that makes tables of them."""
    digest = hashlib.sha256(_makers())
    for obj in objects:
        digest.update(msgspec.json.encode(obj, order="deterministic"))
    return digest.hexdigest()[:32]


def of_platform() -> str:
    """The fingerprint of the platform's own tables."""
    digest = hashlib.sha256()
    for table in platform_tables.METADATA.tables.values():
        digest.update("".join(create_table(table).statements).encode())
    return digest.hexdigest()[:32]
