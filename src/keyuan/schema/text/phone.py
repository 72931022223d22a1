"""Telephone numbers: the canonical form that is stored and compared, and the digits that are searched."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

_LONGEST = 60
"""Characters that a number is looked for in."""
_PARTING = r"\s\-‐-―−().·•‧・/"
_SEPARATORS = re.compile(f"[{_PARTING}]+")
_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9][0-9]{9})\Z")
_EXTENSION = re.compile(
    r"\s*(?:;ext=|ext\.?|extension|x|转|轉|分机|分機|#|,|-(?=[0-9]{1,6}\Z)(?<=[0-9]{7}-))\s*[:：.]?\s*([0-9]{1,8})\s*\Z",
    re.IGNORECASE,
)
_NUMBER = re.compile(rf"\(?\+?[\s(]*[0-9][0-9{_PARTING}]*\Z")
"""Digits and what people part them with, and nothing else: no letter stands for a digit, no words around a number are
passed over."""
_LABEL = re.compile(
    r"['’\"“]?(?:(?:tel|phone|mobile|mob|cell|fax|联系电话|电话|手机号码|手机号|手机|座机|办公|传真)\.?(?:\s*:|\s)|[tmf]\s*:)?\s*",
    re.IGNORECASE,
)
"""What is written before a number without being a part of it: a spreadsheet's mark of text, a label with its colon."""
_AREA = re.compile(r"\(?(?:(?:\+|00)[0-9]{1,3}[^0-9/]*[0-9]{1,5}|0[0-9]{1,4})[)\s]*/[^/]*\Z")
"""A slash stands after an area code only; anywhere else it parts two numbers, or a number and another ending."""
_OTHER = re.compile(
    r"\d{4}([-./])\d{1,2}\1\d{1,2}|\d{1,2}([-./])\d{1,2}\2\d{4}"  # dates
    r"|\d{1,3}(?:\.\d{1,3}){3}|\d+\.\d{1,2}"  # addresses of machines, decimals
)
_BETWEEN = re.compile(r"[/,;、|&或和及]")
"""What stands between two numbers written into one value."""
_CHINESE = re.compile(r"(?:\+|00)86(?=\d{7,})|^86(?=1[3-9]\d{9}\Z)")

Use = Literal["mobile", "fixed", "toll_free", "other"]


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number. `number` is E.164 (`+8613812345678`), `extension` its digits or empty."""

    number: str
    extension: str = ""
    use: Use = "other"
    valid: bool = True

    def __str__(self) -> str:
        """The canonical text: `+8675526001234;ext=801`."""
        return f"{self.number};ext={self.extension}" if self.extension else self.number


def _half_width(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def parse_phone(text: str, region: str = "CN") -> Phone | None:
    """Read a number as people of the region write it, with country code (+86, 0086), area code and extension
    (`-801`, `转801`, `ext 801`); none where the text is anything but one telephone number, as words with digits among
    them are, two numbers or a date. `valid` is false for a number that has a possible length but belongs to no range in
    use."""
    plain = _bare(text)
    if len(plain) > _LONGEST:
        return None
    main, extension = _parted(plain)
    if not _NUMBER.match(main) or not _plain_digits(text):
        return None
    if _OTHER.fullmatch(main) or ("/" in main and not _AREA.match(main)):
        return None
    mobile = _MOBILE.match(_SEPARATORS.sub("", plain)) if region == "CN" and len(plain) <= 24 else None
    if mobile:
        return Phone("+86" + mobile[1], "", "mobile")
    found = _parse_any(main, extension, region)
    if found is None or (not found.valid and _several(main)):
        return None
    return found


def several_numbers(text: str) -> bool:
    """Whether a text that is no telephone number is more than one, with nothing else around them."""
    plain = _bare(text)
    return len(plain) <= _LONGEST and _several(plain)


def _bare(text: str) -> str:
    """A text in half width without what may stand before or after a number: marks nobody sees, which come along when one
    pastes, labels, quotes, the comma of a list."""
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return _LABEL.sub("", _half_width(seen).strip(), count=1).rstrip(",;。、\"'”’ ")


def _several(plain: str) -> bool:
    """Whether there are at least two parts that could each be a number."""
    parts = [part.strip() for part in _BETWEEN.split(plain)]
    if len(parts) == 1 and (not plain.startswith("+") or plain.count("+") > 1):
        parts = plain.split()  # after a country code, spaces part the groups of one number
    long = [part for part in parts if sum(c.isdigit() for c in part) >= 5]
    return len(long) > 1 and all(_NUMBER.match(part) for part in parts if part)


def _plain_digits(text: str) -> bool:
    """Whether no character becomes digits by being made plain that is none, like ½ or ②."""
    return text.isascii() or all(unicodedata.category(c) != "No" for c in text)


def _parted(plain: str) -> tuple[str, str]:
    """The number itself and its extension."""
    found = _EXTENSION.search(plain)
    if found is None or _several(plain):
        return plain, ""
    return plain[: found.start()], found[1]


def _parse_any(main: str, extension: str, region: str) -> Phone | None:
    import phonenumbers  # slow to import, and needed for few numbers
    from phonenumbers import PhoneNumberType as Type

    main = re.sub(r"\A00(?=86)", "+", _SEPARATORS.sub("", main))
    try:
        parsed = phonenumbers.parse(main, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    uses: dict[int, Use] = {Type.MOBILE: "mobile", Type.FIXED_LINE: "fixed", Type.FIXED_LINE_OR_MOBILE: "fixed",
                            Type.TOLL_FREE: "toll_free", Type.SHARED_COST: "toll_free"}  # fmt: skip
    use = uses.get(phonenumbers.number_type(parsed), "other")
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return Phone(number, extension, use, phonenumbers.is_valid_number(parsed))


def search_digits(text: str) -> list[str]:
    """The runs of digits by which a number is found: the number without the country code of China, a land line of
    E.164 with its 0, then the extension. Separators inside the number do not part it. Works on fragments too."""
    if mobile := _MOBILE.match(text):
        return [mobile[1]]
    plain = _half_width(text)
    extension = _EXTENSION.search(plain)
    if extension:
        plain = plain[: extension.start()]
    joined = _SEPARATORS.sub("", plain)
    found = []
    for match in re.finditer(r"\+?\d+", joined):
        digits = match[0]
        national = _CHINESE.sub("", digits, count=1)
        if national != digits and not re.match(r"1[3-9]\d{9}\Z|0|[48]00", national):
            national = "0" + national
        found.append(national.lstrip("+"))
    return [*found, extension[1]] if extension else found
