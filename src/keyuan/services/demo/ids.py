"""Identifiers and numbers that depend on the seed alone: record ids, credit codes, telephone numbers."""

from __future__ import annotations

_MASK = (1 << 62) - 1
_ODD = 0x9E3779B97F4A7C15  # odd, so that multiplying by it gives every number another one

_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = tuple(3**position % 31 for position in range(17))
_CODE_VALUES = {character: value for value, character in enumerate(_CODE_ALPHABET)}
_ORGANISATION_VALUES = {c: value for value, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_PLACES = tuple(31**place for place in reversed(range(6)))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


class Ids:
    """Makes the ids of one demo: shaped like UUIDv7, so that they ascend with the time of their record, and the same
    for the same seed, kind, number and time."""

    def __init__(self, seed: int) -> None:
        self._offset = (seed * 0xD1B54A32D192ED03 + 0x632BE59BD9B4E019) & _MASK

    def make(self, kind: int, number: int, milliseconds: int) -> str:
        """The id of the `number`th record of a kind (below 4,096), made at a time since 1970."""
        tail = (number * _ODD + self._offset) & _MASK
        head = f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}-7{kind:03x}"
        return f"{head}-{tail >> 48 | 0x8000:04x}-{tail & 0xFFFFFFFFFFFF:012x}"


def derived(id_: str, kind: int, number: int) -> str:
    """The id of the `number`th record of a kind that belongs to another record. Kinds of such records stand far enough
    apart for their numbers: the id differs from the other in kind plus number alone."""
    return f"{id_[:15]}{kind + number:03x}{id_[18:]}"


def organisation_code(number: int) -> str:
    """The nine characters by which an organisation is registered (GB 11714), with its check character."""
    body = "MA" + "".join([_CODE_ALPHABET[number // place % 31] for place in _PLACES])
    total = sum([_ORGANISATION_VALUES[c] * w for c, w in zip(body, _ORGANISATION_WEIGHTS, strict=True)])
    return body + "0123456789X0"[11 - total % 11]


def credit_code(division: str, number: int) -> str:
    """A 统一社会信用代码 of a company (GB 32100) registered in a division, another one for each number below 31^6."""
    body = "91" + division + organisation_code(number)
    total = sum([_CODE_VALUES[c] * w for c, w in zip(body, _CODE_WEIGHTS, strict=True)])
    return body + _CODE_ALPHABET[-total % 31]


def mobile(number: int) -> str:
    """A mobile number that looks made up: 199 00xx xxxx. A million of them, then again."""
    return f"19900{number % 1_000_000:06d}"


def land_line(area_code: str, number: int) -> str:
    """A land line that looks made up: area code and 5550 xxxx, or 555 xxxx where numbers have seven digits."""
    return f"{area_code}-5550{number % 10_000:04d}"
