"""Canonical forms: of telephone numbers, mail addresses and company names, for storing and for finding duplicates."""

from __future__ import annotations

import html
import re
import unicodedata

from .fold import fold
from .phone import parse_phone

_TAG = re.compile(r"<(?:script|style)\b.*?</(?:script|style)\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)

# What a Chinese company name ends with by law, longest first. 集团 says how a company is organised, not which it is.
_LEGAL = re.compile(
    r"(?:集团)?(?:股份)?(?:有限责任|有限|无限|股份合作)公司|股份公司|(?:合伙企业)?[(（]?(?:有限合伙|普通合伙|特殊普通合伙|个人独资)[)）]?"
    r"|合伙企业|集团公司|总公司|集团|(?<!分)公司"
)
_SUFFIX = re.compile(
    rf"(?:{_LEGAL.pattern})+(?=\Z|[一-鿿()（）]{{0,20}}(?:分公司|分店|分厂|办事处|支公司|分行|支行|营业部)\Z)"
)
_BRACKETS = re.compile(r"[()\[\]{}<>【】《》〈〉「」『』〔〕\"'“”‘’·•‧・]")
_ENGLISH = re.compile(
    r"(?:[\s,.&]+(?:co|company|corp|corporation|inc|incorporated|ltd|limited|llc|l\.?l\.?c|llp|plc|gmbh|ag|kg|sa|s\.a|"
    r"bv|b\.v|nv|n\.v|pty|pte|srl|s\.r\.l|spa|s\.p\.a|oy|ab|as|kk|k\.k|group|holdings?))+[\s.,]*\Z"
)


def phone(text: str) -> str | None:
    """The form in which a number is stored, as people dial it in China and always the same for the same number:
    `13812345678`, `0755-26001234`, `0755-26001234-801`, `400-800-8820`, and with + from abroad: `+14155552671`. None if
    the text is no telephone number."""
    found = parse_phone(text)
    if found is None:
        return None
    if not found.number.startswith("+86"):
        return found.number + (f"-{found.extension}" if found.extension else "")
    national = found.number[3:]
    if found.use != "mobile" and found.valid:
        national = _with_hyphens(national)
    return national + (f"-{found.extension}" if found.extension else "")


def _with_hyphens(national: str) -> str:
    if re.match(r"[48]00\d{7}\Z", national):
        return f"{national[:3]}-{national[3:6]}-{national[6:]}"
    if len(national) < 9:
        return national
    # Area codes have three digits with their 0 in the largest cities (010, 02x), four elsewhere.
    area = 2 if national.startswith(("10", "2")) else 3
    return f"0{national[:area]}-{national[area:]}"


def email(text: str) -> str:
    """A mail address for comparing: half width, lower case, no spaces. Anything else comes back folded."""
    return unicodedata.normalize("NFKC", text).casefold().strip().replace(" ", "")


def company_core(name: str) -> str:
    """What tells one company from another: the folded name without its legal form (有限公司, 股份有限公司, 集团, Co., Ltd), and
    without brackets. Branches and places stay: 华为技术有限公司深圳分公司 → 华为技术深圳分公司,
    腾讯（深圳）有限公司 → 腾讯深圳. A name that is only a legal form stays whole."""
    folded = fold(name)
    bare = _BRACKETS.sub("", folded)
    core = bare
    if not bare.isascii():
        core = _SUFFIX.sub("", _BRACKETS.sub("", _SUFFIX.sub("", folded)))
        core = re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", core)
    core = _ENGLISH.sub("", core)
    core = " ".join(re.sub(r"[,.&]+(?=\s|\Z)", " ", core).split())
    return core or " ".join(bare.split())


def without_markup(text: str) -> str:
    """The words of an HTML text."""
    return html.unescape(_TAG.sub(" ", text))
