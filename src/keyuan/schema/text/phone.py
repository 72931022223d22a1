"""Telephone numbers: the canonical form that is stored and compared, and the digits that are searched."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

_SEPARATORS = re.compile(r"[\s\-‐-―−().·]+")
_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9]\d{9})\Z")
_EXTENSION = re.compile(
    r"\s*(?:;ext=|ext\.?|extension|x|转|轉|分机|分機|#|,|-(?=\d{1,6}\Z)(?<=\d{7}-))\s*[:：.]?\s*(\d{1,8})\s*\Z",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
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
    (`-801`, `转801`, `ext 801`); none where the text is no telephone number at all. `valid` is false for a number that
    has a possible length but belongs to no range in use."""
    plain = _half_width(text).strip()
    mobile = _MOBILE.match(_SEPARATORS.sub("", plain)) if region == "CN" and len(plain) <= 24 else None
    if mobile:
        return Phone("+86" + mobile[1], "", "mobile")
    if len(plain) > 60 or not _DIGITS.search(plain):
        return None
    return _parse_any(plain, region)


def _parse_any(plain: str, region: str) -> Phone | None:
    import phonenumbers  # slow to import, and needed for few numbers
    from phonenumbers import PhoneNumberType as Type

    extension = _EXTENSION.search(plain)
    main = plain[: extension.start()] if extension else plain
    main = re.sub(r"\A\s*00(?=86)", "+", main)
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
    return Phone(
        number,
        extension[1] if extension else parsed.extension or "",
        use,
        phonenumbers.is_valid_number(parsed),
    )


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
