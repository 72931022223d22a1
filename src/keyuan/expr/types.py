"""The types of values in expressions, and the rules for values that are missing.

**Null.** A field without a value is null. The rules are the same in PostgreSQL, in Python and in the browser:

- Logic has two values. A comparison, `in`, `contains`, … is true or false, never null: with a null on either side it
  is false, and its negation is true. So `!=` and `not in` keep records without a value, and `not (a < b)` is true
  where `a` is null. The one exception is the word `null` itself: `x = null` means "x has no value".
- A boolean field without a value counts as false wherever a condition is needed.
- Arithmetic and functions with a null give null, except those made for it: `coalesce`, `isnull`, `isblank`, `if`, `&`
  and `concat` (null is empty text), `sum` and `average`, `min` and `max` (nulls are left out).
- What has no answer is null and never an error: division by zero, `number("abc")`, a date after the year 9999.
- A many-valued field without entries is null.

**Numbers** are exact decimals; `integer` is a decimal without a fraction, of any size. A quotient is rounded to
`QUOTIENT_SCALE` decimals; rounding is half away from zero everywhere. Nothing else is rounded.

**Text** is compared by code points (`COLLATE "C"`). `contains`, `starts_with` and `ends_with` ignore the case of A–Z.
"""

from __future__ import annotations

from enum import StrEnum

from keyuan.kernel.i18n import Label

QUOTIENT_SCALE = 20
"""Decimals of a quotient."""
MAX_DIGITS = 30
"""The most decimals that `round`, `trunc` and `fixed` know."""
MAX_DAYS = 1_500_000
MAX_MONTHS = 49_200
MAX_SECONDS = MAX_DAYS * 86_400
"""The longest step of a date or moment; a longer one gives null (so that no step leaves PostgreSQL's calendar)."""
MAX_COUNT = 10_000_000
"""The most characters that `left`, `mid`, … count; and the longest text that `replace` makes."""
MAX_PADDING = 1_000
"""The longest text that `pad_left` makes."""


class Type(StrEnum):
    """What a value is. In brackets: the SQL type of a column, the Python value, the canonical JSON form."""

    TEXT = "text"
    """(text; str; string)"""
    NUMBER = "number"
    """Also money (its amount) and percent. (numeric; Decimal; decimal string)"""
    INTEGER = "integer"
    """A number without a fraction. (integer or bigint, numeric when computed; int; number)"""
    BOOLEAN = "boolean"
    """(boolean; bool; true or false)"""
    DATE = "date"
    """(date; date; `YYYY-MM-DD`)"""
    DATETIME = "datetime"
    """A moment. (timestamptz; datetime with zone; ISO 8601 with zone)"""
    DURATION = "duration"
    """(integer or bigint of seconds, numeric when computed; int; number of seconds)"""
    CHOICE = "choice"
    """Text with known values. (text; str; string)"""
    CHOICES = "choices"
    """(text[]; tuple of str; list of strings)"""
    REFERENCE = "reference"
    """The id of a record. (uuid; str; string)"""
    REFERENCES = "references"
    """(uuid[]; tuple of str; list of strings)"""
    JSON = "json"
    """Anything; only `isnull` looks at it. (jsonb; any; any)"""


TEXTS = frozenset({Type.TEXT, Type.CHOICE})
NUMBERS = frozenset({Type.NUMBER, Type.INTEGER})
DATES = frozenset({Type.DATE, Type.DATETIME})
MANY = frozenset({Type.CHOICES, Type.REFERENCES})
ORDERED = TEXTS | NUMBERS | DATES | {Type.DURATION}
"""Types whose values have an order (`<`, `between`, `min`)."""

ELEMENT: dict[Type, Type] = {Type.CHOICES: Type.CHOICE, Type.REFERENCES: Type.REFERENCE}
"""The type of one entry of a many-valued type."""

LABELS: dict[Type, Label] = {
    Type.TEXT: Label("文本", "a text"),
    Type.NUMBER: Label("数字", "a number"),
    Type.INTEGER: Label("整数", "a whole number"),
    Type.BOOLEAN: Label("是否条件", "a condition"),
    Type.DATE: Label("日期", "a date"),
    Type.DATETIME: Label("日期时间", "a date and time"),
    Type.DURATION: Label("时长", "a duration"),
    Type.CHOICE: Label("选项", "a choice"),
    Type.CHOICES: Label("多个选项", "several choices"),
    Type.REFERENCE: Label("关联记录", "a reference"),
    Type.REFERENCES: Label("多个关联记录", "several references"),
    Type.JSON: Label("JSON", "JSON"),
}
"""What messages call the types."""
