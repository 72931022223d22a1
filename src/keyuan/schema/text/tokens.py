"""Search tokens: what a record is found by, and what a query asks for. They live in a `tsvector` with a GIN index and
need no extension of PostgreSQL.

A record's value of kind `text` gives, from its first 80 characters,
- every Han character and every pair of neighbours: 华 为 技 术 华为 为技 技术. A query of one character asks for the
  character, a longer one for all its pairs;
- every syllable, every pair of neighbouring syllables and of initials, over all common readings: hua, hua-wei, hw. A
  query `huawei` asks for hua-wei, `zhangs` for zhang-s… with every syllable that s begins, `hwjs` for hw, wj and js,
  `huaweijs` for hua-wei, wei-j… and js. `zhang san` is two parts, both of which must be there;
- the beginnings of other words, from two letters: hu hua huaw … huawei, of their runs of digits and letters (gtx500:
  gtx, 50, 500), and of hyphenated words written as one;
- what it begins with: ^h ^hu ^hua ^hw ^华 ^华为. One letter finds beginnings of values only, since anywhere it would find
  nearly everything; and a search may ask for beginnings first.
What follows the 80 characters is found by Han characters and whole words.
Kind `prose`: as text, but not by how it is read: nobody looks for an address or a note by its initials, and pinyin is more
than half of a text's tokens.
Kind `html`: as prose, without the markup.
Kind `phone`: all pieces of four digits and the last three: ~1381 … ~5678 ~678. Any three digits or more are found.
Kind `email`: as text, and the local part (zhang.san@) and the beginnings of the domain (@hua…).
Kind `code`: the beginnings of its words, and its pieces of four characters without hyphens.

Everything is folded first (`fold`): full width, case, traditional characters, accents make no difference.

How exact: nothing that matches is missed, within the bounds above. What is found beyond that: a query of three Han
characters or more, of four initials, of three syllables or of five digits is found where all its pairs (triples of
initials, pieces) stand in the record, though they may stand apart or, under one tag, in several values. Of 20,000
company names queries of three and four Han characters found 5 such in 185,000, of four or five initials under 1 in 100.
A caller that must be exact checks the candidates' values.

Values that not everybody may read are tagged by their field; their tokens are `tag:token`, and a query names the tags
its reader may read, with the kind of their values, so that a phone is not asked for syllables. Tokens of values have no
colon, so no value can pass for another's tag.
"""

from __future__ import annotations

from .document import MAX_TOKENS, Document, document_tokens, tsvector_text
from .grams import KINDS, Kind
from .query import UNTAGGED, query_tokens

__all__ = [
    "KINDS",
    "MAX_TOKENS",
    "UNTAGGED",
    "Document",
    "Kind",
    "document_tokens",
    "query_tokens",
    "tsvector_text",
]
